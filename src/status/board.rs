//! What is said at a moment, and to whom: pure, of versions that were read elsewhere.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{Level, MAX_NOTICE, Notice, NoticeId, Scope, Software, SoftwareState, When};
use crate::store::AccountId;

/// Most entries of the feed.
const MOST_TOLD: usize = 50;
/// Seconds for which the row of a software says that it was restored.
const RESTORED: i64 = 60 * 86_400;

/// One version of a notice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    pub id: NoticeId,
    /// When it was written.
    #[serde(skip)]
    pub at: Timestamp,
    #[serde(flatten)]
    pub notice: Notice,
}

impl Version {
    /// As it is kept, with its time.
    ///
    /// # Errors
    /// A sentence, where it is longer than what is read again.
    pub fn written(&self) -> Result<String, String> {
        let text = Notice { updated: Some(When::Moment(self.at)), ..self.notice.clone() }.to_toml();
        if text.len() as u64 <= MAX_NOTICE {
            return Ok(text);
        }
        Err(format!(
            "this is {} KiB as it is kept, and at most {} are: shorten it (words without a language count twice)",
            text.len().div_ceil(1024),
            MAX_NOTICE >> 10
        ))
    }
}

/// All versions that are known here.
#[derive(Debug, Clone)]
pub struct Board {
    /// Newest first.
    versions: Vec<Version>,
    /// Where among them the last one of each notice is: asked for every page.
    latest: Vec<usize>,
    zone: TimeZone,
}

impl Board {
    pub fn new(mut versions: Vec<Version>, zone: TimeZone) -> Board {
        versions.sort_by_key(|version| std::cmp::Reverse((version.at, version.id)));
        versions.dedup_by(|one, other| (one.id, one.at) == (other.id, other.at));
        let mut seen = HashSet::new();
        let latest = (0..versions.len()).filter(|n| seen.insert(versions[*n].id)).collect();
        Board { versions, latest, zone }
    }

    /// The last version of each notice, over or not.
    pub fn latest(&self) -> impl Iterator<Item = &Version> {
        self.latest.iter().filter_map(|n| self.versions.get(*n))
    }

    /// What is not over, begun or not, newest first.
    pub fn live(&self) -> impl Iterator<Item = &Version> {
        self.latest().filter(|version| !version.notice.ended)
    }

    /// What is said at `now`: the worst first, then the newest.
    pub fn said(&self, now: Timestamp) -> Vec<&Version> {
        let begun = |version: &&Version| version.notice.has_begun(now, &self.zone);
        let mut said: Vec<&Version> = self.live().filter(begun).collect();
        said.sort_by_key(|version| std::cmp::Reverse(version.notice.level.weight()));
        said
    }

    /// What is said to everybody.
    pub fn public(&self, now: Timestamp) -> Vec<&Version> {
        self.said(now).into_iter().filter(|version| version.notice.scope.is_public()).collect()
    }

    /// What concerns a stranger, or the person with this address and account: first what is for their account alone, last
    /// what is about software.
    pub fn concerning(&self, who: Option<(&str, &AccountId)>, now: Timestamp) -> Vec<&Version> {
        let rank = |scope: &Scope| match scope {
            Scope::Accounts(_) => 0,
            Scope::Everybody | Scope::Domains(_) => 1,
            Scope::Software(_) => 2,
        };
        let mut all = self.said(now);
        all.retain(|version| match (who, &version.notice.scope) {
            (Some((address, account)), scope) => scope.concerns(address, account),
            (None, scope) => matches!(scope, Scope::Everybody | Scope::Software(_)),
        });
        all.sort_by_key(|version| rank(&version.notice.scope));
        all
    }

    /// A row for each of these accesses, and for each that a notice names. What stands in a notice's own rows wins; then the
    /// worst notice about it; then the last one that is over.
    pub fn software(&self, names: &[String], now: Timestamp) -> Vec<Software> {
        let said = self.public(now);
        let mut rows: Vec<Software> = Vec::new();
        for row in said.iter().flat_map(|version| &version.notice.software) {
            if !rows.iter().any(|other| other.name == row.name) {
                rows.push(row.clone());
            }
        }
        let about = said.iter().flat_map(|version| match &version.notice.scope {
            Scope::Software(names) => names.as_slice(),
            _ => &[],
        });
        for name in names.iter().chain(about) {
            if !rows.iter().any(|row| row.name == *name) {
                rows.push(self.row(name, &said, now));
            }
        }
        let place = |row: &Software| names.iter().position(|name| *name == row.name).unwrap_or(names.len());
        rows.sort_by_key(place);
        rows
    }

