//! How often somebody may try to sign in: for each account, for each client network, and failures in all for
//! each mail server, so that nobody can have this gateway banned there. In memory, bounded.
//!
//! Each allowance is kept as one instant, when it will be whole again (the "theoretical arrival time" of the
//! generic cell rate algorithm): a try moves it one step away, time brings it back.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

/// Stands for server and login in lower case, so that `Alice` and `alice` share an allowance.
type Account = [u8; 32];

/// So many tries at once, then one more each `step`.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    burst: u32,
    step: Duration,
}

/// Guesses at one password.
const ACCOUNT: Allowance = Allowance { burst: 10, step: Duration::from_secs(60) };
/// Guesses from one /24 or /64.
const NETWORK: Allowance = Allowance { burst: 40, step: Duration::from_secs(15) };
/// Failures shown to one server: below what common ban rules count over ten minutes.
const SERVER: Allowance = Allowance { burst: 200, step: Duration::from_secs(3) };
/// Accounts, and networks, remembered at once. Beyond, a newcomer is bounded by the server's allowance alone.
const MOST: usize = 50_000;

/// Too many tries: the sentence on the page says for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; wait {seconds} seconds")]
pub struct Wait {
    pub seconds: u64,
}

/// The counters of this gateway.
#[derive(Debug)]
pub struct Attempts {
    shared_networks: Vec<IpNet>,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    accounts: Table<Account>,
    networks: Table<IpAddr>,
    servers: Table<Arc<str>>,
}

/// A try under way. Dropped, it stays counted; so a cancelled request cannot guess for free.
#[must_use = "say how it ended, or it counts as a failure"]
#[derive(Debug)]
pub struct Attempt {
    attempts: Arc<Attempts>,
    account: Account,
    network: Option<IpAddr>,
    server: Arc<str>,
}

impl Attempts {
    pub fn new(shared_networks: Vec<IpNet>) -> Arc<Attempts> {
        Arc::new(Attempts { shared_networks, counts: Mutex::default() })
    }

    /// Asks for one try of this login from this client on this server, and counts it.
    ///
    /// # Errors
    /// [`Wait`], and nothing is counted.
    pub fn begin(self: &Arc<Self>, server: &Arc<str>, login: &str, client: IpAddr) -> Result<Attempt, Wait> {
        self.begin_at(server, login, client, Instant::now())
    }

    fn begin_at(
        self: &Arc<Self>,
        server: &Arc<str>,
        login: &str,
        client: IpAddr,
        now: Instant,
    ) -> Result<Attempt, Wait> {
        let account: Account = Sha256::new()
            .chain_update(server.as_bytes())
            .chain_update([0])
            .chain_update(login.to_lowercase())
            .finalize()
            .into();
        let client = client.to_canonical();
        let shared = self.shared_networks.iter().any(|network| network.contains(&client));
        let network = (!shared).then(|| network_of(client));
        let mut counts = self.counts();
        let waits = [
            counts.accounts.wait(&account, ACCOUNT, now),
            network.map_or(Duration::ZERO, |network| counts.networks.wait(&network, NETWORK, now)),
            counts.servers.wait(server, SERVER, now),
        ];
        let wait = waits.into_iter().max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(Wait { seconds: wait.as_secs() + 1 });
        }
        counts.accounts.take(account, ACCOUNT, now);
        if let Some(network) = network {
            counts.networks.take(network, NETWORK, now);
        }
        counts.servers.take(server.clone(), SERVER, now);
        drop(counts);
        Ok(Attempt { attempts: self.clone(), account, network, server: server.clone() })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// It was no wrong password: accepted, or the server could not be asked. The try is given back.
    pub fn forgive(self) {
        let mut counts = self.attempts.counts();
        counts.accounts.give_back(&self.account, ACCOUNT);
        if let Some(network) = self.network {
            counts.networks.give_back(&network, NETWORK);
        }
        counts.servers.give_back(&self.server, SERVER);
    }
}

/// When each allowance will be whole again; absent means it is.
#[derive(Debug)]
struct Table<K> {
    whole_at: HashMap<K, Instant>,
    purged: Option<Instant>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Table { whole_at: HashMap::new(), purged: None }
    }
}

impl<K: Eq + Hash> Table<K> {
    fn wait(&self, key: &K, allowance: Allowance, now: Instant) -> Duration {
        let whole_at = self.whole_at.get(key).copied().unwrap_or(now);
        whole_at.saturating_duration_since(now).saturating_sub(allowance.step * (allowance.burst - 1))
    }

