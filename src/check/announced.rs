//! What the served domains announce about their mail servers, in DNS (RFC 6186, RFC 8314 §5.1) and by autoconfig: the lines
//! to pin in `relais.toml`. Only here: at a sign-in nothing is looked up that an attacker could answer.

use std::{cmp::Reverse, net::SocketAddr};

use futures::future::join_all;
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, rdata::SRV},
};
use tokio::time::timeout;

use super::{
    Notes, Report,
    autoconfig::{self, Offer, Way},
};
use crate::{
    config::{Config, Protocol, Server, ServerUrl, Tls},
    net::{self, bounds},
};

/// Domains that are asked about.
const MOST: usize = 20;

/// The services in the order in which they are preferred, each with the scheme of its address.
const IMAP: [(&str, &str); 2] = [("_imaps._tcp", "imaps"), ("_imap._tcp", "imap")];
const SMTP: [(&str, &str); 2] = [("_submissions._tcp", "smtps"), ("_submission._tcp", "smtp")];

/// What was found for one protocol.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// The domain says that it has none (RFC 6186 §3.4: the target is the root).
    Refused,
    /// As in `relais.toml`.
    At(String),
}

/// Asks about each served domain, or that of `user` where none is named. `dns` is asked instead of the machine's own
/// name servers. Nothing of it is ever a failure.
pub async fn look(report: &mut Report, config: &Config, user: Option<&str>, dns: Option<SocketAddr>) {
    let theirs = user.and_then(|user| Some((user.rsplit_once('@')?.1, config.server_for(user).ok()?.0)));
    let named =
        config.servers.iter().flat_map(|server| server.domains.iter().map(move |domain| (&**domain, server)));
    let mut asked: Vec<(&str, &Server)> = named.take(MOST).collect();
    if asked.is_empty() {
        asked.extend(theirs);
    }
    if asked.is_empty() {
        return;
    }
    let Some(resolver) = resolver(dns) else { return };
    let deadline = bounds::deadline(net::Stage::Resolve);
    let in_dns = asked.iter().map(|(domain, _)| timeout(deadline, announced(&resolver, domain)));
    let by_file = asked.iter().map(|(domain, _)| offered(domain));
    let (in_dns, by_file) = futures::future::join(join_all(in_dns), join_all(by_file)).await;
    for (((domain, server), found), offer) in asked.iter().zip(in_dns).zip(by_file) {
        let mut notes = Notes { about: domain, area: "announced", findings: &mut report.findings };
        match found {
            Err(_) => notes.note(
                "no-answer",
                format!("DNS does not say within {} s what {domain} announces", deadline.as_secs()),
                "",
            ),
            Ok([imap, smtp]) => {
                tell(&mut notes, "in DNS", "imap", imap, Some(&server.imap));
                tell(&mut notes, "in DNS", "smtp", smtp, server.smtp.as_ref());
            }
        }
        tell_offer(&mut notes.on("autoconfig"), offer, server);
    }
}

