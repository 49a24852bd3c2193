//! A letter: who wrote to whom, when, what is attached, what it says; and the letters forwarded inside it.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::text::{self, Text};
use crate::{
    locale::Tr,
    message::plan::Protection,
    web::{icon::Icon, page::initials, problem::Problem},
};

/// What is written: the message itself, or one forwarded inside it.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// Empty when there is none.
    pub subject: String,
    pub from: Vec<Person>,
    /// Who sent it for the author, where that is another (RFC 5322 §3.6.2).
    pub sender: Option<Person>,
    pub reply_to: Vec<Person>,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    pub bcc: Vec<Person>,
    /// Recipients that were left out of the lists above.
    pub more_recipients: u64,
    /// The reader is among the recipients.
    pub to_me: bool,
    /// As its author dated it.
    pub sent: Option<Timestamp>,
    /// The Date field where it could not be understood.
    pub sent_as_written: Option<String>,
    /// When the reader's server took it in; None for a forwarded one.
    pub arrived: Option<Timestamp>,
    /// It came late; None for a forwarded one.
    pub late: Option<Late>,
    pub warnings: Vec<Warning>,
    pub files: Vec<File>,
    pub body: Body,
    /// Texts that stand below an HTML body.
    pub more: Option<Text>,
    /// The layout is left out because it cannot be shown safely: the body is its text.
    pub layout_refused: bool,
    /// The same in its other form, where it has one.
    pub other_form: Option<OtherForm>,
    /// What it claims about its protection; nothing is verified.
    pub protection: Option<Protection>,
    pub nested: Vec<Letter>,
    /// Parts are missing here that the downloaded message has.
    pub incomplete: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub name: Option<String>,
    pub email: String,
}

impl Person {
    /// Name and address, as far as there are.
    pub fn whole(&self) -> String {
        match self.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} <{}>", self.email),
            None => self.email.clone(),
        }
    }

    fn short(&self) -> &str {
        self.name.as_deref().filter(|n| !n.is_empty()).unwrap_or(&self.email)
    }
}

/// How late it came, and whose doing that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub by: SignedDuration,
    pub at: Where,
    /// The page that shows its way.
    pub href: String,
}

/// Where it waited longest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    Operator,
    /// A server as it calls itself.
    Host(String),
    Unknown,
}

/// What makes a sender doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The name shows an address, and it is not the one the message comes from.
    NameShowsOtherAddress,
    /// Answers would go to another domain.
    AnswersGoElsewhere,
    /// More than one From field, or letters that look alike.
    UnclearSender,
}

#[derive(Debug, Clone, Default)]
pub struct File {
    /// Its IMAP section.
    pub part: String,
    /// Empty when it has none.
    pub name: String,
    /// `PDF`, `Image`, `Word` … for people; empty when unknown.
    pub kind: String,
    /// Octets when saved, as well as known.
    pub size: Option<u64>,
    /// None where it can only be saved.
    pub open: Option<String>,
    pub save: String,
}

#[derive(Debug, Clone, Default)]
pub enum Body {
    Text(Text),
    Html {
        src: String,
        images: Images,
    },
    /// The text could not be fetched or read; the rest of the page can.
    Failed(Box<Problem>),
    #[default]
    Nothing,
}

/// What became of images that the sender keeps on other servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Images {
    #[default]
    None,
    /// `allow` is the same page with them.
    Blocked {
        n: u64,
        allow: String,
    },
    Shown,
}

#[derive(Debug, Clone)]
pub enum OtherForm {
    AsText(String),
    AsHtml(String),
}

/// Forwarded messages are opened this deep; those below are in the downloaded message.
pub const MAX_NESTED: usize = 5;

pub fn render(letter: &Letter, tr: &Tr) -> Markup {
    at_depth(letter, 0, tr)
}

