//! The IMAP server, up to what it says it can do, and as whom it knows this gateway.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Notes, User, mailbox, reach};
use crate::{
    config::{Config, Login, Server, Tls},
    imap::{Backend, Capabilities, Connection, Credentials, Error, Kind, Stage},
    net::{self, bounds},
};

/// A greeting that takes longer will be felt at every sign-in.
const SLOW: Duration = Duration::from_secs(2);

/// What a person misses where the server lacks it.
const COSTS: [(&str, &str, &str); 8] = [
    (
        "LIST-STATUS",
        "no-list-status",
        "unread numbers are counted one mailbox after the other, and come a little later",
    ),
    ("SPECIAL-USE", "no-special-use", "Sent, Drafts, Junk and Trash are known by their usual names only"),
    (
        "ESEARCH",
        "no-esearch",
        "a message deep in a huge mailbox is found in up to four round trips instead of one",
    ),
    (
        "UIDPLUS",
        "no-uidplus",
        "a copy in Sent is looked for after a broken connection instead of being known",
    ),
    ("MOVE", "no-move", "moving is copying, then deleting"),
    (
        "PREVIEW",
        "no-preview",
        "the line under the subject is filled in after the page, and only with JavaScript",
    ),
    ("SASL-IR", "no-sasl-ir", "each sign-in takes one round trip more"),
    ("NAMESPACE", "no-namespace", "shared mailboxes stand among one's own"),
];

/// The connection of `user`, signed in, with its login; `None` where there is none.
pub async fn look(
    notes: &mut Notes<'_>,
    config: &Config,
    server: &Server,
    user: Option<(&Login, &User)>,
) -> Option<Connection> {
    if !reach::name(notes, &server.imap).await {
        return None;
    }
    let tls = reach::tls(notes, &server.imap)?;
    let backend = Backend::new(Arc::new(server.clone()), tls.clone());
    let began = Instant::now();
    let probe = match backend.probe().await {
        Ok(probe) => probe,
        Err(error) => {
            failed(notes, server, &error);
            return None;
        }
    };
    let took = began.elapsed();
    if took > bounds::patiently(SLOW) {
        notes.warn(
            "slow-greeting",
            format!("IMAP: {} s until the greeting", took.as_secs()),
            "often a name lookup of our address that times out: give this machine a PTR record, or switch it off there",
        );
    } else {
        notes.good("greeting", "IMAP: greets");
    }
    notes.took(took);
    reach::certificate(notes, &server.imap, probe.certificate_until());
    reach::asked(notes, &server.imap, &tls);
    let before = probe.capabilities().clone();
    if server.imap.tls == Tls::None && before.has("STARTTLS") {
        notes.note("tls-offered", "IMAP: the server offers STARTTLS, and it is not used", "remove ?tls=none");
    }
    if before.has("LOGINDISABLED") && !before.has("AUTH=PLAIN") && !before.has("AUTH=LOGIN") {
        notes.fail(
            "no-way-to-sign-in",
            "IMAP: passwords are not taken (LOGINDISABLED, neither AUTH=PLAIN nor AUTH=LOGIN)",
            "switch on plain passwords over TLS there: Relais knows PLAIN and LOGIN",
        );
    }
    if server.forward_client_ip && !before.has("ID") {
        notes.warn(
            "no-id",
            "IMAP: forward_client_ip is set, and the server takes no ID before the sign-in",
            "all sign-ins count as this gateway's: see the note on penalties",
        );
    }
    penalties(notes, config, server);
    let (login, user) = user?;
    let credentials = Credentials { login: login.login.clone(), password: user.password.clone() };
    let connection = mailbox::sign_in(notes, probe, &credentials).await?;
    capabilities(notes, &connection.capabilities);
    mailbox::look(notes, config, &backend, &credentials, &connection).await;
    Some(connection)
}

/// All people come from one address.
fn penalties(notes: &mut Notes<'_>, config: &Config, server: &Server) {
    if crate::config::is_loopback(&server.imap.host) {
        return;
    }
    notes.note(
        "one-address",
        format!("IMAP: all sign-ins reach {} from this machine's address", server.imap.host),
        format!(
            "Dovecot there: mail_max_userip_connections = {} or more, login_trusted_networks = <this machine>/32 with \
             forward_client_ip = true here; fail2ban: ignoreip = <this machine>",
            config.limits.per_account * 2 + 4
        ),
    );
}

fn capabilities(notes: &mut Notes<'_>, known: &Capabilities) {
    for (name, code, cost) in COSTS {
        if !known.has(name) {
            notes.note(code, format!("IMAP: without {name} {cost}"), "");
        }
    }
}

/// Why it did not greet.
fn failed(notes: &mut Notes<'_>, server: &Server, error: &Error) {
    let url = &server.imap;
    let reached = match (error.stage, &error.kind) {
        (Stage::Tls, Kind::Unsupported(_)) => Some((net::Stage::Tls, net::Kind::Protocol("no STARTTLS"))),
        (Stage::Resolve | Stage::Connect | Stage::Tls, kind) => {
            let stage = match error.stage {
                Stage::Resolve => net::Stage::Resolve,
                Stage::Connect => net::Stage::Connect,
                _ => net::Stage::Tls,
            };
            Some((
                stage,
                match kind {
                    Kind::Deadline => net::Kind::Deadline,
                    Kind::Unreachable => net::Kind::Unreachable,
                    Kind::Certificate(flaw) => net::Kind::Certificate(flaw.clone()),
                    _ => net::Kind::Closed,
                },
            ))
        }
        _ => None,
    };
    if let Some((stage, kind)) = reached {
        return reach::failed(notes, url, &net::Error { stage, kind });
    }
    let place = format!("{}:{}", url.host, url.port);
    match &error.kind {
        Kind::Deadline => notes.fail(
            "no-greeting",
            format!("IMAP: {place} accepts the connection and says nothing"),
            match url.tls {
                Tls::Implicit => "the server is stuck or full",
                _ => "that port may want TLS at once (imaps://, 993), or the server is stuck or full",
            },
        ),
        Kind::Refused { .. } => notes.fail(
            "turned-away",
            format!("IMAP: {place} ends the conversation before it began"),
            "the server is full, closing, or refuses this machine's address: look into its log",
        ),
        Kind::NotImap | Kind::Protocol(_) => notes.fail(
            "not-imap",
            format!("IMAP: what answers at {place} does not speak IMAP"),
            "the wrong port, perhaps of SMTP or of a web server",
        ),
        _ => notes.fail(
            "closed",
            format!("IMAP: {place} hangs up ({error})"),
            "a firewall or fail2ban may block this machine: look into the server's log",
        ),
    }
}
