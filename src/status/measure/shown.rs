//! What is known at one moment, of counts and of what probes found: a pure function. The page, `/status.json` and the
//! proposals read this and nothing else.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};

use super::{
    delays::Observed,
    histogram::Histogram,
    kind::Kind,
    table::{DAYS, Grain, Moment, Table, date, end_of},
};
use crate::status::When;

/// Everything measured, as it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// As of when, where the store does not answer just now or this gateway was just started.
    pub as_of: Option<Timestamp>,
    pub open: Measure,
    pub send: Measure,
    pub arrive: Measure,
    pub queue: Option<Queue>,
    /// Of each configured server, in the configuration's order.
    pub servers: Vec<Server>,
}

/// One measure, in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measure {
    /// The middle one of the last minutes.
    pub now: Option<f64>,
    /// Samples of the last minutes.
    pub samples: u64,
    /// When there was a last sample, to five minutes or to a day.
    pub last: Option<When>,
    /// What three of four days before today were no better than; `None` on the first day.
    pub usual: Option<f64>,
    pub late: bool,
    /// Late in each five minutes of the last twenty (arriving: forty) in which anything was measured, and in two of them at
    /// least; or what waits has waited for twenty.
    pub long_late: bool,
    /// The days that have samples, the oldest first, today included.
    pub days: Vec<Day>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    pub date: Date,
    /// Of 30, today's is 30.
    pub place: u8,
    pub median: f64,
    pub samples: u64,
}

/// What waits to be sent, at all gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    pub waiting: u64,
    /// For how many seconds the oldest could have left.
    pub oldest: u64,
    pub at: Timestamp,
}

/// What the last probe found of one server, and what was observed of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Server {
    /// As the configuration calls it: for the metrics, never for people.
    pub name: Arc<str>,
    /// Whom it serves; none: everybody whom no other one serves.
    pub domains: Vec<String>,
    pub found: Found,
    /// The probe is older than it should be, or there was none.
    pub stale: bool,
    /// How long mail takes to arrive there. `None` where nobody said whose word is believed.
    pub delay: Option<Observed>,
}

/// What probes found, and since when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    pub at: Option<Timestamp>,
    /// Since when nobody can read there.
    pub reads_down: Option<Timestamp>,
    /// Since when it takes no mail.
    pub sends_down: Option<Timestamp>,
    /// When the oldest letter left that has not arrived.
    pub awaited: Option<Timestamp>,
}

/// A probe that is older says nothing of now.
const STALE: i64 = 600;
/// Seconds after which what the store said of the queue says nothing of now.
const OLD_QUEUE: f64 = 180.0;
/// A proposal is made of what lasts for so long.
pub const LASTING: i64 = 20 * 60;
/// Or was late in so many slots of five minutes: one alone does not last.
const LEAST_LATE: usize = 2;

impl Shown {
    /// Of everybody's counts, and what was found besides.
    pub fn of(
        table: &Table,
        queue: Option<Queue>,
        servers: Vec<Server>,
        now: Timestamp,
        at: Moment,
    ) -> Shown {
        let stale = |server: &Server| server.found.at.is_none_or(|at| seconds(at, now) > STALE as f64);
        let servers: Vec<Server> =
            servers.into_iter().map(|server| Server { stale: stale(&server), ..server }).collect();
        let mut send = measure(Kind::Send, table, at);
        // What is shown with its hour says nothing of now.
        if let Some(queue) = queue.as_ref().filter(|queue| seconds(queue.at, now) <= OLD_QUEUE) {
            let oldest = queue.oldest as f64;
            let late = oldest > Kind::Send.limit(send.usual);
            send.late |= late;
            send.long_late |= late && queue.oldest as i64 >= LASTING;
        }
        let mut arrive = measure(Kind::Arrive, table, at);
        // A letter that is still on its way took at least as long as it is out.
        let known = servers.iter().filter(|server| !server.stale);
        let out = known.filter_map(|server| server.found.awaited).min();
        if let Some(out) = out.map(|out| seconds(out, now)) {
            let late = out > Kind::Arrive.limit(arrive.usual);
            arrive.late |= late;
            arrive.long_late |= late && out >= LASTING as f64;
            arrive.now = if late { Some(arrive.now.unwrap_or(0.0).max(out)) } else { arrive.now };
        }
        Shown { as_of: None, open: measure(Kind::Open, table, at), send, arrive, queue, servers }
    }

    /// Nothing measured says that anything is wrong.
    pub fn is_well(&self) -> bool {
        let down = |server: &Server| {
            !server.stale && (server.found.reads_down.is_some() || server.found.sends_down.is_some())
        };
        let late = |server: &Server| server.delay.as_ref().is_some_and(|delay| delay.late);
        !self.servers.iter().any(|server| down(server) || late(server))
            && Kind::ALL.iter().all(|kind| !self.measure(*kind).late)
    }

