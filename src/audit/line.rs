//! One line: by its types it can hold nothing but what is meant to be there.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    SignIn,
    SignInFailed,
    SignOut,
    /// A session was ended from another one.
    SessionEnded,
    /// Its text was read: on its page, in an answer, as its header fields.
    MessageOpened,
    AttachmentFetched,
    /// The message as it came (.eml).
    MessageExported,
    /// Messages were marked, moved, copied or deleted: `verb` says what of it, `n` with how many.
    MessagesChanged,
    MailboxCreated,
    MailboxRenamed,
    MailboxDeleted,
    MailboxEmptied,
    /// What was never acknowledged, or what arrived during an incident, as CSV.
    ReportExported,
    /// Accepted for sending.
    Sent,
    SentAgain,
    /// Taken back before it left.
    Cancelled,
    /// Another try was ordered.
    Retried,
    /// Its author let leave what was held.
    Released,
    AdminAuditFind,
    AdminWhy,
    AdminOutboxRelease,
    AdminOutboxReport,
    AdminOutboxMatch,
    AdminClose,
    AdminNoticeAdd,
    AdminNoticeUpdate,
    AdminNoticeEnd,
    /// Lines before this one were not written.
    Lost,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// 128 bits of a keyed digest, as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 16]);

impl Digest {
    pub(super) fn cut(whole: &[u8; 32]) -> Digest {
        let mut half = [0; 16];
        half.copy_from_slice(&whole[..16]);
        Digest(half)
    }

    fn parse(text: &str) -> Option<Digest> {
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        for (byte, at) in bytes.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(Digest(bytes))
    }

    /// The first digits, to be compared by eye.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        Digest::parse(&String::deserialize(from)?).ok_or(D::Error::custom("not a digest"))
    }
}

/// A short word of ours: letters, digits, `-` and `.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    octets: [u8; Word::MOST],
    length: usize,
}

impl Word {
    const MOST: usize = 24;

    /// `None` for what is no such word.
    pub fn new(text: &str) -> Option<Word> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        if text.is_empty() || text.len() > Word::MOST || !text.bytes().all(plain) {
            return None;
        }
        let mut octets = [0; Word::MOST];
        octets[..text.len()].copy_from_slice(text.as_bytes());
        Some(Word { octets, length: text.len() })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.octets[..self.length]).unwrap_or_default())
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
        Word::new(&String::deserialize(from)?).ok_or(D::Error::custom("not a word"))
    }
}

/// A line of an audit file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub at: Timestamp,
    pub what: What,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Word>,
    /// What was done with messages, as in the form that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<Word>,
    /// With how many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Word>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Word>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Word>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The operating system's user who ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<u32>,
    /// How many more of them there were, of whatever account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How many lines are missing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u64>,
}

impl Line {
    pub(super) fn lost(at: Timestamp, lines: u64) -> Line {
        Line { lost: Some(lines), ..Line::bare(at, What::Lost) }
    }

    /// Refused tries to sign in that have no line of their own.
    pub(super) fn untold(at: Timestamp, times: u64) -> Line {
        Line { times: Some(times), ..Line::bare(at, What::SignInFailed) }
    }

    fn bare(at: Timestamp, what: What) -> Line {
        Line {
            at,
            what,
            account: None,
            network: None,
            mailbox: None,
            message: None,
            part: None,
            verb: None,
            n: None,
            stage: None,
            why: None,
            reference: None,
            ms: None,
            by: None,
            times: None,
            lost: None,
        }
    }

    /// With its line end. Times, digests, words and numbers alone: it does not fail.
    pub(super) fn text(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    pub(super) fn parse(text: &str) -> Option<Line> {
        serde_json::from_str(text).ok()
    }
}

fn write_time<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    let whole = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(*at);
    to.collect_str(&whole)
}

fn read_time<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_word_is_not_written() {
        for odd in ["", "a b", "a\nb", "é", "\u{202e}x", "\u{1b}[2J", "a\"b", &"x".repeat(25)] {
            assert_eq!(Word::new(odd), None, "{odd:?}");
        }
        assert_eq!(Word::new("1.2").map(|word| word.to_string()).as_deref(), Some("1.2"));
    }

    #[test]
    fn a_line_comes_back_and_a_forged_one_does_not() {
        let line = Line::lost(Timestamp::UNIX_EPOCH, 3);
        assert_eq!(Line::parse(line.text().trim_end()), Some(line));
        let later = r#"{"at":"2026-11-22T10:00:00Z","what":"flew-away","wings":2}"#;
        assert_eq!(Line::parse(later).map(|line| line.what), Some(What::Unknown));
        for forged in [
            r#"{"at":"2026-11-22T10:00:00Z","what":"sign-in","stage":"\u001b[2J"}"#,
            r#"{"at":"2026-11-22T10:00:00Z","what":"sign-in","account":"alice@example.org"}"#,
            r#"{"at":"yesterday","what":"sign-in"}"#,
            "not a line",
        ] {
            assert_eq!(Line::parse(forged), None, "{forged}");
        }
    }
}
