//! The words people read, in their language, with their numbers, sizes and dates.
//!
//! A view is given a [`Tr`] and asks it for everything that is not data.

mod number;
mod time;
mod words;

use std::fmt;

use fluent_templates::fluent_bundle::FluentValue;
use jiff::{Timestamp, tz::TimeZone};

pub use time::Local;
use words::Words;

/// A language Relais speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    Fr,
    #[default]
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Fr, Lang::En];
    /// Ranges read in an Accept-Language field; the rest is ignored.
    const MAX_RANGES: usize = 32;

    /// `fr` or `en`, as in `<html lang>` and in `?lang=`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Fr => "fr",
            Lang::En => "en",
        }
    }

    /// The language of a code or tag (`fr`, `fr-CA`, `EN_us`), if it is one of ours.
    pub fn from_code(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Lang::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The best of ours for an Accept-Language field (RFC 9110 §12.5.4); English where nothing fits.
    pub fn from_accept_language(field: &str) -> Lang {
        let mut best = (0.0, Lang::default());
        for range in field.split(',').take(Self::MAX_RANGES) {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Lang::from_code) else { continue };
            let weight = parts
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The one to offer beside this one.
    pub fn other(self) -> Lang {
        match self {
            Lang::Fr => Lang::En,
            Lang::En => Lang::Fr,
        }
    }

    /// Its name in its own words.
    pub fn name(self) -> &'static str {
        match self {
            Lang::Fr => "Français",
            Lang::En => "English",
        }
    }
}

/// What a view needs to speak to one person: language, time zone, and the instant that is "now".
#[derive(Clone)]
pub struct Tr {
    lang: Lang,
    words: &'static Words,
    zone: TimeZone,
    now: Timestamp,
}

impl Tr {
    pub fn new(lang: Lang, zone: TimeZone, now: Timestamp) -> Tr {
        Tr { lang, words: words::of(lang), zone, now }
    }

    /// For tests: every word comes between `⟦` and `⟧`, so that text that is not from the files shows.
    #[doc(hidden)]
    pub fn pseudo(zone: TimeZone, now: Timestamp) -> Tr {
        Tr { lang: Lang::Fr, words: words::pseudo(), zone, now }
    }

    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A text without arguments; the key itself where there is none.
    pub fn t(&self, key: &'static str) -> &'static str {
        self.words.plain(key).unwrap_or(key)
    }

    /// A text with arguments. Numbers choose the plural and are grouped as the language does.
    pub fn t_with(&self, key: &'static str, args: &[(&'static str, Arg<'_>)]) -> String {
        self.words.with(key, args).unwrap_or_else(|| key.to_owned())
    }
}

impl fmt::Debug for Tr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tr").field("lang", &self.lang).finish_non_exhaustive()
    }
}

/// The value of an argument.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    Text(&'a str),
    Count(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Arg::Text(text)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Arg::Text(text)
    }
}

impl From<u64> for Arg<'_> {
    fn from(n: u64) -> Self {
        Arg::Count(n)
    }
}

impl<'a> From<Arg<'a>> for FluentValue<'a> {
    fn from(arg: Arg<'a>) -> Self {
        match arg {
            Arg::Text(text) => FluentValue::from(text),
            Arg::Count(n) => FluentValue::from(n),
        }
    }
}

#[cfg(test)]
mod tests;
