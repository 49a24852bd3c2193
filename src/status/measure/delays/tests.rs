use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;

const NOON: &str = "2026-11-22T12:02:00Z";

fn moment(minutes_ago: i64) -> Moment {
    let noon: Timestamp = NOON.parse().expect("a time");
    Moment::of(noon - jiff::SignedDuration::from_mins(minutes_ago), &TimeZone::UTC)
}

fn server() -> Arc<str> {
    "main".into()
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// What a gateway heard: which mailbox, how many minutes ago its message arrived, how many seconds that took.
fn heard(all: &[(u8, i64, u64)]) -> Delays {
    let mut delays = Delays::default();
    for (who, ago, took) in all {
        delays.hear(&server(), AccountId([*who; 32]), seconds(*took), (moment(*ago), moment(0)), 1);
    }
    delays
}

/// The same, as others know it.
fn rows(gateway: u8, all: &[(u8, i64, u64)]) -> Vec<DelayRow> {
    heard(all).take_unwritten(&[gateway; 16], moment(0))
}

fn about(found: f64, expected: f64) -> bool {
    (found / expected - 1.0).abs() < 0.05
}

fn hour(delays: &Delays) -> Option<Figure> {
    delays.observed(&server(), moment(0)).hour
}

#[test]
fn five_mailboxes_say_something_and_four_do_not() {
    let five = [(1, 1, 10), (2, 9, 20), (3, 20, 30), (4, 40, 40), (5, 54, 7200)];
    let figure = hour(&heard(&five)).expect("enough");
    assert!(about(figure.median, 30.0) && figure.ninth.is_none() && figure.mailboxes == 5, "{figure:?}");
    let observed = heard(&five[1..]).observed(&server(), moment(0));
    assert_eq!(observed, Observed::default());
    assert_eq!(heard(&five).observed(&"other".into(), moment(0)), Observed::default());
    let observed = heard(&five).observed(&server(), moment(0));
    assert!(observed.day.is_some_and(|(day, figure)| day == jiff::civil::date(2026, 11, 22) && about(figure.median, 30.0)));
    assert_eq!(observed.days.len(), 1);
    let old = five.map(|(who, ago, took)| (who, ago + 70, took));
    assert!(hour(&heard(&old)).is_none() && heard(&old).observed(&server(), moment(0)).day.is_some());
}

#[test]
fn nobody_alone_is_nine_of_ten() {
    let mut ten: Vec<_> = (1..10).map(|who| (who, 5, 20)).collect();
    ten.push((10, 5, 400_000));
    let figure = hour(&heard(&ten)).expect("enough");
    assert!(figure.ninth.is_some_and(|ninth| about(ninth, 20.0)) && figure.mailboxes == 10, "{figure:?}");
    assert!(hour(&heard(&ten[1..])).expect("enough").ninth.is_none(), "of nine it would be the slowest");
}

#[test]
fn a_thousand_late_messages_of_one_mailbox_move_nothing() {
    let others = [(2, 5, 20), (3, 5, 20), (4, 5, 20), (5, 5, 20)];
    let mut all: Vec<_> = (0..1000).map(|n| (1, n % 600, 40_000)).collect();
    all.extend(others);
    let observed = heard(&all).observed(&server(), moment(0));
    let (hour, (_, day)) = observed.hour.zip(observed.day).expect("enough");
    assert!(about(hour.median, 20.0) && about(day.median, 20.0), "{observed:?}");
    assert_eq!((hour.mailboxes, day.mailboxes), (5, 5));
    assert!(!observed.late);
}

#[test]
fn a_day_is_drawn_from_its_hours() {
    let mut delays = Delays::default();
    for who in 0..200 {
        for (n, took) in [(600, 10), (300, 3000)] {
            delays.hear(&server(), AccountId([who; 32]), seconds(took), (moment(n), moment(0)), who.into());
        }
    }
    let spot = Spot { server: server(), grain: Grain::Day, n: moment(0).day };
    let day = &delays.mine[&spot];
    assert_eq!(day.samples(), 200, "one of each");
    assert!(day.within(4).is_some_and(|s| about(s, 10.0)) && day.within(6).is_some_and(|s| about(s, 3000.0)));
}

#[test]
fn the_same_people_at_two_gateways_are_no_more_people() {
    let three = [(1, 1, 10), (2, 9, 20), (3, 20, 30)];
    let mut delays = heard(&three);
    delays.learn(rows(9, &three), moment(0));
    assert_eq!(hour(&delays), None);
    let five = [(1, 1, 10), (2, 9, 10), (3, 20, 10), (4, 3, 10), (5, 2, 9000)];
    let mut delays = heard(&five);
    delays.learn(rows(9, &five[4..]), moment(0));
    let figure = hour(&delays).expect("enough");
    assert!(about(figure.median, 10.0) && figure.mailboxes == 5, "{figure:?}");
    // One after the other restarts, and one mailbox is heard each time.
    let all = (6..10).flat_map(|gateway| rows(gateway, &five[4..])).collect();
    delays.learn(all, moment(0));
    assert_eq!(hour(&delays), None, "four mailboxes in time, and five times the same late one");
}

#[test]
fn what_others_say_is_bounded_and_what_was_not_written_is_tried_again() {
    let mut delays = heard(&[(1, 1, 10)]);
    let rows = delays.take_unwritten(&[7; 16], moment(0));
    assert_eq!((rows.len(), delays.take_unwritten(&[7; 16], moment(0)).len()), (2, 0));
    delays.put_back(rows.clone());
    assert_eq!(delays.take_unwritten(&[7; 16], moment(0)), rows);
    let (mut again, all) = (Delays::default(), delays.rows(&[7; 16]));
    again.learn(all.clone(), moment(0));
    assert_eq!(again.rows(&[8; 16]), all, "as the file of a restart has it");
    let mut strange = rows;
    strange[0].slot += 1_000_000;
    strange[1].grain = 9;
    delays.learn(strange, moment(0));
    assert!(delays.others.is_empty());
}

#[test]
fn late_is_three_times_the_usual_and_lasts_when_both_halves_are() {
    let day = |n: i64| (0..5).map(move |who| (who, n * 1440, 20));
    let observe = |agos: [i64; 8], took: u64| {
        let mut delays = Delays::default();
        // Each of ten days before: other gateways heard them.
        let all = (1..11).flat_map(|n| {
            let rows = heard(&day(0).collect::<Vec<_>>()).take_unwritten(&[1; 16], moment(0));
            rows.into_iter()
                .filter(|row| row.grain == 1)
                .map(move |row| DelayRow { slot: row.slot - n, ..row })
        });
        delays.learn(all.collect(), moment(0));
        for (who, ago) in (10..).zip(agos) {
            delays.hear(&server(), AccountId([who; 32]), seconds(took), (moment(ago), moment(0)), 1);
        }
        delays.observed(&server(), moment(0))
    };
    let both = [1, 5, 9, 14, 35, 40, 45, 50];
    let observed = observe(both, 900);
    assert!(about(observed.usual.expect("usual"), 20.0) && observed.days.len() == 11, "{observed:?}");
    assert!(observed.late && observed.long_late);
    assert!(!observe(both, 40).late, "nobody minds a minute");
    let observed = observe([1, 2, 3, 4, 5, 6, 7, 50], 900);
    assert!(observed.late && !observed.long_late, "it has only begun");
}
