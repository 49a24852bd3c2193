//! A whole raw message taken apart by ourselves, for when the server's BODYSTRUCTURE could not be used. Sections are
//! numbered as IMAP does (RFC 9051 §6.4.5.1).
//!
//! One pass over the lines with a stack of boundaries: time is in proportion to the message, depth and number of parts
//! are bounded, and every byte of a body belongs to some part.

mod header;

use std::ops::Range;

pub use header::{Header, fields, walk};

use super::{Disposition, Envelope, Part, Section, address, words};

/// Parts made at most; what follows stays inside the last one.
pub const MAX_PARTS: usize = 2_000;
/// Multiparts and messages inside each other at most; a deeper one is one opaque part.
pub const MAX_DEPTH: usize = 30;

/// A message and where its parts are.
#[derive(Debug, Clone, Default)]
pub struct Whole {
    pub root: Part,
    pub envelope: Envelope,
    /// (section, its MIME header, its body), in the bytes that were parsed.
    index: Vec<(Section, Range<usize>, Range<usize>)>,
}

impl Whole {
    /// Takes `raw` apart; never fails: bytes without any header are a text. A byte order mark and an mbox `From ` line
    /// before the header are passed over; lines may end in LF alone.
    pub fn parse(raw: &[u8]) -> Whole {
        let mut reader = Reader { raw, at: start(raw), boundaries: Vec::new(), parts: 0, index: Vec::new() };
        let head = reader.header();
        let headers = fields(&raw[head.clone()]);
        let (root, _) = reader.message(&headers, head, Section::default(), 0);
        Whole { root, envelope: envelope(&headers), index: reader.index }
    }

    /// Where the MIME header and the body (still in transfer encoding) of a part are; of the whole message for the
    /// empty section.
    pub fn section(&self, section: &Section) -> Option<(Range<usize>, Range<usize>)> {
        // A message part and the multipart in it have one number; the outer one is meant, and was indexed last.
        let found = self.index.iter().rfind(|(s, ..)| s == section);
        found.map(|(_, head, body)| (head.clone(), body.clone()))
    }
}

/// [`Whole::section`] of a message that was not parsed yet.
pub fn section_bytes(raw: &[u8], section: &Section) -> Option<(Range<usize>, Range<usize>)> {
    Whole::parse(raw).section(section)
}

/// Where the header begins.
fn start(raw: &[u8]) -> usize {
    let mut at = if raw.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while let [b'\r' | b'\n', ..] = raw[at..] {
        at += 1;
    }
    if raw[at..].starts_with(b"From ") || raw[at..].starts_with(b">From ") {
        at += raw[at..].iter().position(|b| *b == b'\n').map_or(raw.len() - at, |i| i + 1);
    }
    at
}

struct Reader<'a> {
    raw: &'a [u8],
    at: usize,
    /// Of the multiparts we are in, outermost first.
    boundaries: Vec<Vec<u8>>,
    parts: usize,
    index: Vec<(Section, Range<usize>, Range<usize>)>,
}

/// What ended a body.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// The message is over.
    Message,
    /// A boundary line of the multipart at this place in the stack; `last` with `--` behind it.
    Boundary { level: usize, last: bool },
}

