//! A server that cannot be reached is answered for at once, and probed by us, not by the people waiting.
//!
//! The circuit opens only on what is the server's fault for everybody: failures before anybody signed in, or
//! stalls seen by three different accounts. One sick mailbox never opens it; only where such stalls opened it a moment ago
//! is one more of the same kind enough.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{Error, Kind, Stage};
use crate::store::AccountId;

/// Failures in a row, before signing in, that open the circuit.
const FAILURES: u32 = 3;
/// Accounts that must have seen a stall within [`MEMORY`].
const STALLED_ACCOUNTS: usize = 3;
const MEMORY: Duration = Duration::from_secs(60);
/// The wait before the first probe; it doubles up to [`LONGEST`].
pub const SHORTEST: Duration = Duration::from_secs(2);
pub const LONGEST: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    stalls: Vec<(Instant, AccountId)>,
    /// Open: when the next probe is due, and why it opened.
    open: Option<(Instant, Error)>,
    /// It was open because of stalls, and a greeting closed it, which says nothing of stalls: until something goes well
    /// in that stage, or for [`MEMORY`], one more stall there, on a new connection, opens it again.
    doubtful: Option<Doubtful>,
}

#[derive(Debug)]
struct Doubtful {
    stage: Stage,
    since: Instant,
    /// How long it was open.
    wait: Duration,
}

impl Circuit {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Whether to try at all.
    ///
    /// # Errors
    /// `Circuit` with the time to the next probe, while it is open.
    pub fn admit(&self) -> Result<(), Error> {
        match &self.state().open {
            None => Ok(()),
            Some((next, cause)) => {
                Err(Error::new(cause.stage, Kind::Circuit(next.saturating_duration_since(Instant::now()))))
            }
        }
    }

    /// Why it is open.
    pub fn cause(&self) -> Option<Error> {
        self.state().open.as_ref().map(|(_, cause)| cause.clone())
    }

    /// Takes note of how an attempt ended: of the stage that went well, or the error. When this opened the circuit, the
    /// wait after which somebody must begin to probe.
    ///
    /// `opened`: since when the connection is there, where one was. What hangs on one from before the server came back says
    /// nothing of it.
    pub fn note(
        &self,
        account: Option<AccountId>,
        opened: Option<Instant>,
        result: Result<Stage, &Error>,
    ) -> Option<Duration> {
        let mut state = self.state();
        let now = Instant::now();
        state.doubtful.take_if(|doubtful| now.duration_since(doubtful.since) > MEMORY);
        let error = match result {
            Ok(stage) => {
                state.failures = 0;
                state.doubtful.take_if(|doubtful| doubtful.stage == stage);
                if let Some(account) = account {
                    state.stalls.retain(|(_, a)| *a != account);
                }
                return None;
            }
            Err(error) => error,
        };
        if error.stage.is_before_sign_in() {
            state.failures += 1;
        } else if let (Kind::Deadline, Some(account)) = (&error.kind, account)
            // Servers are slow on purpose after wrong passwords: nobody who is not signed in opens the circuit. And what
            // somebody looks for, wants in order or has counted may take any time.
            && !matches!(error.stage, Stage::SignIn | Stage::Search | Stage::Sort | Stage::Counts)
        {
            state.failures = 0;
            state.stalls.retain(|(at, a)| now.duration_since(*at) < MEMORY && *a != account);
            state.stalls.push((now, account));
        } else {
            // It answered somebody: it is there.
            state.failures = 0;
            return None;
        }
        let again = |doubtful: &Doubtful| {
            doubtful.stage == error.stage && opened.is_some_and(|opened| opened > doubtful.since)
        };
        let enough = if state.doubtful.as_ref().is_some_and(again) { 1 } else { STALLED_ACCOUNTS };
        if state.open.is_some() || (state.failures < FAILURES && state.stalls.len() < enough) {
            return None;
        }
        let longer = |doubtful: Doubtful| (doubtful.wait * 2).min(LONGEST);
        let wait = state.doubtful.take().map_or(SHORTEST, longer);
        state.open = Some((now + wait, error.clone()));
        Some(wait)
    }

    /// A probe failed: the next one is due later.
    pub fn wait(&self, next: Duration) {
        if let Some((at, _)) = &mut self.state().open {
            *at = Instant::now() + next;
        }
    }

