//! What a URL says of a span, and what a person types. Two instants are nobody's secret: they stand there as they are.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};

use crate::{
    locale::Tr,
    mailbox::missed::Span,
    web::{href::value_of, list::place::anchor},
};

/// Seconds of the longest span.
const LONGEST: i64 = 366 * 86_400;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub span: Span,
    /// This mailbox alone, as in its URL.
    pub only: Option<String>,
    /// The rows after this message (`after`, for a list has its `older`): UIDVALIDITY and UID,
    pub older: Option<(u32, u32)>,
    /// and when it arrived, in seconds since 1970: it may be gone, and what follows it has no order of UIDs.
    pub at: Option<i64>,
    /// All mailboxes from this one on.
    pub begin: Option<String>,
}

impl Asked {
    /// `None` where the query names no span, `Some(None)` for what no page of ours says.
    pub fn of(query: &str) -> Option<Option<Asked>> {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).take(10).collect();
        let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
        let span = given(get("from"), get("to"))?;
        let older = get("after").map(anchor);
        let text = |name| get(name).map(str::to_owned);
        Some(span.filter(|_| older != Some(None)).map(|span| Asked {
            span,
            only: text("box"),
            older: older.flatten(),
            at: get("at").and_then(|at| at.parse().ok()),
            begin: text("begin"),
        }))
    }

    /// As it stands in a URL.
    pub fn part(&self) -> String {
        let mut part = part(self.span);
        for (name, text) in [("box", &self.only), ("begin", &self.begin)] {
            part.extend(text.iter().map(|text| format!("&{name}={}", value_of(text))));
        }
        part.extend(self.older.map(|(uidvalidity, uid)| format!("&after={uidvalidity}-{uid}")));
        part.extend(self.at.map(|at| format!("&at={at}")));
        part
    }
}

/// One that is not longer than a year.
pub fn span(from: Timestamp, to: Timestamp) -> Option<Span> {
    let seconds = to.as_second().checked_sub(from.as_second())?;
    (from.as_second() >= 0 && (1..=LONGEST).contains(&seconds)).then_some(Span { from, to })
}

/// From both ends; `None` where there is neither, `Some(None)` for what no page of ours says.
pub fn given(from: Option<&str>, to: Option<&str>) -> Option<Option<Span>> {
    let instant = |text: Option<&str>| text?.parse::<Timestamp>().ok();
    (from.is_some() || to.is_some()).then(|| span(instant(from)?, instant(to)?))
}

/// As it stands in a URL.
pub fn part(span: Span) -> String {
    let second = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!("from={}&to={}", second(span.from), second(span.to))
}

/// What was typed: a day with an hour; of a day alone its beginning, or its end.
pub fn typed(tr: &Tr, text: &str, end: bool) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Date>()
        && text.len() <= 10
    {
        return tr.midnight(if end { day.tomorrow().ok()? } else { day });
    }
    tr.instant(text.parse::<DateTime>().ok()?)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::locale::Lang;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn spans_of_urls() {
        let asked = |query| Asked::of(query).map(|asked| asked.map(|asked| part(asked.span)));
        assert_eq!(asked("box=INBOX"), None);
        let good = "from=2026-11-03T07:00:00Z&to=2026-11-04T08:30:00Z";
        assert_eq!(asked(good), Some(Some(good.to_owned())));
        let whole = format!("{good}&box=A%26B&begin=Zoo&after=7-12&at=1795422713");
        let again = Asked::of(&whole).flatten().expect("a page of ours");
        assert_eq!((again.part(), again.only.as_deref()), (whole, Some("A&B")));
        for bad in [
            "from=2026-11-03T07:00:00Z",
            "from=x&to=y",
            "from=2026-11-04T07:00:00Z&to=2026-11-03T07:00:00Z",
            "from=2020-11-04T07:00:00Z&to=2026-11-03T07:00:00Z",
            "from=2026-11-03T07:00:00Z&to=2026-11-04T08:30:00Z&after=x",
        ] {
            assert_eq!(asked(bad), Some(None), "{bad}");
        }
    }

    #[test]
    fn typed_where_the_reader_is() {
        let tr = Tr::new(Lang::En, TimeZone::fixed(jiff::tz::offset(1)), Timestamp::UNIX_EPOCH);
        let first = Some(at("2026-11-03T07:10:00Z"));
        assert_eq!(typed(&tr, "2026-11-03T08:10", false), first);
        assert_eq!(typed(&tr, " 2026-11-03 08:10 ", true), first);
        assert_eq!(typed(&tr, "2026-11-03", false), Some(at("2026-11-02T23:00:00Z")));
        assert_eq!(typed(&tr, "2026-11-03", true), Some(at("2026-11-03T23:00:00Z")));
        assert_eq!(typed(&tr, "yesterday", false), None);
    }
}
