//! Dates of mail, as they really come.

use jiff::{Timestamp, civil, fmt::rfc2822, tz::Offset};

use super::words;

/// A Date field (RFC 5322 §3.3), the obsolete forms, two-digit years, named zones, ISO 8601, the `asctime` form.
/// `None` when there is no sense in it: the caller then shows the time of arrival. A date without a zone counts as
/// UTC (§3.3: `-0000`).
pub fn parse(field: &str) -> Option<Timestamp> {
    let mut end = field.len().min(200);
    while !field.is_char_boundary(end) {
        end -= 1;
    }
    let field = field[..end].trim();
    if let Some(stamp) = standard(field.as_bytes()) {
        return possible(stamp);
    }
    parse_any(field)
}

/// The Date field as it stands in the header, encoded-words and all.
pub fn of_header(raw: &[u8]) -> Option<Timestamp> {
    match standard(raw) {
        Some(stamp) => possible(stamp),
        None => parse(&words::decode(raw)),
    }
}

fn parse_any(field: &str) -> Option<Timestamp> {
    // As it should be. Zones by name are read below: jiff knows those of RFC 822 only.
    if field.ends_with(|c: char| c.is_ascii_digit())
        && let Ok(stamp) = rfc2822::DateTimeParser::new().parse_timestamp(field)
    {
        return possible(stamp);
    }
    let text = without_comments(field);
    let text = text.trim();
    // `2026-11-21T07:40:00+01:00`
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp);
    }
    loose(text)
}

/// INTERNALDATE: `22-Nov-2026 09:42:00 +0100` (RFC 9051 §9, `date-time`), the day perhaps led by a space.
pub fn internal(text: &str) -> Option<Timestamp> {
    if let Some(stamp) = fixed(text.as_bytes()) {
        return possible(stamp);
    }
    let text = text.trim_matches(|c: char| c == '"' || c.is_whitespace());
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text).ok().and_then(possible).or_else(|| parse(text))
}

/// `date-time` to the letter, as nearly every server writes it.
fn fixed(text: &[u8]) -> Option<Timestamp> {
    let [d1, d2, b'-', m1, m2, m3, b'-', y1, y2, y3, y4, b' ', time @ ..] = text else { return None };
    let d1 = if *d1 == b' ' { b'0' } else { *d1 };
    instant([*y1, *y2, *y3, *y4], [*m1, *m2, *m3], [d1, *d2], time)
}

/// `Sat, 21 Nov 2026 07:30:13 +0100`, as nearly every sender writes it. The name of the day tells nothing more.
fn standard(text: &[u8]) -> Option<Timestamp> {
    let date = match text {
        [w1, w2, w3, b',', b' ', date @ ..] if is_weekday([*w1, *w2, *w3]) => date,
        date => date,
    };
    let (day, rest) = match date {
        [d1, d2, b' ', rest @ ..] => ([*d1, *d2], rest),
        [d, b' ', rest @ ..] => ([b'0', *d], rest),
        _ => return None,
    };
    let [m1, m2, m3, b' ', y1, y2, y3, y4, b' ', time @ ..] = rest else { return None };
    instant([*y1, *y2, *y3, *y4], [*m1, *m2, *m3], day, time)
}

fn is_weekday(name: [u8; 3]) -> bool {
    matches!(
        &name.map(|b| b.to_ascii_lowercase()),
        b"mon" | b"tue" | b"wed" | b"thu" | b"fri" | b"sat" | b"sun"
    )
}

