//! When something did not work, as far as the notices tell: what a person may have missed then.

use jiff::Timestamp;

use super::{Board, Level, Text, Version};
use crate::store::AccountId;

#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// The worst that was said of it.
    pub level: Level,
    pub title: Text,
    pub from: Timestamp,
    /// Now, for what is not over.
    pub to: Timestamp,
    pub is_over: bool,
}

impl Board {
    /// What did not work for the person with this address and account and lasted until `since` or longer; the last to end
    /// first.
    pub fn incidents(&self, who: (&str, &AccountId), since: Timestamp, now: Timestamp) -> Vec<Incident> {
        let told = self.latest().filter(|version| version.notice.scope.concerns(who.0, who.1));
        let mut incidents: Vec<Incident> =
            told.filter_map(|version| self.incident_of(version, now)).collect();
        incidents.retain(|incident| incident.from < incident.to && incident.to >= since);
        incidents.sort_by_key(|incident| std::cmp::Reverse((incident.to, incident.from)));
        incidents
    }

    /// That of which this is the last word; `None` where it tells of nothing that did not work.
    pub fn incident_of(&self, last: &Version, now: Timestamp) -> Option<Incident> {
        let levels = self.versions(last.id).map(|version| version.notice.level);
        let level = levels
            .max_by_key(|level| level.weight())
            .filter(|level| level.weight() > Level::Info.weight() || *level == Level::Restored)?;
        // From the first word that all was well again, where that is what was said last.
        let restored = self.versions(last.id).take_while(|version| version.notice.level == Level::Restored);
        let end = restored.last().or(last.notice.ended.then_some(last)).map(|version| version.at);
        // A word is a second after the one before, whatever the clock says.
        let end = end.filter(|end| *end <= now);
        let since = last.notice.since.and_then(|since| since.start(self.zone()));
        let first = self.versions(last.id).last().map(|version| version.at);
        Some(Incident {
            level,
            title: last.notice.title.clone(),
            from: since.or(first)?,
            to: end.unwrap_or(now),
            is_over: end.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::status::Notice;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn from_its_beginning_to_the_word_that_all_is_well() {
        let version = |(id, when, toml): (&str, &str, &str)| {
            let notice = Notice::parse(toml, &TimeZone::UTC).expect("a notice");
            Version { id: id.parse().expect("an id"), at: at(when), notice }
        };
        const SINCE: &str = "since = \"2026-11-03T07:00\"\n";
        let down = format!("{SINCE}level = \"down\"");
        let well = format!("{SINCE}level = \"restored\"");
        let over = format!("{well}\nended = true");
        let elsewhere = "level = \"down\"\nfor = { domains = [\"other.test\"] }";
        let versions = [
            ("aaaaaa", "2026-11-03T08:00:00Z", &*down),
            ("aaaaaa", "2026-11-04T08:00:00Z", &*well),
            ("aaaaaa", "2026-11-05T08:00:00Z", &*over),
            ("bbbbbb", "2026-11-06T08:00:00Z", "level = \"degraded\""),
            ("cccccc", "2026-11-06T08:00:00Z", "level = \"info\""),
            ("dddddd", "2026-11-06T08:00:00Z", elsewhere),
            // It was to come, and was taken back.
            ("eeeeee", "2026-11-06T08:00:00Z", "level = \"down\"\nsince = \"2026-11-30\"\nended = true"),
        ];
        let board = Board::new(versions.map(version).into(), TimeZone::UTC);
        let now = at("2026-11-07T08:00:00Z");
        let told = |since: &str| -> Vec<(Timestamp, Timestamp, bool)> {
            let me = AccountId([7; 32]);
            let all = board.incidents(("a@example.org", &me), at(since), now);
            all.into_iter().map(|i| (i.from, i.to, i.is_over)).collect()
        };
        let open = (at("2026-11-06T08:00:00Z"), now, false);
        let ended = (at("2026-11-03T07:00:00Z"), at("2026-11-04T08:00:00Z"), true);
        assert_eq!(told("2026-11-01T00:00:00Z"), [open, ended]);
        assert_eq!(told("2026-11-05T00:00:00Z"), [open]);
        let last = board.latest().find(|version| version.id.to_string() == "aaaaaa").expect("a notice");
        let early = at("2026-11-04T07:59:59Z");
        let incident = board.incident_of(last, early).map(|incident| (incident.to, incident.is_over));
        assert_eq!(incident, Some((early, false)), "it ends in a moment");
    }
}
