//! Cuts the byte stream of a server into whole responses: lines with the literals inside them (RFC 9051 §4.3).
//!
//! Linear in what arrives, whatever the chunks. A response that is too long is drained to its end, so that the
//! next one is still found, and only its beginning is kept.

use bytes::{Bytes, BytesMut};

use super::bounds;

/// One response, with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub bytes: Bytes,
    /// False: the response was longer than allowed and `bytes` is only its beginning.
    pub whole: bool,
}

#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Bytes of `buffer` already looked at.
    scanned: usize,
    /// Where the current line segment began: after the last literal.
    segment: usize,
    /// Octets of a literal still to come before the line goes on.
    literal: u64,
    /// The current response is too long: what comes is counted and thrown away.
    draining: bool,
    /// The beginning of the response being drained.
    beginning: Bytes,
    /// The most that one response may hold, in octets.
    limit: usize,
}

impl Framer {
    pub fn new() -> Framer {
        Framer { limit: bounds::RESPONSE, ..Framer::default() }
    }

    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Where to put what the server says next.
    pub fn space(&mut self) -> &mut BytesMut {
        // Most of a page in one piece; the allocation is shared by the responses cut from it.
        self.buffer.reserve(16 * 1024);
        &mut self.buffer
    }

    /// Nothing is expected for a while: an idle connection keeps no space.
    pub fn rest(&mut self) {
        if self.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    /// No response is half here.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && !self.draining
    }

    /// The next whole response, or `None` until more bytes are pushed.
    pub fn next(&mut self) -> Option<Frame> {
        loop {
            if self.literal > 0 {
                let here = ((self.buffer.len() - self.scanned) as u64).min(self.literal);
                self.scanned += here as usize;
                self.literal -= here;
                if self.literal > 0 {
                    self.bound();
                    return None;
                }
                self.segment = self.scanned;
            }
            let Some(at) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) else {
                self.scanned = self.buffer.len();
                self.bound();
                return None;
            };
            let end = self.scanned + at + 1;
            self.scanned = end;
            if let Some(length) = self.literal_at_end(end) {
                self.literal = length;
                self.segment = end;
                self.bound();
                continue;
            }
            return Some(self.cut(end));
        }
    }

    fn literal_at_end(&self, end: usize) -> Option<u64> {
        let start: &[u8] = if self.draining { &self.beginning } else { &self.buffer };
        if is_text(start) {
            return None;
        }
        literal_length(&self.buffer[self.segment.min(end)..end])
    }

    fn cut(&mut self, end: usize) -> Frame {
        let bytes = self.buffer.split_to(end).freeze();
        self.scanned = 0;
        self.segment = 0;
        if !self.draining {
            let whole = bytes.len() <= self.limit;
            let bytes = if whole {
                bytes
            } else {
                // Copied: a slice would hold on to all of it.
                Bytes::copy_from_slice(&bytes[..bounds::BEGINNING.min(bytes.len())])
            };
            return Frame { bytes, whole };
        }
        self.draining = false;
        Frame { bytes: std::mem::take(&mut self.beginning), whole: false }
    }

    /// Too long: keep the beginning, forget the rest as it comes.
    fn bound(&mut self) {
        if !self.draining {
            if self.buffer.len() <= self.limit {
                return;
            }
            self.draining = true;
            self.beginning = Bytes::copy_from_slice(&self.buffer[..bounds::BEGINNING.min(self.buffer.len())]);
        }
        // A literal marker may be split between two reads: its few bytes stay.
        const MARKER: usize = 32;
        let keep = if self.literal > 0 { 0 } else { (self.scanned - self.segment).min(MARKER) };
        let drop = self.scanned - keep;
        let _ = self.buffer.split_to(drop);
        self.scanned = keep;
        self.segment = 0;
    }
}

