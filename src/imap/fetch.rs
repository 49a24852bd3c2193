//! FETCH (RFC 9051 §6.4.5, §7.5.2): the rows of a list, the details and pieces of one message.

use bytes::Bytes;
use jiff::Timestamp;

pub use super::structure::{Brief, Whom};
use super::{
    Batch, Command, Error, Flag, Kind, Loan, NumberSet, Stage, bounds, documents,
    frame::Frame,
    response::{expunged, is_keyword, numbered},
    sort::Key,
    structure,
    value::{self, Tree, Value},
};
use crate::message::{
    Envelope, Part, Section, date,
    way::{self, Trace},
    words,
};

/// What every row of a list asks for, and nothing else: one set, fixed, that also serves delay, lanes and receipts.
/// Its closing parenthesis is left to whoever may add to it.
const ROW: &str = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (RECEIVED \
    RETURN-PATH LIST-ID LIST-POST LIST-UNSUBSCRIBE LIST-UNSUBSCRIBE-POST FEEDBACK-ID PRECEDENCE AUTO-SUBMITTED \
    REFERENCES DISPOSITION-NOTIFICATION-TO X-MAILER)]";

/// The flags a page shows; the others are the server's business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub seen: bool,
    pub answered: bool,
    pub flagged: bool,
    pub deleted: bool,
    pub draft: bool,
    pub forwarded: bool,
    /// `$RelaisOpened`: a person opened it here.
    pub opened: bool,
    /// `$MDNSent` (RFC 3503): the reader decided about a receipt.
    pub mdn_sent: bool,
    /// `$RelaisDone`: somebody dealt with it.
    pub done: bool,
    /// `$RelaisFiled`: it was handed over to other software.
    pub filed: bool,
    /// `$Junk` and `$NotJunk`: what a person said of it (as Thunderbird and others).
    pub junk: bool,
    pub not_junk: bool,
}

impl Flags {
    pub fn has(&self, flag: Flag) -> bool {
        match flag {
            Flag::Seen => self.seen,
            Flag::Answered => self.answered,
            Flag::Flagged => self.flagged,
            Flag::Deleted => self.deleted,
            Flag::Draft => self.draft,
            Flag::Forwarded => self.forwarded,
            Flag::MdnSent => self.mdn_sent,
            Flag::Opened => self.opened,
            Flag::Done => self.done,
            Flag::Filed => self.filed,
            Flag::Junk => self.junk,
            Flag::NotJunk => self.not_junk,
        }
    }

    fn read(value: Value) -> Flags {
        let mut flags = Flags::default();
        for word in value.list().unwrap_or_default().filter_map(Value::bytes) {
            let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
            flags.seen |= is("\\Seen");
            flags.answered |= is("\\Answered");
            flags.flagged |= is("\\Flagged");
            flags.deleted |= is("\\Deleted");
            flags.draft |= is("\\Draft");
            flags.forwarded |= is("$Forwarded");
            flags.mdn_sent |= is("$MDNSent");
            flags.opened |= is("$RelaisOpened");
            flags.done |= is("$RelaisDone");
            flags.filed |= is("$RelaisFiled");
            flags.junk |= is("$Junk");
            flags.not_junk |= is("$NotJunk");
        }
        flags
    }
}

/// Octets of a section, from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As in the command, in upper case: `1.2`, `1.MIME`, `HEADER`.
    pub section: String,
    pub from: u64,
    pub bytes: Bytes,
}

/// What one FETCH response told; everything is optional, because servers also send parts of it unasked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fetched {
    pub seq: u32,
    pub uid: Option<u32>,
    pub flags: Option<Flags>,
    pub internal_date: Option<Timestamp>,
    pub size: Option<u64>,
    /// In boxes: most rows have none ([`Detail::Row`]), and are moved about.
    pub envelope: Option<Box<Envelope>>,
    pub structure: Option<Box<Part>>,
    /// What a row shows of the envelope ([`Detail::Row`]).
    pub brief: Option<Brief>,
    /// Documents in the structure, where it was only read to count them ([`Detail::Row`]).
    pub documents: Option<u32>,
    /// When servers had it, where the header was only read for that ([`Detail::Row`]).
    pub trace: Option<Trace>,
    /// The header fields that every row asks for, as they came just now: a remembered row has none ([`Detail::Row`]).
    pub header: Option<Bytes>,
    pub preview: Option<String>,
    /// The pieces; one that is not there is empty.
    pub pieces: Vec<Piece>,
    /// Something of it was too long or too deep to be read.
    pub too_complex: bool,
}