impl<'a> Reader<'a> {
    /// The next line with its end, and where it begins.
    fn line(&mut self) -> Option<(usize, &'a [u8])> {
        let from = self.at;
        let rest = self.raw.get(from..).filter(|r| !r.is_empty())?;
        let len = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |i| i + 1);
        self.at = from + len;
        Some((from, &rest[..len]))
    }

    /// Reads a header up to and with its empty line. What does not look like a header at all is left to the body, as
    /// is a boundary line that comes too early.
    fn header(&mut self) -> Range<usize> {
        let from = self.at;
        while let Some((start, line)) = self.line() {
            if line.trim_ascii().is_empty() {
                break;
            }
            let continues = matches!(line[0], b' ' | b'\t');
            if self.boundary(line).is_some() || !(header::colon(line).is_some() || continues && start > from)
            {
                self.at = start;
                break;
            }
        }
        from..self.at
    }

    /// The boundary this line is, innermost first.
    fn boundary(&self, line: &[u8]) -> Option<End> {
        let rest = line.strip_prefix(b"--")?;
        self.boundaries.iter().enumerate().rev().find_map(|(level, boundary)| {
            let after = rest.strip_prefix(boundary.as_slice())?;
            let (last, after) = match after.strip_prefix(b"--") {
                Some(after) => (true, after),
                None => (false, after),
            };
            // RFC 2046 §5.1.1: only white space may follow. Behind the last one some software writes more.
            (last || after.trim_ascii().is_empty()).then_some(End::Boundary { level, last })
        })
    }

    /// Reads to the next boundary; the line end before it belongs to the boundary.
    fn skip(&mut self) -> (usize, End) {
        while let Some((from, line)) = self.line() {
            if line.starts_with(b"--")
                && let Some(end) = self.boundary(line)
            {
                let before = &self.raw[..from];
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                return (before.strip_suffix(b"\r").unwrap_or(before).len(), end);
            }
        }
        (self.raw.len(), End::Message)
    }

    /// The content of a message whose header was read: a multipart has the message's own section, a single part `.1`.
    fn message(
        &mut self,
        headers: &[Header<'_>],
        head: Range<usize>,
        section: Section,
        depth: usize,
    ) -> (Part, End) {
        let from = self.at;
        let multipart = header::value(headers, "content-type")
            .is_some_and(|v| v.trim_ascii().get(..10).is_some_and(|t| t.eq_ignore_ascii_case(b"multipart/")));
        let own = if multipart && depth < MAX_DEPTH { section.clone() } else { section.child(1) };
        let whole = section.is_whole() && !own.is_whole();
        let (part, end) = self.part(headers, head.clone(), own, depth, ("text", "plain"));
        if whole {
            let to = if end == End::Message { self.raw.len() } else { self.at };
            self.index.push((section, head, from..to));
        }
        (part, end)
    }

    fn part(
        &mut self,
        headers: &[Header<'_>],
        head: Range<usize>,
        section: Section,
        depth: usize,
        default: (&str, &str),
    ) -> (Part, End) {
        self.parts += 1;
        let mut part = describe(headers, default);
        part.section = section.clone();
        let from = self.at.max(head.end);
        let room = depth < MAX_DEPTH && self.parts < MAX_PARTS;
        let boundary =
            part.params.iter().find(|(n, _)| n == "boundary").map(|(_, v)| v.trim_end().as_bytes().to_vec());
        let encoded = matches!(part.encoding.as_str(), "base64" | "quoted-printable");
        let (to, end) = match (part.kind.as_str(), boundary) {
            ("multipart", Some(boundary)) if room && !boundary.is_empty() => {
                let found = self.multipart(&mut part, boundary, depth);
                if part.children.is_empty() {
                    // Its boundary never comes: what stands there is a text as far as anybody can tell.
                    (part.kind, part.subtype) = ("text".into(), "plain".into());
                }
                found
            }
            ("message", _) if room && !encoded && matches!(part.subtype.as_str(), "rfc822" | "global") => {
                self.at = self.at.max(from);
                let head = self.header();
                let headers = fields(&self.raw[head.clone()]);
                part.envelope = Some(Box::new(envelope(&headers)));
                let (child, end) = self.message(&headers, head, section.clone(), depth + 1);
                let to = self.end_of(&child, end);
                part.children.push(child);
                (to, end)
            }
            (kind, _) => {
                part.truncated = kind == "multipart" || (kind == "message" && !room);
                if kind == "multipart" {
                    // Without a boundary, or too deep: text as far as anybody can tell.
                    (part.kind, part.subtype) = ("text".into(), "plain".into());
                }
                self.skip()
            }
        };
        let body = from.min(to)..to;
        part.size = u64::try_from(body.len()).unwrap_or(u64::MAX);
        self.index.push((section, head, body));
        (part, end)
    }

    /// Where the body of the part just read ended.
    fn end_of(&self, child: &Part, end: End) -> usize {
        let of_child = self.index.iter().rev().find(|(s, ..)| *s == child.section).map(|(.., body)| body.end);
        if end == End::Message { self.raw.len() } else { of_child.unwrap_or(self.at) }
    }

    fn multipart(&mut self, part: &mut Part, boundary: Vec<u8>, depth: usize) -> (usize, End) {
        let level = self.boundaries.len();
        self.boundaries.push(boundary);
        let default = if part.subtype == "digest" { ("message", "rfc822") } else { ("text", "plain") };
        let (mut to, mut end) = self.skip(); // The preamble.
        let mut n = 0;
        while end == (End::Boundary { level, last: false }) {
            if self.parts >= MAX_PARTS {
                part.truncated = true;
                (to, end) = self.skip();
                continue;
            }
            n += 1;
            let head = self.header();
            let headers = fields(&self.raw[head.clone()]);
            let child;
            (child, end) = self.part(&headers, head, part.section.child(n), depth + 1, default);
            to = self.end_of(&child, end);
            part.children.push(child);
        }
        self.boundaries.truncate(level);
        // The epilogue, up to whatever ends the multipart around this one.
        if end == (End::Boundary { level, last: true }) {
            (to, end) = self.skip();
        }
        (to, end)
    }
}

/// The part its header describes.
fn describe(headers: &[Header<'_>], default: (&str, &str)) -> Part {
    let mut part = Part::default();
    match header::value(headers, "content-type").map(header::parameters) {
        Some((kind, params)) if !kind.is_empty() => {
            // `Content-Type: text` alone is text/plain (RFC 2045 §5.2).
            let (kind, subtype) =
                kind.split_once('/').unwrap_or((&kind, if kind == "text" { "plain" } else { "" }));
            (part.kind, part.subtype) = (kind.trim().to_owned(), subtype.trim().to_owned());
            part.params = words::parameter(pairs(&params));
        }
        _ => (part.kind, part.subtype) = (default.0.to_owned(), default.1.to_owned()),
    }
    if let Some((kind, params)) = header::value(headers, "content-disposition").map(header::parameters) {
        part.disposition = Some(Disposition { kind, params: words::parameter(pairs(&params)) });
    }
    if let Some((encoding, _)) = header::value(headers, "content-transfer-encoding").map(header::parameters) {
        part.encoding = encoding;
    }
    let text = |name| header::value(headers, name).map(words::decode).filter(|t| !t.is_empty());
    part.id =
        text("content-id").map(|id| id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty());
    part.description = text("content-description");
    part
}

fn pairs(params: &[(Vec<u8>, Vec<u8>)]) -> impl Iterator<Item = (&[u8], &[u8])> {
    params.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
}

/// The envelope, from the first field of each name, as a server makes it.
pub fn envelope(headers: &[Header<'_>]) -> Envelope {
    let mut more = 0;
    let mut list = |name: &str| {
        let Some(value) = header::value(headers, name) else { return Vec::new() };
        let field = super::charset::decode(value, None);
        let mut list = address::parse_list_within(&field, 20 * Envelope::MAX_ADDRESSES);
        more += list.len().saturating_sub(Envelope::MAX_ADDRESSES);
        list.truncate(Envelope::MAX_ADDRESSES);
        list
    };
    let (from, sender, reply_to) = (list("from"), list("sender"), list("reply-to"));
    let (to, cc, bcc) = (list("to"), list("cc"), list("bcc"));
    let text = |name| header::value(headers, name).map(words::decode).filter(|t| !t.is_empty());
    let subject = header::value(headers, "subject").map(words::marked_subject);
    Envelope {
        date: text("date"),
        is_routed: subject.as_ref().is_some_and(|(_, marked)| *marked),
        subject: subject.map(|(subject, _)| subject),
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        in_reply_to: text("in-reply-to"),
        message_id: text("message-id"),
        more,
    }
}

#[cfg(test)]
mod tests;
