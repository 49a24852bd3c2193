//! Content-Transfer-Encoding undone as the bytes arrive (RFC 2045 §6): a 200 MB attachment passes in pieces.
//!
//! The output never depends on how the input was cut. Nothing is refused: what is not of the encoding is skipped
//! (base64) or kept as written (quoted-printable), and the last line counts even without its end.

/// An incremental decoder. Keeps at most one line of quoted-printable white space or of uuencode in memory.
#[derive(Debug)]
pub enum Decoder {
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
    Uuencode(Uuencode),
    /// 7bit, 8bit, binary, and whatever we do not know.
    Identity,
}

impl Decoder {
    /// `encoding` as the header says it, in any case.
    pub fn new(encoding: &str) -> Decoder {
        let token = encoding.split([';', ' ']).find(|t| !t.is_empty()).unwrap_or_default();
        match token.to_ascii_lowercase().as_str() {
            "base64" => Decoder::Base64(Base64::default()),
            "quoted-printable" => Decoder::QuotedPrintable(QuotedPrintable::default()),
            "x-uuencode" | "x-uue" | "uuencode" | "uue" => Decoder::Uuencode(Uuencode::default()),
            _ => Decoder::Identity,
        }
    }

    /// Decodes a chunk; returns what is certain so far, at most `chunk.len()` plus one held line.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(chunk.len());
        match self {
            Decoder::Base64(d) => d.push(chunk, &mut out),
            Decoder::QuotedPrintable(d) => d.push(chunk, &mut out),
            Decoder::Uuencode(d) => d.push(chunk, &mut out),
            Decoder::Identity => out.extend_from_slice(chunk),
        }
        out
    }

    /// What was held back, once the part is over.
    pub fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Decoder::Base64(d) => d.finish(&mut out),
            Decoder::QuotedPrintable(d) => d.finish(&mut out),
            Decoder::Uuencode(d) => d.finish(&mut out),
            Decoder::Identity => {}
        }
        out
    }
}

/// The value of a hexadecimal digit; only called on one.
pub(super) fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a') + 10,
    }
}

/// A whole part at once.
pub fn decode(encoding: &str, body: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(encoding);
    let mut out = decoder.push(body);
    out.extend(decoder.finish());
    out
}

/// Base64 at once.
pub(super) fn from_base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let mut decoder = Base64::default();
    decoder.push(body, &mut out);
    decoder.finish(&mut out);
    out
}

/// No digit of base64.
const NONE: u8 = 64;

/// The value of each byte that is a digit.
static DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut n = 0;
    while n < 64 {
        let byte = match n {
            0..26 => b'A' + n,
            26..52 => b'a' + n - 26,
            52..62 => b'0' + n - 52,
            62 => b'+',
            _ => b'/',
        };
        digits[byte as usize] = n;
        n += 1;
    }
    // The alphabet for URLs (RFC 4648 §5).
    digits[b'-' as usize] = 62;
    digits[b'_' as usize] = 63;
    digits
};

/// Anything outside the alphabet is skipped (RFC 2045 §6.8). Padding ends a quantum, not the part: some senders join
/// two base64 bodies.
#[derive(Debug, Default)]
pub struct Base64 {
    bits: u32,
    /// Digits held, 0 to 3.
    held: u8,
}

impl Base64 {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        for &byte in chunk {
            let digit = DIGITS[usize::from(byte)];
            if digit == NONE {
                if byte == b'=' {
                    self.flush(out);
                }
                continue;
            }
            self.bits = self.bits << 6 | u32::from(digit);
            self.held += 1;
            if self.held == 4 {
                out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                *self = Base64::default();
            }
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        match self.held {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend_from_slice(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => {} // One digit alone is less than a byte.
        }
        *self = Base64::default();
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        self.flush(out);
    }
}

/// RFC 2045 §6.7. A broken `=XX` stays as written; white space before a line end is transport padding and goes.
#[derive(Debug, Default)]
pub struct QuotedPrintable {
    /// An unfinished escape (`=`, `=4`, `= \t`, `=\r`) or trailing white space, not yet known to matter.
    held: Vec<u8>,
}

impl QuotedPrintable {
    /// White space held at most; a longer run cannot be transport padding of a 76 character line.
    const MAX_HELD: usize = 1_000;

    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        for &byte in chunk {
            self.byte(byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.held.first(), byte) {
            (None, b'=' | b' ' | b'\t') => self.held.push(byte),
            (None, b'\r') => self.held.push(byte),
            (None, _) => out.push(byte),
            (Some(b'='), _) => self.escape(byte, out),
            (Some(_), _) => self.blank(byte, out),
        }
    }