/// How much of a response is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    All,
    /// What a row of a list shows: of the envelope what is in a [`Brief`], of the structure the number of documents, of
    /// the header its [`Trace`].
    Row(Whom),
    /// The same, and what says which conversation it is of: the whole envelope and the header fields.
    Linked(Whom),
    /// The same, and its structure: what a lane is chosen by.
    Judged(Whom),
}

impl Fetched {
    /// `tree` is only the place to read in.
    fn read<'a>(frame: &'a Frame, detail: Detail, tree: &mut Tree<'a>) -> Option<Fetched> {
        let (seq, rest) = numbered(frame)?;
        if !is_keyword(rest, "FETCH") || seq == 0 || seq > bounds::EXISTS {
            return None;
        }
        let mut fetched = Fetched { seq, too_complex: !frame.whole, ..Fetched::default() };
        let body = &rest["FETCH".len()..];
        if tree.fill(body).is_err() {
            fetched.too_complex = true;
            fetched.uid = uid_in(body);
            return Some(fetched);
        }
        let mut items = tree.values().get(0).and_then(Value::list).unwrap_or_default();
        // Of a response that is not whole, the last one was cut somewhere.
        let pairs = if frame.whole { usize::MAX } else { items.count().saturating_sub(1) / 2 };
        for _ in 0..pairs {
            let Some((name, value)) = items.next().and_then(Value::word).zip(items.next()) else { break };
            fetched.item(name, value, detail, &frame.bytes);
        }
        Some(fetched)
    }

    /// `whole` is the response that the value points into: pieces share its bytes.
    fn item(&mut self, name: &[u8], value: Value, detail: Detail, whole: &Bytes) {
        let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
        if is("UID") {
            self.uid = value.number().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        } else if is("FLAGS") {
            self.flags = Some(Flags::read(value));
        } else if is("INTERNALDATE") {
            self.internal_date = value.text().and_then(|t| date::internal(&t));
        } else if is("RFC822.SIZE") {
            self.size = value.number();
        } else if is("ENVELOPE") {
            match detail {
                Detail::All => self.envelope = structure::envelope(value).map(Box::new),
                Detail::Row(whom) => self.brief = structure::brief(value, whom),
                Detail::Linked(whom) | Detail::Judged(whom) => {
                    self.envelope = structure::envelope(value).map(Box::new);
                    self.brief = structure::brief(value, whom);
                }
            }
        } else if is("BODYSTRUCTURE") || is("BODY") {
            match detail {
                Detail::All => self.structure = structure::structure(value).map(Box::new),
                Detail::Row(_) | Detail::Linked(_) => self.documents = documents::documents(value),
                Detail::Judged(_) => {
                    self.structure = structure::structure(value).map(Box::new);
                    self.documents = documents::documents(value);
                }
            }
        } else if is("PREVIEW") {
            // Older Dovecots name the algorithm: `(FUZZY "words")`.
            let text = value.list().map_or(Some(value), Iterator::last).and_then(Value::bytes);
            self.preview = text.map(words::decode);
        } else if name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"BODY[")) {
            if detail != Detail::All {
                self.trace = value.bytes().and_then(way::trace);
            }
            if matches!(detail, Detail::Row(_)) {
                self.header = value.bytes().map(|bytes| slice(whole, bytes));
                return;
            }
            let text = value::text(&name[5..]);
            let (section, rest) = text.split_once(']').unwrap_or((&text, ""));
            let from = rest.trim_matches(['<', '>']).parse().unwrap_or(0);
            let bytes = value.bytes().map(|bytes| slice(whole, bytes)).unwrap_or_default();
            self.pieces.push(Piece { section: section.to_ascii_uppercase(), from, bytes });
        }
    }

    /// Takes over what a later response about the same message told.
    pub fn merge(&mut self, later: Fetched) {
        if self.uid.zip(later.uid).is_some_and(|(before, now)| before != now) {
            *self = later;
            return;
        }
        self.flags = later.flags.or(self.flags);
        self.uid = self.uid.or(later.uid);
        self.internal_date = self.internal_date.or(later.internal_date);
        self.size = self.size.or(later.size);
        self.envelope = self.envelope.take().or(later.envelope);
        self.structure = self.structure.take().or(later.structure);
        self.brief = self.brief.take().or(later.brief);
        self.documents = self.documents.or(later.documents);
        self.trace = self.trace.or(later.trace);
        self.header = self.header.take().or(later.header);
        self.preview = self.preview.take().or(later.preview);
        self.pieces.extend(later.pieces);
        self.too_complex |= later.too_complex;
    }

    /// The octets of a section named as in the command, its pieces put together from the start as far as they
    /// go without a hole.
    pub fn section(&self, name: &str) -> Option<Bytes> {
        let mut pieces: Vec<&Piece> =
            self.pieces.iter().filter(|p| p.section.eq_ignore_ascii_case(name)).collect();
        pieces.sort_by_key(|p| p.from);
        let first = pieces.first()?;
        if pieces.len() == 1 {
            return Some(first.bytes.clone());
        }
        let mut whole = Vec::new();
        for piece in pieces {
            if piece.from != whole.len() as u64 {
                break;
            }
            whole.extend_from_slice(&piece.bytes);
        }
        Some(whole.into())
    }
}