fn resolver(dns: Option<SocketAddr>) -> Option<TokioResolver> {
    let builder = match dns {
        None => Resolver::builder_tokio().ok()?,
        Some(address) => {
            let at = |mut way: ConnectionConfig| {
                way.port = address.port();
                way
            };
            let ways = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(at).into();
            let server = NameServerConfig::new(address.ip(), true, ways);
            let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
            Resolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    builder.build().ok()
}

async fn announced(resolver: &TokioResolver, domain: &str) -> [Found; 2] {
    let one = |services: [(&'static str, &'static str); 2]| async move {
        for (service, scheme) in services {
            let Ok(answer) = resolver.srv_lookup(format!("{service}.{domain}.")).await else { continue };
            let records = answer.answers().iter().filter_map(|record| match &record.data {
                RData::SRV(record) => Some(record),
                _ => None,
            });
            if let Some(best) = records.min_by_key(|record| (record.priority, Reverse(record.weight))) {
                return address(best, scheme);
            }
        }
        Found::Nothing
    };
    futures::future::join(one(IMAP), one(SMTP)).await.into()
}

fn address(record: &SRV, scheme: &str) -> Found {
    if record.target.is_root() {
        return Found::Refused;
    }
    let host = record.target.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let port = if record.port == usual(scheme) { String::new() } else { format!(":{}", record.port) };
    Found::At(format!("{scheme}://{host}{port}"))
}

fn usual(scheme: &str) -> u16 {
    match scheme {
        "imaps" => 993,
        "imap" => 143,
        "smtps" => 465,
        _ => 587,
    }
}

/// From the domain's own places, the first that has something.
async fn offered(domain: &str) -> Option<Offer> {
    let anybody = ServerUrl::parse(Protocol::Imap, "imaps://localhost", false).ok()?;
    let tls = net::client_config(&anybody).ok()?;
    let asked = autoconfig::addresses(domain).map(|address| autoconfig::ask(address, &tls));
    join_all(asked).await.into_iter().flatten().find(|offer| *offer != Offer::default())
}

fn tell_offer(notes: &mut Notes<'_>, offer: Option<Offer>, server: &Server) {
    let Some(offer) = offer else {
        let what = format!("{} offers no file for mail programs (autoconfig)", notes.about);
        return notes.note("none", what, "");
    };
    let found = |way: &Option<Way>| way.as_ref().map_or(Found::Nothing, |way| Found::At(way.url.clone()));
    tell(notes, "by autoconfig", "imap", found(&offer.imap), Some(&server.imap));
    tell(notes, "by autoconfig", "smtp", found(&offer.smtp), server.smtp.as_ref());
    if let Some(login) = offer.imap.and_then(|way| way.login)
        && login.parse().is_ok_and(|login| server.login != login)
    {
        let what = format!("{} says by autoconfig how login names are made", notes.about);
        notes.note("other-login", what, format!("if people cannot sign in: login = \"{login}\""));
    }
}

/// `place`: "in DNS".
fn tell(notes: &mut Notes<'_>, place: &str, key: &str, found: Found, ours: Option<&ServerUrl>) {
    let domain = notes.about;
    let protocol = if key == "smtp" { Protocol::Smtp } else { Protocol::Imap };
    match found {
        Found::Nothing => {
            notes.note(&format!("no-{key}"), format!("{domain} announces no {key} server {place}"), "");
        }
        Found::Refused => notes.note(
            &format!("refused-{key}"),
            format!("{domain} announces {place} that it has no {key} server"),
            "meant for mail programs; what you configured is used all the same",
        ),
        Found::At(text) => match read(&text, protocol) {
            None => {
                let what = format!("{domain} announces no usable {key} server {place}");
                notes.note(&format!("no-{key}"), what, "");
            }
            Some((url, text)) if ours.is_some_and(|ours| is_same(ours, &url)) => {
                notes.good(key, format!("{domain} announces {text} {place}, as configured"));
            }
            Some((_, text)) => notes.note(
                &format!("other-{key}"),
                format!("{domain} announces {text} {place}"),
                format!("if that is your server: {key} = \"{text}\""),
            ),
        },
    }
}

fn is_same(one: &ServerUrl, other: &ServerUrl) -> bool {
    (&one.host, one.port, one.tls) == (&other.host, other.port, other.tls)
}

/// A server, and its address made of scheme, host and port alone: it comes from outside, and what is shown is what was read
/// of it. What says more than these is nobody's address.
fn read(text: &str, protocol: Protocol) -> Option<(ServerUrl, String)> {
    let url = ServerUrl::parse(protocol, text, false).ok()?;
    let scheme = match (protocol, url.tls) {
        (_, Tls::None) => return None,
        (Protocol::Imap, Tls::Implicit) => "imaps",
        (Protocol::Imap, Tls::StartTls) => "imap",
        (Protocol::Smtp, Tls::Implicit) => "smtps",
        (Protocol::Smtp, Tls::StartTls) => "smtp",
    };
    let is_name =
        url.host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    let port = if url.port == usual(scheme) { String::new() } else { format!(":{}", url.port) };
    let text = format!("{scheme}://{}{port}", url.host);
    (is_name && url.ca.is_none()).then_some((url, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_shown_as_an_address_and_nothing_else() {
        let shown = |text: &str| read(text, Protocol::Imap).map(|(_, text)| text);
        assert_eq!(shown("imaps://Mail.clinic.test:993").as_deref(), Some("imaps://mail.clinic.test"));
        assert_eq!(shown("imap://mail.clinic.test:1143").as_deref(), Some("imap://mail.clinic.test:1143"));
        for hostile in [
            "imaps://mail.x?ca=\u{1b}]0;owned\u{7}",
            "imaps://mail.x?ca=/tmp/theirs.pem",
            "imaps://mail.x\n  ok   all is well",
            "imaps://mail.x/\"\nlogin = \"",
            "imap://127.0.0.1?tls=none",
        ] {
            assert_eq!(shown(hostile), None, "{hostile:?}");
        }
    }
}
