//! What the served domains announce about their mail servers in DNS (RFC 6186, RFC 8314 §5.1): the lines to pin in
//! `relais.toml`. Only here: at a sign-in nothing is looked up that an attacker could answer.

use std::{cmp::Reverse, net::SocketAddr};

use futures::future::join_all;
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::{RData, rdata::SRV},
};
use tokio::time::timeout;

use super::{Notes, Report};
use crate::{
    config::{Config, Protocol, Server, ServerUrl},
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
    let all = asked.iter().map(|(domain, _)| timeout(deadline, announced(&resolver, domain)));
    for ((domain, server), found) in asked.iter().zip(join_all(all).await) {
        let mut notes = Notes { about: domain, area: "announced", findings: &mut report.findings };
        match found {
            Err(_) => notes.note(
                "no-answer",
                format!("DNS does not say within {} s what {domain} announces", deadline.as_secs()),
                "",
            ),
            Ok([imap, smtp]) => {
                tell(&mut notes, "imap", imap, Some(&server.imap), Protocol::Imap);
                tell(&mut notes, "smtp", smtp, server.smtp.as_ref(), Protocol::Smtp);
            }
        }
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
    let usual = match scheme {
        "imaps" => 993,
        "imap" => 143,
        "smtps" => 465,
        _ => 587,
    };
    let port = if record.port == usual { String::new() } else { format!(":{}", record.port) };
    Found::At(format!("{scheme}://{host}{port}"))
}

fn tell(notes: &mut Notes<'_>, key: &str, found: Found, ours: Option<&ServerUrl>, protocol: Protocol) {
    let domain = notes.about;
    match found {
        Found::Nothing => {
            notes.note(&format!("no-{key}"), format!("{domain} announces no {key} server in DNS"), "")
        }
        Found::Refused => notes.note(
            &format!("refused-{key}"),
            format!("{domain} announces in DNS that it has no {key} server"),
            "meant for mail programs; what you configured is used all the same",
        ),
        // What does not read as an address is nobody's name.
        Found::At(text) => match ServerUrl::parse(protocol, &text, false) {
            Err(_) => {
                notes.note(
                    &format!("no-{key}"),
                    format!("{domain} announces no usable {key} server in DNS"),
                    "",
                );
            }
            Ok(url)
                if ours.is_some_and(|ours| {
                    (&ours.host, ours.port, ours.tls) == (&url.host, url.port, url.tls)
                }) =>
            {
                notes.good(key, format!("{domain} announces {text}, as configured"));
            }
            Ok(_) => notes.note(
                &format!("other-{key}"),
                format!("{domain} announces {text} in DNS"),
                format!("if that is your server: {key} = \"{text}\""),
            ),
        },
    }
}
