//! Whose browser it is: the peer, or what a trusted proxy says of it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::refuse;
use crate::config::Config;

const PAST_THE_PROXY: &str = "This port is for the proxy alone (trusted_proxies): use the public address.\n\
    Ce port est réservé au proxy : utilisez l’adresse publique.\n";

/// The address that sign-in limits and the mail server's `ID` go by: an extension of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// The networks whose word is taken.
#[derive(Clone)]
pub struct Trusted {
    networks: Arc<[IpNet]>,
    /// Nobody else may come.
    only: bool,
}

impl Trusted {
    pub fn of(config: &Config) -> Trusted {
        Trusted { networks: config.trusted_proxies.clone().into(), only: config.only_proxies }
    }

    /// Past the proxy there is no TLS: a password would cross the network in clear. The health of the process is no secret.
    fn turns_away(&self, peer: IpAddr, path: &str) -> bool {
        let peer = peer.to_canonical();
        let ours = peer.is_loopback() || self.networks.iter().any(|network| network.contains(&peer));
        self.only && !ours && !matches!(path, "/healthz" | "/readyz")
    }
}

/// Puts a [`ClientIp`] into every request.
pub async fn client_ip(State(trusted): State<Trusted>, mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else {
        // Only a server put together wrongly: without the peer no limit could be kept.
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "No peer address.\n");
    };
    if trusted.turns_away(peer.ip(), request.uri().path()) {
        return refuse(StatusCode::FORBIDDEN, PAST_THE_PROXY);
    }
    let client = ClientIp(of(peer.ip(), request.headers(), &trusted.networks));
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// Each proxy appends the address it saw, so the list is true from its right end as far as the proxies are ours:
/// the rightmost address that is no proxy of ours is the client. What stands left of it anybody can have written.
fn of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let ours = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    let mut client = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
    let hops = lines.into_iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for hop in hops {
        if !ours(client) {
            break;
        }
        match address(hop.trim()) {
            Some(ip) => client = ip.to_canonical(),
            None => break,
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`: proxies write all of these.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&'static str]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        of(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_rightmost_hop_that_is_not_ours() {
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 192.0.2.7, 10.9.9.9"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "192.0.2.7", "10.9.9.9"]), "192.0.2.7");
        assert_eq!(client("::ffff:10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client("fd00::1", &["192.0.2.7:80"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["10.0.0.2"]), "10.0.0.2", "all ours: the farthest");
    }

    #[test]
    fn past_the_proxy_nobody_comes() {
        let trusted = |only| Trusted { networks: vec!["10.0.0.0/8".parse().unwrap()].into(), only };
        let away = |only, peer: &str, path| trusted(only).turns_away(peer.parse().unwrap(), path);
        assert!(away(true, "192.0.2.9", "/login") && away(true, "::ffff:192.0.2.9", "/"));
        for (peer, path) in
            [("10.0.0.1", "/login"), ("::ffff:10.0.0.1", "/"), ("127.0.0.1", "/"), ("192.0.2.9", "/healthz")]
        {
            assert!(!away(true, peer, path), "{peer} {path}");
        }
        assert!(!away(false, "192.0.2.9", "/login"));
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(client("192.0.2.9", &["1.1.1.1"]), "192.0.2.9");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, "]), "10.0.0.1");
    }
}