    /// A probe went through, after this wait.
    pub fn close(&self, wait: Duration) {
        let mut state = self.state();
        let stalled = state.open.take().filter(|(_, cause)| !cause.stage.is_before_sign_in());
        let doubtful = stalled.map(|(_, cause)| Doubtful { stage: cause.stage, since: Instant::now(), wait });
        *state = State { doubtful, ..State::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u8) -> AccountId {
        AccountId([n; 32])
    }

    #[test]
    fn it_opens_for_what_everybody_suffers_from() {
        let circuit = Circuit::default();
        let failed = Error::new(Stage::Greeting, Kind::Deadline);
        for _ in 0..2 {
            assert_eq!(circuit.note(None, None, Err(&failed)), None);
        }
        assert!(circuit.admit().is_ok());
        assert_eq!(circuit.note(None, None, Err(&failed)), Some(SHORTEST));
        assert!(matches!(circuit.admit(), Err(Error { kind: Kind::Circuit(_), .. })));
        circuit.close(SHORTEST);
        assert!(circuit.admit().is_ok());
        // A greeting is what was missing: it counts anew.
        assert_eq!(circuit.note(None, None, Err(&failed)), None);
    }

    #[test]
    fn one_sick_mailbox_never_opens_it() {
        let circuit = Circuit::default();
        let stalled = Error::new(Stage::List, Kind::Deadline);
        for _ in 0..20 {
            assert_eq!(circuit.note(Some(account(1)), Some(Instant::now()), Err(&stalled)), None);
        }
        assert_eq!(circuit.note(Some(account(2)), Some(Instant::now()), Err(&stalled)), None);
        circuit.note(Some(account(2)), Some(Instant::now()), Ok(Stage::List));
        assert_eq!(circuit.note(Some(account(3)), Some(Instant::now()), Err(&stalled)), None);
        assert_eq!(circuit.note(Some(account(4)), Some(Instant::now()), Err(&stalled)), Some(SHORTEST));
    }

    #[test]
    fn a_greeting_says_nothing_of_stalls() {
        let circuit = Circuit::default();
        let stalled = Error::new(Stage::List, Kind::Deadline);
        let mut wait = None;
        for n in 1..=3 {
            wait = circuit.note(Some(account(n)), Some(Instant::now()), Err(&stalled));
        }
        // It greets, signs in, opens, and stalls: one is enough each time, and each time it waits longer.
        for expected in [SHORTEST, SHORTEST * 2, SHORTEST * 4, SHORTEST * 8, LONGEST, LONGEST] {
            assert_eq!(wait, Some(expected));
            circuit.close(expected);
            assert!(circuit.admit().is_ok());
            for stage in [Stage::SignIn, Stage::Open] {
                assert_eq!(circuit.note(Some(account(1)), Some(Instant::now()), Ok(stage)), None);
            }
            wait = circuit.note(Some(account(1)), Some(Instant::now()), Err(&stalled));
        }
        // What hangs on a connection from before, or in another stage, is another thing.
        let before = Instant::now();
        circuit.close(LONGEST);
        assert_eq!(circuit.note(Some(account(1)), Some(before), Err(&stalled)), None);
        let elsewhere = Error::new(Stage::Append, Kind::Deadline);
        assert_eq!(circuit.note(Some(account(1)), Some(Instant::now()), Err(&elsewhere)), None);
        // Once it answers, it takes three again.
        circuit.note(Some(account(1)), Some(Instant::now()), Ok(Stage::List));
        assert_eq!(circuit.note(Some(account(1)), Some(Instant::now()), Err(&stalled)), None);
        assert_eq!(circuit.note(Some(account(2)), Some(Instant::now()), Err(&stalled)), None);
        assert_eq!(circuit.note(Some(account(3)), Some(Instant::now()), Err(&stalled)), Some(SHORTEST));
    }

    #[test]
    fn failed_sign_ins_long_searches_and_counts_do_not_count() {
        let circuit = Circuit::default();
        for kind in [Kind::Closed, Kind::Deadline, Kind::Refused { code: None, text: String::new() }] {
            for n in 0..20 {
                for stage in [Stage::SignIn, Stage::Search, Stage::Sort, Stage::Counts] {
                    assert_eq!(
                        circuit.note(
                            Some(account(n)),
                            Some(Instant::now()),
                            Err(&Error::new(stage, kind.clone()))
                        ),
                        None
                    );
                }
            }
        }
        assert!(circuit.admit().is_ok());
    }
}
