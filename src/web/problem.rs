//! What people read when something did not work: what happened, what still works, what to do next.
//!
//! A handler says which [`Kind`] it is; the words are chosen when the page is written, in the reader's language.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::locale::Tr;

/// Where a conversation with a mail server stood when it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Tls,
    Greeting,
    SignIn,
    Mailboxes,
    Open,
    Read,
    Search,
    Sort,
    Act,
}

/// What happened. `server` is the name people know it by, never an address typed by a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nobody listens there.
    Refused {
        server: String,
    },
    TimedOut {
        server: String,
        stage: Stage,
        seconds: u64,
    },
    /// It hung up in the middle.
    Broke {
        server: String,
        stage: Stage,
    },
    BadCertificate {
        server: String,
    },
    RevokedCertificate {
        server: String,
    },
    /// It wants a certificate of ours that we do not have, or does not take the one we show.
    NotAdmitted {
        server: String,
    },
    NotImap {
        server: String,
    },
    /// It offers no way to sign in that is safe here.
    NoSafeSignIn {
        server: String,
    },
    /// It takes none of the mechanisms we know.
    NoWayIn {
        server: String,
    },
    /// Of a password and of a user alike: the words never tell which.
    WrongPassword,
    /// Of an address in a mail domain for which this access point is not open; said before any server is asked.
    OtherDomain,
    /// The password is right, and the address is not on the list.
    NotOnTheList,
    /// The session ended, or never was.
    SignedOut,
    /// The server was down a moment ago and is not asked again yet.
    CircuitOpen {
        server: String,
        seconds: u64,
    },
    /// Every connection that the account may have is in use.
    Busy {
        seconds: u64,
    },
    /// So many people are here that this one had no turn.
    Crowded {
        seconds: u64,
    },
    MailboxGone,
    MailboxRebuilt,
    MessageGone,
    /// Its structure is more than a page can show.
    TooComplex,
    /// More than a page can carry.
    TooBig,
    NotFound,
    /// The form was too old, or came from elsewhere. What was typed is kept.
    FormExpired,
    /// Something in the form cannot be used.
    BadRequest,
    TooManyAttempts {
        seconds: u64,
    },
    /// The account wrote to as many as it may, and may again then.
    SendLimit {
        until: Timestamp,
    },
    /// More than it may ever write to at once.
    TooManyRecipients {
        most: u64,
    },
    /// The message is not from whom the account may send as.
    NoSender,
    /// The mailbox can be looked at and not changed.
    ReadOnly,
    /// The mailbox keeps no such mark.
    NoMark,
    /// No message was chosen.
    NothingChosen,
    /// They are in that mailbox already.
    AlreadyThere,
    /// It cannot be taken back any more.
    TooLate,
    /// The original of a copy is not where it was: the copy stays.
    OnlyCopies,
    /// The same form came before, and what came of it is not known yet.
    AskedBefore,
    /// The server answered NO: see [`Problem::said`].
    SaidNo {
        server: String,
    },
    Internal,
}

/// A problem, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: Kind,
    /// What the reader can quote to the help desk and an admin can find in the log.
    pub reference: Option<String>,
    /// Where "try again" leads; a GET of ours.
    pub retry: Option<String>,
    /// The message as it came, where it exists but cannot be shown.
    pub download: Option<String>,
    /// The server's own words, cut to [`Problem::MAX_SAID`].
    pub said: Option<String>,
    /// Its `[ALERT]` text (RFC 9051 §7.1): must be shown, cut likewise.
    pub alert: Option<String>,
    /// What the reader had typed, so that nothing is lost: what it is called, what it says.
    pub kept: Vec<(String, String)>,
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Problem {
        Problem {
            kind,
            reference: None,
            retry: None,
            download: None,
            said: None,
            alert: None,
            kept: Vec::new(),
        }
    }
}

impl Problem {
    /// Characters of a server's words that are shown.
    pub const MAX_SAID: usize = 500;

    pub fn with_reference(self, reference: impl Into<String>) -> Problem {
        Problem { reference: Some(reference.into()), ..self }
    }

    pub fn with_retry(self, href: impl Into<String>) -> Problem {
        Problem { retry: Some(href.into()), ..self }
    }

    pub fn with_download(self, href: impl Into<String>) -> Problem {
        Problem { download: Some(href.into()), ..self }
    }

    pub fn with_said(self, words: &str) -> Problem {
        Problem { said: capped(words), ..self }
    }

    pub fn with_alert(self, words: &str) -> Problem {
        Problem { alert: capped(words), ..self }
    }

    pub fn with_kept(mut self, label: impl Into<String>, text: impl Into<String>) -> Problem {
        self.kept.push((label.into(), text.into()));
        self
    }