    fn take(&mut self, key: K, allowance: Allowance, now: Instant) {
        if self.whole_at.len() >= MOST && !self.whole_at.contains_key(&key) {
            // At most each second, so that a flood of new keys does not make every try a walk over all.
            if self.purged.is_none_or(|last| now.saturating_duration_since(last) >= Duration::from_secs(1)) {
                self.whole_at.retain(|_, whole_at| *whole_at > now);
                self.purged = Some(now);
            }
            if self.whole_at.len() >= MOST {
                return;
            }
        }
        let whole_at = self.whole_at.entry(key).or_insert(now);
        *whole_at = (*whole_at).max(now) + allowance.step;
    }

    fn give_back(&mut self, key: &K, allowance: Allowance) {
        if let Some(whole_at) = self.whole_at.get_mut(key)
            && let Some(earlier) = whole_at.checked_sub(allowance.step)
        {
            *whole_at = earlier;
        }
    }
}

/// What one subscriber or one office usually has: a /24, or a /64.
fn network_of(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !0xff).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(shared: &[&str]) -> Arc<Attempts> {
        Attempts::new(shared.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_account_is_limited_from_anywhere_and_recovers() {
        let (attempts, server, now) = (attempts(&[]), Arc::from("s"), Instant::now());
        let try_as =
            |login: &str, from: &str, now| attempts.begin_at(&server, login, ip(from), now).map(drop);
        for n in 0..ACCOUNT.burst {
            let login = if n % 2 == 0 { "alice@example.org" } else { "ALICE@example.org" };
            assert_eq!(try_as(login, &format!("192.0.{n}.1"), now), Ok(()));
        }
        let wait = Wait { seconds: ACCOUNT.step.as_secs() + 1 };
        assert_eq!(try_as("alice@example.org", "198.51.100.1", now), Err(wait));
        assert_eq!(try_as("bob@example.org", "198.51.100.1", now), Ok(()));
        let later = now + ACCOUNT.step;
        assert_eq!(try_as("alice@example.org", "198.51.100.1", later), Ok(()));
        assert_eq!(try_as("alice@example.org", "198.51.100.1", later), Err(wait));
    }

    #[test]
    fn a_network_is_limited_unless_it_is_shared() {
        let (attempts, server, now) = (attempts(&["192.0.2.0/24"]), Arc::from("s"), Instant::now());
        let try_from =
            |n: u32, from: &str| attempts.begin_at(&server, &n.to_string(), ip(from), now).map(drop);
        for n in 0..NETWORK.burst {
            try_from(n, &format!("2001:db8:0:1::{n:x}")).unwrap();
            try_from(1000 + n, &format!("::ffff:192.0.2.{n}")).unwrap();
        }
        assert!(try_from(99, "2001:db8:0:1::ffff").is_err(), "same /64");
        assert!(try_from(99, "2001:db8:0:2::1").is_ok(), "another /64");
        assert!(try_from(98, "192.0.2.200").is_ok(), "shared");
    }

    #[test]
    fn failures_towards_one_server_have_a_budget() {
        let (attempts, now) = (attempts(&["0.0.0.0/0"]), Instant::now());
        let try_on = |n: u32, server: &str| {
            attempts.begin_at(&server.into(), &n.to_string(), ip("192.0.2.1"), now).map(drop)
        };
        for n in 0..SERVER.burst {
            try_on(n, "one").unwrap();
        }
        assert!(try_on(9999, "one").is_err());
        assert!(try_on(9999, "two").is_ok());
    }

    #[test]
    fn what_was_no_failure_is_given_back() {
        let (attempts, server, now) = (attempts(&[]), Arc::from("s"), Instant::now());
        for _ in 0..3 * SERVER.burst {
            attempts.begin_at(&server, "alice", ip("192.0.2.1"), now).unwrap().forgive();
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut table = Table::default();
        let now = Instant::now();
        for n in 0..(MOST + 10) {
            table.take(n, ACCOUNT, now);
        }
        assert_eq!(table.whole_at.len(), MOST);
        table.take(MOST + 20, ACCOUNT, now + ACCOUNT.step * 2);
        assert_eq!(table.whole_at.len(), 1, "those at rest are forgotten");
    }
}
