//! What the audit and the metrics tell of a try to sign in: whose, and where it failed. Never what was typed.

use std::{net::IpAddr, time::Instant};

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

/// A try to sign in, told when it ends: also when its browser goes away before the answer.
pub struct Trial<'a> {
    app: &'a App,
    /// Names an account only where a server is configured for it.
    typed: &'a str,
    network: Option<IpAddr>,
    begun: Instant,
    /// The limits count it against whoever made it.
    pub counted: bool,
    told: bool,
}

impl<'a> Trial<'a> {
    pub fn begin(app: &'a App, typed: &'a str, network: Option<IpAddr>) -> Trial<'a> {
        Trial { app, typed, network, begun: Instant::now(), counted: false, told: false }
    }

    /// The session is kept: whatever becomes of the answer, somebody is signed in.
    pub fn accepted(&mut self, pooled: AccountId) {
        metrics::sign_in("accepted");
        self.tell(Event::of(What::SignIn).account(pooled));
    }

    pub fn refused(mut self, problem: &Problem) {
        self.failed(failure(&problem.kind), problem.reference.as_deref());
    }

    fn failed(&mut self, (stage, why): (&'static str, &'static str), reference: Option<&str>) {
        metrics::sign_in(why);
        let event = Event::of(What::SignInFailed).reference(reference).free(!self.counted);
        self.tell(match self.app.config.server_for(self.typed) {
            Ok((server, login)) => {
                event.failed(stage, why).account(pooled_id(self.app.store.keys(), &server.name, &login.login))
            }
            Err(WhoError::NotAnAddress) => event.failed("address", "no-address"),
            Err(WhoError::NeedsDomain) => event.failed("address", "no-domain"),
            Err(WhoError::UnknownDomain) => event.failed("address", "unknown-domain"),
        });
    }

    fn tell(&mut self, event: Event<'_>) {
        self.told = true;
        self.app.audit.tell(&event.network(self.network).took(self.begun.elapsed()));
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.failed(("gateway", "broken-off"), None);
        }
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
        Kind::Crowded { .. } => ("queue", "crowded"),
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
        Stage::Search => "search",
        Stage::Sort => "sort",
        Stage::Act => "act",
    }
}
