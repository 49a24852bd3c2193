//! Where in a mailbox a day or an hour begins: by a few samples where messages stand in the order of their arrival, which is
//! nearly everywhere; else the server must look at all of them.

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    Command, Error, Loan, NumberSet, Stage, View,
    fetch::{Detail, arrivals, collect},
    response::values_of,
    search,
};

/// Positions asked for in one command: four of them find a place in a million.
const SAMPLES: u64 = 32;
/// Twice what a mailbox of any size needs.
const ROUNDS: usize = 14;
/// Positions looked through at once where the server cannot answer with one number.
const AT_ONCE: u32 = 100_000;
/// Neighbours may be so far the wrong way round: clocks differ, and deliveries overtake one another.
pub const TOLERATED: SignedDuration = SignedDuration::from_hours(24);

/// The position of the newest message that arrived before `midnight`, which begins `day`; 0 when there is none.
///
/// # Errors
/// Those of the mail server.
pub async fn newest_before(loan: &Loan, view: &View, day: Date, midnight: Timestamp) -> Result<u32, Error> {
    match place(loan, view, midnight).await? {
        Some(place) => Ok(place),
        None => by_search(loan, view.exists, day).await,
    }
}

/// The position of the newest message that arrived before this instant, 0 when there is none; `None` where messages do
/// not stand in the order of their arrival.
///
/// # Errors
/// Those of the mail server.
pub async fn place(loan: &Loan, view: &View, instant: Timestamp) -> Result<Option<u32>, Error> {
    let mut narrowing = Narrowing::new(view.exists);
    for _ in 0..ROUNDS {
        let Some(set) = narrowing.samples().and_then(|wanted| NumberSet::of(&wanted)) else { break };
        let batch = loan.run(Stage::List, vec![arrivals(&set)]).await?;
        batch.ok(0)?;
        let told = collect(&batch, Detail::All);
        let dates: Vec<_> = told.iter().filter_map(|row| Some((row.seq, row.internal_date?))).collect();
        match narrowing.learn(&dates, instant) {
            Learned::More => {}
            // No date can be read: nobody knows where any of them stands.
            Learned::Nothing => return Ok(None),
            Learned::Disorder => return Ok(None),
        }
    }
    Ok(Some(narrowing.below))
}

/// It may take seconds.
async fn by_search(loan: &Loan, exists: u32, day: Date) -> Result<u32, Error> {
    if loan.capabilities.has("ESEARCH") {
        let question = Command::new("SEARCH RETURN (MAX) BEFORE").day(day);
        let batch = loan.run(Stage::Search, vec![question]).await?;
        batch.ok(0)?;
        let tree = batch.untagged.iter().find_map(|f| values_of(f, "ESEARCH")).and_then(Result::ok);
        let max = tree.and_then(|tree| tree.values().following("MAX")?.number()).unwrap_or(0);
        return Ok(u32::try_from(max).unwrap_or(0).min(exists));
    }
    let mut last = exists;
    while last > 0 {
        let first = last.saturating_sub(AT_ONCE - 1).max(1);
        let question = Command::new("SEARCH").set(&NumberSet::range(first, last)).word("BEFORE").day(day);
        let batch = loan.run(Stage::Search, vec![question]).await?;
        if let Some(found) = search::hits(&batch, 0)?.within(first..last + 1).take(true, 1).first() {
            return Ok(*found);
        }
        last = first - 1;
    }
    Ok(0)
}

/// Everything up to `below` came before the instant, everything from `above` on did not.
struct Narrowing {
    below: u32,
    above: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum Learned {
    More,
    Nothing,
    /// The messages do not stand in the order in which they came.
    Disorder,
}

impl Narrowing {
    fn new(exists: u32) -> Narrowing {
        Narrowing { below: 0, above: exists.saturating_add(1) }
    }

    /// Evenly spaced; `None` when the place is known.
    fn samples(&self) -> Option<Vec<u32>> {
        let gap = u64::from(self.above - self.below);
        let n = SAMPLES.min(gap - 1);
        let at = |k: u64| self.below + u32::try_from(k * gap / (n + 1)).unwrap_or(u32::MAX);
        (n > 0).then(|| (1..=n).map(at).collect())
    }

    /// `dates` by position, as they were told.
    fn learn(&mut self, dates: &[(u32, Timestamp)], instant: Timestamp) -> Learned {
        if dates.windows(2).any(|pair| pair[0].1.duration_since(pair[1].1) > TOLERATED) {
            return Learned::Disorder;
        }
        let within = || dates.iter().filter(|(seq, _)| *seq > self.below && *seq < self.above);
        let above = within().filter(|(_, date)| *date >= instant).map(|(seq, _)| *seq).min();
        let above = above.unwrap_or(self.above);
        let below = within().filter(|(seq, _)| *seq < above).map(|(seq, _)| *seq).max();
        let below = below.unwrap_or(self.below);
        if (below, above) == (self.below, self.above) {
            return Learned::Nothing;
        }
        (self.below, self.above) = (below, above);
        Learned::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_500_000_000 + second).expect("an instant")
    }

    /// The place found, and how many commands it took.
    fn find(exists: u32, date: impl Fn(u32) -> Timestamp, instant: Timestamp) -> (u32, usize) {
        let mut narrowing = Narrowing::new(exists);
        let mut rounds = 0;
        while let Some(wanted) = narrowing.samples() {
            assert!(wanted.len() <= SAMPLES as usize && wanted.iter().all(|seq| (1..=exists).contains(seq)));
            rounds += 1;
            let dates: Vec<_> = wanted.into_iter().map(|seq| (seq, date(seq))).collect();
            assert_eq!(narrowing.learn(&dates, instant), Learned::More);
        }
        (narrowing.below, rounds)
    }

    #[test]
    fn four_commands_find_any_place_in_a_million() {
        for exists in [1, 2, 31, 32, 33, 1_000, 99_999, 1_000_000] {
            for place in [0, 1, 2, exists / 3, exists / 2, exists - 1, exists] {
                let (found, rounds) =
                    find(exists, |seq| at(i64::from(seq) * 60), at(i64::from(place) * 60 + 30));
                assert_eq!(found, place.min(exists), "of {exists}");
                assert!(rounds <= 4, "{rounds} for {place} of {exists}");
            }
        }
        assert_eq!(find(0, |_| at(0), at(0)), (0, 0));
        // All of one day, as after a move to another server.
        assert_eq!(find(100_000, |_| at(0), at(1)).0, 100_000);
        assert_eq!(find(100_000, |_| at(0), at(0)).0, 0);
    }

    #[test]
    fn disorder_is_noticed() {
        let mut narrowing = Narrowing::new(1_000);
        let dates = [(10, at(0)), (20, at(800_000)), (30, at(700_000))];
        assert_eq!(narrowing.learn(&dates, at(5)), Learned::Disorder);
        // An hour is none, and the first that came later is the end.
        let dates = [(10, at(0)), (20, at(5_000)), (30, at(3_000)), (40, at(9_000))];
        assert_eq!(narrowing.learn(&dates, at(4_000)), Learned::More);
        assert_eq!((narrowing.below, narrowing.above), (10, 20));
        // A server that tells nothing.
        assert_eq!(narrowing.learn(&[], at(4_000)), Learned::Nothing);
    }
}
