//! How often somebody may try to sign in: for each account, for each client network, and failures in all for
//! each mail server, so that nobody can have this gateway banned there. In memory, bounded; where several gateways share
//! a store, they count together (`together.rs`).
//!
//! Failures towards one server are counted in three lanes, so that strangers who spend what they can spend keep
//! nobody else out: people who signed in from their network before have one that no stranger reaches, and networks
//! without a late failure have one that takes an attack from many networks to fill.
//!
//! Each allowance is kept as one instant, when it will be whole again (the "theoretical arrival time" of the
//! generic cell rate algorithm): a try moves it one step away, time brings it back.

mod together;

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use crate::store::Store;
use together::Together;

/// Stands for server and login in lower case, so that `Alice` and `alice` share an allowance; another one for networks from
/// which this account signed in before, so that strangers who guess do not keep its owner out.
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
/// Guesses from one /48, which may hold 65,536 of the former. Below one lane, so that one subscriber fills none.
const SITE: Allowance = Allowance { burst: 60, step: Duration::from_secs(12) };
/// A network is quiet when it is whole: ten minutes for each failure.
const QUIET: Allowance = Allowance { burst: 1, step: Duration::from_secs(600) };
/// Failures shown to one server in one lane. All lanes together: 198, then one each 3 s, which is below what common
/// ban rules count over ten minutes.
const LANE: Allowance = Allowance { burst: 66, step: Duration::from_secs(9) };
/// Accounts, and networks, remembered at once. Beyond, a newcomer is bounded by the server's lanes alone.
const MOST: usize = 50_000;

/// Which failures towards a server count together. Whoever may use one may use those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    /// The account signed in from this network before.
    Familiar,
    /// No late failure came from this network; or it is a shared one, for which the administrator vouches.
    Quiet,
    Anybody,
}

/// Too many tries: the sentence on the page says for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; wait {seconds} seconds")]
pub struct Wait {
    pub seconds: u64,
}

/// Who wants to try.
#[derive(Debug)]
pub struct Try<'a> {
    /// The real server, `host:port`: two names for one server share its lanes.
    pub server: Arc<str>,
    /// What its mailbox is counted by (`Server::counted_as`).
    pub account: &'a str,
    pub client: IpAddr,
    /// This account signed in from this network ([`site_of`]) before.
    pub familiar: bool,
}

/// The counters of this gateway.
#[derive(Debug)]
pub struct Attempts {
    shared_networks: Vec<IpNet>,
    counts: Mutex<Counts>,
    together: Option<Together>,
}

#[derive(Debug, Default)]
struct Counts {
    accounts: Table<Account>,
    networks: Table<IpAddr>,
    sites: Table<IpAddr>,
    noise: Table<IpAddr>,
    servers: Table<(Arc<str>, Lane)>,
}

/// A try under way. Dropped, it stays counted; so a cancelled request cannot guess for free.
#[must_use = "say how it ended, or it counts as a failure"]
#[derive(Debug)]
pub struct Attempt {
    attempts: Arc<Attempts>,
    tried: Tried,
}

/// What a try is counted by.
#[derive(Debug, Clone)]
struct Tried {
    account: Account,
    /// `None` in a shared network.
    client: Option<IpAddr>,
    server: (Arc<str>, Lane),
}

impl Attempts {
    pub fn new(shared_networks: Vec<IpNet>) -> Arc<Attempts> {
        Arc::new(Attempts { shared_networks, counts: Mutex::default(), together: None })
    }

    /// Counts with the other gateways of this store, if there may be others.
    pub fn of(shared_networks: Vec<IpNet>, store: &Arc<Store>) -> Arc<Attempts> {
        let together =
            store.is_shared().then(|| Together { store: store.clone(), turn: tokio::sync::Mutex::default() });
        Arc::new(Attempts { shared_networks, counts: Mutex::default(), together })
    }

    /// Asks for one try, and counts it.
    ///
    /// # Errors
    /// [`Wait`], and nothing is counted.
    pub async fn begin(self: &Arc<Self>, wanted: &Try<'_>) -> Result<Attempt, Wait> {
        let Some(together) = &self.together else { return self.begin_at(wanted, Instant::now()) };
        let Some(_turn) = together.turn().await else { return self.begin_at(wanted, Instant::now()) };
        if let Err(error) = together.look(self, &self.tried(wanted)).await {
            tracing::warn!(%error, "tries to sign in at the other gateways are not known");
        }
        let attempt = self.begin_at(wanted, Instant::now())?;
        together.tell(&attempt.tried).await;
        Ok(attempt)
    }

    /// In the last lane; which one it takes is decided when it begins.
    fn tried(&self, wanted: &Try<'_>) -> Tried {
        let account: Account = Sha256::new()
            .chain_update(wanted.server.as_bytes())
            .chain_update([0])
            .chain_update(wanted.account.to_lowercase())
            .chain_update([0, u8::from(wanted.familiar)])
            .finalize()
            .into();
        let client = wanted.client.to_canonical();
        let shared = self.shared_networks.iter().any(|network| network.contains(&client));
        Tried { account, client: (!shared).then_some(client), server: (wanted.server.clone(), Lane::Anybody) }
    }