    /// The HTTP status of a page that shows nothing else.
    pub fn status(&self) -> u16 {
        match self.kind {
            Kind::WrongPassword | Kind::SignedOut => 401,
            Kind::FormExpired | Kind::OtherDomain | Kind::NotOnTheList | Kind::ReadOnly => 403,
            Kind::BadRequest | Kind::NothingChosen => 400,
            Kind::NoMark | Kind::AlreadyThere | Kind::TooLate | Kind::OnlyCopies | Kind::AskedBefore => 409,
            Kind::NotFound => 404,
            Kind::MailboxGone | Kind::MailboxRebuilt | Kind::MessageGone => 410,
            Kind::TooComplex | Kind::TooBig | Kind::TooManyRecipients { .. } | Kind::NoSender => 422,
            Kind::TooManyAttempts { .. } | Kind::SendLimit { .. } => 429,
            Kind::Internal => 500,
            Kind::Refused { .. }
            | Kind::Broke { .. }
            | Kind::BadCertificate { .. }
            | Kind::RevokedCertificate { .. }
            | Kind::NotAdmitted { .. }
            | Kind::NotImap { .. }
            | Kind::NoSafeSignIn { .. }
            | Kind::NoWayIn { .. }
            | Kind::SaidNo { .. } => 502,
            Kind::CircuitOpen { .. } | Kind::Busy { .. } | Kind::Crowded { .. } => 503,
            Kind::TimedOut { .. } => 504,
        }
    }

    /// Seconds for `Retry-After`, where waiting helps.
    pub fn retry_after(&self) -> Option<u64> {
        match self.kind {
            Kind::CircuitOpen { seconds, .. }
            | Kind::Busy { seconds }
            | Kind::Crowded { seconds }
            | Kind::TooManyAttempts { seconds } => Some(seconds),
            _ => None,
        }
    }

    /// What happened.
    pub fn what(&self, tr: &Tr) -> String {
        let plain = |key| tr.t(key).to_owned();
        match &self.kind {
            Kind::Refused { server } => tr.t_with("problem-refused", &[("server", server.into())]),
            Kind::TimedOut { server, stage, seconds } => tr.t_with(
                "problem-timed-out",
                &[
                    ("server", server.into()),
                    ("stage", stage_name(*stage, tr).into()),
                    ("seconds", (*seconds).into()),
                ],
            ),
            Kind::Broke { server, stage } => tr.t_with(
                "problem-broke",
                &[("server", server.into()), ("stage", stage_name(*stage, tr).into())],
            ),
            Kind::BadCertificate { server } => tr.t_with("problem-certificate", &[("server", server.into())]),
            Kind::RevokedCertificate { server } => {
                tr.t_with("problem-certificate-revoked", &[("server", server.into())])
            }
            Kind::NotAdmitted { server } => tr.t_with("problem-not-admitted", &[("server", server.into())]),
            Kind::NotImap { server } => tr.t_with("problem-not-imap", &[("server", server.into())]),
            Kind::NoSafeSignIn { server } => {
                tr.t_with("problem-no-safe-sign-in", &[("server", server.into())])
            }
            Kind::NoWayIn { server } => tr.t_with("problem-no-way-in", &[("server", server.into())]),
            Kind::CircuitOpen { server, .. } => tr.t_with("problem-circuit", &[("server", server.into())]),
            Kind::SaidNo { server } => tr.t_with("problem-said-no", &[("server", server.into())]),
            Kind::WrongPassword => plain("problem-password"),
            Kind::OtherDomain => plain("problem-other-domain"),
            Kind::NotOnTheList => plain("problem-not-on-the-list"),
            Kind::SignedOut => plain("problem-signed-out"),
            Kind::Busy { .. } => plain("problem-busy"),
            Kind::Crowded { .. } => plain("problem-crowded"),
            Kind::MailboxGone => plain("problem-mailbox-gone"),
            Kind::MailboxRebuilt => plain("problem-mailbox-rebuilt"),
            Kind::MessageGone => plain("problem-message-gone"),
            Kind::TooComplex => plain("problem-too-complex"),
            Kind::TooBig => plain("problem-too-big"),
            Kind::NotFound => plain("problem-not-found"),
            Kind::FormExpired => plain("problem-form-expired"),
            Kind::BadRequest => plain("problem-bad-request"),
            Kind::TooManyAttempts { .. } => plain("problem-too-many"),
            Kind::SendLimit { .. } => plain("problem-send-limit"),
            Kind::TooManyRecipients { most } => tr.t_with("wrong-too-many-at-once", &[("n", (*most).into())]),
            Kind::NoSender => plain("wrong-no-sender"),
            Kind::ReadOnly => plain("problem-read-only"),
            Kind::NoMark => plain("problem-no-mark"),
            Kind::NothingChosen => plain("problem-nothing-chosen"),
            Kind::AlreadyThere => plain("problem-already-there"),
            Kind::TooLate => plain("problem-too-late"),
            Kind::OnlyCopies => plain("problem-only-copies"),
            Kind::AskedBefore => plain("problem-asked-before"),
            Kind::Internal => plain("problem-internal"),
        }
    }

