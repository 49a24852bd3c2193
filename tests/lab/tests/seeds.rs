//! What the generators promise.

use std::collections::HashSet;

use jiff::Timestamp;
use lab::seed::{documents, odd, plain, realistic};

fn noon() -> Timestamp {
    "2026-11-20T11:00:00Z".parse().unwrap()
}

fn crlf_only(raw: &[u8]) -> bool {
    raw.iter().enumerate().all(|(at, byte)| match byte {
        b'\n' => at > 0 && raw[at - 1] == b'\r',
        b'\r' => raw.get(at + 1) == Some(&b'\n'),
        _ => true,
    })
}

#[test]
fn realistic_mail_is_the_same_each_time_in_order_and_well_formed() {
    let seeds: Vec<_> = realistic(1000, noon(), 7).collect();
    let again: Vec<_> = realistic(1000, noon(), 7).collect();
    assert!(
        seeds.iter().zip(&again).all(|(a, b)| a.raw == b.raw && a.flags == b.flags && a.arrived == b.arrived)
    );
    assert!(seeds.windows(2).all(|pair| pair[0].arrived <= pair[1].arrived), "oldest first");
    assert!(seeds.iter().all(|seed| seed.arrived < noon() && crlf_only(&seed.raw)));

    let days = |count: usize| {
        seeds
            .iter()
            .rev()
            .take(count)
            .map(|seed| seed.arrived.strftime("%F").to_string())
            .collect::<HashSet<_>>()
    };
    assert!(days(50).contains("2026-11-20") && days(50).contains("2026-11-19"), "{:?}", days(50));
    let text: Vec<String> =
        seeds.iter().map(|seed| String::from_utf8_lossy(&seed.raw).into_owned()).collect();
    let holding = |needle: &str| text.iter().filter(|text| text.contains(needle)).count();
    for needle in [
        "\r\nReferences: <",
        "filename=\"resultats.pdf\"",
        "IHE_XDM.ZIP",
        "image/jpeg",
        "List-Unsubscribe: ",
        "=?UTF-8?B?",
        "=?utf-8?Q?",
        "format=flowed",
        "message/rfc822",
        "text/calendar",
        "multipart/alternative",
        "\r\n> ",
        "cid:logo",
    ] {
        assert!(holding(needle) >= 10, "{needle}: {}", holding(needle));
    }
    let ids: HashSet<&str> =
        text.iter().filter_map(|text| text.split_once("\r\nMessage-ID: ")?.1.lines().next()).collect();
    assert_eq!(ids.len(), seeds.len(), "each has a Message-ID of its own");
    assert!(seeds.iter().filter(|seed| !seed.flags.contains("Seen")).count() > 50);
}

#[test]
fn plain_mail_can_be_taken_up_again_in_the_middle() {
    let late: Vec<_> = plain(100, noon()).skip(90).collect();
    assert_eq!(late.len(), 10);
    assert_eq!(late[9].raw, plain(100, noon()).last().unwrap().raw);
    assert!(late.iter().all(|seed| crlf_only(&seed.raw) && seed.raw.len() < 600));
}

#[test]
fn odd_mail_has_unique_names_and_the_oddities_they_name() {
    let all = odd();
    let names: HashSet<_> = all.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), all.len());
    let raw =
        |name: &str| &all.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("{name}")).1;
    assert_eq!(raw("empty"), b"\r\n");
    assert!(raw("nul-bytes").contains(&0));
    assert!(raw("bom-first").starts_with(b"\xef\xbb\xbf"));
    assert!(raw("mbox-from-first").starts_with(b"From "));
    assert!(raw("huge-line").len() > 1_900_000);
    assert_eq!(String::from_utf8_lossy(raw("10000-recipients")).matches("<r").count(), 10_000);
    assert!(String::from_utf8_lossy(raw("html-divs-97k")).matches("<div>").count() > 5_000);
}

#[test]
fn documents_are_what_they_say() {
    assert!(documents::pdf("Ä (title)", &["line"]).starts_with(b"%PDF-1.4"));
    assert!(documents::PHOTOS.iter().all(|photo| photo.starts_with(b"\xff\xd8\xff")));
    let png = documents::png(8, (1, 2, 3));
    // The sum of an empty IEND chunk is the same in every PNG: our CRC is right.
    assert!(png.ends_with(b"IEND\xae\x42\x60\x82"));
}
