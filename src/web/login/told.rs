//! What the audit and the metrics tell of a try to sign in: whose, and where it failed. Never what was typed.

use crate::{
    audit::{Event, What},
    config::WhoError,
    session::pooled_id,
    store::AccountId,
    telemetry::metrics,
    web::{
        app::App,
        problem::{Kind, Problem, Stage},
    },
};

/// `typed` names an account only where a server is configured for it; `counted` says that the limits count the try.
pub fn event<'a, T>(
    app: &App,
    typed: &str,
    tried: &Result<(T, AccountId), Problem>,
    counted: bool,
) -> Event<'a> {
    let problem = match tried {
        Ok((_, pooled)) => {
            metrics::sign_in("accepted");
            return Event::of(What::SignIn).account(*pooled);
        }
        Err(problem) => problem,
    };
    let (stage, why) = failure(&problem.kind);
    metrics::sign_in(why);
    let event = Event::of(What::SignInFailed).reference(problem.reference.as_deref()).free(!counted);
    match app.config.server_for(typed) {
        Ok((server, login)) => {
            event.failed(stage, why).account(pooled_id(app.store.keys(), &server.name, &login.login))
        }
        Err(WhoError::NotAnAddress) => event.failed("address", "no-address"),
        Err(WhoError::NeedsDomain) => event.failed("address", "no-domain"),
        Err(WhoError::UnknownDomain) => event.failed("address", "unknown-domain"),
    }
}

/// Stage and reason.
fn failure(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::WrongPassword => ("sign-in", "refused"),
        Kind::NoSafeSignIn { .. } => ("tls", "no-safe-sign-in"),
        Kind::NoWayIn { .. } => ("sign-in", "no-mechanism"),
        Kind::SaidNo { .. } => ("sign-in", "server-refused"),
        Kind::TimedOut { stage, .. } => (name(*stage), "deadline"),
        Kind::Broke { stage, .. } => (name(*stage), "closed"),
        Kind::Refused { .. } => ("connect", "unreachable"),
        Kind::BadCertificate { .. } => ("tls", "certificate"),
        Kind::RevokedCertificate { .. } => ("tls", "certificate-revoked"),
        Kind::NotAdmitted { .. } => ("tls", "not-admitted"),
        Kind::OtherDomain => ("address", "other-domain"),
        Kind::NotOnTheList => ("access", "not-on-the-list"),
        Kind::NotImap { .. } => ("greeting", "not-imap"),
        Kind::CircuitOpen { .. } => ("connect", "circuit"),
        Kind::Busy { .. } => ("queue", "full"),
        Kind::TooManyAttempts { .. } => ("limits", "too-many-tries"),
        Kind::Internal => ("gateway", "internal"),
        _ => ("gateway", "refused"),
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "connect",
        Stage::Tls => "tls",
        Stage::Greeting => "greeting",
        Stage::SignIn => "sign-in",
        Stage::Mailboxes => "mailboxes",
        Stage::Open => "open",
        Stage::Read => "read",
        Stage::Act => "act",
    }
}
