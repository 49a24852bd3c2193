use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600;

fn at(hours: f64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + (hours * HOUR as f64) as i64).expect("a moment")
}

/// From the oldest: who, and when.
fn trace(hops: &[(&str, f64)]) -> Vec<Hop> {
    let hop = |n: usize| Hop {
        from: n.checked_sub(1).map(|before| hops[before].0.to_owned()),
        by: Some(hops[n].0.to_owned()),
        at: Some(at(hops[n].1)),
    };
    (0..hops.len()).rev().map(hop).collect()
}

fn operator() -> Operator<'static> {
    static HOSTS: std::sync::LazyLock<[String; 2]> =
        std::sync::LazyLock::new(|| ["mx.hopital.test", ".in.hopital.test"].map(str::to_owned));
    Operator { hosts: &*HOSTS, ..Operator::default() }
}

fn hours(way: &Way) -> (f64, f64, Vec<f64>) {
    let hours = |d: SignedDuration| d.as_secs_f64() / HOUR as f64;
    let delay = way.delay.expect("a delay");
    (hours(delay.whole), hours(delay.own), way.stops.iter().map(|stop| hours(stop.waited)).collect())
}

#[test]
fn a_message_that_waited_at_ones_own_operator() {
    let hops = trace(&[("out.example.org", 0.0), ("mx.hopital.test", 0.5), ("b.in.hopital.test", 26.0)]);
    let way = way(Some(at(-0.1)), &hops, Some(at(26.0)), false, operator());
    assert_eq!(hours(&way), (26.0, 25.5, vec![0.5, 25.5, 0.0]));
    let longest = way.longest().expect("it waited");
    assert_eq!((longest.host.as_deref(), longest.own), (Some("mx.hopital.test"), true));
    assert!(way.delay.is_some_and(|delay| delay.is_late()));
}

#[test]
fn what_strangers_wrote_below_is_theirs() {
    // A sender invents a hop at our server, long ago.
    let hops = trace(&[("mx.hopital.test", -40.0), ("evil.example", -39.0), ("mx.hopital.test", 0.0)]);
    let way = way(None, &hops, Some(at(0.0)), false, operator());
    assert_eq!(way.stops.iter().map(|stop| stop.own).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(hours(&way), (40.0, 0.0, vec![1.0, 39.0, 0.0]));
}

#[test]
fn a_stranger_who_writes_in_the_operators_name_is_not_believed() {
    // Handed in with a field that the operator's server never wrote, right below the one that it wrote.
    let mut hops = trace(&[("mx.hopital.test", -26.0), ("mx.hopital.test", 0.0)]);
    hops[0].from = Some("evil.example".to_owned());
    let found = way(None, &hops, Some(at(0.0)), false, operator());
    assert_eq!(found.stops.iter().map(|stop| stop.own).collect::<Vec<_>>(), [false, true]);
    assert_eq!(hours(&found).1, 0.0);
    // A filter on the server itself is no stranger.
    hops[0].from = Some("localhost".to_owned());
    assert_eq!(hours(&way(None, &hops, Some(at(0.0)), false, operator())).1, 26.0);
}

#[test]
fn clocks_that_are_wrong_make_no_delay() {
    // One in the middle is three hours behind, one is three hours ahead.
    for wrong in [-3.0, 3.0] {
        let hops = trace(&[("a.example", 0.0), ("b.example", wrong), ("c.example", 0.01)]);
        let found = way(Some(at(0.0)), &hops, Some(at(0.02)), false, Operator::default());
        let (whole, ..) = hours(&found);
        assert!(whole < 0.03, "{wrong}: {whole}");
    }
    // The first is behind what its author's program says: the kinder one is believed.
    let hops = trace(&[("a.example", -5.0), ("b.example", 0.0)]);
    let (whole, ..) = hours(&way(Some(at(-0.05)), &hops, Some(at(0.0)), false, Operator::default()));
    assert!(whole < 0.06, "{whole}");
    // A Date in the future changes nothing but that.
    let (whole, ..) = hours(&way(Some(at(900.0)), &hops, Some(at(0.0)), false, Operator::default()));
    assert!(whole < 0.01, "{whole}");
}

#[test]
fn the_authors_own_time_is_told_apart() {
    let hops = trace(&[("a.example", 9.0)]);
    let found = way(Some(at(0.0)), &hops, Some(at(9.0)), false, operator());
    assert_eq!((hours(&found).0, found.before()), (0.0, Some(SignedDuration::from_hours(9))));
    assert!(found.longest().is_none());
}

#[test]
fn a_mailbox_that_was_moved_delays_nothing() {
    let hops = trace(&[("a.example", 0.0), ("mx.hopital.test", 0.1)]);
    let arrival = |arrived: f64, in_a_row| {
        let found = way(None, &hops, Some(at(arrived)), in_a_row, operator());
        (found.arrival, (hours(&found).0 * 100.0).round() / 100.0)
    };
    assert_eq!(arrival(0.1, true), (Arrival::At(at(0.1)), 0.1));
    // Months later, or before it came: nobody delivers so.
    assert_eq!(arrival(900.0, false), (Arrival::Moved(at(900.0)), 0.1));
    assert_eq!(arrival(-30.0, false), (Arrival::Moved(at(-30.0)), 0.1));
    // A day later it may have waited, unless all of them came in that minute.
    assert_eq!(arrival(24.0, false), (Arrival::At(at(24.0)), 24.0));
    assert_eq!(arrival(24.0, true), (Arrival::Moved(at(24.0)), 0.1));
    // A clock a minute apart is no reason.
    assert_eq!(arrival(0.05, false).0, Arrival::At(at(0.1)));
}

#[test]
fn nothing_is_known_without_a_trace() {
    let found = way(Some(at(0.0)), &[], Some(at(5.0)), false, operator());
    assert_eq!((found.delay, found.arrival, found.stops.len()), (None, Arrival::At(at(5.0)), 0));
    let dateless = [Hop { by: Some("a.example".into()), ..Hop::default() }];
    assert_eq!(way(None, &dateless, Some(at(5.0)), false, operator()).delay, None);
    let (whole, ..) = hours(&way(None, &trace(&[("a", 0.0), ("b", 2.0)]), None, false, operator()));
    assert_eq!(whole, 2.0);
}

#[test]
fn arrivals_in_a_row() {
    let among =
        |minutes: &[i64]| in_a_row(at(0.0), minutes.iter().map(|m| at(0.0) + SignedDuration::from_mins(*m)));
    assert!(among(&[0, -1, 1, 2]) && among(&[500, 0, 0, 0, 0]));
    assert!(!among(&[0, -1, 1, 3]) && !among(&[0]) && !among(&[]));
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-400.0..400.0_f64).prop_map(at)
}

