//! How many messages need their author, remembered for a moment: every page of mail shows it.
//!
//! What this gateway changes is seen at once; what another one changes, within [`FOR`]. A count that began before a
//! change is not remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::store::AccountId;

/// How long a count is believed.
const FOR: Duration = Duration::from_secs(5);
/// Accounts remembered at once.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Marks(Mutex<State>);

#[derive(Default)]
struct State {
    counts: HashMap<AccountId, (Instant, usize)>,
    /// How often this gateway has changed something.
    changes: u64,
}

/// Taken before a count, given back with it.
pub(super) struct Began(u64);

impl Marks {
    /// The count, if it was made lately; else what to begin a new one with.
    pub fn get(&self, account: &AccountId, now: Instant) -> Result<usize, Began> {
        let state = self.state();
        let lately = state.counts.get(account).filter(|(at, _)| now < *at + FOR);
        lately.map(|(_, count)| *count).ok_or(Began(state.changes))
    }

    pub fn remember(&self, began: &Began, account: AccountId, count: usize, now: Instant) {
        let mut state = self.state();
        if state.counts.len() >= MOST {
            state.counts.retain(|_, (at, _)| now < *at + FOR);
        }
        if began.0 == state.changes && state.counts.len() < MOST {
            state.counts.insert(account, (now, count));
        }
    }

    /// After a message of the account was changed.
    pub fn forget(&self, account: &AccountId) {
        let mut state = self.state();
        state.changes += 1;
        state.counts.remove(account);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn believed_for_a_moment_and_not_past_a_change() {
        let (marks, me, now) = (Marks::default(), AccountId([1; 32]), Instant::now());
        let Err(began) = marks.get(&me, now) else { panic!("nothing is known yet") };
        marks.remember(&began, me, 3, now);
        assert!(matches!(marks.get(&me, now), Ok(3)) && marks.get(&me, now + FOR).is_err());
        marks.forget(&me);
        assert!(marks.get(&me, now).is_err());
        marks.remember(&began, me, 3, now);
        assert!(marks.get(&me, now).is_err(), "counted before the change");
    }

    #[test]
    fn memory_is_bounded() {
        let (marks, now) = (Marks::default(), Instant::now());
        for n in 0..MOST as u32 + 5 {
            let mut account = [0; 32];
            account[..4].copy_from_slice(&n.to_be_bytes());
            marks.remember(&Began(0), AccountId(account), 0, now);
        }
        assert_eq!(marks.state().counts.len(), MOST);
        marks.remember(&Began(0), AccountId([1; 32]), 0, now + FOR);
        assert_eq!(marks.state().counts.len(), 1);
    }
}
