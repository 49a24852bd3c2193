//! The counts: by five minutes for three hours, by day for 31.

use std::{collections::BTreeMap, time::Duration};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    histogram::Histogram,
    kind::{Kind, SLOT},
};

/// Slots of five minutes that are kept.
const SLOTS: i64 = 36;
/// Days that are kept, today included.
pub const DAYS: i64 = 31;
const EPOCH: Date = Date::constant(1970, 1, 1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Five minutes, numbered from 1970.
    Slot,
    /// A day of the configured time zone, numbered from 1970.
    Day,
}

impl Grain {
    /// As it is kept.
    pub fn code(self) -> i64 {
        match self {
            Grain::Slot => 0,
            Grain::Day => 1,
        }
    }

    pub fn from_code(code: i64) -> Option<Grain> {
        [Grain::Slot, Grain::Day].into_iter().find(|grain| grain.code() == code)
    }
}

/// Where a count belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub kind: Kind,
    pub grain: Grain,
    pub n: i64,
}

/// What one moment is called in each grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub slot: i64,
    pub day: i64,
}

impl Moment {
    pub fn of(at: Timestamp, zone: &TimeZone) -> Moment {
        let date = at.to_zoned(zone.clone()).date();
        Moment { slot: at.as_second().div_euclid(SLOT.as_secs() as i64), day: number(date) }
    }

    /// The first slot and day that are kept.
    pub fn oldest(self, grain: Grain) -> i64 {
        match grain {
            Grain::Slot => self.slot - SLOTS + 1,
            Grain::Day => self.day - DAYS + 1,
        }
    }

    /// What is older is forgotten; what a clock says that is ahead is not believed, but for one that is a little.
    pub fn keeps(self, grain: Grain, n: i64) -> bool {
        let latest = match grain {
            Grain::Slot => self.slot,
            Grain::Day => self.day,
        };
        (self.oldest(grain)..=latest + 1).contains(&n)
    }
}

fn number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

/// The day of this number.
pub fn date(day: i64) -> Option<Date> {
    EPOCH.checked_add(jiff::SignedDuration::from_hours(day.checked_mul(24)?)).ok()
}

/// The end of a slot.
pub fn end_of(slot: i64) -> Option<Timestamp> {
    Timestamp::from_second((slot + 1).checked_mul(SLOT.as_secs() as i64)?).ok()
}

/// Bounded: a few dozen slots and days of three kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<Place, Histogram>);

impl Table {
    pub fn add(&mut self, kind: Kind, took: Duration, at: Moment) {
        for (grain, n) in [(Grain::Slot, at.slot), (Grain::Day, at.day)] {
            self.0.entry(Place { kind, grain, n }).or_default().add(took);
        }
    }

    /// Takes in what was kept, as long as it is not too old.
    pub fn put(&mut self, place: Place, counts: &Histogram, now: Moment) {
        if now.keeps(place.grain, place.n) {
            self.0.entry(place).or_default().merge(counts);
        }
    }

    pub fn merge(&mut self, other: &Table) {
        for (place, counts) in &other.0 {
            self.0.entry(*place).or_default().merge(counts);
        }
    }

    pub fn forget_old(&mut self, now: Moment) {
        self.0.retain(|place, _| now.keeps(place.grain, place.n));
    }

    pub fn rows(&self) -> impl Iterator<Item = (Place, &Histogram)> {
        self.0.iter().map(|(place, counts)| (*place, counts))
    }

    /// Those from `first` to `last`, in order.
    pub fn between(
        &self,
        kind: Kind,
        grain: Grain,
        first: i64,
        last: i64,
    ) -> impl DoubleEndedIterator<Item = (i64, &Histogram)> {
        let at = |n| Place { kind, grain, n };
        self.0.range(at(first)..=at(last.max(first))).map(|(place, counts)| (place.n, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        let zone = TimeZone::get("Europe/Paris").expect("a zone");
        Moment::of(text.parse().expect("a time"), &zone)
    }

    #[test]
    fn slots_are_everybodys_and_days_are_those_of_the_place() {
        let (before, after) = (moment("2026-11-21T22:59:59Z"), moment("2026-11-21T23:00:00Z"));
        assert_eq!((after.slot - before.slot, after.day - before.day), (1, 1), "midnight in Paris");
        assert_eq!(date(after.day), Some(jiff::civil::date(2026, 11, 22)));
        assert_eq!(end_of(before.slot), Some("2026-11-21T23:00:00Z".parse().expect("a time")));
        assert_eq!(moment("2026-11-22T12:04:59Z").slot, moment("2026-11-22T12:00:00Z").slot);
    }

    #[test]
    fn what_is_old_or_not_yet_is_not_kept() {
        let now = moment("2026-11-22T12:00:00Z");
        let mut table = Table::default();
        table.add(Kind::Open, Duration::from_millis(100), now);
        let counts = table.rows().next().expect("a row").1.clone();
        for (grain, n) in
            [(Grain::Slot, now.slot - 36), (Grain::Slot, now.slot + 2), (Grain::Day, now.day - 31)]
        {
            table.put(Place { kind: Kind::Open, grain, n }, &counts, now);
        }
        assert_eq!(table.rows().count(), 2);
        table.put(Place { kind: Kind::Open, grain: Grain::Day, n: now.day - 30 }, &counts, now);
        let days: Vec<i64> = table.between(Kind::Open, Grain::Day, 0, now.day).map(|(n, _)| n).collect();
        assert_eq!(days, [now.day - 30, now.day]);
        table.forget_old(moment("2026-11-23T12:00:00Z"));
        assert_eq!(table.rows().count(), 1, "the slot and the oldest day went");
        let mut twice = table.clone();
        twice.merge(&table);
        assert_eq!(twice.rows().map(|(_, counts)| counts.samples()).sum::<u64>(), 2);
    }
}
