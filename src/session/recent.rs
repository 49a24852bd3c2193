//! Sessions read a moment ago, so that the pieces of one page do not each ask the database.
//!
//! What this gateway ends is forgotten at once; what another one ends is noticed within [`FOR`]. A read that
//! began before an end is not remembered: it may have seen the session alive.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{SessionKey, SignedIn};

/// How long a session is believed to live without asking. Half of what an end may take to be known everywhere.
const FOR: Duration = Duration::from_secs(5);
/// Sessions remembered at once.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    seen: HashMap<SessionKey, Seen>,
    /// Sessions that something may still be held for here, as a connection: they end here too when another gateway
    /// ends them.
    held: HashSet<SessionKey>,
    /// How many sessions this gateway has ended.
    ends: u64,
}

#[derive(Debug)]
struct Seen {
    until: Instant,
    who: SignedIn,
}

/// Taken before a read of the database, given back with what was read.
pub(super) struct Mark(u64);

impl Recent {
    /// The session, if it was read lately and has not run out.
    pub fn get(&self, key: SessionKey, at: Instant, now: i64) -> Option<SignedIn> {
        let state = self.state();
        let seen = state.seen.get(&key)?;
        (seen.until > at && seen.who.expires > now).then(|| seen.who.clone())
    }

    pub fn is_alive(&self, key: SessionKey, at: Instant, now: i64) -> bool {
        self.state().seen.get(&key).is_some_and(|seen| seen.until > at && seen.who.expires > now)
    }

    pub fn mark(&self) -> Mark {
        Mark(self.state().ends)
    }

    pub fn remember(&self, mark: Mark, who: &SignedIn, at: Instant) {
        let mut state = self.state();
        if mark.0 == state.ends && state.seen.len() < MOST {
            state.seen.insert(who.key, Seen { until: at + FOR, who: who.clone() });
            if state.held.len() < MOST {
                state.held.insert(who.key);
            }
        }
    }

    pub fn extend(&self, key: SessionKey, expires: i64) {
        if let Some(seen) = self.state().seen.get_mut(&key) {
            seen.who.expires = expires;
        }
    }

    /// After the row is deleted.
    pub fn forget(&self, key: SessionKey) {
        let mut state = self.state();
        state.ends += 1;
        state.seen.remove(&key);
        state.held.remove(&key);
    }

    pub fn held(&self) -> Vec<SessionKey> {
        self.state().held.iter().copied().collect()
    }

    /// Frees what would not be believed any more.
    pub fn tidy(&self, at: Instant) {
        self.state().seen.retain(|_, seen| seen.until > at);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{session::CsrfSecret, store::AccountId};

    fn who(n: u32) -> SignedIn {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_be_bytes());
        SignedIn {
            key: SessionKey(key),
            account: AccountId([0; 32]),
            pooled: AccountId([0; 32]),
            address: String::new(),
            server: "s".into(),
            shared_device: false,
            language: None,
            only_suivi: false,
            csrf: CsrfSecret([0; 32].into()),
            login: String::new(),
            k: [0; 32],
            expires: 100,
            ends: 100,
        }
    }

    #[test]
    fn believed_for_a_moment_and_not_past_its_end() {
        let (recent, at, who) = (Recent::default(), Instant::now(), who(1));
        recent.remember(recent.mark(), &who, at);
        assert!(recent.get(who.key, at, 99).is_some() && recent.is_alive(who.key, at, 99));
        assert!(recent.get(who.key, at, 100).is_none() && !recent.is_alive(who.key, at, 100));
        recent.extend(who.key, 200);
        assert!(recent.is_alive(who.key, at, 100));
        assert!(recent.get(who.key, at + FOR, 99).is_none() && !recent.is_alive(who.key, at + FOR, 99));
    }

    #[test]
    fn a_read_that_began_before_an_end_is_not_remembered() {
        let (recent, at, who) = (Recent::default(), Instant::now(), who(1));
        let before = recent.mark();
        recent.forget(who.key);
        recent.remember(before, &who, at);
        assert!(!recent.is_alive(who.key, at, 0));
        recent.remember(recent.mark(), &who, at);
        recent.forget(who.key);
        assert!(!recent.is_alive(who.key, at, 0));
    }

    #[test]
    fn memory_is_bounded_and_freed() {
        let (recent, at) = (Recent::default(), Instant::now());
        for n in 0..(MOST as u32 + 5) {
            recent.remember(recent.mark(), &who(n), at);
        }
        assert_eq!(recent.state().seen.len(), MOST);
        recent.tidy(at + FOR);
        assert!(recent.state().seen.is_empty());
    }
}
