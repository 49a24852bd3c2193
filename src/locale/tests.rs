use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{
    words::{EN, FR, keys},
    *,
};

/// Each message of a file with all of its text.
fn messages(source: &'static str) -> BTreeMap<&'static str, String> {
    let names: BTreeSet<_> = keys(source).collect();
    let mut out: BTreeMap<&str, String> = BTreeMap::new();
    let mut current = None;
    for line in source.lines().filter(|l| !l.starts_with('#')) {
        if let Some((key, rest)) = line.split_once(" =").filter(|(key, _)| names.contains(key)) {
            current = Some(key);
            out.insert(key, rest.to_owned());
        } else if let Some(text) = current.and_then(|key| out.get_mut(key)) {
            text.push_str(line);
        }
    }
    out
}

fn arguments(text: &str) -> BTreeSet<&str> {
    text.split('$')
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default())
        .collect()
}

#[test]
fn both_files_hold_the_same_keys_and_arguments() {
    let (fr, en) = (messages(FR), messages(EN));
    assert_eq!(fr.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    assert_eq!(fr.len(), keys(FR).count(), "a key is written twice");
    for (key, text) in &fr {
        assert_eq!(arguments(text), arguments(&en[key]), "the arguments of {key}");
    }
}

#[test]
fn french_is_set_as_french() {
    for (key, text) in messages(FR) {
        assert!(!text.contains('\''), "{key} has a straight apostrophe");
        for sign in [" :", " ;", " !", " ?", " »", "« "] {
            assert!(!text.contains(sign), "{key} lacks a no-break space at {sign:?}");
        }
    }
}

fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).expect("the sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("locale/tests.rs") {
            out.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
}

#[test]
fn the_code_and_the_files_name_the_same_texts() {
    let mut code = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    let known: BTreeSet<_> = keys(EN).collect();
    let quoted: BTreeSet<&str> = code.split('"').collect();
    let unused: Vec<_> = known.iter().filter(|key| !quoted.contains(**key)).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
    for call in [".t(", ".t_with("] {
        for (at, _) in code.match_indices(call) {
            let Some(rest) = code[at + call.len()..].trim_start().strip_prefix('"') else { continue };
            let key = rest.split('"').next().unwrap_or_default();
            assert!(known.contains(key), "{key} is in neither file");
        }
    }
}

