//! What went wrong with a mail server or in the outbox, as people read it.

use super::{
    answer,
    problem::{Kind, Problem, Stage},
};
use crate::{
    imap::{self, bounds},
    mailbox::{Account, window::Trouble},
    net::Flaw,
    outbox,
};

/// Logged once, with a reference that the page shows.
pub fn of(account: &Account, error: &imap::Error) -> Problem {
    describe(&account.backend.server.imap.host, error)
}

pub fn of_trouble(account: &Account, trouble: &Trouble) -> Problem {
    match trouble {
        Trouble::Imap(error) => of(account, error),
        Trouble::Rebuilt => Kind::MailboxRebuilt.into(),
        Trouble::Gone => Kind::MessageGone.into(),
    }
}

/// Why a message was not accepted, where there is no form to say it in. What is ours is logged.
pub fn of_outbox(error: &outbox::Error) -> Problem {
    match *error {
        outbox::Error::Limit { until } => Kind::SendLimit { until }.into(),
        outbox::Error::TooMany { most } => Kind::TooManyRecipients { most }.into(),
        outbox::Error::Sender => Kind::NoSender.into(),
        _ => {
            let reference = answer::reference();
            tracing::error!(%reference, %error, "a message was not accepted");
            Problem::from(Kind::Internal).with_reference(reference)
        }
    }
}

/// `server` is the name people know it by: its host.
pub fn describe(server: &str, error: &imap::Error) -> Problem {
    let server = server.to_owned();
    let stage = stage(error.stage);
    let seconds = bounds::deadline(error.stage).as_secs().max(1);
    let kind = match &error.kind {
        imap::Kind::Refused { code, .. } => refused(server, error.stage, code.as_deref()),
        imap::Kind::Deadline => Kind::TimedOut { server, stage, seconds },
        imap::Kind::Unreachable => Kind::Refused { server },
        imap::Kind::Closed => Kind::Broke { server, stage },
        imap::Kind::Certificate(Flaw::Revoked) => Kind::RevokedCertificate { server },
        imap::Kind::Certificate(Flaw::ClientWanted | Flaw::ClientRefused) => Kind::NotAdmitted { server },
        imap::Kind::Certificate(_) => Kind::BadCertificate { server },
        imap::Kind::NotImap => Kind::NotImap { server },
        imap::Kind::Protocol(_) if error.stage.is_before_sign_in() => Kind::NotImap { server },
        imap::Kind::Protocol(_) => Kind::Broke { server, stage },
        imap::Kind::TooBig => Kind::TooBig,
        imap::Kind::Unsupported(_) if error.stage == imap::Stage::Tls => Kind::NoSafeSignIn { server },
        imap::Kind::Unsupported(_) if error.stage == imap::Stage::SignIn => Kind::NoWayIn { server },
        imap::Kind::Unsupported(_) if error.stage == imap::Stage::Read => Kind::MessageGone,
        imap::Kind::Unsupported(_) => Kind::SaidNo { server },
        imap::Kind::Source => Kind::Internal,
        imap::Kind::Full => Kind::Busy { seconds: 5 },
        imap::Kind::Crowded => Kind::Crowded { seconds: 5 },
        imap::Kind::Circuit(wait) => Kind::CircuitOpen { server, seconds: wait.as_secs() + 1 },
        imap::Kind::SignedOut => Kind::SignedOut,
    };
    let mut problem = Problem::from(kind);
    if let imap::Kind::Refused { text, code } = &error.kind
        && !text.is_empty()
    {
        problem = match code.as_deref() {
            Some("ALERT") => problem.with_alert(text),
            // The same words for a wrong password and an unknown user: the server's own may differ.
            _ if problem.kind == Kind::WrongPassword => problem,
            _ => problem.with_said(text),
        };
    }
    if !matches!(problem.kind, Kind::WrongPassword | Kind::SignedOut) {
        let reference = super::answer::reference();
        tracing::warn!(%reference, stage = error.stage.name(), kind = error.kind.name(), "mail server trouble");
        problem = problem.with_reference(reference);
    }
    problem
}

fn refused(server: String, stage: imap::Stage, code: Option<&str>) -> Kind {
    match (stage, code) {
        (
            imap::Stage::SignIn,
            Some("UNAVAILABLE" | "INUSE" | "LIMIT" | "CONTACTADMIN" | "SERVERBUG" | "ALERT"),
        ) => Kind::SaidNo { server },
        // It judged none of the mechanisms' passwords (RFC 5530 §3).
        (imap::Stage::SignIn, Some("PRIVACYREQUIRED" | "CANNOT")) => Kind::NoWayIn { server },
        (imap::Stage::SignIn, _) => Kind::WrongPassword,
        (
            imap::Stage::Open,
            Some("UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG" | "CORRUPTION" | "ALERT"),
        ) => Kind::SaidNo { server },
        (imap::Stage::Open, _) => Kind::MailboxGone,
        _ => Kind::SaidNo { server },
    }
}

fn stage(stage: imap::Stage) -> Stage {
    match stage {
        imap::Stage::Queue | imap::Stage::Resolve | imap::Stage::Connect => Stage::Connect,
        imap::Stage::Tls => Stage::Tls,
        imap::Stage::Greeting => Stage::Greeting,
        imap::Stage::SignIn => Stage::SignIn,
        imap::Stage::Folders | imap::Stage::Counts => Stage::Mailboxes,
        imap::Stage::Open | imap::Stage::List => Stage::Open,
        imap::Stage::Read => Stage::Read,
        imap::Stage::Search => Stage::Search,
        imap::Stage::Sort => Stage::Sort,
        imap::Stage::Act | imap::Stage::Append => Stage::Act,
    }
}
