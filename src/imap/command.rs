//! Commands as typed pieces: only constant words, numbers, sets of numbers, mailbox names and strings can be put
//! in, so that no text from anywhere can become a command.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::MailboxName;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Literal(Vec<u8>),
    /// A literal of so many octets, which come with the job.
    Upload(u64),
}

/// A flag or keyword that is set from here (RFC 9051 §2.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Flag {
    Seen,
    Answered,
    Flagged,
    Deleted,
    Draft,
    Forwarded,
    /// The reader decided about a receipt (RFC 3503).
    MdnSent,
    /// A person had it on a screen here.
    Opened,
    /// Somebody dealt with it.
    Done,
    /// It was handed over to other software.
    Filed,
    Junk,
    NotJunk,
}

impl Flag {
    pub(super) fn word(self) -> &'static str {
        match self {
            Flag::Seen => "\\Seen",
            Flag::Answered => "\\Answered",
            Flag::Flagged => "\\Flagged",
            Flag::Deleted => "\\Deleted",
            Flag::Draft => "\\Draft",
            Flag::Forwarded => "$Forwarded",
            Flag::MdnSent => "$MDNSent",
            Flag::Opened => "$RelaisOpened",
            Flag::Done => "$RelaisDone",
            Flag::Filed => "$RelaisFiled",
            Flag::Junk => "$Junk",
            Flag::NotJunk => "$NotJunk",
        }
    }
}

/// One command without its tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Command(pub(super) Vec<Piece>);

impl Command {
    pub fn new(verb: &'static str) -> Command {
        Command(vec![Piece::Text(verb.to_owned())])
    }

    /// A constant of the protocol, with a space before it.
    pub fn word(self, word: &'static str) -> Command {
        self.text(" ").text(word)
    }

    /// A constant glued to what stands before it.
    pub fn glued(self, word: &'static str) -> Command {
        self.text(word)
    }

    pub fn set(self, set: &NumberSet) -> Command {
        self.text(" ").text(&set.0)
    }

    /// A section of a message, as `BODY.PEEK[…]<from.length>`; `kind` is empty, `MIME`, `HEADER` or `TEXT`.
    pub fn section(
        self,
        section: &crate::message::Section,
        kind: &'static str,
        piece: Option<(u64, u64)>,
    ) -> Command {
        let dot = if section.is_whole() || kind.is_empty() { "" } else { "." };
        let range = piece.map(|(from, length)| format!("<{from}.{length}>")).unwrap_or_default();
        self.text(&format!("BODY.PEEK[{section}{dot}{kind}]{range}"))
    }

    pub fn mailbox(self, name: &MailboxName) -> Command {
        self.text(" ").string(name.raw())
    }

    pub fn flags(self, flags: &[Flag]) -> Command {
        let words: Vec<&str> = flags.iter().map(|flag| flag.word()).collect();
        self.text(&format!(" ({})", words.join(" ")))
    }

    /// A date-time (RFC 9051 §9).
    pub fn date(self, at: Timestamp) -> Command {
        let at = at.to_zoned(TimeZone::UTC);
        self.text(&at.strftime(" \"%d-%b-%Y %H:%M:%S +0000\"").to_string())
    }

    /// The search key HEADER: a field, and what its value holds.
    pub fn header(self, field: &'static str, value: &str) -> Command {
        self.text(" HEADER ").text(field).text(" ").string(value.as_bytes())
    }

    /// A message of so many octets, which are streamed.
    pub(super) fn upload(mut self, octets: u64) -> Command {
        self = self.text(" ");
        self.0.push(Piece::Upload(octets));
        self
    }

    /// The day of a search key (RFC 9051 §9, date).
    pub fn day(self, day: Date) -> Command {
        self.text(&day.strftime(" %-d-%b-%Y").to_string())
    }

    pub fn number(self, n: u64) -> Command {
        self.text(&format!(" {n}"))
    }

    /// Quoted where that is safe everywhere, else a literal.
    pub(super) fn string(mut self, bytes: &[u8]) -> Command {
        let plain =
            bytes.len() <= 512 && bytes.iter().all(|b| (0x20..0x7f).contains(b) && !b"\"\\".contains(b));
        if plain {
            let quoted = format!("\"{}\"", String::from_utf8_lossy(bytes));
            return self.text(&quoted);
        }
        self.0.push(Piece::Literal(bytes.to_vec()));
        self
    }

    fn text(mut self, text: &str) -> Command {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
        self
    }
}

/// A set of sequence numbers or UIDs (RFC 9051 §9, sequence-set); never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSet(String);

impl NumberSet {
    pub fn one(n: u32) -> NumberSet {
        NumberSet(n.to_string())
    }

