//! How long mail takes to arrive at each server, for everybody to see, as the header fields of real messages prove it
//! ([`crate::message::way::vouched`]).
//!
//! Each gateway counts one voice of each mailbox in an hour, and one in a day (`voices`). So what one gateway counted in a
//! span is as many mailboxes, and nothing needs to be kept of which they were. Of several gateways (and of one before and
//! after a restart) nobody knows whether they heard the same people: as mailboxes counts what that one heard which heard most,
//! never the sum. And one mailbox, which each of them may have heard once, moves no middle value: there must be more than twice
//! as many voices as gateways.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::civil::Date;

use super::{
    histogram::Histogram,
    kind::Kind,
    shown::{Day, usual},
    table::{DAYS, Grain, Moment, date},
    voices::{Drawn, Voices},
};
use crate::store::{AccountId, DelayRow};

/// Fewer mailboxes say nothing of everybody.
pub const LEAST: u64 = 5;
/// The slots of the last hour: the running one, eleven before it, and one of a gateway whose clock is a little ahead.
const HOUR: (i64, i64) = (-11, 1);
/// In each half of the hour, so that one late message is not a delay that lasts.
const LEAST_OF_HALF: u64 = 3;

/// Where a count belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    server: Arc<str>,
    grain: Grain,
    n: i64,
}

type Counts = BTreeMap<Spot, Histogram>;

#[derive(Debug, Default)]
pub struct Delays {
    /// What was heard here since the start.
    mine: Counts,
    /// Of that, what the store does not have yet.
    unwritten: BTreeSet<Spot>,
    /// What each other gateway heard, and this one before its start.
    others: BTreeMap<[u8; 16], Counts>,
    voices: Voices,
}

/// What is known of one server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    pub hour: Option<Figure>,
    /// Of today; while it is too early for that, of the day before.
    pub day: Option<(Date, Figure)>,
    /// What three of four days before today were no better than.
    pub usual: Option<f64>,
    pub late: bool,
    /// Late in both halves of the hour.
    pub long_late: bool,
    /// The days that have enough mailboxes, the oldest first, today included.
    pub days: Vec<Day>,
}

/// Seconds, of at least [`LEAST`] mailboxes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    pub median: f64,
    /// Nine of ten took no longer; told where more voices lie beyond it than one mailbox may have.
    pub ninth: Option<f64>,
    /// At least so many.
    pub mailboxes: u64,
}

impl Delays {
    pub fn are_open_to(&self, account: &AccountId, arrived: Moment, now: Moment) -> bool {
        self.voices.are_open_to(account, arrived, now)
    }

    pub fn hear(
        &mut self,
        server: &Arc<str>,
        account: AccountId,
        took: Duration,
        moments: (Moment, Moment),
        lot: u32,
    ) {
        let (arrived, now) = moments;
        // Header fields know seconds.
        let took = took.max(Duration::from_secs(1));
        let Some(drawn) = self.voices.hear(account, took, moments, lot) else { return };
        let mut count = |grain, n, before: Option<Duration>| {
            let spot = Spot { server: server.clone(), grain, n };
            let counts = self.mine.entry(spot.clone()).or_default();
            counts.add(took);
            if let Some(before) = before {
                counts.remove(before);
            }
            self.unwritten.insert(spot);
        };
        if now.keeps(Grain::Slot, arrived.slot) {
            count(Grain::Slot, arrived.slot, None);
        }
        match drawn {
            Drawn::First => count(Grain::Day, arrived.day, None),
            Drawn::Instead(before) => count(Grain::Day, arrived.day, Some(before)),
            Drawn::Not => {}
        }
    }

    /// Takes out what is to be written; [`Delays::put_back`] where it could not be.
    pub fn take_unwritten(&mut self, gateway: &[u8; 16], now: Moment) -> Vec<DelayRow> {
        self.mine.retain(|spot, _| now.keeps(spot.grain, spot.n));
        self.voices.forget_old(now);
        let unwritten = std::mem::take(&mut self.unwritten);
        unwritten.iter().filter_map(|spot| Some(spot.row(gateway, self.mine.get(spot)?))).collect()
    }