    /// What still works, or what is not to blame.
    pub fn still(&self, tr: &Tr) -> &'static str {
        match &self.kind {
            Kind::Refused { .. } | Kind::NotImap { .. } | Kind::CircuitOpen { .. } => {
                tr.t("still-password-fine")
            }
            Kind::BadCertificate { .. }
            | Kind::RevokedCertificate { .. }
            | Kind::NotAdmitted { .. }
            | Kind::NoSafeSignIn { .. } => tr.t("still-password-kept"),
            Kind::NoWayIn { .. } => tr.t("still-password-unknown"),
            Kind::TimedOut { stage, .. } | Kind::Broke { stage, .. } => match stage {
                Stage::Connect | Stage::Tls | Stage::Greeting => tr.t("still-password-fine"),
                // Servers answer late on purpose after wrong passwords.
                Stage::SignIn => tr.t("still-password-unknown"),
                Stage::Mailboxes | Stage::Open | Stage::Read | Stage::Search | Stage::Sort => {
                    tr.t("still-mail-safe")
                }
                // It may have been done all the same.
                Stage::Act => tr.t("still-act-unknown"),
            },
            Kind::SaidNo { .. } | Kind::Internal => tr.t("still-mail-safe"),
            Kind::WrongPassword => tr.t("still-answering"),
            Kind::OtherDomain => tr.t("still-not-asked"),
            Kind::NotOnTheList => tr.t("still-mail-safe"),
            Kind::SignedOut => tr.t("still-mail-safe"),
            Kind::Busy { .. } => tr.t("still-busy"),
            Kind::Crowded { .. } => tr.t("still-crowded"),
            Kind::MailboxGone | Kind::MessageGone | Kind::NotFound => tr.t("still-others"),
            Kind::MailboxRebuilt => tr.t("still-rebuilt"),
            Kind::TooComplex | Kind::TooBig => tr.t("still-download"),
            Kind::FormExpired
            | Kind::BadRequest
            | Kind::ReadOnly
            | Kind::NoMark
            | Kind::NothingChosen
            | Kind::AlreadyThere
            | Kind::TooLate
            | Kind::OnlyCopies
            | Kind::SendLimit { .. }
            | Kind::TooManyRecipients { .. }
            | Kind::NoSender => tr.t("still-nothing-done"),
            Kind::TooManyAttempts { .. } => tr.t("still-too-many"),
            Kind::AskedBefore => tr.t("still-act-unknown"),
        }
    }

    /// What to do next.
    pub fn todo(&self, tr: &Tr) -> String {
        let plain = |key| tr.t(key).to_owned();
        match &self.kind {
            Kind::CircuitOpen { seconds, .. }
            | Kind::Busy { seconds }
            | Kind::Crowded { seconds }
            | Kind::TooManyAttempts { seconds } => tr.t_with("todo-wait", &[("seconds", (*seconds).into())]),
            Kind::Refused { .. } | Kind::TimedOut { .. } | Kind::Broke { .. } => plain("todo-retry-status"),
            Kind::BadCertificate { .. }
            | Kind::RevokedCertificate { .. }
            | Kind::NotAdmitted { .. }
            | Kind::NotImap { .. }
            | Kind::NoSafeSignIn { .. }
            | Kind::NoWayIn { .. }
            | Kind::NoSender => plain("todo-tell-help"),
            Kind::SendLimit { until } => {
                tr.t_with("todo-send-later", &[("moment", (&tr.moment(*until)).into())])
            }
            Kind::WrongPassword => plain("todo-password"),
            Kind::OtherDomain => plain("todo-other-domain"),
            Kind::NotOnTheList => plain("todo-not-on-the-list"),
            Kind::SignedOut => plain("todo-sign-in"),
            Kind::MailboxGone => plain("todo-folders"),
            Kind::MailboxRebuilt => plain("todo-rebuilt"),
            Kind::MessageGone => plain("todo-message-gone"),
            Kind::TooComplex | Kind::TooBig => plain("todo-download"),
            Kind::NotFound => plain("todo-not-found"),
            Kind::FormExpired => plain("todo-form"),
            Kind::BadRequest | Kind::TooManyRecipients { .. } => plain("todo-check"),
            Kind::SaidNo { .. } => plain("todo-said-no"),
            Kind::ReadOnly | Kind::NoMark => plain("todo-owner"),
            Kind::NothingChosen => plain("todo-choose"),
            Kind::AlreadyThere => plain("todo-elsewhere"),
            Kind::TooLate | Kind::OnlyCopies => plain("todo-by-hand"),
            Kind::AskedBefore => plain("todo-look-there"),
            Kind::Internal => plain("todo-internal"),
        }
    }

    /// For the page's title.
    pub fn title(&self, tr: &Tr) -> &'static str {
        match self.kind {
            Kind::SignedOut => tr.t("problem-title-signed-out"),
            Kind::NotFound => tr.t("problem-title-not-found"),
            Kind::Busy { .. }
            | Kind::Crowded { .. }
            | Kind::TooManyAttempts { .. }
            | Kind::SendLimit { .. } => tr.t("problem-title-wait"),
            Kind::MailboxGone | Kind::MailboxRebuilt | Kind::MessageGone => tr.t("problem-title-gone"),
            _ => tr.t("problem-title"),
        }
    }

    /// The whole content of a page.
    pub fn page(&self, tr: &Tr) -> Markup {
        html! {
            section.card.problem data-problem role="alert" {
                h2 { (self.what(tr)) }
                p { (self.still(tr)) }
                p { (self.todo(tr)) }
                (self.words(tr))
                p.acts { (self.ways_on(tr)) }
                @if !self.kept.is_empty() { p { b { (tr.t("problem-kept")) } } }
                @for (label, text) in &self.kept {
                    label { span { (label) } textarea readonly rows="8" { (text) } }
                }
                @if let Some(reference) = &self.reference {
                    p.meta { (tr.t("problem-reference")) " " code { (reference) } }
                }
            }
        }
    }

    /// A few lines inside a form or a page that goes on.
    pub fn inline(&self, tr: &Tr) -> Markup {
        html! {
            div.trouble role="alert" data-problem {
                p { (self.what(tr)) " " (self.still(tr)) }
                p { (self.todo(tr)) }
                (self.words(tr))
                @if self.retry.is_some() || self.download.is_some() {
                    p.links {
                        @if let Some(href) = &self.retry { a href=(href) { (tr.t("retry")) } }
                        @if let Some(href) = &self.download { a href=(href) { (tr.t("message-download")) } }
                    }
                }
                @if let Some(reference) = &self.reference {
                    p.meta { (tr.t("problem-reference")) " " code { (reference) } }
                }
            }
        }
    }

    fn words(&self, tr: &Tr) -> Markup {
        html! {
            @if let Some(alert) = &self.alert {
                p { b { (tr.t("alert-says")) } " " q dir="auto" { (alert) } }
            }
            @if let Some(said) = &self.said {
                p { b { (tr.t("server-says")) } " " q dir="auto" { (said) } }
            }
        }
    }

    fn ways_on(&self, tr: &Tr) -> Markup {
        html! {
            @if self.kind == Kind::SignedOut {
                a.button.primary href=(self.retry.as_deref().unwrap_or("/login")) { (tr.t("login-submit")) }
            } @else if let Some(retry) = &self.retry {
                a.button.primary href=(retry) { (tr.t("retry")) }
            }
            @if let Some(href) = &self.download { a.button href=(href) { (tr.t("message-download")) } }
            @match self.kind {
                Kind::SignedOut | Kind::WrongPassword | Kind::TooManyAttempts { .. } => {}
                Kind::MailboxGone | Kind::MailboxRebuilt | Kind::MessageGone | Kind::NotFound
                    | Kind::TooComplex | Kind::TooBig | Kind::SaidNo { .. } => {
                    a.button href="/folders" { (tr.t("folders")) }
                }
                _ => { a.button href="/status" { (tr.t("status-title")) } }
            }
        }
    }
}

/// Without control characters, and no longer than is shown.
fn capped(words: &str) -> Option<String> {
    let mut shown: String =
        words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(Problem::MAX_SAID).collect();
    if words.chars().nth(Problem::MAX_SAID).is_some() {
        shown.push('…');
    }
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

fn stage_name(stage: Stage, tr: &Tr) -> &'static str {
    match stage {
        Stage::Connect => tr.t("stage-connect"),
        Stage::Tls => tr.t("stage-tls"),
        Stage::Greeting => tr.t("stage-greeting"),
        Stage::SignIn => tr.t("stage-sign-in"),
        Stage::Mailboxes => tr.t("stage-mailboxes"),
        Stage::Open => tr.t("stage-open"),
        Stage::Read => tr.t("stage-read"),
        Stage::Search => tr.t("stage-search"),
        Stage::Sort => tr.t("stage-sort"),
        Stage::Act => tr.t("stage-act"),
    }
}