    fn row(&self, name: &str, said: &[&Version], now: Timestamp) -> Software {
        let is_about = |version: &&Version| matches!(&version.notice.scope, Scope::Software(names) if names.iter().any(|n| n == name));
        let row = |state, since, notice: Option<&Notice>| {
            let note = notice.map(|n| if n.todo.is_empty() { &n.title } else { &n.todo });
            Software { name: name.to_owned(), state, since, note: note.cloned().unwrap_or_default() }
        };
        if let Some(version) = said.iter().copied().find(|version| is_about(version)) {
            let state = match version.notice.level {
                Level::Info => SoftwareState::Ok,
                Level::Degraded => SoftwareState::Ongoing,
                Level::Down => SoftwareState::Down,
                Level::Restored => SoftwareState::Restored,
            };
            return row(state, version.notice.since, Some(&version.notice));
        }
        let recent = now.as_second() - RESTORED;
        let over = self.latest().filter(is_about).find(|version| {
            version.notice.ended
                && version.notice.level != Level::Info
                && version.at.as_second() > recent
                && version.notice.has_begun(version.at, &self.zone)
        });
        match over {
            Some(version) => row(SoftwareState::Restored, Some(self.day(version.at)), None),
            None => row(SoftwareState::Ok, None, None),
        }
    }

    /// Restored software is told with its day.
    fn day(&self, at: Timestamp) -> When {
        When::Day(at.to_zoned(self.zone.clone()).date())
    }

    /// Every public version whose time has come, newest first, each with when it could be read. What was taken back,
    /// moved or said anew before its time could be read never.
    pub fn told(&self, now: Timestamp) -> Vec<(Timestamp, &Version)> {
        let mut next: HashMap<NoticeId, Timestamp> = HashMap::new();
        let mut told = Vec::new();
        // Newest first: the one seen before is the next one of the same notice.
        for version in &self.versions {
            let next = next.insert(version.id, version.at);
            let start = version.notice.since.and_then(|since| since.start(&self.zone));
            let from = start.map_or(version.at, |start| start.max(version.at));
            let was_read =
                next.is_none_or(|next| from < next) && !(version.notice.ended && version.at < from);
            if was_read && from <= now && version.notice.scope.is_public() {
                told.push((from, version));
            }
        }
        told.sort_by_key(|(from, _)| std::cmp::Reverse(*from));
        told.truncate(MOST_TOLD);
        told
    }

    /// Those whose next update was promised for an hour that is past, with that hour.
    pub fn late(&self, now: Timestamp) -> Vec<(Timestamp, &Version)> {
        self.live().filter_map(|version| Some((version.notice.late(now, &self.zone)?, version))).collect()
    }

