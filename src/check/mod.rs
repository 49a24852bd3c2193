//! `relais check`: goes the way the gateway goes, step by step, and says of each step whether it holds, what it costs
//! the users where it does not, and what to do.
//!
//! Nothing is changed anywhere, but that `round_trip` sends one message to oneself.

mod access;
pub mod announced;
pub mod autoconfig;
mod imap;
mod listener;
mod mailbox;
mod measured;
mod notices;
mod own;
mod reach;
mod round_trip;
mod smtp;

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    config::{Config, Login, Server},
    net,
};

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    /// To be known: it costs nothing today.
    Note,
    /// It works, and people will feel it.
    Warning,
    /// It does not work.
    Failure,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `gateway`, or the name of a server.
    pub about: String,
    /// Stable, for machines: `imap.certificate-expired`.
    pub code: String,
    pub verdict: Verdict,
    pub what: String,
    /// The likely cause and what to do; empty where nothing is to be done.
    pub fix: String,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<u64>,
}

/// Everything that was looked at, in the order in which the gateway would meet it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub findings: Vec<Finding>,
}

impl Report {
    /// The worst there is.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Good)
    }
}

/// Who signs in, to see what a person sees.
pub struct User {
    /// As people type it.
    pub name: String,
    pub password: Zeroizing<String>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User")
    }
}

/// The findings about one thing, as they come.
struct Notes<'a> {
    about: &'a str,
    /// The first word of the codes: `imap`.
    area: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl Notes<'_> {
    fn protocol(&self) -> &'static str {
        if self.area == "smtp" { "SMTP" } else { "IMAP" }
    }

    fn on(&mut self, area: &'static str) -> Notes<'_> {
        Notes { about: self.about, area, findings: self.findings }
    }

    fn say(&mut self, verdict: Verdict, code: &str, what: impl Into<String>, fix: impl Into<String>) {
        let (what, fix, code) = (what.into(), fix.into(), format!("{}.{code}", self.area));
        self.findings.push(Finding { about: self.about.into(), code, verdict, what, fix, took: None });
    }

    fn good(&mut self, code: &str, what: impl Into<String>) {
        self.say(Verdict::Good, code, what, "");
    }

    fn note(&mut self, code: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.say(Verdict::Note, code, what, fix);
    }

    fn warn(&mut self, code: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.say(Verdict::Warning, code, what, fix);
    }

    fn fail(&mut self, code: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.say(Verdict::Failure, code, what, fix);
    }

    /// The last one took so long.
    fn took(&mut self, time: Duration) {
        if let Some(last) = self.findings.last_mut() {
            last.took = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        }
    }
}

/// Looks at this machine and at every server; signs in at the one that serves `user`.
pub async fn run(config: &Config, user: Option<&User>, round_trip: bool) -> Report {
    net::bounds::set_patience(config.limits.patience);
    let mut report = Report::default();
    let mut notes = Notes { about: "gateway", area: "gateway", findings: &mut report.findings };
    own::look(&mut notes, config).await;
    notices::look(&mut notes, config).await;
    access::look(&mut notes.on("access"), &config.access, &config.time_zone, Timestamp::now());
    let who = user.map(|user| config.server_for(&user.name));
    if let Some(Err(error)) = &who {
        notes.fail(
            "no-server-for-user",
            format!("nobody can sign in with that name: {error}"),
            "give the whole address, or name its domain in a [server.NAME] table",
        );
    }
    let served = who.and_then(Result::ok);
    for server in &config.servers {
        let mut notes = Notes { about: &server.name, area: "imap", findings: &mut report.findings };
        let login = served.as_ref().filter(|(theirs, _)| theirs.name == server.name).map(|(_, login)| login);
        let user = login.zip(user);
        look(&mut notes, config, server, user, round_trip).await;
    }
    report
}

async fn look(
    notes: &mut Notes<'_>,
    config: &Config,
    server: &Server,
    user: Option<(&Login, &User)>,
    round_trip: bool,
) {
    let opened = imap::look(&mut notes.on("imap"), config, server, user).await;
    let sends = smtp::look(&mut notes.on("smtp"), config, server, user).await;
    let mut notes = notes.on("round-trip");
    match (round_trip, opened, sends, user) {
        (false, ..) => {}
        (true, Some(opened), Some(sends), Some((login, _))) => {
            round_trip::look(&mut notes, opened, sends, &login.address).await;
        }
        (true, ..) => notes.note(
            "not-tried",
            "no message was sent to oneself",
            "it needs --user, an IMAP server and an SMTP server that both take the sign-in",
        ),
    }
}
