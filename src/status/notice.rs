//! A notice, as written in TOML:
//!
//! ```toml
//! level = "degraded"                        # info, degraded, down, restored
//! for = { domains = ["example.org"] }       # or software = […], accounts = […]; everybody if left out
//! title = { fr = "Service perturbé", en = "Service disturbed" }
//! works = { fr = ["lire et envoyer depuis cette page"], en = ["reading and sending from this page"] }
//! broken = { fr = "la réception dans Logiciel B", en = "receiving in Software B" }
//! todo = { fr = "passez par cette page", en = "use this page" }
//! since = "2026-11-05T08:10"                # a day, or a time; without offset: in the configured time zone
//! updated = "2026-11-05T14:10"
//! next_update = "2026-11-05T16:00"
//! expected_end = "2026-12-15"
//! phone = "0 806 000 000"
//!
//! [[software]]
//! name = "Logiciel A"
//! state = "restored"                        # ok, ongoing, down, restored
//! since = "2026-12-12"
//! note = { fr = "rien à réinstaller", en = "nothing to reinstall" }
//! ```
//! Words without a language (`title = "…"`) are shown in both. Before `since` it is shown to nobody.

mod id;
mod read;
mod scope;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize, Serializer};

pub use id::NoticeId;
pub use read::MAX_NOTICE;
pub use scope::Scope;

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Info,
    /// Something is late or does not work.
    Degraded,
    /// The main thing does not work.
    Down,
    /// All is well again.
    Restored,
}

impl Level {
    /// The larger, the worse.
    pub fn weight(self) -> u8 {
        match self {
            Level::Restored => 0,
            Level::Info => 1,
            Level::Degraded => 2,
            Level::Down => 3,
        }
    }
}

/// Everything the status page and the strip above each page say.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Notice {
    pub level: Level,
    /// Whom it concerns.
    #[serde(rename = "for")]
    pub scope: Scope,
    pub title: Text,
    pub works: Text,
    pub broken: Text,
    pub todo: Text,
    /// Shown from then on.
    pub since: Option<When>,
    pub updated: Option<When>,
    pub next_update: Option<When>,
    pub expected_end: Option<When>,
    pub phone: Option<String>,
    /// It is over: it stays in the feed, and for a time in the rows of the software.
    pub ended: bool,
    pub software: Vec<Software>,
}

impl Notice {
    /// In the form that [`Notice::parse`] reads; accounts as their ids.
    pub fn to_toml(&self) -> String {
        // Texts, times, lists: it does not fail.
        toml::to_string(self).unwrap_or_default()
    }

    /// Whether its time has come.
    pub fn has_begun(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.since.and_then(|since| since.start(zone)).is_none_or(|start| start <= now)
    }

    /// When its next update was due, where that is past.
    pub fn late(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let due = self.next_update?.end(zone)?;
        (due < now && !self.ended && self.has_begun(now, zone)).then_some(due)
    }
}

/// The access of one business software.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Software {
    pub name: String,
    pub state: SoftwareState,
    pub since: Option<When>,
    pub note: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SoftwareState {
    Ok,
    Ongoing,
    Down,
    Restored,
}

/// A day, where the hour is not known, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Day(civil::Date),
    Moment(Timestamp),
}

impl When {
    /// The moment, or the first one of the day.
    pub fn start(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            When::Moment(at) => Some(at),
            When::Day(day) => day.to_zoned(zone.clone()).ok().map(|start| start.timestamp()),
        }
    }

    /// The moment, or the one at which the day is over.
    pub fn end(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            When::Moment(at) => Some(at),
            When::Day(day) => When::Day(day.tomorrow().ok()?).start(zone),
        }
    }
}

/// `2026-12-15`, or `2026-11-05T08:10:00Z`.
impl Serialize for When {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            When::Day(day) => day.to_string().serialize(to),
            When::Moment(at) => at.to_string().serialize(to),
        }
    }
}

/// One or more sentences, in each language. Plain text, to be escaped like any other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    fr: Vec<String>,
    en: Vec<String>,
}

impl Text {
    /// The sentences in this language (`fr`, `en`), or in the other where this one has none.
    pub fn lines(&self, language: &str) -> &[String] {
        let (mine, other) = if language == "en" { (&self.en, &self.fr) } else { (&self.fr, &self.en) };
        if mine.is_empty() { other } else { mine }
    }

    /// The language that is shown the other one's words for want of its own.
    pub fn missing(&self) -> Option<&'static str> {
        match (self.fr.is_empty(), self.en.is_empty()) {
            (true, false) => Some("fr"),
            (false, true) => Some("en"),
            _ => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.fr.is_empty() && self.en.is_empty()
    }
}
