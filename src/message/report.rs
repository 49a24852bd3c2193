//! What an incoming message says about one that was sent: delivery reports (RFC 3464, RFC 6533), receipts (RFC 8098),
//! and bounces in the words of servers that know neither. Nothing here is believed: whoever matches it decides.
//!
//! A report is read from the first [`MOST`] octets of the message; everything read from it is bounded and made fit
//! to show.

mod bounce;
mod delivery;
mod fields;
mod receipt;

pub use self::fields::{is_automatic, is_candidate};

use super::{
    Part, charset, transfer,
    whole::{self, Whole},
};

/// Octets of a message that are read: the report stands before the message it returns.
pub const MOST: usize = 64 << 10;
/// Recipients of one report.
const MOST_RECIPIENTS: usize = 100;
/// Characters of what a server says.
const LONGEST_WORDS: usize = 500;

/// What an incoming message says of one that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Original-Envelope-Id, decoded: the ENVID that the sender chose (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
    /// Of the message it is about, without angle brackets.
    pub message_id: Option<String>,
    /// Empty when it says nothing of anybody.
    pub about: Vec<About>,
}

/// What it says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// As the sender wrote the address, where the report knows it.
    pub original: Option<String>,
    /// Where it went in the end.
    pub last: Option<String>,
    pub saying: Saying,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    /// `Action: failed`, or a bounce in words.
    Failed(Words),
    /// A server is still trying.
    Delayed,
    Delivered,
    /// Handed on to a system that sends no reports, or to the members of a list.
    Relayed,
    /// A receipt: it was on somebody's screen.
    Displayed,
    /// A receipt: a program dealt with it.
    Processed,
    /// A receipt: removed without being displayed.
    Deleted,
    /// A receipt: it arrived, and could not be dealt with.
    NotProcessed(Words),
}

/// Why, in the words of whoever said no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// As `550`; 0 when none was told.
    pub code: u16,
    /// As `5.1.1` (RFC 3463).
    pub enhanced: Option<[u16; 3]>,
    /// One line, capped; still to be escaped.
    pub text: String,
}

/// Reads the beginning of a message; `None` when it is no report.
pub fn read(raw: &[u8]) -> Option<Report> {
    let raw = &raw[..raw.len().min(MOST)];
    let whole = Whole::parse(raw);
    let parts = Parts { raw, whole: &whole };
    let found = match parts.find("message", &["delivery-status", "global-delivery-status"]) {
        Some(part) => delivery::read(&parts.text(part)),
        None => match parts.find("message", &["disposition-notification", "global-disposition-notification"])
        {
            Some(part) => receipt::read(&parts.text(part)),
            None => bounce::read(&parts),
        },
    };
    let mut report = found?;
    report.message_id = report.message_id.or_else(|| parts.original_id());
    Some(report)
}

/// A message and the octets of its parts.
struct Parts<'a> {
    raw: &'a [u8],
    whole: &'a Whole,
}

impl Parts<'_> {
    /// The first part of this kind, in the order they are written. Not inside a returned message: that one's own
    /// reports are about something else.
    fn find(&self, kind: &str, subtypes: &[&str]) -> Option<&Part> {
        fn within<'p>(part: &'p Part, kind: &str, subtypes: &[&str], depth: usize) -> Option<&'p Part> {
            if part.kind == kind && subtypes.contains(&part.subtype.as_str()) {
                return Some(part);
            }
            if depth == 0 || part.kind != "multipart" {
                return None;
            }
            part.children.iter().find_map(|child| within(child, kind, subtypes, depth - 1))
        }
        within(&self.whole.root, kind, subtypes, 5)
    }

    /// The text of a part, decoded.
    fn text(&self, part: &Part) -> String {
        let Some((_, body)) = self.whole.section(&part.section) else { return String::new() };
        let bytes = transfer::decode(&part.encoding, &self.raw[body]);
        let label = part.params.iter().find(|(name, _)| name == "charset").map(|(_, value)| value.as_str());
        charset::decode(&bytes, label)
    }

    /// The fields of the report itself.
    fn header(&self) -> Vec<whole::Header<'_>> {
        // Of a message that is a single part, section 1 has the same header.
        let end = (0..self.raw.len())
            .find(|at| self.raw[*at..].starts_with(b"\n\n") || self.raw[*at..].starts_with(b"\n\r\n"))
            .unwrap_or(self.raw.len());
        whole::fields(&self.raw[..end])
    }

    /// Message-ID of the message that is returned, whole or its header alone.
    fn original_id(&self) -> Option<String> {
        let part = self
            .find("text", &["rfc822-headers"])
            .or_else(|| self.find("message", &["rfc822", "global", "global-headers", "rfc822-headers"]))?;
        let text = self.text(part);
        fields::message_id(&whole::fields(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests;
