//! SEARCH (RFC 9051 §6.4.4) in a run of positions: what a person looks for as typed keys, and the UIDs that match.

use jiff::civil::Date;

use super::{
    Batch, Command, Error, Kind, NumberSet, Stage,
    frame::Frame,
    response::{is_keyword, values_of},
    value::number,
};
use crate::message::query::{Mark, Query, Term};

/// What the server says it can do, and what it turned out to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// ESEARCH (RFC 4731): runs of UIDs are folded in the answer.
    pub extended: bool,
    /// Texts beyond ASCII are named as UTF-8.
    pub charset: bool,
}

/// The UIDs of those among the messages at these positions for which all of the query holds.
pub fn search(positions: &NumberSet, query: &Query, how: How) -> Command {
    let mut command = Command::new("UID SEARCH");
    if how.extended {
        command = command.word("RETURN (ALL)");
    }
    if how.charset && !query.is_ascii() {
        command = command.word("CHARSET UTF-8");
    }
    query.terms.iter().fold(command.set(positions), key)
}

/// The UIDs of those among the messages at these positions that arrived from the first day on and before the second: the
/// day that the server writes, in whatever zone (RFC 9051 §6.4.4).
pub fn arrived(positions: &NumberSet, days: (Date, Date), how: How) -> Command {
    let command = Command::new("UID SEARCH");
    let command = if how.extended { command.word("RETURN (ALL)") } else { command };
    command.set(positions).word("SINCE").day(days.0).word("BEFORE").day(days.1)
}

fn key(command: Command, term: &Term) -> Command {
    match term {
        Term::Anywhere(text) => command.word("TEXT ").string(text.as_str().as_bytes()),
        Term::From(text) => command.word("FROM ").string(text.as_str().as_bytes()),
        Term::To(text) => {
            let to = command.word("OR TO ").string(text.as_str().as_bytes());
            to.word("CC ").string(text.as_str().as_bytes())
        }
        Term::Subject(text) => command.word("SUBJECT ").string(text.as_str().as_bytes()),
        Term::Thread(ids) => thread(command, ids.as_str()),
        Term::Before(day) => command.word("BEFORE").day(*day),
        Term::After(day) => command.word("SINCE").day(*day),
        Term::Larger(octets) => command.word("LARGER").number(*octets),
        // No key of IMAP says it: the usual types of messages with files, to be looked at more closely.
        Term::Attachment => {
            let mixed = command.word("OR").header("Content-Type", "multipart/mixed");
            mixed.header("Content-Type", "application/")
        }
        Term::Is(mark) => command.word(match mark {
            Mark::Unread => "UNSEEN",
            Mark::Read => "SEEN",
            Mark::Flagged => "FLAGGED",
            Mark::Answered => "ANSWERED",
            Mark::Done => "KEYWORD $RelaisDone",
            Mark::Todo => "UNKEYWORD $RelaisDone",
        }),
    }
}

/// One of these identifiers in one of the fields that name messages.
fn thread(command: Command, ids: &str) -> Command {
    let fields = ["Message-ID", "References", "In-Reply-To"];
    let keys: Vec<_> = ids.split(' ').flat_map(|id| fields.map(|field| (field, id))).collect();
    let last = keys.len() - 1;
    keys.into_iter().enumerate().fold(command, |command, (n, (field, id))| {
        let command = if n < last { command.word("OR") } else { command };
        command.header(field, id)
    })
}

/// Runs of UIDs, both ends included; in no order, and as the server says them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits(Vec<(u32, u32)>);

impl Hits {
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(from, to)| u64::from(to - from) + 1).sum()
    }

    /// Those in `range` alone, newest first.
    pub fn within(mut self, range: std::ops::Range<u32>) -> Hits {
        let Some(last) = range.end.checked_sub(1) else { return Hits::default() };
        for (from, to) in &mut self.0 {
            (*from, *to) = ((*from).max(range.start), (*to).min(last));
        }
        self.0.retain(|(from, to)| from <= to);
        self.0.sort_unstable_by(|a, b| b.cmp(a));
        self
    }

    /// All but these.
    pub fn without(self, uids: &[u32]) -> Hits {
        let cut = |runs: Vec<(u32, u32)>, uid: u32| {
            let parts = |(from, to): (u32, u32)| {
                if !(from..=to).contains(&uid) {
                    return [Some((from, to)), None];
                }
                // Newest first, as they stand.
                [uid.checked_add(1).map(|from| (from, to)), uid.checked_sub(1).map(|to| (from, to))]
            };
            runs.into_iter().flat_map(parts).flatten().filter(|(from, to)| from <= to).collect()
        };
        Hits(uids.iter().copied().fold(self.0, cut))
    }

    /// Takes the next `most`, from the newest on or from the oldest.
    pub fn take(&mut self, newest: bool, most: usize) -> Vec<u32> {
        let mut taken = Vec::new();
        // Runs of which nothing is left.
        let mut used = 0;
        let runs = self.0.len();
        while taken.len() < most && used < runs {
            let (from, to) = &mut self.0[if newest { used } else { runs - 1 - used }];
            taken.push(if newest { *to } else { *from });
            match (from == to, newest) {
                (true, _) => used += 1,
                (false, true) => *to -= 1,
                (false, false) => *from += 1,
            }
        }
        if newest {
            drop(self.0.drain(..used))
        } else {
            self.0.truncate(runs - used)
        }
        taken
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What the `n`th command of the batch found.
///
/// # Errors
/// A refusal; `TooBig` when the answer was cut: fewer positions at once will do.
pub fn hits(batch: &Batch, n: usize) -> Result<Hits, Error> {
    batch.ok(n)?;
    let mut hits = Hits::default();
    for frame in &batch.untagged {
        if let Some(numbers) = plain(frame, "SEARCH") {
            hits.0.extend(numbers.filter(|uid| *uid > 0).map(|uid| (uid, uid)));
        } else if let Some(answer) = values_of(frame, "ESEARCH") {
            let tree = answer.map_err(|_| Error::new(Stage::Search, Kind::TooBig))?;
            let set = tree.values().following("ALL").and_then(|value| value.word());
            hits.0.extend(set.into_iter().flat_map(runs));
        } else {
            continue;
        }
        if !frame.whole {
            return Err(Error::new(Stage::Search, Kind::TooBig));
        }
    }
    Ok(hits)
}

/// The numbers of `* SEARCH 4 7 (MODSEQ 9)`, or of another keyword; a server may say several such lines.
pub(super) fn plain<'a>(frame: &'a Frame, keyword: &str) -> Option<impl Iterator<Item = u32> + use<'a>> {
    let rest = frame.bytes.strip_prefix(b"* ")?;
    let words = is_keyword(rest, keyword).then(|| rest[keyword.len()..].split(u8::is_ascii_whitespace))?;
    let words = words.take_while(|word| !word.starts_with(b"("));
    Some(words.filter_map(|word| u32::try_from(number(word)?).ok()))
}

