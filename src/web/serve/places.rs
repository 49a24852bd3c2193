//! Places for connections, so shared that one client cannot keep the others out.
//!
//! A client may hold as many as are still free: alone it gets half of all, two that want everything a third each, and
//! somebody who comes for the first time finds a place as long as there is one. Nothing is to be configured, and as long
//! as there is room nobody meets a limit.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    all: usize,
    /// Many people come from one of their addresses.
    crowds: Arc<[IpNet]>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    sum: usize,
    by_client: HashMap<(IpAddr, u32), usize>,
}

/// One connection's, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    client: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(all: usize, crowds: Arc<[IpNet]>) -> Places {
        Places(Arc::new(Inner { all, crowds, held: Mutex::default() }))
    }

    /// `None` when there is none, or none for this client.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Place> {
        let client = self.client(peer);
        let mut held = self.held();
        let free = self.0.all.saturating_sub(held.sum);
        let as_whom = counted_as(client);
        if as_whom.iter().any(|whom| held.by_client.get(whom).copied().unwrap_or(0) >= free) || free == 0 {
            return None;
        }
        held.sum += 1;
        for whom in as_whom {
            *held.by_client.entry(whom).or_default() += 1;
        }
        Some(Place { places: self.clone(), client })
    }

    /// `None` for this machine and for crowds.
    fn client(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let is_crowd = peer.is_loopback() || self.0.crowds.iter().any(|network| network.contains(&peer));
        (!is_crowd).then_some(peer)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        held.sum -= 1;
        for whom in counted_as(self.client) {
            if let Some(own) = held.by_client.get_mut(&whom) {
                *own -= 1;
                if *own == 0 {
                    held.by_client.remove(&whom);
                }
            }
        }
    }
}

/// Under whose names a connection counts: an address; of IPv6 a /64, which is the least that a subscriber has, and a /48,
/// which is what one may have (RFC 6177).
fn counted_as(client: Option<IpAddr>) -> Vec<(IpAddr, u32)> {
    match client {
        None => Vec::new(),
        Some(IpAddr::V4(_)) => client.map(|ip| (ip, 32)).into_iter().collect(),
        Some(IpAddr::V6(ip)) => {
            let prefix =
                |bits: u32| (Ipv6Addr::from_bits(ip.to_bits() & u128::MAX << (128 - bits)).into(), bits);
            vec![prefix(64), prefix(48)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: usize) -> Places {
        Places::new(all, ["10.0.0.0/8".parse().expect("a network")].into())
    }

    fn all_that(places: &Places, peer: impl Fn(usize) -> String) -> Vec<Place> {
        (0..10_000).map_while(|n| places.take(peer(n).parse().expect("an address"))).collect()
    }

    #[test]
    fn whoever_takes_everything_leaves_places_for_others() {
        let places = places(100);
        let greedy = all_that(&places, |_| "192.0.2.1".into());
        assert_eq!(greedy.len(), 50);
        let second = all_that(&places, |n| format!("2001:db8:1:1::{n:x}"));
        assert_eq!(second.len(), 25, "a /64 is one client");
        assert!(places.take("2001:db8:1:2::1".parse().expect("an address")).is_none(), "and a /48, too");
        let people = all_that(&places, |n| format!("198.51.{}.{}", n / 200, n % 200));
        assert_eq!(people.len(), 25, "each finds one, to the last");
        assert!(places.take([203, 0, 113, 1].into()).is_none());
        drop(greedy);
        assert_eq!(all_that(&places, |_| "::ffff:192.0.2.1".into()).len(), 25, "the same one again");
        drop((second, people));
        assert!(places.held().sum == 0 && places.held().by_client.is_empty());
    }

    #[test]
    fn a_proxy_a_shared_network_and_this_machine_may_have_all() {
        for peer in ["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3"] {
            let places = places(100);
            let all = all_that(&places, |_| peer.into());
            assert_eq!(all.len(), 100, "{peer}");
            assert!(places.take([203, 0, 113, 1].into()).is_none());
        }
    }
}