    /// After white space, perhaps with a CR at its end.
    fn blank(&mut self, byte: u8, out: &mut Vec<u8>) {
        let cr = self.held.last() == Some(&b'\r');
        match byte {
            b'\n' => {
                if cr {
                    out.push(b'\r');
                }
                out.push(b'\n');
                self.held.clear();
            }
            b' ' | b'\t' | b'\r' if !cr && self.held.len() < Self::MAX_HELD => self.held.push(byte),
            _ => {
                out.append(&mut self.held);
                self.byte(byte, out);
            }
        }
    }

    /// After `=` and what followed it.
    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        match (self.held.len(), byte) {
            (1, b) if b.is_ascii_hexdigit() => return self.held.push(byte),
            (2, b) if b.is_ascii_hexdigit() && self.held[1].is_ascii_hexdigit() => {
                out.push(hex(self.held[1]) << 4 | hex(byte));
                self.held.clear();
                return;
            }
            _ => {}
        }
        let blank_so_far = self.held[1..].iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'));
        let cr = self.held.last() == Some(&b'\r');
        match byte {
            // A soft line break, white space before its end allowed.
            b'\n' if blank_so_far => self.held.clear(),
            b' ' | b'\t' | b'\r' if blank_so_far && !cr && self.held.len() < Self::MAX_HELD => {
                self.held.push(byte);
            }
            _ => {
                // Broken: the `=` is text, and what came after it is read again.
                let held = std::mem::take(&mut self.held);
                out.push(b'=');
                for &b in &held[1..] {
                    self.byte(b, out);
                }
                self.byte(byte, out);
            }
        }
    }

    fn finish(self, out: &mut Vec<u8>) {
        match self.held.as_slice() {
            // A soft break as the very last thing; white space at the end of the last line.
            [b'=', rest @ ..] if rest.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r')) => {}
            [b'=', ..] => out.extend_from_slice(&self.held),
            [.., b'\r'] => out.push(b'\r'),
            _ => {}
        }
    }
}

/// `begin 644 name` … `end`. A body without a `begin` line is taken to be data from its first line; text around the
/// data is dropped, as the part says it is uuencoded.
#[derive(Debug, Default)]
pub struct Uuencode {
    line: Vec<u8>,
    state: UuState,
    /// Lines decoded before a `begin` was seen: kept out only if there is one.
    before: Vec<u8>,
}

#[derive(Debug, Default, PartialEq)]
enum UuState {
    #[default]
    Before,
    Data,
    After,
}