/// These bytes without a copy where they are part of the whole: all but a quoted string that had escapes.
fn slice(whole: &Bytes, bytes: &[u8]) -> Bytes {
    if whole.as_ptr_range().contains(&bytes.as_ptr()) {
        whole.slice_ref(bytes)
    } else {
        Bytes::copy_from_slice(bytes)
    }
}

/// The UID in the beginning of a response that cannot be read whole; only where it stands first, as most servers
/// write it: further on it may be words of the mail.
fn uid_in(body: &[u8]) -> Option<u32> {
    let inside = body.trim_ascii_start().strip_prefix(b"(")?.trim_ascii_start();
    let (word, rest) = inside.split_at_checked(4)?;
    let end = rest.iter().position(|b| !b.is_ascii_digit())?;
    let uid = value::number(&rest[..end]).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    uid.filter(|_| word.eq_ignore_ascii_case(b"UID "))
}

/// The rows at these positions, in one command; `preview` where the server has PREVIEW (RFC 8970), but only those
/// it has at hand.
pub fn rows(set: &NumberSet, preview: bool) -> Command {
    let command = Command::new("FETCH").set(set).word(ROW);
    if preview { command.glued(" PREVIEW (LAZY))") } else { command.glued(")") }
}

/// The same of messages named by UID.
pub fn rows_of(uids: &NumberSet, preview: bool) -> Command {
    let command = Command::new("UID FETCH").set(uids).word(ROW);
    if preview { command.glued(" PREVIEW (LAZY))") } else { command.glued(")") }
}

/// What may have changed of rows that were told before; previews may have been made since.
pub fn marks(set: &NumberSet, preview: bool) -> Command {
    let command = Command::new("FETCH").set(set);
    command.word(if preview { "(UID FLAGS PREVIEW (LAZY))" } else { "(UID FLAGS)" })
}

/// Which of these messages there are, and their flags.
pub fn flags_of(uids: &NumberSet) -> Command {
    Command::new("UID FETCH").set(uids).word("(UID FLAGS)")
}

/// What every server can say of the messages at these positions.
pub fn outlines(set: &NumberSet) -> Command {
    Command::new("FETCH").set(set).word("(UID FLAGS INTERNALDATE RFC822.SIZE)")
}

