//! The fields of a report, and of the header that makes a message worth reading as one.

use super::LONGEST_WORDS;
use crate::message::{
    compose::MessageId,
    whole::{Header, fields},
    words,
};

/// Octets of an ENVID (RFC 3461 §4.4: 100 characters, encoded).
const LONGEST_ID: usize = 300;
/// Octets of an address.
const LONGEST_ADDRESS: usize = 320;

/// Groups of fields with empty lines between them, at most `most`.
pub(super) fn groups(text: &str, most: usize) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = Vec::new();
    let mut block = String::new();
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            block.push_str(line);
            block.push('\n');
            continue;
        }
        let group = of_block(std::mem::take(&mut block).as_bytes());
        if !group.is_empty() {
            groups.push(group);
        }
        if groups.len() >= most {
            break;
        }
    }
    groups
}

fn of_block(block: &[u8]) -> Vec<(String, String)> {
    let pair = |field: &Header<'_>| {
        let value = String::from_utf8_lossy(field.value);
        // Unfolded; nothing in it can be a line of its own.
        let value: Vec<&str> = value.split_whitespace().collect();
        (String::from_utf8_lossy(field.name).to_ascii_lowercase(), value.join(" "))
    };
    fields(block).iter().take(100).map(pair).collect()
}

pub(super) fn get<'a>(group: &'a [(String, String)], name: &str) -> Option<&'a str> {
    group.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// `rfc822; a@b`, `utf-8; …` (RFC 6533 §3), or the address alone.
pub(super) fn address(value: &str) -> Option<String> {
    let (kind, rest) = match value.split_once(';') {
        Some((kind, rest)) => (kind.trim().to_ascii_lowercase(), rest.trim()),
        None => (String::new(), value.trim()),
    };
    let address = match kind.as_str() {
        "utf-8" => utf8_address(rest),
        _ => xtext(rest),
    };
    let address = address.trim_matches(['<', '>', ' ']);
    let odd = |c: char| c.is_control() || c.is_whitespace();
    let good = address.contains('@') && address.len() <= LONGEST_ADDRESS && !address.contains(odd);
    good.then(|| address.to_owned())
}

/// RFC 3461 §4: `+` and two hexadecimal digits. What is no such sequence stays: some servers encode nothing.
pub(super) fn xtext(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        let strict = pair.filter(|two| two.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')));
        match strict.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) if bytes[at] == b'+' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// RFC 6533 §3: `\x{20AC}` for what may not stand as itself.
fn utf8_address(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("\\x{") {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 3..];
        let decoded = inside.split_once('}').and_then(|(digits, after)| {
            let number = (digits.len() <= 6).then(|| u32::from_str_radix(digits, 16).ok())??;
            Some((char::from_u32(number)?, after))
        });
        match decoded {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push_str("\\x{");
                rest = inside;
            }
        }
    }
    out + rest
}

pub(super) fn envelope_id(group: &[(String, String)]) -> Option<String> {
    let value = get(group, "original-envelope-id")?;
    (value.len() <= LONGEST_ID).then(|| xtext(value.split_once(';').map_or(value, |(_, id)| id).trim()))
}

/// Without angle brackets.
pub(super) fn message_id(header: &[Header<'_>]) -> Option<String> {
    let field = header.iter().find(|h| h.name.eq_ignore_ascii_case(b"message-id"))?;
    bare_id(&String::from_utf8_lossy(field.value))
}

pub(super) fn bare_id(text: &str) -> Option<String> {
    MessageId::parse(text).map(|id| id.bare().to_owned())
}

/// One line of somebody's words, capped.
pub(super) fn words_of(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORDS).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `5.1.1` at the start of a text (RFC 3463).
pub(super) fn enhanced(text: &str) -> Option<[u16; 3]> {
    let word = text.split([' ', '-', ';']).next()?.trim_matches(['#', '(', ')', ',', ':']);
    let mut numbers = word.split('.').map(|n| (n.len() <= 3).then(|| n.parse::<u16>().ok()).flatten());
    let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
    (numbers.next().is_none() && matches!(class, 2 | 4 | 5)).then_some([class, subject, detail])
}

/// A reply code somewhere in the words of a server, with the status that follows it.
pub(super) fn reply(text: &str) -> (u16, Option<[u16; 3]>) {
    let spoken: Vec<&str> = text.split_whitespace().take(80).collect();
    for (at, word) in spoken.iter().enumerate() {
        let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
        let (digits, behind) = bare.split_at_checked(3).unwrap_or((bare, ""));
        let Ok(code) = digits.parse::<u16>() else { continue };
        let is_code = (400..600).contains(&code) && (behind.is_empty() || behind.starts_with(['-', ' ']));
        if is_code && digits.len() == 3 {
            let next = spoken.get(at + 1).copied().unwrap_or_default();
            return (code, enhanced(next).or_else(|| enhanced(behind.trim_start_matches('-'))));
        }
    }
    (0, spoken.iter().find_map(|word| enhanced(word)))
}

/// Whether a message with these fields may be a report: the rest of it is worth fetching.
pub fn is_candidate(header: &[Header<'_>]) -> bool {
    header.iter().take(100).any(|field| {
        let value =
            || String::from_utf8_lossy(&field.value[..field.value.len().min(400)]).to_ascii_lowercase();
        match field.name.to_ascii_lowercase().as_slice() {
            b"content-type" => ["multipart/report", "delivery-status", "disposition-notification"]
                .iter()
                .any(|kind| value().contains(kind)),
            b"x-failed-recipients" => true,
            b"return-path" => value().trim() == "<>",
            b"from" => {
                let from = value();
                ["mailer-daemon", "postmaster@", "microsoftexchange", "mail delivery"]
                    .iter()
                    .any(|name| from.contains(name))
            }
            b"subject" => {
                let subject = words::subject(field.value).to_lowercase();
                super::bounce::SUBJECTS.iter().any(|begin| subject.starts_with(begin))
            }
            _ => false,
        }
    })
}

/// Sent by a program, not by a person (RFC 3834 §5, and what was usual before).
pub fn is_automatic(header: &[Header<'_>]) -> bool {
    header.iter().take(100).any(|field| {
        let value =
            || String::from_utf8_lossy(&field.value[..field.value.len().min(100)]).to_ascii_lowercase();
        match field.name.to_ascii_lowercase().as_slice() {
            b"auto-submitted" => !value().trim().starts_with("no"),
            b"x-autoreply" | b"x-autorespond" => true,
            b"precedence" => matches!(value().trim(), "bulk" | "junk" | "list" | "auto_reply"),
            b"return-path" => value().trim() == "<>",
            _ => false,
        }
    })
}