fn at_depth(letter: &Letter, depth: usize, tr: &Tr) -> Markup {
    html! {
        article.letter.nested[depth > 0] {
            header.sheet {
                @if depth > 0 { p.meta { (tr.t("message-forwarded")) } }
                (subject(letter, depth, tr))
                (from(letter, tr))
                (dates(letter, tr))
                @if let Some(late) = &letter.late { (late_line(late, tr)) }
                @for warning in &letter.warnings { (warn(*warning, tr)) }
                @if let Some(protection) = letter.protection { p.quiet { (protected(protection, letter, tr)) } }
                @if !letter.files.is_empty() { (files(&letter.files, tr)) }
                @if letter.layout_refused { p.quiet { (tr.t("layout-refused")) } }
                (form_switch(letter, tr))
            }
            // Of a forwarded message the text may not be at hand: nothing is said of it then.
            @if depth == 0 || !matches!(letter.body, Body::Nothing) { (body(letter, tr)) }
            @if let Some(more) = &letter.more { (text::render(more, tr)) }
            @if depth < MAX_NESTED {
                @for inner in &letter.nested { (at_depth(inner, depth + 1, tr)) }
            } @else if !letter.nested.is_empty() {
                p.quiet { (tr.t("message-nested-more")) }
            }
        }
    }
}

fn subject(letter: &Letter, depth: usize, tr: &Tr) -> Markup {
    let text = html! { @if letter.subject.is_empty() { (tr.t("no-subject")) } @else { (letter.subject) } };
    html! { @if depth == 0 { h1 dir="auto" { (text) } } @else { h2 dir="auto" { (text) } } }
}

fn from(letter: &Letter, tr: &Tr) -> Markup {
    let author = letter.from.first();
    html! {
        details.people {
            summary {
                // Not the summary itself: older Safari lays it out as a block whatever the style says.
                span.from {
                    span.face aria-hidden="true" { (initials(author.map_or("", Person::short))) }
                    b {
                        @match author {
                            Some(person) => bdi { (person.short()) },
                            None => (tr.t("list-nobody")),
                        }
                    }
                    // The name is the sender's to choose; the address says more.
                    @if let Some(person) = author.filter(|p| p.name.is_some()) {
                        span.addr { bdi { (person.email) } }
                    }
                    span.addr.more-hint { (addressed(letter, tr)) }
                }
            }
            dl {
                (people(tr.t("field-from"), &letter.from))
                @if let Some(sender) = &letter.sender { (people(tr.t("field-sender"), std::slice::from_ref(sender))) }
                (people(tr.t("field-reply-to"), &letter.reply_to))
                (people(tr.t("field-to"), &letter.to))
                (people(tr.t("field-cc"), &letter.cc))
                (people(tr.t("field-bcc"), &letter.bcc))
                @if letter.more_recipients > 0 {
                    dt.vh { (tr.t("field-more")) }
                    dd { (tr.t_with("recipients-left-out", &[("n", letter.more_recipients.into())])) }
                }
                @if let Some(at) = letter.sent {
                    dt { (tr.t("field-date")) }
                    dd { time datetime=(tr.machine_time(at)) { (tr.moment(at)) } }
                } @else if let Some(written) = &letter.sent_as_written {
                    dt { (tr.t("field-date")) }
                    dd { (written) }
                }
            }
        }
    }
}

/// "À vous et 1 autre".
fn addressed(letter: &Letter, tr: &Tr) -> String {
    let all = (letter.to.len() + letter.cc.len() + letter.bcc.len()) as u64 + letter.more_recipients;
    let first = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).next();
    match (letter.to_me, all, first) {
        (true, 0 | 1, _) => tr.t("to-you").to_owned(),
        (true, n, _) => tr.t_with("to-you-and", &[("n", (n - 1).into())]),
        (false, 1, Some(person)) => tr.t_with("to-one", &[("name", person.short().into())]),
        (false, n, Some(person)) => {
            tr.t_with("to-one-and", &[("name", person.short().into()), ("n", (n - 1).into())])
        }
        (false, _, None) => tr.t("to-unknown").to_owned(),
    }
}

fn people(label: &str, people: &[Person]) -> Markup {
    html! {
        @if !people.is_empty() {
            dt { (label) }
            @for person in people {
                dd {
                    @if let Some(name) = &person.name { bdi { (name) } " " }
                    span.addr { bdi { (person.email) } }
                }
            }
        }
    }
}

/// A message that came at once has one date.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(5);

fn dates(letter: &Letter, tr: &Tr) -> Markup {
    // Paper keeps the whole date.
    let time = |at: Timestamp| html! { time datetime=(tr.machine_time(at)) title=(tr.dated(at)) { (tr.moment(at)) } };
    let at_once = |sent: Timestamp, arrived: Timestamp| arrived.duration_since(sent).abs() < AT_ONCE;
    html! {
        p.meta {
            @if let Some(at) = letter.sent { (tr.t("sent-at")) " " (time(at)) }
            @else if let Some(written) = &letter.sent_as_written { (tr.t("sent-at")) " " bdi { (written) } }
            @else { (tr.t("sent-unknown")) }
            @if let Some(at) = letter.arrived.filter(|at| !letter.sent.is_some_and(|sent| at_once(sent, *at))) {
                " · " (tr.t("arrived-at")) " " (time(at))
            }
        }
    }
}