    /// What is known of this notice, its last version first.
    pub fn versions(&self, id: NoticeId) -> impl Iterator<Item = &Version> {
        self.versions.iter().filter(move |version| version.id == id)
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn version(id: &str, when: &str, toml: &str) -> Version {
        let notice = Notice::parse(toml, &TimeZone::UTC).expect("a notice");
        Version { id: id.parse().unwrap_or(NoticeId::FILE), at: at(when), notice }
    }

    fn board(versions: &[(&str, &str, &str)]) -> Board {
        Board::new(versions.iter().map(|(id, when, toml)| version(id, when, toml)).collect(), TimeZone::UTC)
    }

    fn ids(versions: &[&Version]) -> Vec<String> {
        versions.iter().map(|version| version.id.to_string()).collect()
    }

    #[test]
    fn the_worst_comes_first_then_the_newest_and_only_the_last_version_counts() {
        let board = board(&[
            ("aaaaaa", "2026-11-01T10:00:00Z", "level = \"down\""),
            ("aaaaaa", "2026-11-03T10:00:00Z", "level = \"info\""),
            ("bbbbbb", "2026-11-01T11:00:00Z", "level = \"degraded\""),
            ("cccccc", "2026-11-02T11:00:00Z", "level = \"degraded\""),
            ("dddddd", "2026-11-01T11:00:00Z", "level = \"down\""),
            ("dddddd", "2026-11-02T11:00:00Z", "level = \"down\"\nended = true"),
            ("eeeeee", "2026-11-01T11:00:00Z", "level = \"down\"\nsince = \"2026-11-05\""),
            ("file", "2026-11-01T09:00:00Z", "level = \"restored\""),
        ]);
        let now = at("2026-11-04T23:59:59Z");
        assert_eq!(ids(&board.said(now)), ["cccccc", "bbbbbb", "aaaaaa", "file"]);
        assert_eq!(ids(&board.said(at("2026-11-05T00:00:00Z")))[0], "eeeeee");
        assert_eq!(board.told(now).len(), 7, "what has not begun is not in the feed");
        assert!(board.told(now).is_sorted_by_key(|(from, _)| std::cmp::Reverse(*from)));
    }

    #[test]
    fn what_was_taken_back_before_its_time_is_not_in_the_feed() {
        const PLANNED: &str = "level = \"down\"\nsince = \"2026-11-05T12:00\"";
        let over = format!("{PLANNED}\nended = true");
        let moved = PLANNED.replace("-05T", "-06T");
        let told = |versions: &[(&str, &str)], now: &str| -> Vec<String> {
            let versions: Vec<_> = versions.iter().map(|(when, toml)| ("aaaaaa", *when, *toml)).collect();
            board(&versions).told(at(now)).into_iter().map(|(from, _)| from.to_string()).collect()
        };
        let (first, second) = ("2026-11-01T10:00:00Z", "2026-11-02T10:00:00Z");
        assert!(told(&[(first, PLANNED), (second, &over)], "2026-11-10T00:00:00Z").is_empty(), "cancelled");
        let both = [(first, PLANNED), (second, &*moved)];
        assert!(told(&both, "2026-11-05T13:00:00Z").is_empty(), "moved");
        assert_eq!(told(&both, "2026-11-07T00:00:00Z"), ["2026-11-06T12:00:00Z"]);
        let own = format!("level = \"down\"\nfor = {{ accounts = [\"{}\"] }}", "0".repeat(64));
        assert!(told(&[(first, PLANNED), (second, &own)], "2026-11-07T00:00:00Z").is_empty(), "for few");
        // What began and then ended is there twice.
        let done = [(first, PLANNED), ("2026-11-05T14:00:00Z", &*over)];
        assert_eq!(told(&done, "2026-11-07T00:00:00Z"), ["2026-11-05T14:00:00Z", "2026-11-05T12:00:00Z"]);
    }

    #[test]
    fn what_would_not_be_read_again_is_not_written() {
        let lines = vec![format!("\"{}\"", "x".repeat(980)); 40].join(",");
        let notice = Notice::parse(&format!("level = \"info\"\nworks = [{lines}]"), &TimeZone::UTC);
        let notice = notice.expect("38 KiB, and twice as much in two languages");
        let told = Version { notice, ..version("aaaaaa", "2026-11-01T10:00:00Z", "level = \"info\"") };
        let refused = told.written().expect_err("too long");
        assert!(refused.contains("78 KiB") && refused.contains("at most 64"), "{refused}");
    }

    #[test]
    fn what_is_ones_own_comes_first_and_is_for_nobody_else() {
        let (me, other) = (AccountId([7; 32]), AccountId([8; 32]));
        let own = format!("level = \"info\"\nfor = {{ accounts = [\"{me}\"] }}");
        let board = board(&[
            ("aaaaaa", "2026-11-01T10:00:00Z", "level = \"degraded\""),
            ("bbbbbb", "2026-11-01T10:00:00Z", "level = \"down\"\nfor = { software = [\"L\"] }"),
            ("cccccc", "2026-11-01T10:00:00Z", "level = \"down\"\nfor = { domains = [\"Example.ORG\"] }"),
            ("dddddd", "2026-11-01T10:00:00Z", &own),
        ]);
        let now = at("2026-11-02T00:00:00Z");
        let to = |who| ids(&board.concerning(who, now));
        assert_eq!(to(None), ["aaaaaa", "bbbbbb"]);
        assert_eq!(to(Some(("a@example.org", &me))), ["dddddd", "cccccc", "aaaaaa", "bbbbbb"]);
        assert_eq!(to(Some(("a@example.org.test", &other))), ["aaaaaa", "bbbbbb"]);
        assert_eq!(ids(&board.public(now)).len(), 3);
        assert_eq!(board.told(now).len(), 3);
    }

    #[test]
    fn rows_of_software_follow_their_notices() {
        const B: &str = "for = { software = [\"B\"] }";
        let names = ["A", "B"].map(String::from);
        let now = at("2026-11-10T00:00:00Z");
        let states = |board: &Board| -> Vec<(String, SoftwareState)> {
            board.software(&names, now).into_iter().map(|row| (row.name, row.state)).collect()
        };
        let is = |board: &Board, state| states(board)[1] == ("B".into(), state);
        let said = |level: &str, more: &str| format!("level = \"{level}\"\n{B}\n{more}");
        let one = |level: &str| board(&[("aaaaaa", "2026-11-09T10:00:00Z", &said(level, "todo = \"x\""))]);
        assert_eq!(states(&board(&[])), [("A".into(), SoftwareState::Ok), ("B".into(), SoftwareState::Ok)]);
        assert!(is(&one("degraded"), SoftwareState::Ongoing) && is(&one("down"), SoftwareState::Down));
        assert!(is(&one("restored"), SoftwareState::Restored) && is(&one("info"), SoftwareState::Ok));
        assert_eq!(one("down").software(&names, now)[1].note.lines("fr"), ["x"]);
        let over = |when: &str, level: &str| board(&[("aaaaaa", when, &said(level, "ended = true"))]);
        let row = &over("2026-11-09T10:00:00Z", "down").software(&names, now)[1];
        assert_eq!(
            (row.state, row.since),
            (SoftwareState::Restored, Some(When::Day("2026-11-09".parse().expect("a day"))))
        );
        assert!(is(&over("2026-09-01T10:00:00Z", "down"), SoftwareState::Ok), "for 60 days");
        assert!(is(&over("2026-11-09T10:00:00Z", "info"), SoftwareState::Ok), "nothing was broken");
        // A row that somebody wrote wins, and one that the configuration does not name comes last.
        let rows = "level = \"info\"\n[[software]]\nname = \"C\"\nstate = \"down\"\n[[software]]\nname = \"B\"\nstate = \"ok\"";
        let both = board(&[
            ("file", "2026-11-01T10:00:00Z", rows),
            ("aaaaaa", "2026-11-09T10:00:00Z", &said("down", "")),
        ]);
        let expected = [("A", SoftwareState::Ok), ("B", SoftwareState::Ok), ("C", SoftwareState::Down)];
        assert_eq!(states(&both), expected.map(|(name, state)| (name.to_owned(), state)));
    }

    #[test]
    fn a_promise_is_late_once_its_hour_or_its_day_is_over() {
        let late = |next: &str, more: &str, now: &str| {
            let toml = format!("level = \"info\"\nnext_update = \"{next}\"\n{more}");
            !board(&[("aaaaaa", "2026-11-01T10:00:00Z", &toml)]).late(at(now)).is_empty()
        };
        assert!(!late("2026-11-05T16:00", "", "2026-11-05T16:00:00Z"));
        assert!(late("2026-11-05T16:00", "", "2026-11-05T16:00:01Z"));
        assert!(
            !late("2026-11-05", "", "2026-11-05T23:00:00Z") && late("2026-11-05", "", "2026-11-06T00:00:01Z")
        );
        assert!(!late("2026-11-05T16:00", "ended = true", "2026-11-06T00:00:00Z"));
        assert!(!late("2026-11-05T16:00", "since = \"2026-11-07\"", "2026-11-06T00:00:00Z"));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let toml = "level = \"down\"\nended = true\nphone = \"1\"\ntitle = { fr = \"a\\\"b\", en = [\"c\", \"d\"] }\nsince = \"2026-11-05\"\n\
            next_update = \"2026-11-05T16:00\"\nfor = { software = [\"L, \\\"x\\\"\"] }\n[[software]]\nname = \"A\"\nstate = \"ok\"\nnote = \"n\"";
        let notice = Notice::parse(toml, &TimeZone::UTC).expect("a notice");
        assert_eq!(Notice::parse(&notice.to_toml(), &TimeZone::UTC).as_ref(), Ok(&notice));
        let bare = Notice::default();
        assert_eq!(Notice::parse(&bare.to_toml(), &TimeZone::UTC), Ok(bare));
    }
}