/// Responses that end in words for people hold no literals, though the words may end in `{5}`.
fn is_text(start: &[u8]) -> bool {
    if !start.starts_with(b"* ") {
        return true;
    }
    let word = start[2..].split(|b| matches!(b, b' ' | b'\r' | b'\n')).next().unwrap_or_default();
    [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"].iter().any(|w| word.eq_ignore_ascii_case(w))
}

/// The length in `{123}` or `{123+}` at the end of a line.
fn literal_length(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let tail = &line[line.len().saturating_sub(20)..];
    let open = memchr::memrchr(b'{', tail)?;
    let digits = tail[open + 1..].strip_suffix(b"+").unwrap_or(&tail[open + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(framer: &mut Framer, bytes: &[u8], chunk: usize) -> Vec<Frame> {
        let mut out = vec![];
        for piece in bytes.chunks(chunk.max(1)) {
            framer.space().extend_from_slice(piece);
            while let Some(frame) = framer.next() {
                out.push(frame);
            }
        }
        out
    }

    const TALK: &[u8] = b"* 1 FETCH (BODY[1] {11}\r\nab\r\nc {3}\r\n UID 7)\r\n* OK look {5}\r\n\
        * LIST () \"/\" {4}\r\na\"b\\\r\nA1 OK done {9}\r\n";

    #[test]
    fn literals_belong_to_their_response_and_words_do_not() {
        let frames = all(&mut Framer::new(), TALK, usize::MAX);
        let text: Vec<_> = frames.iter().map(|f| String::from_utf8_lossy(&f.bytes).into_owned()).collect();
        assert_eq!(
            text,
            [
                "* 1 FETCH (BODY[1] {11}\r\nab\r\nc {3}\r\n UID 7)\r\n",
                "* OK look {5}\r\n",
                "* LIST () \"/\" {4}\r\na\"b\\\r\n",
                "A1 OK done {9}\r\n"
            ]
        );
        assert!(frames.iter().all(|f| f.whole));
    }

    #[test]
    fn a_response_too_long_is_drained_and_the_next_one_is_found() {
        let mut talk = b"* 3 FETCH (UID 55 BODY[1] {9000000}\r\n".to_vec();
        talk.extend(std::iter::repeat_n(b'{', 9_000_000));
        talk.extend_from_slice(b" X {7}\r\n12345\r\n)\r\n* 4 EXISTS\r\n");
        for chunk in [1, 7, 4096, usize::MAX] {
            let mut framer = Framer::new();
            framer.set_limit(100_000);
            // One byte at a time over nine million bytes says nothing more: take its end only.
            let frames = if chunk < 100 {
                let (most, tail) = talk.split_at(talk.len() - 4000);
                let mut frames = all(&mut framer, most, 65536);
                frames.extend(all(&mut framer, tail, chunk));
                frames
            } else {
                all(&mut framer, &talk, chunk)
            };
            assert_eq!(frames.len(), 2, "chunks of {chunk}");
            assert!(!frames[0].whole && frames[0].bytes.starts_with(b"* 3 FETCH (UID 55 "));
            assert_eq!(frames[0].bytes.len(), bounds::BEGINNING);
            assert_eq!(&frames[1].bytes[..], b"* 4 EXISTS\r\n");
            assert!(framer.is_empty());
            assert!(framer.buffer.capacity() < 20_000_000);
        }
    }

    #[test]
    fn what_is_drained_is_not_held() {
        let mut framer = Framer::new();
        framer.set_limit(10_000);
        framer.space().extend_from_slice(b"* 1 FETCH (BODY[] {100000000}\r\n");
        for _ in 0..1000 {
            framer.space().extend_from_slice(&[b'x'; 10_000]);
            assert!(framer.next().is_none());
            assert!(framer.buffer.len() <= 20_000);
        }
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(chunk in 1usize..40) {
            prop_assert_eq!(all(&mut Framer::new(), TALK, chunk), all(&mut Framer::new(), TALK, usize::MAX));
        }

        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), chunk in 1usize..50) {
            let mut framer = Framer::new();
            framer.set_limit(64);
            all(&mut framer, &bytes, chunk);
        }
    }
}