fn tr(lang: Lang) -> Tr {
    // A Sunday, 14:10 in Paris.
    let now = "2026-11-22T13:10:00Z".parse().expect("an instant");
    Tr::new(lang, TimeZone::get("Europe/Paris").expect("a zone"), now)
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn counts_and_sizes() {
    let (fr, en) = (tr(Lang::Fr), tr(Lang::En));
    assert_eq!(fr.number(1_000_000), "1\u{202f}000\u{202f}000");
    assert_eq!(en.number(1_006), "1,006");
    assert_eq!(en.number(999), "999");
    for (octets, french, english) in [
        (0, "0 octet", "0 bytes"),
        (1, "1 octet", "1 byte"),
        (999, "999 octets", "999 bytes"),
        (1_000, "1\u{a0}ko", "1\u{a0}KB"),
        (184_320, "184\u{a0}ko", "184\u{a0}KB"),
        (999_499, "999\u{a0}ko", "999\u{a0}KB"),
        (999_500, "1\u{a0}Mo", "1\u{a0}MB"),
        (1_234_567, "1,2\u{a0}Mo", "1.2\u{a0}MB"),
        (40_000_000, "40\u{a0}Mo", "40\u{a0}MB"),
        (2_500_000_000, "2,5\u{a0}Go", "2.5\u{a0}GB"),
    ] {
        assert_eq!((fr.size(octets).as_str(), en.size(octets).as_str()), (french, english));
    }
    assert!(en.size(u64::MAX).ends_with("GB"));
}

#[test]
fn plurals_follow_the_language() {
    let n = |lang, n: u64| tr(lang).t_with("unread-count", &[("n", n.into())]);
    assert_eq!(n(Lang::Fr, 0), "0 non lu");
    assert_eq!(n(Lang::Fr, 1), "1 non lu");
    assert_eq!(n(Lang::Fr, 1_280), "1\u{202f}280 non lus");
    let docs = |lang, n: u64| tr(lang).t_with("row-documents", &[("n", n.into())]);
    assert_eq!((docs(Lang::En, 1).as_str(), docs(Lang::En, 2).as_str()), ("attachment", "attachments"));
}

#[test]
fn days_and_hours_are_the_readers_own() {
    let (fr, en) = (tr(Lang::Fr), tr(Lang::En));
    let cases = [
        ("2026-11-22T08:42:00Z", "Aujourd’hui", "Today", "09:42", "aujourd’hui à 09:42"),
        // Late evening in UTC is already today in Paris.
        ("2026-11-21T23:30:00Z", "Aujourd’hui", "Today", "00:30", "aujourd’hui à 00:30"),
        ("2026-11-21T06:40:00Z", "Hier", "Yesterday", "sam. 21", "sam. 21 à 07:40"),
        ("2026-11-16T12:00:00Z", "lundi 16", "Monday 16", "lun. 16", "lun. 16 à 13:00"),
        (
            "2026-11-15T12:00:00Z",
            "dimanche 15 novembre 2026",
            "Sunday 15 November 2026",
            "15 nov. 2026",
            "le 15 nov. 2026 à 13:00",
        ),
        // Summer time, and the first of a month.
        (
            "2024-07-01T22:30:00Z",
            "mardi 2 juillet 2024",
            "Tuesday 2 July 2024",
            "2 juil. 2024",
            "le 2 juil. 2024 à 00:30",
        ),
        (
            "2024-07-01T12:00:00Z",
            "lundi 1er juillet 2024",
            "Monday 1 July 2024",
            "1er juil. 2024",
            "le 1er juil. 2024 à 14:00",
        ),
        // A clock that is ahead.
        (
            "2026-11-23T12:00:00Z",
            "lundi 23 novembre 2026",
            "Monday 23 November 2026",
            "23 nov. 2026",
            "le 23 nov. 2026 à 13:00",
        ),
    ];
    for (instant, french, english, row, moment) in cases {
        let at = at(instant);
        assert_eq!(
            (fr.day(at), en.day(at), fr.row_time(at), fr.moment(at)),
            (french.into(), english.into(), row.into(), moment.into()),
            "{instant}"
        );
    }
    assert_eq!(fr.machine_time(at("2026-11-22T08:42:00Z")), "2026-11-22T09:42:00+01:00");
    assert_eq!(en.date(at("2026-11-22T08:42:00Z")), "22 Nov 2026");
    let day = |d| fr.day_in_sentence(jiff::civil::date(2026, 11, d));
    assert_eq!(
        [day(22), day(21), day(1), day(30)],
        ["aujourd’hui", "sam. 21", "le 1er nov. 2026", "le 30 nov. 2026"]
    );
    // The ends of what a date can be do not panic.
    for end in [Timestamp::MIN, Timestamp::MAX] {
        assert!(!fr.day(end).is_empty() && !fr.moment(end).is_empty());
    }
}

#[test]
fn the_browsers_wish_chooses_the_language() {
    for (field, lang) in [
        ("fr-FR,fr;q=0.9,en;q=0.8", Lang::Fr),
        ("en-GB,en;q=0.9,fr;q=0.8", Lang::En),
        ("de,fr;q=0.5,en;q=0.3", Lang::Fr),
        ("de", Lang::En),
        ("", Lang::En),
        ("fr;q=0", Lang::En),
        ("fr;q=abc, *", Lang::En),
        ("FR_CA", Lang::Fr),
    ] {
        assert_eq!(Lang::from_accept_language(field), lang, "{field}");
    }
}

#[test]
fn a_missing_text_shows_its_key() {
    assert_eq!(tr(Lang::En).t("not-there"), "not-there");
    assert_eq!(tr(Lang::En).t_with("not-there", &[]), "not-there");
    // An argument is never read as Fluent.
    assert_eq!(tr(Lang::En).t_with("to-one", &[("name", "{ $n }".into())]), "to { $n }");
}