    fn begin_at(self: &Arc<Self>, wanted: &Try<'_>, now: Instant) -> Result<Attempt, Wait> {
        let Tried { account, client, .. } = self.tried(wanted);
        let mut counts = self.counts();
        let quiet = client.is_none_or(|client| counts.noise.wait(&site_of(client), QUIET, now).is_zero());
        let lanes = [(Lane::Familiar, wanted.familiar), (Lane::Quiet, quiet), (Lane::Anybody, true)];
        let lanes =
            lanes.into_iter().filter(|(_, open)| *open).map(|(lane, _)| (wanted.server.clone(), lane));
        // The first of the shortest waits: mostly, the first lane with room.
        let waiting = lanes.map(|server| (counts.servers.wait(&server, LANE, now), server));
        let Some((wait, server)) = waiting.min_by_key(|(wait, _)| *wait) else {
            return Err(Wait { seconds: LANE.step.as_secs() });
        };
        let mine = client.map_or(Duration::ZERO, |client| {
            let network = counts.networks.wait(&network_of(client), NETWORK, now);
            network.max(counts.sites.wait(&site_of(client), SITE, now))
        });
        let wait = wait.max(mine).max(counts.accounts.wait(&account, ACCOUNT, now));
        if !wait.is_zero() {
            return Err(Wait { seconds: wait.as_secs() + 1 });
        }
        counts.accounts.take(account, ACCOUNT, now);
        if let Some(client) = client {
            counts.networks.take(network_of(client), NETWORK, now);
            counts.sites.take(site_of(client), SITE, now);
            counts.noise.take(site_of(client), QUIET, now);
        }
        counts.servers.take(server.clone(), LANE, now);
        drop(counts);
        Ok(Attempt { attempts: self.clone(), tried: Tried { account, client, server } })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// It was no wrong password: accepted, or the server could not be asked. The try is given back.
    pub fn forgive(self) {
        let Attempt { attempts, tried } = self;
        {
            let mut counts = attempts.counts();
            counts.accounts.give_back(&tried.account, ACCOUNT);
            if let Some(client) = tried.client {
                counts.networks.give_back(&network_of(client), NETWORK);
                counts.sites.give_back(&site_of(client), SITE);
                counts.noise.give_back(&site_of(client), QUIET);
            }
            counts.servers.give_back(&tried.server, LANE);
        }
        if attempts.together.is_some() {
            tokio::spawn(async move {
                if let Some(together) = &attempts.together {
                    together.take_back(&tried).await;
                }
            });
        }
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

    /// As somebody else counted it: whole in `left`.
    fn set(&mut self, key: K, left: Duration, now: Instant) {
        if left.is_zero() {
            self.whole_at.remove(&key);
        } else if self.whole_at.len() < MOST || self.whole_at.contains_key(&key) {
            self.whole_at.insert(key, now + left);
        }
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
    prefix(client, 64)
}

/// What one customer of a network may have: a /24, or a /48 (RFC 6177).
pub fn site_of(client: IpAddr) -> IpAddr {
    prefix(client.to_canonical(), 48)
}

fn prefix(client: IpAddr, bits_of_v6: u32) -> IpAddr {
    match client {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !0xff).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & u128::MAX << (128 - bits_of_v6)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(shared: &[&str]) -> Arc<Attempts> {
        Attempts::new(shared.iter().map(|text| text.parse().unwrap()).collect())
    }

    /// One try that is left to count as a failure.
    fn fail(attempts: &Arc<Attempts>, account: &str, client: &str, now: Instant) -> Result<(), Wait> {
        fail_on(attempts, "s", account, client, false, now)
    }

    fn fail_on(
        attempts: &Arc<Attempts>,
        server: &str,
        account: &str,
        client: &str,
        familiar: bool,
        now: Instant,
    ) -> Result<(), Wait> {
        let wanted = Try { server: server.into(), account, client: client.parse().unwrap(), familiar };
        attempts.begin_at(&wanted, now).map(drop)
    }

    #[test]
    fn an_account_is_limited_from_anywhere_and_recovers() {
        let (attempts, now) = (attempts(&[]), Instant::now());
        for n in 0..ACCOUNT.burst {
            let login = if n % 2 == 0 { "alice@example.org" } else { "ALICE@example.org" };
            assert_eq!(fail(&attempts, login, &format!("192.0.{n}.1"), now), Ok(()));
        }
        let wait = Wait { seconds: ACCOUNT.step.as_secs() + 1 };
        assert_eq!(fail(&attempts, "alice@example.org", "198.51.100.1", now), Err(wait));
        assert_eq!(fail(&attempts, "bob@example.org", "198.51.100.1", now), Ok(()));
        let later = now + ACCOUNT.step;
        assert_eq!(fail(&attempts, "alice@example.org", "198.51.100.1", later), Ok(()));
        assert_eq!(fail(&attempts, "alice@example.org", "198.51.100.1", later), Err(wait));
    }

    #[test]
    fn strangers_lock_no_mailbox_for_whoever_is_where_they_always_are() {
        let (attempts, now) = (attempts(&[]), Instant::now());
        let guess = |client: &str, familiar| fail_on(&attempts, "s", "alice", client, familiar, now);
        for n in 0..ACCOUNT.burst {
            guess(&format!("192.0.{n}.1"), false).unwrap();
        }
        guess("198.51.100.1", false).unwrap_err();
        for _ in 0..ACCOUNT.burst {
            guess("198.51.100.1", true).unwrap();
        }
        guess("198.51.100.1", true).unwrap_err();
    }

    #[test]
    fn a_network_is_limited_unless_it_is_shared() {
        let (attempts, now) = (attempts(&["192.0.2.0/24"]), Instant::now());
        for n in 0..NETWORK.burst {
            fail(&attempts, &n.to_string(), &format!("2001:db8:0:1::{n:x}"), now).unwrap();
            fail(&attempts, &format!("s{n}"), &format!("::ffff:192.0.2.{n}"), now).unwrap();
        }
        assert!(fail(&attempts, "99", "2001:db8:0:1::ffff", now).is_err(), "same /64");
        assert!(fail(&attempts, "99", "2001:db8:0:2::1", now).is_ok(), "another /64");
        assert!(fail(&attempts, "98", "192.0.2.200", now).is_ok(), "shared");
    }

    #[test]
    fn a_site_with_many_networks_is_limited_too() {
        let (attempts, now) = (attempts(&[]), Instant::now());
        let spent = (0..1000)
            .find(|n| fail(&attempts, &n.to_string(), &format!("2001:db8:7:{n:x}::1"), now).is_err());
        assert_eq!(spent, Some(SITE.burst));
        assert!(fail(&attempts, "x", "2001:db8:8:1::1", now).is_ok(), "another /48");
    }

    /// As many failures as get through, all from networks that are not quiet any more.
    fn spend(attempts: &Arc<Attempts>, server: &str, now: Instant) {
        for n in 0..1000 {
            let _ = fail_on(attempts, server, &format!("x{n}"), &format!("203.0.{}.1", n % 5), false, now);
        }
    }

    #[test]
    fn a_few_networks_keep_only_themselves_out() {
        let (attempts, now) = (attempts(&["10.0.0.0/8"]), Instant::now());
        // Its one mistake was forgiven: that network is quiet.
        let wanted = Try { server: "s".into(), account: "a", client: [192, 0, 2, 1].into(), familiar: false };
        attempts.begin_at(&wanted, now).unwrap().forgive();
        spend(&attempts, "s", now);
        assert!(fail(&attempts, "new", "203.0.1.9", now).is_err(), "it had its share");
        for client in ["198.51.100.1", "192.0.2.1", "2001:db8::1", "10.1.2.3", "10.1.2.3"] {
            assert!(fail(&attempts, client, client, now).is_ok(), "{client}");
        }
        assert!(fail(&attempts, "second", "198.51.100.1", now).is_err(), "not quiet any more");
        assert!(fail_on(&attempts, "other", "b", "203.0.9.9", false, now).is_ok(), "another server");
    }

    #[test]
    fn whoever_was_here_before_gets_through_when_all_the_world_guesses() {
        let (attempts, now) = (attempts(&[]), Instant::now());
        let mut through = 0;
        for n in 0..3000 {
            let client = format!("198.{}.{}.1", n / 250, n % 250);
            through += u32::from(fail(&attempts, &format!("x{n}"), &client, now).is_ok());
        }
        assert_eq!(through, 2 * LANE.burst, "strangers have two lanes");
        assert!(fail(&attempts, "new", "192.0.2.1", now).is_err());
        let mut through = 0;
        for n in 0..1000 {
            let client = format!("100.64.{}.1", n % 250);
            through += u32::from(fail_on(&attempts, "s", &format!("known{n}"), &client, true, now).is_ok());
        }
        assert_eq!(through, LANE.burst, "a server is shown no more than all lanes");
        assert!(fail(&attempts, "new", "192.0.2.1", now + LANE.step).is_ok(), "it passes");
    }

    #[test]
    fn what_was_no_failure_is_given_back() {
        let (attempts, now) = (attempts(&[]), Instant::now());
        for familiar in [true, false] {
            for _ in 0..4 * LANE.burst {
                let wanted =
                    Try { server: "s".into(), account: "a", client: [192, 0, 2, 1].into(), familiar };
                attempts.begin_at(&wanted, now).unwrap().forgive();
            }
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