fn any_hop() -> impl Strategy<Value = Hop> {
    let host =
        prop_oneof![Just("mx.hopital.test"), Just("x.in.hopital.test"), Just("a.example"), Just("b.example")];
    (proptest::option::of(host), proptest::option::of(moment())).prop_map(|(by, at)| Hop {
        from: None,
        by: by.map(str::to_owned),
        at,
    })
}

proptest! {
    #[test]
    fn never_negative_and_never_more_than_the_evidence_spans(
        written in proptest::option::of(moment()),
        hops in proptest::collection::vec(any_hop(), 0..8),
        arrived in proptest::option::of(moment()),
        in_a_row: bool,
    ) {
        let found = way(written, &hops, arrived, in_a_row, operator());
        let all = hops.iter().filter_map(|hop| hop.at).chain(written).chain(arrived);
        let (first, last) = (all.clone().min(), all.max());
        if let Some(Delay { whole, own }) = found.delay {
            let span = last.expect("evidence").duration_since(first.expect("evidence"));
            prop_assert!(whole >= SignedDuration::ZERO && whole <= span, "{whole} of {span}");
            prop_assert!(own >= SignedDuration::ZERO && own <= whole, "{own} of {whole}");
            let dated: Vec<Timestamp> = hops.iter().rev().filter_map(|hop| hop.at).collect();
            let trace = Trace { first: dated[0], second: dated.get(1).copied(), last: dated[dated.len() - 1] };
            prop_assert_eq!(super::whole(written, &trace, arrived, in_a_row), whole, "a list says the same");
            let waited = found.stops.iter().fold(SignedDuration::ZERO, |sum, stop| sum + stop.waited);
            prop_assert!(waited <= whole, "{waited} of {whole}");
        }
        prop_assert!(found.stops.iter().all(|stop| stop.waited >= SignedDuration::ZERO));
    }
}