/// `1:3,7` as runs (RFC 9051 §9, sequence-set); the ends of one may be in any order.
pub(super) fn runs(set: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    set.split(|b| *b == b',').filter_map(|run| {
        let mut ends =
            run.split(|b| *b == b':').map(|end| u32::try_from(number(end)?).ok().filter(|n| *n > 0));
        let from = ends.next()??;
        let to = ends.next().unwrap_or(Some(from))?;
        Some((from.min(to), from.max(to)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{imap::command::Piece, message::query::read};

    fn written(typed: &str, how: How) -> String {
        let command = search(&NumberSet::range(5, 9), &read(typed).0, how);
        let pieces = command.0.into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Literal(bytes) => format!("<{}>", String::from_utf8_lossy(&bytes)),
            Piece::Upload(_) => unreachable!(),
        });
        pieces.collect()
    }

    const FULL: How = How { extended: true, charset: true };

    #[test]
    fn keys() {
        let bare = How { extended: false, charset: false };
        assert_eq!(written("bilan", FULL), "UID SEARCH RETURN (ALL) 5:9 TEXT \"bilan\"");
        assert_eq!(written("bilan", bare), "UID SEARCH 5:9 TEXT \"bilan\"");
        assert_eq!(written("subject:été", FULL), "UID SEARCH RETURN (ALL) CHARSET UTF-8 5:9 SUBJECT <été>");
        assert_eq!(written("subject:été", bare), "UID SEARCH 5:9 SUBJECT <été>");
        assert_eq!(
            written("from:ann to:bob before:2026-02-03 after:2025 larger:2k is:todo has:pj", bare),
            "UID SEARCH 5:9 FROM \"ann\" OR TO \"bob\" CC \"bob\" BEFORE 3-Feb-2026 SINCE 1-Jan-2025 LARGER 2048 \
             UNKEYWORD $RelaisDone OR HEADER Content-Type \"multipart/mixed\" HEADER Content-Type \"application/\""
        );
    }

    #[test]
    fn a_conversation_is_one_alternative_after_the_other() {
        assert_eq!(
            written("thread:\"a@x b@x\"", FULL),
            "UID SEARCH RETURN (ALL) 5:9 OR HEADER Message-ID \"a@x\" OR HEADER References \"a@x\" \
             OR HEADER In-Reply-To \"a@x\" OR HEADER Message-ID \"b@x\" OR HEADER References \"b@x\" \
             HEADER In-Reply-To \"b@x\""
        );
    }

    #[test]
    fn no_text_is_a_command() {
        let hostile = "\"x\\\" UNSEEN\r\nA1 LOGOUT\r\n\0\" {3}";
        assert_eq!(
            written(hostile, FULL),
            "UID SEARCH RETURN (ALL) 5:9 TEXT <x\" UNSEEN A1 LOGOUT> TEXT \"{3}\""
        );
    }

    #[test]
    fn answers_of_both_kinds() {
        let frame = |text: &'static str| Frame { bytes: text.into(), whole: true };
        let numbers = |text| plain(&frame(text), "SEARCH").map(Iterator::collect::<Vec<_>>);
        assert_eq!(numbers("* SEARCH 4 9 0 x (MODSEQ 7)\r\n"), Some(vec![4, 9, 0]));
        assert_eq!(numbers("* SEARCH\r\n"), Some(vec![]));
        assert_eq!(numbers("* SEARCHES 4\r\n"), None);
        assert_eq!(runs(b"1:3,7,9:8,0,x,4294967296").collect::<Vec<_>>(), [(1, 3), (7, 7), (8, 9)]);
        let mut hits = Hits(vec![(1, 3), (9, 4_000_000_000), (5, 5)]).within(2..11);
        assert_eq!(hits.clone().without(&[2, 9, 7, 5]).take(true, 9), [10, 3]);
        assert_eq!(Hits(vec![(1, u32::MAX)]).without(&[1, u32::MAX]).0, [(2, u32::MAX - 1)]);
        assert_eq!(hits.count(), 5);
        assert_eq!(hits.clone().take(false, 4), [2, 3, 5, 9]);
        assert_eq!(hits.take(true, 4), [10, 9, 5, 3]);
        assert_eq!((hits.take(true, 4), hits.is_empty()), (vec![2], true));
    }
}