    pub fn measure(&self, kind: Kind) -> &Measure {
        match kind {
            Kind::Open => &self.open,
            Kind::Send => &self.send,
            Kind::Arrive => &self.arrive,
        }
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

fn measure(kind: Kind, table: &Table, at: Moment) -> Measure {
    let first = at.slot - kind.slots_of_now();
    // One more: a gateway whose clock is a little ahead.
    let slots = |first, last| table.between(kind, Grain::Slot, first, last);
    let mut recent = Histogram::default();
    slots(first, at.slot + 1).for_each(|(_, counts)| recent.merge(counts));
    let now = recent.median().filter(|_| recent.samples() >= kind.least());
    let mut days = Vec::new();
    for (n, counts) in table.between(kind, Grain::Day, at.day - DAYS + 1, at.day) {
        let place = u8::try_from(n - (at.day - DAYS + 1)).unwrap_or_default();
        if let Some((date, median)) = date(n).zip(counts.median()) {
            days.push(Day { date, place, median, samples: counts.samples() });
        }
    }
    let usual = usual(days.iter().filter(|day| i64::from(day.place) < DAYS - 1));
    let limit = kind.limit(usual);
    let late = now.is_some_and(|now| now > limit);
    let last = slots(at.oldest(Grain::Slot), at.slot + 1).next_back().and_then(|(n, _)| end_of(n));
    let last = last.map(When::Moment).or(days.last().map(|day| When::Day(day.date)));
    // The running slot has only begun: the whole ones before it, as far as anything was measured in them.
    let whole: Vec<f64> = slots(first, at.slot - 1).filter_map(|(_, counts)| counts.median()).collect();
    let long_late = late && whole.len() >= LEAST_LATE && whole.iter().all(|median| *median > limit);
    Measure { now, samples: recent.samples(), last, usual, late, long_late, days }
}

/// The lower quartile of the days: an incident of three weeks does not become what is usual.
pub(super) fn usual<'a>(days: impl Iterator<Item = &'a Day>) -> Option<f64> {
    let mut medians: Vec<f64> = days.map(|day| day.median).collect();
    medians.sort_by(f64::total_cmp);
    medians.get(medians.len().saturating_sub(1) / 4).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;

    const NOON: &str = "2026-11-22T12:02:00Z";

    fn noon() -> Timestamp {
        NOON.parse().expect("a time")
    }

    fn moment(ago: SignedDuration) -> Moment {
        Moment::of(noon() - ago, &TimeZone::UTC)
    }

    /// Samples: how long ago, and how long each took.
    fn shown(kind: Kind, samples: &[(SignedDuration, f64)]) -> Shown {
        shown_with(kind, samples, None, Vec::new())
    }

    fn shown_with(
        kind: Kind,
        samples: &[(SignedDuration, f64)],
        queue: Option<Queue>,
        servers: Vec<Server>,
    ) -> Shown {
        let mut table = Table::default();
        for (ago, took) in samples {
            table.add(kind, Duration::from_secs_f64(*took), moment(*ago));
        }
        Shown::of(&table, queue, servers, noon(), moment(SignedDuration::ZERO))
    }

    fn days(n: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * n)
    }

    fn minutes(n: i64) -> SignedDuration {
        SignedDuration::from_mins(n)
    }

