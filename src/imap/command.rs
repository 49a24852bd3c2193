//! Commands as typed pieces: only constant words, numbers, sets of numbers, mailbox names and strings can be put
//! in, so that no text from anywhere can become a command.

use super::MailboxName;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Literal(Vec<u8>),
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

    /// Quoted where that is safe everywhere, else a literal.
    fn string(mut self, bytes: &[u8]) -> Command {
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

    /// Both ends included.
    pub fn range(from: u32, to: u32) -> NumberSet {
        NumberSet(format!("{from}:{to}"))
    }

    /// `None` when there are none. At most 1,000 numbers keep a command line under 8 KB on servers that refuse
    /// longer ones (Courier); runs are folded.
    pub fn of(numbers: &[u32]) -> Option<NumberSet> {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.truncate(1000);
        let mut text = String::new();
        let mut rest = sorted.as_slice();
        while let Some(&first) = rest.first() {
            let run = rest.iter().zip(0u32..).take_while(|(n, step)| **n - first == *step).count();
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&first.to_string());
            if run > 1 {
                text.push_str(&format!(":{}", rest[run - 1]));
            }
            rest = &rest[run..];
        }
        (!text.is_empty()).then_some(NumberSet(text))
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
    fn runs_are_folded() {
        assert_eq!(NumberSet::of(&[9, 3, 1, 2, 3, 7, 8]), Some(NumberSet("1:3,7:9".into())));
        assert_eq!(NumberSet::of(&[u32::MAX, u32::MAX - 1]), Some(NumberSet("4294967294:4294967295".into())));
        assert_eq!(NumberSet::of(&[]), None);
    }
}
