//! The notice: what a file says, and what happens when it changes, breaks or goes.

use std::{fs, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use relais::status::{Level, Notice, Notices, SoftwareState, When};

const FULL: &str = r#"
level = "degraded"
title = { fr = "Service perturbé", en = "Service disturbed" }
works = { fr = ["lire", "envoyer"], en = ["reading", "sending"] }
broken = { fr = "la réception dans Logiciel B" }
todo = "—"
since = "2026-11-05T08:10"
updated = "2026-11-05T13:10:00Z"
next_update = "2026-11-05T16:00"
expected_end = "2026-12-15"
phone = "0 806 000 000"

[[software]]
name = "Logiciel A"
state = "restored"
since = "2026-12-12"

[[software]]
name = "Logiciel B"
state = "ongoing"
note = { fr = "ne réinstallez rien" }
"#;

fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

#[test]
fn a_full_notice() {
    let notice = Notice::parse(FULL, &paris()).unwrap();
    assert_eq!(notice.level, Level::Degraded);
    assert_eq!(notice.title.lines("en"), ["Service disturbed"]);
    assert_eq!(notice.works.lines("fr"), ["lire", "envoyer"]);
    assert_eq!(notice.broken.lines("en"), ["la réception dans Logiciel B"], "better than nothing");
    assert_eq!(notice.todo.lines("en"), ["—"]);
    let moment = |text: &str| Some(When::Moment(text.parse::<Timestamp>().unwrap()));
    assert_eq!(notice.since, moment("2026-11-05T07:10:00Z"), "Paris is one hour ahead in November");
    assert_eq!(notice.updated, moment("2026-11-05T13:10:00Z"));
    assert_eq!(notice.expected_end, Some(When::Day("2026-12-15".parse().unwrap())));
    assert_eq!(notice.phone.as_deref(), Some("0 806 000 000"));
    assert_eq!(notice.software.len(), 2);
    assert_eq!(notice.software[0].state, SoftwareState::Restored);
    assert!(notice.software[0].note.is_empty());
}

#[test]
fn what_is_refused() {
    let long = format!("level = \"info\"\ntitle = \"{}\"", "é".repeat(1001));
    let many = format!("level = \"info\"\n{}", "[[software]]\nname = \"x\"\nstate = \"ok\"\n".repeat(51));
    for (toml, told) in [
        ("", "level"),
        ("level = \"apocalypse\"", "apocalypse"),
        ("level = \"info\"\ntitel = \"x\"", "titel"),
        ("level = \"info\"\nsince = \"yesterday\"", "since"),
        (&long, "title"),
        (&many, "software"),
        ("level = ", ""),
    ] {
        let refused = Notice::parse(toml, &paris()).unwrap_err();
        assert!(refused.contains(told), "{toml}\n-> {refused}");
    }
}

#[test]
fn the_file_is_followed_and_a_broken_one_keeps_the_last_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notice.toml");
    let notices = Notices::new(Some(file.clone()), paris());
    let level = || notices.current().map(|notice| notice.level);
    assert_eq!(level(), None);
    let write = |text: &str| {
        fs::write(&file, text).unwrap();
        notices.look();
    };
    write("level = \"degraded\"");
    assert_eq!(level(), Some(Level::Degraded));
    write("level = \"down\"");
    assert_eq!(level(), Some(Level::Down));
    write("level = \"dow");
    assert_eq!(level(), Some(Level::Down));
    write(&format!("level = \"info\"\n#{}", "x".repeat(70_000)));
    assert_eq!(level(), Some(Level::Down), "too large");
    write("level = \"restored\"");
    assert_eq!(level(), Some(Level::Restored));
    fs::remove_file(&file).unwrap();
    notices.look();
    assert_eq!(level(), None);
    assert!(Notices::new(None, paris()).current().is_none());
}

#[tokio::test]
async fn a_running_server_notices_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notice.toml");
    let notices = Notices::new(Some(file.clone()), paris());
    tokio::spawn(notices.clone().keep_current());
    fs::write(&file, "level = \"info\"").unwrap();
    let seen = async {
        while notices.current().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap();
}
