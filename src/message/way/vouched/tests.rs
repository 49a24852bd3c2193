use proptest::prelude::*;

use super::*;

const NOON: &str = "2026-11-21T12:00:00Z";

fn noon() -> Timestamp {
    NOON.parse().expect("a moment")
}

/// So many seconds before noon, as header fields write it.
fn date(ago: i64) -> String {
    (noon() - SignedDuration::from_secs(ago)).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn field(words: &str, ago: i64) -> String {
    format!("Received: {words}; {}\r\n", date(ago))
}

/// What the house believes: two names and a network.
fn with_operator<T>(ask: impl FnOnce(Operator) -> T) -> T {
    let hosts = ["mx.hopital.test", ".in.hopital.test"].map(str::to_owned);
    let networks = ["10.1.2.0/24", "2001:db8:5::/48"].map(|network| network.parse().expect("a network"));
    ask(Operator { hosts: &hosts, networks: &networks })
}

fn seconds(header: &str) -> Option<i64> {
    seconds_at(header, noon(), false)
}

fn seconds_at(header: &str, arrived: Timestamp, in_a_row: bool) -> Option<i64> {
    with_operator(|operator| vouched(header.as_bytes(), arrived, in_a_row, operator).map(|d| d.as_secs()))
}

const STORE: &str = "from mx.hopital.test (mx.hopital.test [10.1.2.3])\r\n\tby store.in.hopital.test (Postfix) with LMTP id 4X";
const OUTSIDE: &str = "from evil.example (unknown [203.0.113.9])\r\n\tby mx.hopital.test (Postfix) with ESMTPS id 3X\r\n\tfor <a@hopital.test>";

#[test]
fn from_the_first_of_ones_own_servers_to_the_mailbox() {
    assert_eq!(seconds(&(field(STORE, 3) + &field(OUTSIDE, 7200))), Some(7200));
    assert_eq!(seconds(&field(OUTSIDE, 40)), Some(40), "one server alone");
    assert_eq!(seconds(&field("from a.example (a.example [203.0.113.9]) by b.example", 40)), None);
    assert_eq!(seconds("Subject: by mx.hopital.test; x\r\n"), None);
    assert_eq!(
        with_operator(|_| vouched(field(OUTSIDE, 9).as_bytes(), noon(), false, Operator::default())),
        None
    );
}

#[test]
fn as_servers_write_it() {
    let below = field("from x.example (x.example [203.0.113.9]) by mx.hopital.test", 900);
    for words in [
        // Postfix, Sendmail: the name it looked up.
        "from anything (a.in.hopital.test [198.51.100.7])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\t(No client \
         certificate requested)\r\n\tby store.in.hopital.test (Postfix) with ESMTPS id 4X",
        "from anything (unknown [10.1.2.9]) by store.in.hopital.test with ESMTP",
        "from [10.1.2.9] (unknown [10.1.2.9]) by store.in.hopital.test with ESMTP",
        "from h (unknown [IPv6:2001:db8:5::1]) by store.in.hopital.test with ESMTP",
        "from h (h [::ffff:10.1.2.9]) by store.in.hopital.test with ESMTP",
        // Exim, with and without a name.
        "from h.example ([10.1.2.9]:25 helo=h) by store.in.hopital.test with esmtps (TLS1.3) (Exim 4.98)",
        "from [10.1.2.9] (helo=h) by store.in.hopital.test with esmtp",
        // Exchange, qmail, Dovecot.
        "from EX01 (10.1.2.9) by EX02.in.hopital.test (10.1.2.8) with Microsoft SMTP Server (version=TLS1_2; x) id 15",
        "from unknown (HELO h) (10.1.2.9) by store.in.hopital.test with SMTP",
        "from mx ([10.1.2.9]) by store.in.hopital.test with LMTP id x (envelope-from <a@b.example>)",
        "from mx by store.in.hopital.test with LMTP id x",
        "from localhost (localhost [127.0.0.1]) by store.in.hopital.test (Postfix) with ESMTP",
    ] {
        assert_eq!(seconds(&(field(words, 3) + &below)), Some(900), "{words}");
    }
    let filter = "from mx.hopital.test ([127.0.0.1])\r\n by localhost (mx.hopital.test [127.0.0.1]) (amavis, port 10024) with ESMTP";
    let back = "from localhost (localhost [127.0.0.1]) by mx.hopital.test (Postfix) with ESMTP";
    assert_eq!(
        seconds(&(field(back, 3) + &field(filter, 4) + &below)),
        Some(900),
        "through a filter and back"
    );
}

#[test]
fn what_the_outside_could_have_written_is_not_read() {
    let forged = field("from a.in.hopital.test (a.in.hopital.test [10.1.2.3]) by mx.hopital.test", 90_000);
    for words in [
        "from mx.hopital.test (unknown [203.0.113.9]) by mx.hopital.test (Postfix) with ESMTPS",
        "from [10.1.2.3] (unknown [203.0.113.9]) by mx.hopital.test (Postfix) with ESMTPS",
        "from mx.hopital.test by mx.hopital.test with ESMTPS",
        "from [10.1.2.3] by mx.hopital.test with ESMTPS",
        "from 10.1.2.3 (203.0.113.9) by mx.hopital.test with ESMTPS",
        "from mx.hopital.test (mx.hopital.test [203.0.113.9] (may be forged)) by mx.hopital.test with ESMTP",
        "from mx.hopital.test ([203.0.113.9] helo=[10.1.2.3]) by mx.hopital.test with esmtps",
        "from [203.0.113.9] (helo=[10.1.2.3]) by mx.hopital.test with esmtps",
        "from unknown (HELO [10.1.2.3]) (203.0.113.9) by mx.hopital.test with SMTP",
        "from unknown (HELO mx.hopital.test) (203.0.113.9) by mx.hopital.test with SMTP",
        "from notin.hopital.test (xin.hopital.test [203.0.113.9]) by mx.hopital.test with SMTP",
        // Where a server writes down whatever it is told.
        "from x (mx.hopital.test [10.1.2.3]) (evil [203.0.113.9]) by mx.hopital.test with SMTP",
        "from x (mx.hopital.test [203.0.113.9]) (evil [203.0.113.9]) by mx.hopital.test with SMTP",
        "from x (mx.hopital.test [10.1.2.3]) by y (evil [203.0.113.9]) by mx.hopital.test with SMTP",
        "from x with LMTP by mx.hopital.test with SMTP",
        "from by by mx.hopital.test with LMTP",
        "from ( (evil [203.0.113.9]) by mx.hopital.test with SMTP",
        // Signed in: a person's program.
        "from pc (pc.in.hopital.test [10.1.2.77]) by mx.hopital.test (Postfix) with ESMTPSA",
        "from pc (pc.in.hopital.test [10.1.2.77]) (Authenticated sender: a) by mx.hopital.test with ESMTPS",
        "from pc ([10.1.2.77] helo=with) with by mx.hopital.test with ESMTPSA",
        "by mx.hopital.test (Postfix, from userid 33) id 4X",
    ] {
        let taken = seconds(&(field(words, 20) + &forged));
        assert!(taken.is_none_or(|taken| taken == 20), "{words}: {taken:?}");
    }
    // Where its own servers are the only witnesses, a name in the middle that is not theirs ends it.
    let middle = field("from x (x [10.1.2.9]) by gateway.example with ESMTP", 500);
    assert_eq!(seconds(&(field(STORE, 3) + &middle + &forged)), Some(3));
    // A message that goes on with the field above it.
    let text = field(OUTSIDE, 20) + &format!("  ; {}\r\n", date(90_000));
    assert_eq!(seconds(&text), None);
    assert_eq!(seconds(&(field(OUTSIDE, 20) + "\tMon, 1 Jan 2018 00:00:00 +0000\r\n")).unwrap_or(20), 20);
}

#[test]
fn bad_evidence_is_none() {
    let of = |store: i64, outside: i64| seconds(&(field(STORE, store) + &field(OUTSIDE, outside)));
    assert_eq!(of(3, -7200), None, "from the future");
    assert_eq!(of(500, 3), None, "a step back");
    assert_eq!(of(3, 0), Some(0), "clocks are a little apart");
    assert_eq!(of(-30, -20), Some(0), "the mailbox's too");
    assert_eq!(of(-90, 3), None);
    assert_eq!(of(3, 6 * 86_400), None, "nobody tries for so long");
    let undated = format!("Received: {STORE}; yesterday\r\n") + &field(OUTSIDE, 40);
    assert_eq!(seconds(&undated), None);
    assert_eq!(seconds(&(field(OUTSIDE, 40) + "List-Post: <mailto:all@hopital.test>\r\n")), None);
}

#[test]
fn a_mailbox_that_was_moved_tells_nothing() {
    let header = field(STORE, 3) + &field(OUTSIDE, 40);
    let later = |hours| noon() + SignedDuration::from_hours(hours);
    assert_eq!(seconds_at(&header, later(24), false), Some(24 * 3600 + 40), "it may have waited");
    assert_eq!(seconds_at(&header, later(24), true), None, "all of them came in that minute");
    assert_eq!(seconds_at(&header, noon(), true), Some(40));
    for arrived in [later(200), later(-5)] {
        assert_eq!(seconds_at(&header, arrived, false), None);
    }
}

/// Whatever a stranger may put into a header, in lines of its own.
fn forged() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        Just("mx.hopital.test"),
        Just("a.in.hopital.test"),
        Just("localhost"),
        Just("evil.example")
    ];
    let address = prop_oneof![Just("10.1.2.3"), Just("127.0.0.1"), Just("203.0.113.9")];
    let with = prop_oneof![Just("LMTP"), Just("ESMTPS"), Just("ESMTPSA")];
    let honest = (host.clone(), host, address, with, -90_000..500_000_i64).prop_map(
        |(from, by, address, with, ago)| {
            field(&format!("from {from} ({from} [{address}]) by {by} with {with} id x"), ago)
        },
    );
    prop_oneof![3 => honest, 1 => "(Received|Date|X): [ -~]{0,60}\r\n"]
}

proptest! {
    #[test]
    fn nothing_below_the_first_door_moves_the_figure(
        below in proptest::collection::vec(forged(), 0..8),
        hello in "[a-z0-9.\\[\\]-]{1,30}|mx.hopital.test|\\[10.1.2.3\\]|by|from|with",
        ago in 5..80_000_i64,
    ) {
        let door = format!("from {hello} (unknown [203.0.113.9])\r\n\tby mx.hopital.test (Postfix) with ESMTPS id 3X");
        let above = field(STORE, 3) + &field(&door, ago);
        let taken = seconds(&(above.clone() + &below.concat()));
        prop_assert_eq!(taken, seconds(&above));
        // A name such as "by" makes the field doubtful.
        prop_assert!(taken.is_none() || taken == Some(ago), "{taken:?}");
    }

    #[test]
    fn nothing_panics(block in proptest::collection::vec(any::<u8>(), 0..300), words in "[a-z(\\[\\]); 0-9.@:]{0,80}") {
        let mut header = b"Received: ".to_vec();
        header.extend(&block);
        header.extend(field(&words, 5).as_bytes());
        with_operator(|operator| vouched(&header, noon(), false, operator));
    }
}