impl Uuencode {
    /// A longer line is not of this encoding; its tail is ignored.
    const MAX_LINE: usize = 1_000;
    /// How much may come before `begin`, in bytes.
    const MAX_BEFORE: usize = 64 * 1024;

    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        for &byte in chunk {
            if byte == b'\n' {
                self.end_line(out);
            } else if self.line.len() < Self::MAX_LINE {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        match self.state {
            UuState::Before if is_begin(line) => {
                self.before.clear();
                self.state = UuState::Data;
            }
            UuState::Before => {
                uu_line(line, &mut self.before);
                if self.before.len() > Self::MAX_BEFORE {
                    out.append(&mut self.before);
                    self.state = UuState::Data;
                }
            }
            UuState::Data if line == b"end" => self.state = UuState::After,
            UuState::Data => uu_line(line, out),
            UuState::After => {}
        }
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        if !self.line.is_empty() {
            self.end_line(out);
        }
        out.append(&mut self.before);
    }
}

/// `begin 644 name` (three or four octal digits).
pub(super) fn is_begin(line: &[u8]) -> bool {
    line.strip_prefix(b"begin ").is_some_and(|rest| {
        let digits = rest.iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
        (3..=4).contains(&digits) && rest.get(digits) == Some(&b' ') && rest.len() > digits + 1
    })
}

fn uu_line(line: &[u8], out: &mut Vec<u8>) {
    let Some((&first, data)) = line.split_first() else { return };
    if !(b' '..=b'`').contains(&first) {
        return;
    }
    let length = usize::from((first - b' ') & 0x3f);
    // Some gateways strip trailing spaces, which are zeros: pad. A line with far too few characters is text.
    if length == 0 || data.len() * 3 + 9 < length * 3 {
        return;
    }
    let start = out.len();
    for quantum in data.chunks(4) {
        let mut bits = 0u32;
        for i in 0..4 {
            let digit = quantum.get(i).copied().unwrap_or(b' ');
            bits = bits << 6 | u32::from(digit.wrapping_sub(b' ') & 0x3f);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.resize(start + length, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn is(encoding: &str, body: &[u8], text: &str) {
        assert_eq!(String::from_utf8_lossy(&decode(encoding, body)), text);
    }

    #[test]
    fn base64_as_it_comes() {
        is("base64", b"Qm9u\r\nam91cg==\r\n", "Bonjour");
        is("BASE64", b"Qm9u am91cg", "Bonjour");
        is("base64", b"Qm9uam91cg==\r\nIHZvdXM=", "Bonjour vous");
        is("base64", b"Q!m9*u\0am91cg==", "Bonjour");
        is("base64", b"A", "");
        is("base64", b"", "");
    }

    #[test]
    fn quoted_printable_as_it_comes() {
        is("quoted-printable", b"caf=C3=A9 =\r\nnoir", "café noir");
        is("Quoted-Printable", b"caf=c3=a9 =  \r\nnoir =\nbien", "café noir bien");
        is("quoted-printable", b"trailing  \t\r\nnext \nlast  ", "trailing\r\nnext\nlast");
        is("quoted-printable", b"a=ZZ b=4 c=\r", "a=ZZ b=4 c");
        is("quoted-printable", b"1=1, x=", "1=1, x");
        is("quoted-printable", b"==41", "=A");
        is("quoted-printable", b"=4=41", "=4A");
        is("quoted-printable", b"a = b", "a = b");
        is("quoted-printable", b"a \r b\r\rc", "a \r b\r\rc");
        is("quoted-printable", b"last=E9line", "last\u{fffd}line");
    }

    #[test]
    fn identity_keeps_every_byte() {
        for encoding in ["", "7bit", "8bit", "binary", "x-strange"] {
            assert_eq!(decode(encoding, b"\0=41 \r\n."), b"\0=41 \r\n.");
        }
    }

    #[test]
    fn uuencode_with_and_without_frame() {
        is("x-uuencode", b"texte\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nafter\r\n", "Cat");
        is("x-uuencode", b"#0V%T", "Cat");
        is("x-uuencode", b"begin 644 a\n#0V%T\n\"0V$\nend", "CatCa");
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            body in prop::collection::vec(prop::sample::select(b"=\r\n \t4AaZ#`~e\0\xc3begin 644 x".to_vec()), 0..300),
            cuts in prop::collection::vec(0usize..300, 0..12),
            encoding in prop::sample::select(vec!["base64", "quoted-printable", "x-uuencode", "8bit"]),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(body.len())).collect();
            cuts.push(body.len());
            cuts.sort_unstable();
            let mut decoder = Decoder::new(encoding);
            let mut out = Vec::new();
            let mut from = 0;
            for cut in cuts {
                out.extend(decoder.push(&body[from..cut]));
                from = cut;
            }
            out.extend(decoder.finish());
            prop_assert_eq!(out, decode(encoding, &body));
        }

        #[test]
        fn base64_round_trip(bytes: Vec<u8>, width in 1usize..90) {
            use base64::Engine;
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let lines: Vec<&[u8]> = text.as_bytes().chunks(width).collect();
            prop_assert_eq!(decode("base64", &lines.join(&b"\r\n"[..])), bytes);
        }
    }
}
