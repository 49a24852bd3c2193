//! Received fields (RFC 5321 §4.4): who took the message from whom, and when.

use jiff::Timestamp;

use crate::message::{date, whole};

/// Fields that are read: RFC 5321 §6.3 calls a hundred a loop.
pub(super) const MOST: usize = 60;
/// Octets of one field that are read, and of a host's name.
pub(super) const LONGEST: usize = 2_000;
const NAME: usize = 255;

/// One Received field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// As it called itself.
    pub from: Option<String>,
    /// As the server that wrote the field calls itself.
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// The Received fields of a header, as they stand: the last server first.
pub fn hops(block: &[u8]) -> Vec<Hop> {
    received(block).map(hop).collect()
}

/// The values of its Received fields.
fn received(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let fields = whole::walk(block).filter(|field| field.name.eq_ignore_ascii_case(b"received"));
    fields.map(|field| field.value).take(MOST)
}

/// The times of a header's Received fields that decide how late it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// Of the first two servers that wrote down a time, in the order of travel.
    pub first: Timestamp,
    pub second: Option<Timestamp>,
    /// Of the last one.
    pub last: Timestamp,
}

/// `None` where no server wrote down a time. Reads as few fields as it needs: a list asks this of every row.
pub fn trace(block: &[u8]) -> Option<Trace> {
    let received: Vec<&[u8]> = received(block).collect();
    let last = received.iter().find_map(|field| time(field))?;
    let mut first = received.iter().rev().filter_map(|field| time(field));
    Some(Trace { first: first.next()?, second: first.next(), last })
}

/// The date is what follows the last semicolon; some servers leave the semicolon out, none that could be read then.
fn time(field: &[u8]) -> Option<Timestamp> {
    let field = &field[..field.len().min(LONGEST)];
    let semicolon = field.iter().rposition(|octet| *octet == b';')?;
    date::of_header(field[semicolon + 1..].trim_ascii())
}

fn hop(field: &[u8]) -> Hop {
    let text = String::from_utf8_lossy(&field[..field.len().min(LONGEST)]);
    let words = without_comments(text.rsplit_once(';').map_or(&*text, |(words, _)| words));
    let mut hop = Hop { at: time(field), ..Hop::default() };
    let mut words = words.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let place = match word.to_ascii_lowercase().as_str() {
            "from" => &mut hop.from,
            "by" => &mut hop.by,
            _ => continue,
        };
        if place.is_none() {
            *place = words.peek().and_then(|name| host(name));
        }
    }
    hop
}

/// A host's name or address as it is fit to be shown and compared; nothing else.
pub(super) fn host(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| matches!(c, '[' | ']' | ',' | ';' | '.'));
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!word.is_empty() && word.len() <= NAME && word.chars().all(fit)).then(|| word.to_ascii_lowercase())
}

/// What stands in parentheses is for people, and may hold "by" and "from".
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                plain.push(' ');
            }
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> (Option<String>, Option<String>, Option<String>) {
        let hops = hops(format!("Received: {field}\r\n\r\n").as_bytes());
        let hop = hops.into_iter().next().unwrap_or_default();
        (hop.from, hop.by, hop.at.map(|at| at.to_string()))
    }

    #[test]
    fn fields_as_servers_write_them() {
        let some = |text: &str| Some(text.to_owned());
        for (field, from, by, at) in [
            (
                "from mx1.example.org (mx1.example.org [192.0.2.1])\r\n\tby imap.hopital.test (Postfix) with ESMTPS id 4X\r\n\tfor \
                 <a@example.test>; Sat, 21 Nov 2026 08:00:05 +0100 (CET)",
                some("mx1.example.org"),
                some("imap.hopital.test"),
                some("2026-11-21T07:00:05Z"),
            ),
            (
                "by 2002:a05:6402:1 with SMTP id x; Sat, 21 Nov 2026 00:00:05 -0800 (PST)",
                None,
                some("2002:a05:6402:1"),
                some("2026-11-21T08:00:05Z"),
            ),
            (
                "from EX01.corp.example (10.0.0.1) by EX02.corp.example (10.0.0.2) with Microsoft SMTP Server (version=TLS1_2,\r\n \
                 cipher=X; by design) id 15.1; Sat, 21 Nov 2026 09:00:00 +0000",
                some("ex01.corp.example"),
                some("ex02.corp.example"),
                some("2026-11-21T09:00:00Z"),
            ),
            (
                "(qmail 1234 invoked by uid 33); 21 Nov 2026 09:00:00 -0000",
                None,
                None,
                some("2026-11-21T09:00:00Z"),
            ),
            (
                "from [IPv6:2001:db8::1] by [192.0.2.7]; nonsense",
                some("ipv6:2001:db8::1"),
                some("192.0.2.7"),
                None,
            ),
            (
                "from <script> by a\"b; Sat, 21 Nov 2026 09:00:00 +0000",
                None,
                None,
                some("2026-11-21T09:00:00Z"),
            ),
            ("from by by from", some("by"), some("by"), None),
        ] {
            assert_eq!(read(field), (from, by, at), "{field}");
        }
    }

    #[test]
    fn no_more_than_can_be_meant() {
        let many = "Received: by a; Sat, 21 Nov 2026 09:00:00 +0000\r\n".repeat(500);
        assert_eq!(hops(many.as_bytes()).len(), MOST);
        assert_eq!(hops(b"Subject: by the way\r\n\r\n"), []);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(block in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            hops(&[b"Received: ", &block[..]].concat());
        }
    }
}