fn late_line(late: &Late, tr: &Tr) -> Markup {
    html! {
        p.late-line { b { (lateness(late, tr)) } " " a href=(late.href) { (tr.t("way-show")) } }
    }
}

/// "26 h late, at your operator."
pub fn lateness(late: &Late, tr: &Tr) -> String {
    let span = tr.span(late.by);
    match &late.at {
        Where::Operator => tr.t_with("way-late-operator", &[("span", (&span).into())]),
        Where::Host(host) => tr.t_with("way-late-host", &[("span", (&span).into()), ("host", host.into())]),
        Where::Unknown => tr.t_with("way-late", &[("span", (&span).into())]),
    }
}

fn warn(warning: Warning, tr: &Tr) -> Markup {
    html! {
        p.doubt role="note" {
            (Icon::Warning.draw())
            span { (warned(warning, tr)) }
        }
    }
}

/// In words.
pub fn warned(warning: Warning, tr: &Tr) -> &'static str {
    match warning {
        Warning::NameShowsOtherAddress => tr.t("warn-name"),
        Warning::AnswersGoElsewhere => tr.t("warn-reply-to"),
        Warning::UnclearSender => tr.t("warn-unclear"),
    }
}

fn protected(protection: Protection, letter: &Letter, tr: &Tr) -> &'static str {
    match protection {
        // An opaque signature holds the text in it (RFC 8551 §3.5.2).
        Protection::Signed if matches!(letter.body, Body::Nothing) => tr.t("protection-sealed"),
        Protection::Signed => tr.t("protection-signed"),
        Protection::EncryptedSmime => tr.t("protection-smime"),
        Protection::EncryptedPgp => tr.t("protection-pgp"),
    }
}

fn files(files: &[File], tr: &Tr) -> Markup {
    html! {
        ul.files aria-label=(tr.t("files")) {
            @for file in files {
                @let name = if file.name.is_empty() { tr.t("file-unnamed") } else { &file.name };
                li data-part=(file.part) {
                    (Icon::Document.draw())
                    span.name {
                        bdi { (name) }
                        small {
                            (file.kind)
                            @if let Some(octets) = file.size {
                                @if !file.kind.is_empty() { " · " }
                                (tr.size(octets))
                            }
                        }
                    }
                    @if let Some(href) = &file.open {
                        a href=(href) target="_blank" rel="noopener" { (tr.t("file-open")) span.vh { " " (name) } }
                    }
                    a href=(file.save) download aria-label=(tr.t_with("file-save", &[("name", name.into())])) {
                        (Icon::Download.draw())
                    }
                }
            }
        }
    }
}

fn form_switch(letter: &Letter, tr: &Tr) -> Markup {
    html! {
        @if let Body::Html { images: Images::Blocked { n, allow }, .. } = &letter.body {
            p.quiet data-screen {
                span { (tr.t_with("images-blocked", &[("n", (*n).into())])) }
                a.button href=(allow) { (tr.t("images-show")) }
            }
        }
        @match &letter.other_form {
            Some(OtherForm::AsText(href)) => p.switch { a href=(href) { (tr.t("show-as-text")) } },
            Some(OtherForm::AsHtml(href)) => p.switch { a href=(href) { (tr.t("show-as-html")) } },
            None => {}
        }
    }
}

fn body(letter: &Letter, tr: &Tr) -> Markup {
    html! {
        @match &letter.body {
            Body::Text(text) => (text::render(text, tr)),
            // Scripts stay off in there; the page may measure it, and links may open outside.
            Body::Html { src, .. } => iframe.html data-body src=(src) title=(tr.t("body-frame"))
                sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
                referrerpolicy="no-referrer" {},
            Body::Failed(problem) => div.body { (problem.inline(tr)) },
            Body::Nothing if letter.protection.is_some() => {}
            Body::Nothing => div.body data-text { p.meta { (tr.t("body-nothing")) } },
        }
    }
}
