//! Answers only to its own names: another Host is DNS rebinding, a poisoned link, or a wrong proxy.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{StatusCode, Version, header, uri::Authority},
    middleware::Next,
    response::Response,
};

use super::refuse;
use crate::config::{Config, is_loopback};

/// The names, without port: a proxy or a published port may change it.
#[derive(Debug, Clone)]
pub struct Hosts(Arc<BTreeSet<String>>);

impl Hosts {
    /// That of `public_url` and those of `hosts`; the loopback names are always ours.
    pub fn new(config: &Config) -> Hosts {
        let public = config.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
        Hosts(Arc::new(config.hosts.iter().cloned().chain(public).collect()))
    }

    /// Whether requests to this host are answered.
    pub fn know(&self, host: &str) -> bool {
        is_loopback(host) || self.0.contains(&host.trim_end_matches('.').to_ascii_lowercase())
    }
}

/// 421 (RFC 9110 §15.5.20) for a Host that is unknown, missing, or not the one of the request line. HTTP/2 names it in
/// `:authority` and may leave Host out (RFC 9113 §8.3.1): those inside find it there all the same.
pub async fn host(State(hosts): State<Hosts>, mut request: Request, next: Next) -> Response {
    if request.version() == Version::HTTP_2
        && !request.headers().contains_key(header::HOST)
        && let Some(named) = request.uri().authority().and_then(|name| name.as_str().parse().ok())
    {
        request.headers_mut().insert(header::HOST, named);
    }
    // Probes use whatever address the machine has; these two tell nothing.
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if !probe && !is_known(&hosts, &request) {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "This address is not served here.\nCette adresse n’est pas servie ici.\n",
        );
    }
    next.run(request).await
}

fn is_known(hosts: &Hosts, request: &Request) -> bool {
    let known = |authority: &str| {
        // User information has no place in a Host; `Authority::host` would drop it silently.
        !authority.contains('@')
            && authority.parse::<Authority>().is_ok_and(|authority| hosts.know(authority.host()))
    };
    let mut named = request.headers().get_all(header::HOST).iter();
    let one = named.next().and_then(|value| value.to_str().ok()).is_some_and(known);
    one && named.next().is_none()
        && request.uri().authority().is_none_or(|authority| known(authority.as_str()))
}