/// All digits where they belong; `time` is `07:30:13 +0100`.
fn instant(year: [u8; 4], month: [u8; 3], day: [u8; 2], time: &[u8]) -> Option<Timestamp> {
    const MONTHS: [[u8; 3]; 12] = [
        *b"jan", *b"feb", *b"mar", *b"apr", *b"may", *b"jun", *b"jul", *b"aug", *b"sep", *b"oct", *b"nov",
        *b"dec",
    ];
    let digit = |b: u8| b.is_ascii_digit().then(|| b - b'0');
    let two = |a: u8, b: u8| Some((digit(a)? * 10 + digit(b)?) as i8);
    let &[h1, h2, b':', n1, n2, b':', s1, s2, b' ', sign, o1, o2, o3, o4] = time else { return None };
    let month = month.map(|b| b.to_ascii_lowercase());
    let month = MONTHS.iter().position(|name| *name == month)? as i8 + 1;
    let year = i16::from(two(year[0], year[1])?) * 100 + i16::from(two(year[2], year[3])?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    let when = civil::DateTime::new(year, month, two(day[0], day[1])?, hour, minute, second, 0).ok()?;
    let minutes = two(o3, o4).filter(|minutes| *minutes < 60)?;
    let seconds = i32::from(two(o1, o2)?) * 3600 + i32::from(minutes) * 60;
    let offset = match sign {
        b'+' => Offset::from_seconds(seconds),
        b'-' => Offset::from_seconds(-seconds),
        _ => return None,
    };
    offset.ok()?.to_timestamp(when).ok()
}

/// Comments (§3.2.2) become spaces, nested ones too.
fn without_comments(field: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::new();
    for c in field.chars() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                out.push(' ');
            }
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The pieces in any reasonable order: what a piece is shows in its form.
fn loose(text: &str) -> Option<Timestamp> {
    let mut numbers: Vec<(i64, usize)> = Vec::new();
    let (mut month, mut time, mut offset, mut pm) = (None, None, None, None);
    let mut tokens: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ',').filter(|t| !t.is_empty()).collect();
    // `22-Nov-2026` and `2026-11-22` in one token.
    if let Some(i) = tokens.iter().position(|t| t.matches('-').count() == 2 && t.len() >= 6) {
        let pieces: Vec<&str> = tokens[i].split('-').collect();
        tokens.splice(i..=i, pieces);
    }
    for token in tokens.into_iter().take(16) {
        if token.contains(':') && time.is_none() {
            let (clock, zone) = split_zone(token);
            time = Some(time_of_day(clock)?);
            offset = zone.and_then(zone_offset).or(offset);
        } else if let Some(m) = month_number(token).filter(|_| month.is_none()) {
            month = Some(m);
        } else if token.bytes().all(|b| b.is_ascii_digit()) && token.len() <= 4 {
            numbers.push((token.parse().ok()?, token.len()));
        } else if time.is_some() && matches!(token.to_ascii_lowercase().as_str(), "am" | "pm") {
            pm = Some(token.eq_ignore_ascii_case("pm"));
        } else if time.is_some() && offset.is_none() {
            offset = zone_offset(token);
        }
    }
    let (day, month, year) = match (month, numbers.as_slice()) {
        // ISO order has the year first.
        (Some(m), [(y, 4), (d, _), ..]) => (*d, m, *y),
        (Some(m), [(d, _), (y, len), ..]) => (*d, m, full_year(*y, *len)),
        (None, [(y, 4), (m, _), (d, _), ..]) => (*d, *m, *y),
        _ => return None,
    };
    let (mut hour, minute, second) = time.unwrap_or((0, 0, 0));
    match pm {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let when = civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    possible(offset.unwrap_or(Offset::UTC).to_timestamp(when).ok()?)
}

/// No mail is from before mail existed.
fn possible(stamp: Timestamp) -> Option<Timestamp> {
    (stamp.as_second() >= 0).then_some(stamp)
}

/// RFC 5322 §4.3: two digits below 50 are of this century, other two and three digits count from 1900.
fn full_year(year: i64, digits: usize) -> i64 {
    match digits {
        1 | 2 if year < 50 => year + 2000,
        1..=3 => year + 1900,
        _ => year,
    }
}

/// `07:40:00+0100` written together.
fn split_zone(token: &str) -> (&str, Option<&str>) {
    match token.find(['+', '-', 'Z', 'z']) {
        Some(i) if i > 0 => (&token[..i], Some(&token[i..])),
        _ => (token, None),
    }
}

fn time_of_day(clock: &str) -> Option<(i8, i8, i8)> {
    let mut pieces = clock.split([':', '.']).map(|p| p.parse::<i8>().ok().filter(|n| *n >= 0));
    let hour = pieces.next()??;
    let minute = pieces.next()??;
    let second = pieces.next().flatten().unwrap_or(0);
    // A leap second counts as the one before it.
    (hour < 24 && minute < 60 && second <= 60).then_some((hour, minute, second.min(59)))
}

/// The month that this word is the name of, or its beginning, in English or French, with its accents or without.
pub(super) fn month_number(token: &str) -> Option<i64> {
    let token = token.trim_end_matches('.').to_lowercase().replace('é', "e").replace('û', "u");
    if token.chars().count() < 3 || token.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    const ENGLISH: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    // Software that forgot to leave its locale.
    const FRENCH: [&str; 12] = [
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
    ];
    let of = |names: &[&str; 12]| names.iter().position(|n| n.starts_with(&token));
    of(&ENGLISH).or_else(|| of(&FRENCH)).and_then(|i| i64::try_from(i + 1).ok())
}

fn zone_offset(zone: &str) -> Option<Offset> {
    let hours = |h: i8| Offset::from_hours(h).ok();
    match zone.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => return Some(Offset::UTC),
        "CET" | "MET" | "BST" | "WEST" => return hours(1),
        "CEST" | "MEST" | "EET" => return hours(2),
        "EEST" | "MSK" => return hours(3),
        "EST" => return hours(-5),
        "EDT" | "AST" => return hours(-4),
        "CST" | "MDT" => return hours(-6),
        "CDT" => return hours(-5),
        "MST" | "PDT" => return hours(-7),
        "PST" => return hours(-8),
        _ => {}
    }
    // `GMT+0100`
    let zone = zone.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (sign, digits) = match zone.as_bytes().first()? {
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let value: i32 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let (h, m) = match digits.len() {
        1 | 2 => (value, 0),
        3 | 4 => (value / 100, value % 100),
        _ => return None,
    };
    (m < 60).then(|| Offset::from_seconds(sign * (h * 3600 + m * 60)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn is(field: &str, stamp: &str) {
        assert_eq!(parse(field).map(|t| t.to_string()).as_deref(), Some(stamp), "{field}");
    }

    #[test]
    fn dates_as_they_come() {
        for field in [
            "Sat, 21 Nov 2026 07:40:00 +0100",
            "21 Nov 2026 07:40 +0100",
            "Sat,21 Nov 2026 07:40:00 +0100 (CET)",
            "Mon, 21 Nov 2026 07:40:00 +01:00",
            "Sat, 21 Nov 26 07:40:00 CET",
            "Sat, 21 Nov 126 06:40:00 -0000",
            "Sat, 21 nov. 2026 06:40:00 GMT",
            "sam., 21 novembre 2026 07:40:00 +0100",
            "Sat, 21 (a (nested) day) Nov 2026 06:40:00",
            "Sat Nov 21 06:40:00 2026",
            "Sat Nov 21 06:40:00 UTC 2026",
            "2026-11-21T06:40:00Z",
            "2026-11-21 07:40:00 +0100",
            "Sat, 21 Nov 2026 06:40:00 AM GMT",
            "Sat, 21 Nov 2026 07.40:00 +0100",
            "Sat, 21 Nov 2026 07:40:00+0100",
        ] {
            is(field, "2026-11-21T06:40:00Z");
        }
        is("Thu, 31 Dec 1998 23:59:60 +0000", "1998-12-31T23:59:59Z");
        is("21 Nov 99 06:40:00 EST", "1999-11-21T11:40:00Z");
        is("21 Nov 2026", "2026-11-21T00:00:00Z");
    }

    #[test]
    fn not_dates() {
        for field in [
            "",
            "yesterday",
            "32 Nov 2026 10:00",
            "21 Nov 2026 25:00",
            "21 Nov",
            "31 Feb 2026 10:00 +0000",
            "\u{130}",
        ] {
            assert_eq!(parse(field), None, "{field}");
        }
    }

    #[test]
    fn internal_dates() {
        let stamp = |text| internal(text).map(|t| t.to_string());
        assert_eq!(stamp("22-Nov-2026 09:42:00 +0100").as_deref(), Some("2026-11-22T08:42:00Z"));
        assert_eq!(stamp("\" 2-Nov-2026 09:42:00 -0930\"").as_deref(), Some("2026-11-02T19:12:00Z"));
    }

    proptest! {
        #[test]
        fn the_short_way_leads_to_the_same(
            field in "((Mon|Tue|wed|THU|Fri|Sat|Sun|Mar|Xxx), ?)?[0-9]{1,2} (Jan|feb|MAR|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Déc) \
                (19|20|00)?[0-9]{2} [0-2][0-9]:[0-5][0-9](:[0-6][0-9])? ([+-][0-2][0-9][0-6][0-9]|GMT|-0000)"
        ) {
            prop_assert_eq!(parse(&field), parse_any(&field));
            prop_assert_eq!(of_header(field.as_bytes()), parse_any(&field));
        }

        #[test]
        fn never_panics(field in "\\PC{0,60}") {
            parse(&field);
            of_header(field.as_bytes());
        }

        #[test]
        fn piece_soup(field in "([0-9]{1,5}|:|-|\\+| |,|nov|GMT|AM|\\(|\\)|\\.|T|Z){0,20}") {
            parse(&field);
        }
    }
}