/// The same of messages named by UID.
pub fn outlines_of(uids: &NumberSet) -> Command {
    Command::new("UID FETCH").set(uids).word("(UID FLAGS INTERNALDATE RFC822.SIZE)")
}

/// When the messages at these positions came.
pub fn arrivals(set: &NumberSet) -> Command {
    Command::new("FETCH").set(set).word("(UID INTERNALDATE)")
}

/// When some messages came, and their flags.
pub fn arrivals_of(uids: &NumberSet) -> Command {
    Command::new("UID FETCH").set(uids).word("(UID FLAGS INTERNALDATE)")
}

/// Who wrote to whom.
pub fn envelopes(set: &NumberSet) -> Command {
    Command::new("FETCH").set(set).word("(UID ENVELOPE)")
}

/// Only UIDs, to learn positions.
pub fn uids(set: &NumberSet) -> Command {
    Command::new("FETCH").set(set).word("(UID)")
}

/// Of every message what it is put in order by.
pub fn keys(key: Key) -> Command {
    Command::new("UID FETCH").set(&NumberSet::from(1)).word(match key {
        Key::Date => "(UID INTERNALDATE ENVELOPE)",
        Key::Who | Key::Subject => "(UID ENVELOPE)",
        Key::Size => "(UID RFC822.SIZE)",
    })
}

/// Everything about one message but its content.
pub fn details(uid: u32) -> Command {
    Command::new("UID FETCH").set(&NumberSet::one(uid)).word(ROW).glued(")")
}

/// What every server can say of every message.
pub fn essentials(uid: u32) -> Command {
    Command::new("UID FETCH").set(&NumberSet::one(uid)).word("(UID FLAGS INTERNALDATE RFC822.SIZE)")
}

/// What one message is made of.
pub fn structure(uid: u32) -> Command {
    Command::new("UID FETCH").set(&NumberSet::one(uid)).word("(UID BODYSTRUCTURE)")
}

/// Who wrote some messages, when, and what they are made of.
pub fn letters(uids: &NumberSet) -> Command {
    Command::new("UID FETCH").set(uids).word("(UID INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)")
}

/// What some messages are made of, and their previews where the server makes them (RFC 8970).
pub fn structures(uids: &NumberSet, preview: bool) -> Command {
    let wanted = if preview { "(UID PREVIEW)" } else { "(UID BODYSTRUCTURE)" };
    Command::new("UID FETCH").set(uids).word(wanted)
}

/// The first octets of one section in several messages.
pub fn beginnings(uids: &NumberSet, section: &Section, length: u64) -> Command {
    Command::new("UID FETCH").set(uids).word("(UID ").section(section, "", Some((0, length))).glued(")")
}

/// A piece of a section: `length` octets from `from`, in transfer encoding.
pub fn piece(uid: u32, section: &Section, from: u64, length: u64) -> Command {
    let command = Command::new("UID FETCH").set(&NumberSet::one(uid)).word("(");
    command.section(section, "", Some((from, length))).glued(")")
}

/// The header of the message, or of the message in this section, up to `length` octets.
pub fn header(uid: u32, section: &Section, length: u64) -> Command {
    let command = Command::new("UID FETCH").set(&NumberSet::one(uid)).word("(");
    command.section(section, "HEADER", Some((0, length))).glued(")")
}

/// Rows to make room for at once: a page of them, and a few lines about flags.
const PAGE_AND_MORE: usize = 64;

/// All FETCH responses of a batch, those about one message merged, following the positions as EXPUNGE moves
/// them. Sorted by sequence number as it is after the batch; at most [`bounds::MESSAGES`].
pub fn collect(batch: &Batch, detail: Detail) -> Vec<Fetched> {
    let mut rows = Vec::with_capacity(batch.untagged.len().min(PAGE_AND_MORE));
    collect_into(&mut rows, batch, detail);
    rows
}

