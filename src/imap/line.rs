//! Who waits for one of the gateway's connections while all of them are at work: first come, first served. A page says
//! at which place, and how long that takes at the pace of the last seconds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use super::Owner;

/// Seconds by which the pace is measured.
const SECONDS: usize = 10;

#[derive(Clone, Default)]
pub struct Line(Arc<Inner>);

#[derive(Default)]
struct Inner {
    standing: Mutex<Places>,
    pace: Mutex<Pace>,
}

#[derive(Default)]
struct Places {
    /// In the order in which they came.
    owners: BTreeMap<u64, Owner>,
    came: u64,
}

/// What a page says to one who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLine {
    /// 1: the next one.
    pub place: u64,
    /// Until it is their turn; `None` while nobody is served.
    pub seconds: Option<u64>,
}

impl Line {
    /// `None` for an owner who does not wait.
    pub fn of(&self, owner: Owner) -> Option<InLine> {
        let place = self.places().owners.values().position(|other| *other == owner)? as u64 + 1;
        let served = self.pace().in_the_last_seconds(Instant::now());
        let seconds = (place * SECONDS as u64).div_ceil(served.max(1));
        Some(InLine { place, seconds: (served > 0).then_some(seconds) })
    }

    /// Waits from now until the answer is dropped.
    pub(super) fn join(&self, owner: Owner) -> Standing {
        let mut places = self.places();
        let number = places.came;
        places.came += 1;
        places.owners.insert(number, owner);
        Standing { line: self.clone(), number }
    }

    /// A connection came free.
    pub(super) fn served(&self) {
        self.pace().count(Instant::now());
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.standing.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.pace.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

pub(super) struct Standing {
    line: Line,
    number: u64,
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.line.places().owners.remove(&self.number);
    }
}

/// How many were served in each of the last seconds.
struct Pace {
    began: Instant,
    /// The second that was counted last, from `began`.
    last: u64,
    served: [u64; SECONDS],
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { began: Instant::now(), last: 0, served: [0; SECONDS] }
    }
}

impl Pace {
    fn go_on(&mut self, now: Instant) {
        let second = now.saturating_duration_since(self.began).as_secs();
        for passed in (self.last + 1..=second).rev().take(SECONDS) {
            self.served[passed as usize % SECONDS] = 0;
        }
        self.last = self.last.max(second);
    }

    fn count(&mut self, now: Instant) {
        self.go_on(now);
        self.served[self.last as usize % SECONDS] += 1;
    }

    fn in_the_last_seconds(&mut self, now: Instant) -> u64 {
        self.go_on(now);
        self.served.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::AccountId;

    #[test]
    fn whoever_leaves_is_in_nobodys_way() {
        let owner = |n| Owner { session: [n; 32], account: AccountId([n; 32]) };
        let line = Line::default();
        assert_eq!(line.of(owner(1)), None);
        let (first, _second) = (line.join(owner(1)), line.join(owner(2)));
        assert_eq!(line.of(owner(2)), Some(InLine { place: 2, seconds: None }));
        // Another page of the same one comes after; what counts is the first.
        let _again = line.join(owner(1));
        assert_eq!(line.of(owner(1)).map(|line| line.place), Some(1));
        drop(first);
        line.served();
        assert_eq!(line.of(owner(2)), Some(InLine { place: 1, seconds: Some(10) }));
        assert_eq!(line.of(owner(1)), Some(InLine { place: 2, seconds: Some(20) }));
        assert_eq!(line.of(owner(3)), None);
    }

    #[test]
    fn the_pace_is_that_of_the_last_seconds() {
        let mut pace = Pace::default();
        let at = |pace: &Pace, seconds| pace.began + Duration::from_secs(seconds);
        for second in [0, 0, 3, 9] {
            let now = at(&pace, second);
            pace.count(now);
        }
        for (second, served) in [(9, 4), (10, 2), (12, 2), (13, 1), (18, 1), (19, 0), (500, 0)] {
            let now = at(&pace, second);
            assert_eq!(pace.in_the_last_seconds(now), served, "after {second} s");
        }
        let now = at(&pace, 1_000_000);
        pace.count(now);
        assert_eq!(pace.in_the_last_seconds(now), 1);
    }
}
