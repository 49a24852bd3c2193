//! What every page of mail asks of an account, remembered for a moment: how many messages need their author, whether
//! any report came back.
//!
//! What this gateway changes is seen at once; what another one changes, within [`FOR`]. An answer whose question began
//! before a change is not remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::store::AccountId;

/// How long an answer is believed.
const FOR: Duration = Duration::from_secs(5);
/// Accounts remembered at once.
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Marks<T>(Mutex<State<T>>);

#[derive(Default)]
struct State<T> {
    answers: HashMap<AccountId, (Instant, T)>,
    /// How often this gateway has changed something.
    changes: u64,
}

/// Taken before the question, given back with the answer.
pub(super) struct Began(u64);

impl<T: Copy> Marks<T> {
    /// The answer, if it was given lately; else what to begin a new question with.
    pub fn get(&self, account: &AccountId, now: Instant) -> Result<T, Began> {
        let state = self.state();
        let lately = state.answers.get(account).filter(|(at, _)| now < *at + FOR);
        lately.map(|(_, answer)| *answer).ok_or(Began(state.changes))
    }

    pub fn remember(&self, began: &Began, account: AccountId, answer: T, now: Instant) {
        let mut state = self.state();
        if state.answers.len() >= MOST {
            state.answers.retain(|_, (at, _)| now < *at + FOR);
        }
        if began.0 == state.changes && state.answers.len() < MOST {
            state.answers.insert(account, (now, answer));
        }
    }

    /// After something of the account was changed.
    pub fn forget(&self, account: &AccountId) {
        let mut state = self.state();
        state.changes += 1;
        state.answers.remove(account);
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
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
        assert_eq!(marks.state().answers.len(), MOST);
        marks.remember(&Began(0), AccountId([1; 32]), 0, now + FOR);
        assert_eq!(marks.state().answers.len(), 1);
    }
}
