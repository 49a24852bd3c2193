//! The notice of the moment, as written in TOML:
//!
//! ```toml
//! level = "degraded"                        # info, degraded, down, restored
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
//! Words without a language (`title = "…"`) are shown in both.

use figment::{
    Figment,
    providers::{Format, Toml},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize, Serializer};

/// Most items of one list, and software lines.
const MAX_ITEMS: usize = 50;
/// Longest text, in characters.
const MAX_TEXT: usize = 1000;

/// How bad it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
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

/// Everything the status page and the strip above each page say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Notice {
    pub level: Level,
    pub title: Text,
    pub works: Text,
    pub broken: Text,
    pub todo: Text,
    pub since: Option<When>,
    pub updated: Option<When>,
    pub next_update: Option<When>,
    pub expected_end: Option<When>,
    pub phone: Option<String>,
    pub software: Vec<Software>,
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

    pub fn is_empty(&self) -> bool {
        self.fr.is_empty() && self.en.is_empty()
    }
}

impl Notice {
    /// Reads the file's text.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn parse(toml: &str, zone: &TimeZone) -> Result<Notice, String> {
        let raw: Raw = Figment::from(Toml::string(toml)).extract().map_err(|error| error.to_string())?;
        let when = |key: &str, text: Option<String>| text.map(|text| moment(key, &text, zone)).transpose();
        if raw.software.len() > MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} software lines"));
        }
        Ok(Notice {
            level: raw.level,
            title: raw.title.checked("title")?,
            works: raw.works.checked("works")?,
            broken: raw.broken.checked("broken")?,
            todo: raw.todo.checked("todo")?,
            since: when("since", raw.since)?,
            updated: when("updated", raw.updated)?,
            next_update: when("next_update", raw.next_update)?,
            expected_end: when("expected_end", raw.expected_end)?,
            phone: raw.phone.map(|phone| bounded("phone", phone)).transpose()?,
            software: raw
                .software
                .into_iter()
                .map(|line| {
                    Ok(Software {
                        name: bounded("software.name", line.name)?,
                        state: line.state,
                        since: when("software.since", line.since)?,
                        note: line.note.checked("software.note")?,
                    })
                })
                .collect::<Result<_, String>>()?,
        })
    }
}

fn moment(key: &str, text: &str, zone: &TimeZone) -> Result<When, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(When::Moment(moment));
    }
    // A civil date-time reads a bare date too, as midnight: the length tells them apart.
    if text.len() == 10
        && let Ok(day) = text.parse::<civil::Date>()
    {
        return Ok(When::Day(day));
    }
    let local = text.parse::<civil::DateTime>().ok().and_then(|local| local.to_zoned(zone.clone()).ok());
    local.map(|zoned| When::Moment(zoned.timestamp())).ok_or_else(|| {
        format!("{key} = “{text}” is not a time such as 2026-11-05T08:10, nor a day such as 2026-12-15")
    })
}

fn bounded(key: &str, text: String) -> Result<String, String> {
    match text.chars().count() {
        0..=MAX_TEXT => Ok(text),
        _ => Err(format!("{key} is longer than {MAX_TEXT} characters")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    level: Level,
    #[serde(default)]
    title: RawText,
    #[serde(default)]
    works: RawText,
    #[serde(default)]
    broken: RawText,
    #[serde(default)]
    todo: RawText,
    since: Option<String>,
    updated: Option<String>,
    next_update: Option<String>,
    expected_end: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    software: Vec<RawSoftware>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSoftware {
    name: String,
    state: SoftwareState,
    since: Option<String>,
    #[serde(default)]
    note: RawText,
}

/// `"…"`, `["…"]`, or either under `fr` and `en`.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawText {
    Same(Lines),
    Each {
        #[serde(default)]
        fr: Lines,
        #[serde(default)]
        en: Lines,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Lines::Many(Vec::new())
    }
}

impl Default for RawText {
    fn default() -> Self {
        RawText::Same(Lines::default())
    }
}

impl RawText {
    fn checked(self, key: &str) -> Result<Text, String> {
        let lines = |lines: Lines| match lines {
            Lines::One(line) => Ok(vec![bounded(key, line)?]),
            Lines::Many(lines) if lines.len() > MAX_ITEMS => {
                Err(format!("{key} has more than {MAX_ITEMS} lines"))
            }
            Lines::Many(lines) => lines.into_iter().map(|line| bounded(key, line)).collect(),
        };
        Ok(match self {
            RawText::Same(same) => {
                let fr = lines(same)?;
                Text { en: fr.clone(), fr }
            }
            RawText::Each { fr, en } => Text { fr: lines(fr)?, en: lines(en)? },
        })
    }
}
