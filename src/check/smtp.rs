//! The SMTP server: whether mail leaves through it, and how much it tells afterwards.

use std::time::Instant;

use super::{Notes, User, reach};
use crate::{
    config::{Config, Login, Server, Tls},
    net,
    smtp::{Connection, Error, Kind, Stage},
};

/// Octets on the wire of what is attached: base64 in lines of 76.
fn on_the_wire(octets: u64) -> u64 {
    octets * 78 / 57
}

/// The conversation of `user`, signed in; `None` where there is none.
pub async fn look(
    notes: &mut Notes<'_>,
    config: &Config,
    server: &Server,
    user: Option<(&Login, &User)>,
) -> Option<Connection> {
    let Some(url) = &server.smtp else {
        notes.note("none", "SMTP: no server: people read here, and cannot write", "smtp = \"smtp://…\"");
        return None;
    };
    if !reach::name(notes, url).await {
        return None;
    }
    let tls = reach::tls(notes, url)?;
    let hello = config.public_url.as_ref().and_then(|url| url.host_str()).unwrap_or("localhost");
    let began = Instant::now();
    let mut connection = match Connection::open(url, &tls, hello).await {
        Ok(connection) => connection,
        Err(error) => {
            failed(notes, url, &error);
            return None;
        }
    };
    notes.good("greeting", "SMTP: greets");
    notes.took(began.elapsed());
    reach::certificate(notes, url, connection.certificate_until());
    reach::asked(notes, url, &tls);
    offers(notes, config, &connection);
    let (login, user) = user?;
    let began = Instant::now();
    if let Err(error) = connection.sign_in(&login.login, &user.password).await {
        refused(notes, &error);
        return None;
    }
    notes.good("sign-in", "SMTP: signs in");
    notes.took(began.elapsed());
    Some(connection)
}

fn offers(notes: &mut Notes<'_>, config: &Config, connection: &Connection) {
    if !connection.signs_in() {
        notes.fail(
            "no-auth",
            "SMTP: nobody can sign in (neither AUTH PLAIN nor AUTH LOGIN is offered)",
            "this may be port 25: use the submission port, smtp:// (587) or smtps:// (465)",
        );
    }
    let most = config.limits.attachments * 1_000_000;
    match connection.limit() {
        Some(limit) if limit < on_the_wire(most) => notes.note(
            "size",
            format!(
                "SMTP: messages of {} MB at most; limits.attachments allows {} MB of files",
                limit / 1_000_000,
                config.limits.attachments
            ),
            "people are shown the smaller of the two before they attach anything",
        ),
        Some(limit) => notes.good("size", format!("SMTP: messages of up to {} MB", limit / 1_000_000)),
        None => notes.note(
            "no-size",
            "SMTP: it does not say how large a message may be",
            "too large ones come back",
        ),
    }
    if !connection.reports() {
        notes.note(
            "no-dsn",
            "SMTP: no delivery reports as asked (DSN): “accepted” is the last that can be proven of most messages",
            "Postfix there: remove dsn from smtpd_discard_ehlo_keywords",
        );
    }
}

fn refused(notes: &mut Notes<'_>, error: &Error) {
    match &error.kind {
        Kind::Refused(reply) if reply.code == 535 => notes.fail(
            "sign-in-refused",
            "SMTP: the name or the password is refused",
            "where IMAP takes them, the two look them up in different places: compare both configurations",
        ),
        Kind::Refused(reply) => notes.fail(
            "sign-in-failed",
            format!("SMTP: the sign-in fails with {}", reply.code),
            "look into the server's log at this minute",
        ),
        Kind::NoWayIn => {}
        _ => notes.fail(
            "sign-in-broken",
            format!("SMTP: the server hangs up at the sign-in ({error})"),
            "look into the server's log at this minute",
        ),
    }
}

fn failed(notes: &mut Notes<'_>, url: &crate::config::ServerUrl, error: &Error) {
    let stage = match error.stage {
        Stage::Resolve => Some(net::Stage::Resolve),
        Stage::Connect => Some(net::Stage::Connect),
        Stage::Tls => Some(net::Stage::Tls),
        _ => None,
    };
    if let Some(stage) = stage {
        let kind = match &error.kind {
            Kind::Deadline => net::Kind::Deadline,
            Kind::Unreachable => net::Kind::Unreachable,
            Kind::Certificate(flaw) => net::Kind::Certificate(flaw.clone()),
            _ => net::Kind::Closed,
        };
        return reach::failed(notes, url, &net::Error { stage, kind });
    }
    let place = format!("{}:{}", url.host, url.port);
    match &error.kind {
        Kind::Deadline => notes.fail(
            "no-greeting",
            format!("SMTP: {place} accepts the connection and says nothing"),
            match url.tls {
                Tls::Implicit => "the server is stuck or full",
                _ => "that port may want TLS at once (smtps://, 465), or the server is stuck or full",
            },
        ),
        Kind::Refused(reply) => notes.fail(
            "turned-away",
            format!("SMTP: {place} turns this machine away with {}", reply.code),
            "it refuses our address or our name: look into its log, and allow this machine there",
        ),
        Kind::Protocol(_) => notes.fail(
            "not-smtp",
            format!("SMTP: what answers at {place} does not speak SMTP"),
            "the wrong port, perhaps of IMAP or of a web server",
        ),
        _ => notes.fail(
            "closed",
            format!("SMTP: {place} hangs up ({error})"),
            "a firewall may stand in between: look into the server's log",
        ),
    }
}