    fn about(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found / expected - 1.0).abs() < 0.05)
    }

    #[test]
    fn now_is_of_the_last_minutes_and_one_page_is_not_enough() {
        let two = [(minutes(1), 0.1), (minutes(12), 0.1)];
        let open = shown(Kind::Open, &two).open;
        assert_eq!((open.now, open.samples), (None, 2));
        assert_eq!(open.last, Some(When::Moment("2026-11-22T12:05:00Z".parse().expect("a time"))));
        let open = shown(Kind::Open, &[(minutes(0), 0.1), (minutes(1), 0.3), (minutes(12), 9.0)]).open;
        assert!(about(open.now, 0.3) && !open.late && open.usual.is_none(), "{open:?}");
        let open = shown(Kind::Open, &[(minutes(30), 0.1), (minutes(40), 0.1), (minutes(50), 9.0)]).open;
        assert_eq!((open.now, open.samples), (None, 0));
        assert_eq!(open.last, Some(When::Moment("2026-11-22T11:35:00Z".parse().expect("a time"))));
        let open = shown(Kind::Open, &[(days(3), 0.1)]).open;
        assert_eq!(open.last, Some(When::Day(jiff::civil::date(2026, 11, 19))));
        assert_eq!(shown(Kind::Open, &[]).open, Measure::default());
    }

    #[test]
    fn late_is_three_times_the_usual_and_more_than_anybody_minds() {
        let open = |usual: f64, now: f64| {
            let mut samples: Vec<_> = (1..20).map(|n| (days(n), usual)).collect();
            samples.extend([(minutes(0), now), (minutes(1), now), (minutes(2), now)]);
            shown(Kind::Open, &samples).open
        };
        assert!(about(open(0.1, 2.4).usual, 0.1) && open(0.1, 2.4).late);
        assert!(!open(0.1, 0.9).late, "nine times the usual, and nobody minds");
        assert!(!open(2.0, 5.0).late && open(2.0, 7.0).late);
        let first = |now| shown(Kind::Open, &[(minutes(0), now); 3]).open.late;
        assert!(!first(4.0) && first(6.0), "nothing is known of other days");
    }

    #[test]
    fn an_incident_of_three_weeks_does_not_become_usual() {
        let mut samples: Vec<_> = (1..22).map(|n| (days(n), 4.0)).collect();
        samples.extend((22..31).map(|n| (days(n), 0.1)));
        let open = shown(Kind::Open, &samples).open;
        assert!(about(open.usual, 0.1), "{:?}", open.usual);
        assert_eq!((open.days.len(), open.days[0].place, open.days[29].place), (30, 0, 29));
    }

    #[test]
    fn long_late_is_late_in_each_of_the_last_twenty_minutes() {
        let slow = |agos: &[i64]| {
            let samples: Vec<_> = agos.iter().map(|ago| (minutes(*ago), 20.0)).collect();
            shown(Kind::Open, &samples).open
        };
        let open = slow(&[0, 3, 8, 13, 18]);
        assert!(open.late && open.long_late, "{open:?}");
        assert!(slow(&[0, 3, 13, 18]).long_late, "nothing was measured in one slot");
        let open = slow(&[0, 1, 8]);
        assert!(open.late && !open.long_late, "one slot does not last");
        let samples = [0, 3, 8, 13, 18].map(|ago| (minutes(ago), if ago == 8 { 0.1 } else { 20.0 }));
        assert!(!shown(Kind::Open, &samples).open.long_late);
    }

    #[test]
    fn a_steady_delay_of_arrival_lasts_too() {
        let mut samples: Vec<_> = (1..9).map(|n| (days(n), 8.0)).collect();
        samples.extend([(minutes(7), 300.0), (minutes(22), 300.0), (minutes(37), 300.0)]);
        let arrive = shown(Kind::Arrive, &samples).arrive;
        assert!(arrive.late && arrive.long_late, "{arrive:?}");
        samples.retain(|(ago, _)| *ago != minutes(22));
        samples.push((minutes(22), 8.0));
        assert!(!shown(Kind::Arrive, &samples).arrive.long_late, "one came in time");
    }

    #[test]
    fn a_probe_alone_is_enough_whenever_one_looks() {
        // Every 5 minutes, and as long again as it is looked whether it is time; a minute more after a letter.
        for from in 0..430 {
            let agos = [from, from + 366, from + 366 + 366];
            let samples = agos.map(|ago| (SignedDuration::from_secs(ago), 0.1));
            assert!(shown(Kind::Open, &samples).open.now.is_some(), "{from}");
        }
    }

    #[test]
    fn what_is_old_says_nothing_of_now() {
        let queue = |ago| Some(Queue { waiting: 3, oldest: 5000, at: noon() - minutes(ago) });
        let late = |ago| shown_with(Kind::Send, &[], queue(ago), Vec::new());
        assert!(late(1).send.long_late && !late(4).send.late && late(4).is_well());
        let server = |ago| Server {
            found: Found {
                at: Some(noon() - minutes(ago)),
                awaited: Some(noon() - minutes(300)),
                ..Found::default()
            },
            ..Server::default()
        };
        let arrive = |ago| shown_with(Kind::Arrive, &[], None, vec![server(ago)]).arrive;
        assert!(arrive(9).long_late && !arrive(11).late && arrive(11).now.is_none());
    }

    #[test]
    fn what_waits_counts_as_long_as_it_waits() {
        let queue = |oldest| Some(Queue { waiting: 3, oldest, at: noon() });
        let send = |oldest| shown_with(Kind::Send, &[(days(1), 2.0)], queue(oldest), Vec::new()).send;
        assert!(!send(50).late && send(70).late && !send(70).long_late && send(1200).long_late);
        assert!(about(send(0).usual, 2.0) && send(0).now.is_none());
        let server = |ago: i64| Server {
            found: Found { at: Some(noon()), awaited: Some(noon() - minutes(ago)), ..Found::default() },
            ..Server::default()
        };
        let arrive = |ago| shown_with(Kind::Arrive, &[(minutes(20), 8.0)], None, vec![server(ago)]).arrive;
        assert!(about(arrive(5).now, 8.0) && !arrive(5).late);
        assert!(arrive(11).late && !arrive(11).long_late && arrive(360).long_late);
        assert_eq!(arrive(360).now, Some(6.0 * 3600.0));
    }

    #[test]
    fn an_old_probe_says_nothing_of_now() {
        let found = |ago| Found { at: Some(noon() - minutes(ago)), ..Found::default() };
        let servers = [2, 11].map(|ago| Server { found: found(ago), ..Server::default() });
        let shown = shown_with(Kind::Open, &[], None, servers.to_vec());
        assert_eq!(shown.servers.iter().map(|s| s.stale).collect::<Vec<_>>(), [false, true]);
        let down =
            |ago| Server { found: Found { reads_down: Some(noon()), ..found(ago) }, ..Server::default() };
        let well = |ago| shown_with(Kind::Open, &[], None, vec![down(ago)]).is_well();
        assert!(!well(2) && well(11) && shown_with(Kind::Open, &[], None, Vec::new()).is_well());
        assert!(!shown_with(Kind::Open, &[(minutes(0), 20.0); 3], None, Vec::new()).is_well());
    }
}