    /// Octets of one set, so that a command line with a mailbox name stays under 8 KB: some servers refuse longer ones
    /// (Courier).
    pub const LONGEST: usize = 7_000;

    /// Both ends included.
    pub fn range(from: u32, to: u32) -> NumberSet {
        NumberSet(format!("{from}:{to}"))
    }

    /// Everything from here on.
    pub fn from(from: u32) -> NumberSet {
        NumberSet(format!("{from}:*"))
    }

    /// `None` when there are none. At most 1,000 numbers; runs are folded.
    pub fn of(numbers: &[u32]) -> Option<NumberSet> {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.truncate(1000);
        Self::all_of(&sorted).into_iter().next().map(|(set, _)| set)
    }

    /// Sets that together hold all of these numbers, each of at most [`NumberSet::LONGEST`] octets and with the numbers
    /// that are in it.
    pub fn all_of(numbers: &[u32]) -> Vec<(NumberSet, Vec<u32>)> {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut sets: Vec<(NumberSet, Vec<u32>)> = Vec::new();
        let mut rest = sorted.as_slice();
        while let Some(&first) = rest.first() {
            let run = rest.iter().zip(0u32..).take_while(|(n, step)| **n - first == *step).count();
            let (run, later) = rest.split_at(run);
            let text =
                if run.len() > 1 { format!("{first}:{}", run[run.len() - 1]) } else { first.to_string() };
            match sets.last_mut().filter(|(set, _)| set.0.len() + 1 + text.len() <= Self::LONGEST) {
                Some((set, numbers)) => {
                    set.0.push(',');
                    set.0.push_str(&text);
                    numbers.extend_from_slice(run);
                }
                None => sets.push((NumberSet(text), run.to_vec())),
            }
            rest = later;
        }
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(command: Command) -> Vec<String> {
        command
            .0
            .into_iter()
            .map(|p| match p {
                Piece::Text(t) => t,
                Piece::Literal(l) => format!("<{}>", String::from_utf8_lossy(&l)),
                Piece::Upload(octets) => format!("<{octets} octets>"),
            })
            .collect()
    }

    #[test]
    fn names_that_quoting_cannot_carry_become_literals() {
        let name = |raw: &[u8]| MailboxName::from_raw(raw).expect("a name");
        assert_eq!(written(Command::new("EXAMINE").mailbox(&name(b"A b"))), ["EXAMINE \"A b\""]);
        assert_eq!(written(Command::new("EXAMINE").mailbox(&name(b"a\"b"))), ["EXAMINE ", "<a\"b>"]);
        assert_eq!(
            written(Command::new("STATUS").mailbox(&name("é".as_bytes())).word("(UNSEEN)")),
            ["STATUS ", "<é>", " (UNSEEN)"]
        );
    }

    #[test]
    fn what_an_append_says() {
        let name = MailboxName::from_raw(b"Sent").expect("a name");
        let at = "2026-02-03T04:05:06Z".parse().expect("an instant");
        let command =
            Command::new("APPEND").mailbox(&name).flags(&[Flag::Seen, Flag::Draft]).date(at).upload(7);
        assert_eq!(
            written(command),
            ["APPEND \"Sent\" (\\Seen \\Draft) \"03-Feb-2026 04:05:06 +0000\" ", "<7 octets>"]
        );
        assert_eq!(
            written(Command::new("UID SEARCH").header("Message-ID", "<a\r\nA1 LOGOUT@x>")),
            ["UID SEARCH HEADER Message-ID ", "<<a\r\nA1 LOGOUT@x>>"]
        );
    }

    #[test]
    fn runs_are_folded() {
        assert_eq!(NumberSet::of(&[9, 3, 1, 2, 3, 7, 8]), Some(NumberSet("1:3,7:9".into())));
        assert_eq!(NumberSet::of(&[u32::MAX, u32::MAX - 1]), Some(NumberSet("4294967294:4294967295".into())));
        assert_eq!(NumberSet::of(&[]), None);
    }

    #[test]
    fn long_sets_are_cut_and_nothing_is_lost() {
        let uids: Vec<u32> = (0..1000).map(|n| u32::MAX - 3 * n).collect();
        let sets = NumberSet::all_of(&uids);
        assert_eq!(sets.len(), 2);
        assert!(sets.iter().all(|(set, _)| set.0.len() <= NumberSet::LONGEST));
        let mut held: Vec<u32> = sets.into_iter().flat_map(|(_, numbers)| numbers).collect();
        held.reverse();
        assert_eq!(held, uids);
        assert_eq!(NumberSet::all_of(&[5, 4, 9, 4]), [(NumberSet("4:5,9".into()), vec![4, 5, 9])]);
    }
}
