//! IMAP as it passes by: whole commands and responses out of a stream of bytes (RFC 9051 §2.2, §4.3).

use crate::imap::literal_length;

/// A piece of a command or response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A line, or what stands before or between literals; without CRLF.
    Text(Vec<u8>),
    /// The octets of a literal.
    Literal(Vec<u8>),
}

/// Collects bytes until a command or response is whole.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    pieces: Vec<Piece>,
    literal: Option<usize>,
}

/// What the bytes so far make.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A whole command or response.
    Whole(Vec<Piece>),
    /// The line so far ends by announcing a literal of which nothing was seen yet.
    Announced,
    Nothing,
}

impl Splitter {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next thing in what was pushed. Call until it says [`Found::Nothing`].
    pub(crate) fn next(&mut self) -> Found {
        if let Some(length) = self.literal {
            if self.buffer.len() < length {
                return Found::Nothing;
            }
            let rest = self.buffer.split_off(length);
            self.pieces.push(Piece::Literal(std::mem::replace(&mut self.buffer, rest)));
            self.literal = None;
        }
        let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') else { return Found::Nothing };
        let rest = self.buffer.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.buffer, rest);
        line.truncate(line.len() - if line.ends_with(b"\r\n") { 2 } else { 1 });
        self.literal = literal_length(&line);
        self.pieces.push(Piece::Text(line));
        if self.literal.is_some() { Found::Announced } else { Found::Whole(std::mem::take(&mut self.pieces)) }
    }
}

impl Splitter {
    /// Whether the literal just announced waits for a `+` of the server.
    pub(crate) fn synchronising(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Text(line)) if !line.ends_with(b"+}"))
    }
}

/// The first piece as text, wrong bytes replaced.
pub(crate) fn head(pieces: &[Piece]) -> String {
    match pieces.first() {
        Some(Piece::Text(line)) => String::from_utf8_lossy(line).into_owned(),
        _ => String::new(),
    }
}

/// Written out again as it came.
pub(crate) fn bytes(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(line) => {
                out.extend_from_slice(line);
                out.extend_from_slice(b"\r\n");
            }
            Piece::Literal(octets) => out.extend_from_slice(octets),
        }
    }
    out
}

/// One line to read for people, without anything secret. `None`: no command, but an answer to a continuation
/// (SASL, DONE).
pub(crate) fn readable(pieces: &[Piece]) -> Option<String> {
    let first = head(pieces);
    let (tag, command) = first.split_once(' ')?;
    let mut words = command.split(' ');
    let verb = words.next().unwrap_or_default().to_ascii_uppercase();
    match verb.as_str() {
        "LOGIN" => Some(format!("{tag} LOGIN …")),
        "AUTHENTICATE" => {
            let initial = if command.split(' ').count() > 2 { " …" } else { "" };
            Some(format!("{tag} AUTHENTICATE {}{initial}", words.next().unwrap_or_default()))
        }
        _ => {
            let mut line = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => line += &String::from_utf8_lossy(text),
                    Piece::Literal(octets) if octets.len() <= 200 => line += &String::from_utf8_lossy(octets),
                    Piece::Literal(_) => line.push('…'),
                }
            }
            Some(line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(splitter: &mut Splitter, bytes: &[u8]) -> Vec<Vec<Piece>> {
        splitter.push(bytes);
        let mut whole = Vec::new();
        loop {
            match splitter.next() {
                Found::Whole(pieces) => whole.push(pieces),
                Found::Announced => {}
                Found::Nothing => return whole,
            }
        }
    }

    #[test]
    fn commands_are_found_however_they_are_cut() {
        let stream = b"a NOOP\r\nb SEARCH TEXT {5+}\r\n\r\nx\r\n ALL\r\nc LOGIN me {2}\r\nme pw\r\n";
        for size in 1..stream.len() {
            let mut splitter = Splitter::default();
            let found: Vec<_> = stream.chunks(size).flat_map(|chunk| all(&mut splitter, chunk)).collect();
            let lines: Vec<_> = found.iter().filter_map(|pieces| readable(pieces)).collect();
            assert_eq!(lines, ["a NOOP", "b SEARCH TEXT {5+}\r\nx\r\n ALL", "c LOGIN …"], "{size}");
            assert_eq!(found.iter().flat_map(|pieces| bytes(pieces)).collect::<Vec<_>>(), stream);
        }
    }
}