    /// All that is known, of `gateway` what it heard itself.
    pub fn rows(&self, gateway: &[u8; 16]) -> Vec<DelayRow> {
        let others = self.others.iter();
        let all = others
            .chain([(gateway, &self.mine)])
            .flat_map(|(gateway, counts)| counts.iter().map(move |(spot, counts)| spot.row(gateway, counts)));
        all.collect()
    }

    pub fn put_back(&mut self, rows: Vec<DelayRow>) {
        self.unwritten.extend(rows.iter().filter_map(Spot::of));
    }

    /// What the store says of all others.
    pub fn learn(&mut self, rows: Vec<DelayRow>, now: Moment) {
        self.others.clear();
        for row in rows {
            if let Some(spot) = Spot::of(&row).filter(|spot| now.keeps(spot.grain, spot.n)) {
                self.others.entry(row.gateway).or_default().insert(spot, Histogram::decode(&row.counts));
            }
        }
    }

    pub fn observed(&self, server: &Arc<str>, at: Moment) -> Observed {
        let heard = |grain, first, last| self.heard(server, grain, first, last);
        let hour = heard(Grain::Slot, at.slot + HOUR.0, at.slot + HOUR.1);
        let mut days = Vec::new();
        let mut day = None;
        for n in at.day - DAYS + 1..=at.day {
            let heard = heard(Grain::Day, n, n);
            if let Some((figure, date)) = heard.figure().zip(date(n)) {
                let place = u8::try_from(n - (at.day - DAYS + 1)).unwrap_or_default();
                days.push(Day { date, place, median: figure.median, samples: heard.all.samples() });
                day = (n >= at.day - 1).then_some((date, figure));
            }
        }
        let usual = usual(days.iter().filter(|day| i64::from(day.place) < DAYS - 1));
        let limit = Kind::Arrive.limit(usual);
        let figure = hour.figure();
        let late = figure.is_some_and(|figure| figure.median > limit);
        let halves = [(HOUR.0, HOUR.0 / 2 - 1), (HOUR.0 / 2, HOUR.1)];
        let lasts = halves.iter().all(|(first, last)| {
            let half = heard(Grain::Slot, at.slot + first, at.slot + last).all;
            half.samples() >= LEAST_OF_HALF && half.median().is_some_and(|median| median > limit)
        });
        Observed { hour: figure, day, usual, late, long_late: late && lasts, days }
    }

    fn heard(&self, server: &Arc<str>, grain: Grain, first: i64, last: i64) -> Heard {
        let at = |n| Spot { server: server.clone(), grain, n };
        let (first, last) = (at(first), at(last));
        let mut heard = Heard::default();
        for counts in self.others.values().chain([&self.mine]) {
            let mut one = Histogram::default();
            counts.range(&first..=&last).for_each(|(_, counts)| one.merge(counts));
            heard.gateways += u64::from(one.samples() > 0);
            heard.mailboxes = heard.mailboxes.max(one.samples());
            heard.all.merge(&one);
        }
        heard
    }
}

impl Spot {
    fn of(row: &DelayRow) -> Option<Spot> {
        Some(Spot { server: row.server.as_str().into(), grain: Grain::from_code(row.grain)?, n: row.slot })
    }

    fn row(&self, gateway: &[u8; 16], counts: &Histogram) -> DelayRow {
        DelayRow {
            server: self.server.to_string(),
            gateway: *gateway,
            grain: self.grain.code(),
            slot: self.n,
            counts: counts.encode(),
        }
    }
}

/// What all gateways heard in a span.
#[derive(Default)]
struct Heard {
    all: Histogram,
    gateways: u64,
    /// At least so many.
    mailboxes: u64,
}

impl Heard {
    fn figure(&self) -> Option<Figure> {
        // One mailbox has a voice at each gateway at most: it alone is neither of the two.
        let samples = self.all.samples();
        if self.mailboxes < LEAST || samples.saturating_sub(1) / 2 < self.gateways {
            return None;
        }
        let slower = samples - (samples * 9).div_ceil(10);
        let ninth = self.all.within(9).filter(|_| slower >= self.gateways);
        Some(Figure { median: self.all.median()?, ninth, mailboxes: about(self.mailboxes) })
    }
}

/// So that nobody sees when one more person opened their mailbox.
fn about(mailboxes: u64) -> u64 {
    [1_000, 500, 200, 100, 50, 20, 10].into_iter().find(|step| *step <= mailboxes).unwrap_or(LEAST)
}

#[cfg(test)]
mod tests;
