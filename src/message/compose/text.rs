//! The text as `format=flowed` (RFC 3676) in quoted-printable (RFC 2045 §6.7).

/// Characters of a line before it is broken softly (RFC 3676 §4.2 asks for 78 at most, quotes included).
const WIDTH: usize = 72;
/// Octets of a line in quoted-printable, with the `=` of a soft break.
const WIRE: usize = 76;
const SIGNATURE: &str = "-- ";

/// Every line with CRLF behind it; NUL characters are left out.
pub fn write(typed: &str, out: &mut Vec<u8>) {
    let typed = typed.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let typed = typed.strip_suffix('\n').unwrap_or(&typed);
    for line in typed.split('\n') {
        for flowed in flow(line) {
            quoted_printable(flowed.as_bytes(), out);
        }
    }
}

/// One typed line as lines of which all but the last end with a space. A `>` at the start is a quote, as everywhere.
/// Spaces at the end of what was typed are dropped: they would mean that the line goes on (§4.2).
fn flow(line: &str) -> Vec<String> {
    let depth = line.bytes().take_while(|b| *b == b'>').count();
    let (marks, rest) = line.split_at(depth);
    let rest = if rest == SIGNATURE && depth == 0 { rest } else { rest.trim_end_matches(' ') };
    // The space behind the marks is stuffing (§4.4).
    let rest = if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    let room = WIDTH.saturating_sub(depth + 1).max(20);
    broken(rest, room).into_iter().map(|piece| stuffed(marks, piece)).collect()
}

/// Breaks behind spaces; a word longer than the line stands alone.
fn broken(text: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let (mut count, mut last_break) = (0, None);
    let mut before = None;
    for (at, c) in text.char_indices() {
        if before == Some(' ') && c != ' ' {
            last_break = Some(at);
        }
        if count >= room
            && let Some(end) = last_break.take()
            // Would be read as the start of a signature.
            && &text[start..end] != SIGNATURE
        {
            pieces.push(&text[start..end]);
            count = text[end..at].chars().count();
            start = end;
        }
        count += 1;
        before = Some(c);
    }
    pieces.push(&text[start..]);
    pieces
}

/// §4.4: what could be read as a quote, as stuffing or as an mbox separator gets a space in front.
fn stuffed(marks: &str, piece: &str) -> String {
    if !marks.is_empty() {
        return if piece.is_empty() { marks.to_owned() } else { format!("{marks} {piece}") };
    }
    let stuff = piece.starts_with([' ', '>']) || piece.starts_with("From ");
    format!("{}{piece}", if stuff { " " } else { "" })
}

fn quoted_printable(line: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, &byte) in line.iter().enumerate() {
        let last = at + 1 == line.len();
        let plain = match byte {
            b'=' => false,
            // White space at the end gets lost on some ways (RFC 2045 §6.7 (3)).
            b' ' | b'\t' => !last,
            b'!'..=b'~' => true,
            _ => false,
        };
        let size = if plain { 1 } else { 3 };
        // One column stays for the `=`.
        if column + size > WIRE - 1 {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        // No relay has a dot to stuff or a line to keep apart from an mbox separator.
        let risky = column == 0 && (byte == b'.' || line[at..].starts_with(b"From "));
        if plain && !risky {
            out.push(byte);
            column += 1;
        } else {
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
            column += 3;
        }
    }
    out.extend_from_slice(b"\r\n");
}
