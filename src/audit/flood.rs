//! Who is refused before any mail server is asked pays nothing for it, and must not fill the disk with it: of such
//! refusals so many are told in a minute one by one, and the others as a number.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Lines of a minute: 150 MB a day at the very most.
const MOST: u64 = 400;

#[derive(Debug, Default)]
pub(super) struct Flood(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    /// Minutes since 1970.
    of: i64,
    refused: u64,
}

/// What becomes of one more refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    Alone,
    /// After a line for those of an earlier minute that had none.
    After(u64),
    Not,
}

impl Flood {
    pub fn one_more(&self, at: Timestamp) -> Told {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = at.as_second().div_euclid(60);
        if minute.of != now {
            let untold = minute.refused.saturating_sub(MOST);
            *minute = Minute { of: now, refused: 1 };
            return if untold > 0 { Told::After(untold) } else { Told::Alone };
        }
        minute.refused += 1;
        if minute.refused > MOST { Told::Not } else { Told::Alone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_as_a_number() {
        let flood = Flood::default();
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let told = (0..1000).filter(|_| flood.one_more(at(119)) == Told::Alone).count();
        assert_eq!(told as u64, MOST);
        assert_eq!(flood.one_more(at(120)), Told::After(1000 - MOST));
        assert_eq!(flood.one_more(at(121)), Told::Alone);
        assert_eq!(flood.one_more(at(600)), Told::Alone);
    }
}
