//! "Send later": one field, a date and an hour in the reader's own time zone, no script needed.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use maud::{Markup, html};

use crate::locale::Tr;

/// From now to the latest hour that can be asked for.
pub const MOST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Why that hour cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    NoTime,
    Past,
    TooFar,
}

/// What `datetime-local` posts (`2026-11-23T08:30`), in this zone. Nothing typed: at once. An hour that the clock skips
/// in spring is the hour after it; of one that comes twice in autumn, the first.
///
/// # Errors
/// What is wrong with it.
pub fn parse(typed: &str, zone: &TimeZone, now: Timestamp) -> Result<Option<Timestamp>, Wrong> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let local: DateTime = typed.parse().map_err(|_| Wrong::NoTime)?;
    let at = local.to_zoned(zone.clone()).map_err(|_| Wrong::NoTime)?.timestamp();
    match at.duration_since(now) {
        wait if wait <= SignedDuration::ZERO => Err(Wrong::Past),
        wait if wait > MOST => Err(Wrong::TooFar),
        _ => Ok(Some(at)),
    }
}

pub fn said(wrong: Wrong, tr: &Tr) -> &'static str {
    match wrong {
        Wrong::NoTime => tr.t("later-no-time"),
        Wrong::Past => tr.t("later-past"),
        Wrong::TooFar => tr.t("later-too-far"),
    }
}

/// `hours`: for how long a password is kept.
pub fn field(typed: &str, hours: u64, tr: &Tr) -> Markup {
    html! {
        details.copies open[!typed.is_empty()] {
            summary { (tr.t("later-title")) }
            label.line {
                span { (tr.t("later-when")) }
                input type="datetime-local" name="later" value=(typed);
            }
            p.meta { (tr.t_with("later-what", &[("hours", hours.into())])) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn an_hour_of_the_reader() {
        let paris = TimeZone::get("Europe/Paris").expect("a zone");
        let now = at("2026-03-20T12:00:00Z");
        let read = |typed| parse(typed, &paris, now);
        assert_eq!(read("  "), Ok(None));
        assert_eq!(read("2026-03-20T13:30"), Ok(Some(at("2026-03-20T12:30:00Z"))));
        assert_eq!(read("2026-03-21T08:30:15"), Ok(Some(at("2026-03-21T07:30:15Z"))));
        // Summer time begins on the 29th at 2.
        assert_eq!(read("2026-03-29T02:30"), Ok(Some(at("2026-03-29T01:30:00Z"))));
        assert_eq!(read("2026-03-20T13:00"), Err(Wrong::Past));
        assert_eq!(read("2026-04-20T08:00"), Err(Wrong::TooFar));
        for odd in ["demain", "2026-13-01T00:00", "2026-03-21T08:30Z", "T08:30"] {
            assert_eq!(read(odd), Err(Wrong::NoTime), "{odd}");
        }
    }
}
