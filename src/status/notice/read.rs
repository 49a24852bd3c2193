//! A notice's text, read: bounded, and made fit to be shown, printed and put into XML.

use figment::{
    Figment,
    providers::{Format, Toml},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Deserialize;

use super::{Level, Notice, Software, SoftwareState, Text, When, scope::RawScope};
use crate::store::AccountId;

/// Octets of one notice.
pub const MAX_NOTICE: u64 = 64 << 10;
/// Most items of one list, and software lines.
pub(super) const MAX_ITEMS: usize = 50;
/// Longest text, in characters.
const MAX_TEXT: usize = 1000;

impl Notice {
    /// Reads the text of a notice that names accounts by their ids, if at all.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn parse(toml: &str, zone: &TimeZone) -> Result<Notice, String> {
        Notice::parse_with(toml, zone, &|_| Err("accounts cannot be named by address here".into()))
    }

    /// The same, with what finds the account of an address.
    ///
    /// # Errors
    /// As [`Notice::parse`], and those of `account`.
    pub fn parse_with(
        toml: &str,
        zone: &TimeZone,
        account: &dyn Fn(&str) -> Result<AccountId, String>,
    ) -> Result<Notice, String> {
        if toml.len() as u64 > MAX_NOTICE {
            return Err(format!("larger than {} KiB", MAX_NOTICE >> 10));
        }
        let raw: Raw = Figment::from(Toml::string(toml)).extract().map_err(|error| error.to_string())?;
        let when = |key: &str, text: Option<String>| text.map(|text| moment(key, &text, zone)).transpose();
        if raw.software.len() > MAX_ITEMS {
            return Err(format!("more than {MAX_ITEMS} software lines"));
        }
        Ok(Notice {
            level: raw.level,
            scope: raw.scope.map(|scope| scope.checked(account)).transpose()?.unwrap_or_default(),
            title: raw.title.checked("title")?,
            works: raw.works.checked("works")?,
            broken: raw.broken.checked("broken")?,
            todo: raw.todo.checked("todo")?,
            since: when("since", raw.since)?,
            updated: when("updated", raw.updated)?,
            next_update: when("next_update", raw.next_update)?,
            expected_end: when("expected_end", raw.expected_end)?,
            phone: raw.phone.map(|phone| bounded("phone", &phone)).transpose()?,
            ended: raw.ended,
            software: raw
                .software
                .into_iter()
                .map(|line| {
                    Ok(Software {
                        name: bounded("software.name", &line.name)?,
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

/// Without what moves the text around it, and what XML 1.0 cannot hold (§2.2).
pub(super) fn bounded(key: &str, text: &str) -> Result<String, String> {
    let hidden = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}');
    let text: String =
        text.chars().filter(|c| !hidden(c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.chars().count() {
        0..=MAX_TEXT => Ok(text),
        _ => Err(format!("{key} is longer than {MAX_TEXT} characters")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    level: Level,
    #[serde(rename = "for")]
    scope: Option<RawScope>,
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
    ended: bool,
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
            Lines::One(line) => Ok(vec![bounded(key, &line)?]),
            Lines::Many(lines) if lines.len() > MAX_ITEMS => {
                Err(format!("{key} has more than {MAX_ITEMS} lines"))
            }
            Lines::Many(lines) => lines.iter().map(|line| bounded(key, line)).collect(),
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
