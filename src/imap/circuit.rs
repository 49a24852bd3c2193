//! A server that cannot be reached is answered for at once, and probed by us, not by the people waiting.
//!
//! The circuit opens only on what is the server's fault for everybody: failures before anybody signed in, or
//! stalls seen by three different accounts. One sick mailbox never opens it.

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

    /// Takes note of how an attempt ended; true when this opened the circuit and somebody must begin to probe.
    pub fn note(&self, account: Option<AccountId>, result: Result<(), &Error>) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        let error = match result {
            Ok(()) => {
                state.failures = 0;
                if let Some(account) = account {
                    state.stalls.retain(|(_, a)| *a != account);
                }
                return false;
            }
            Err(error) => error,
        };
        if error.stage.is_before_sign_in() {
            state.failures += 1;
        } else if let (Kind::Deadline, Some(account)) = (&error.kind, account)
            // Servers are slow on purpose after wrong passwords: nobody who is not signed in opens the circuit. And what
            // somebody looks for, or wants in order, may take any time.
            && !matches!(error.stage, Stage::SignIn | Stage::Search | Stage::Sort)
        {
            state.failures = 0;
            state.stalls.retain(|(at, a)| now.duration_since(*at) < MEMORY && *a != account);
            state.stalls.push((now, account));
        } else {
            // It answered somebody: it is there.
            state.failures = 0;
            return false;
        }
        let opens =
            state.open.is_none() && (state.failures >= FAILURES || state.stalls.len() >= STALLED_ACCOUNTS);
        if opens {
            state.open = Some((now + SHORTEST, error.clone()));
        }
        opens
    }

    /// A probe failed: the next one is due later.
    pub fn wait(&self, next: Duration) {
        if let Some((at, _)) = &mut self.state().open {
            *at = Instant::now() + next;
        }
    }

    /// A probe went through.
    pub fn close(&self) {
        *self.state() = State::default();
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
        assert!(!circuit.note(None, Err(&failed)) && !circuit.note(None, Err(&failed)));
        assert!(circuit.admit().is_ok());
        assert!(circuit.note(None, Err(&failed)));
        assert!(matches!(circuit.admit(), Err(Error { kind: Kind::Circuit(_), .. })));
        circuit.close();
        assert!(circuit.admit().is_ok());
    }

    #[test]
    fn one_sick_mailbox_never_opens_it() {
        let circuit = Circuit::default();
        let stalled = Error::new(Stage::List, Kind::Deadline);
        for _ in 0..20 {
            assert!(!circuit.note(Some(account(1)), Err(&stalled)));
        }
        assert!(!circuit.note(Some(account(2)), Err(&stalled)));
        circuit.note(Some(account(2)), Ok(()));
        assert!(!circuit.note(Some(account(3)), Err(&stalled)));
        assert!(circuit.note(Some(account(4)), Err(&stalled)));
    }

    #[test]
    fn failed_sign_ins_and_long_searches_do_not_count() {
        let circuit = Circuit::default();
        for kind in [Kind::Closed, Kind::Deadline, Kind::Refused { code: None, text: String::new() }] {
            for n in 0..20 {
                for stage in [Stage::SignIn, Stage::Search, Stage::Sort] {
                    assert!(!circuit.note(Some(account(n)), Err(&Error::new(stage, kind.clone()))));
                }
            }
        }
        assert!(circuit.admit().is_ok());
    }
}