/// The same, added to what batches before it told.
pub fn collect_into(rows: &mut Vec<Fetched>, batch: &Batch, detail: Detail) {
    let mut tree = Tree::default();
    for frame in &batch.untagged {
        if let Some(fetched) = Fetched::read(frame, detail, &mut tree) {
            match rows.binary_search_by_key(&fetched.seq, |row| row.seq) {
                Ok(at) => rows[at].merge(fetched),
                Err(at) if rows.len() < bounds::MESSAGES => rows.insert(at, fetched),
                Err(_) => {}
            }
        } else if let Some(n) = expunged(frame) {
            let at = match rows.binary_search_by_key(&n, |row| row.seq) {
                Ok(at) => {
                    rows.remove(at);
                    at
                }
                Err(at) => at,
            };
            rows[at..].iter_mut().for_each(|row| row.seq -= 1);
        }
    }
}

/// One piece of a section; shorter than asked for at its end, empty past it.
pub async fn fetch_piece(
    loan: &Loan,
    uid: u32,
    section: &Section,
    from: u64,
    length: u64,
) -> Result<Bytes, Error> {
    let batch = loan.run(Stage::Read, vec![piece(uid, section, from, length)]).await?;
    batch.ok(0)?;
    let rows =
        collect(&batch, Detail::All).into_iter().filter(|row| row.uid.is_none_or(|found| found == uid));
    let name = section.to_string();
    let mut pieces =
        rows.flat_map(|row| row.pieces).filter(|p| p.section.eq_ignore_ascii_case(&name)).peekable();
    if pieces.peek().is_none() {
        return Err(Error::new(Stage::Read, Kind::Unsupported("no such message")));
    }
    // Another piece than the one asked for would make a wrong file; one of nothing is nothing, wherever it says it begins.
    let is_it = |p: &Piece| p.from == from && p.bytes.len() as u64 <= length;
    let mut right = pieces.filter(|p| p.bytes.is_empty() || is_it(p));
    right
        .next()
        .map(|p| p.bytes)
        .ok_or(Error::new(Stage::Read, Kind::Protocol("another piece than asked for")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Frame {
        Frame { bytes: Bytes::copy_from_slice(text.as_bytes()), whole: true }
    }

    fn read(frame: &Frame) -> Option<Fetched> {
        Fetched::read(frame, Detail::All, &mut Tree::default())
    }

    #[test]
    fn a_row_is_read() {
        let row = read(&frame("* 23 FETCH (UID 55 FLAGS (\\Seen $RelaisOpened \\Recent) INTERNALDATE \"22-Nov-2026 09:42:00 +0100\" RFC822.SIZE 4286 ENVELOPE (NIL \"S\" NIL NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 3 1) BODY[HEADER.FIELDS (RECEIVED)] {4}\r\n\r\n\r\n PREVIEW \"Hi\")\r\n")).expect("a row");
        assert_eq!((row.seq, row.uid, row.size), (23, Some(55), Some(4286)));
        assert!(row.flags.is_some_and(|f| f.seen && f.opened && !f.answered));
        assert_eq!(row.internal_date.map(|d| d.as_second()), Some(1_795_336_920));
        assert_eq!(row.preview.as_deref(), Some("Hi"));
        assert!(row.section("HEADER.FIELDS (RECEIVED)").is_some() && !row.too_complex);
        let pieces =
            read(&frame("* 1 FETCH (BODY[1.2]<4> {2}\r\nef BODY[1.2]<0> \"abcd\" BODY[1.2]<9> \"x\")\r\n"));
        assert_eq!(pieces.and_then(|p| p.section("1.2")).as_deref(), Some(&b"abcdef"[..]));
    }

    #[test]
    fn what_cannot_be_read_is_still_a_row() {
        let row = read(&frame(&format!("* 4 FETCH (UID 9 BODYSTRUCTURE {})\r\n", "(".repeat(5000))))
            .expect("a row");
        assert!(row.too_complex && row.uid == Some(9));
        let deep = "(".repeat(5000);
        let lying = read(&frame(&format!("* 4 FETCH (ENVELOPE (NIL \"UID 7 \" {deep})\r\n")));
        assert_eq!(lying.map(|row| (row.too_complex, row.uid)), Some((true, None)));
    }
}
