//! A text as it stands quoted in an answer.

use crate::message::text::{Block, Span, Text};

/// Octets of quoted text; what follows is left out and the reader told so by an ellipsis.
const MOST: usize = 60_000;

/// Each line behind `> `; what was quoted before gets one more mark, the signature is left out.
pub fn quoted(text: &Text) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut size = 0;
    for block in &text.blocks {
        let (depth, content) = match block {
            Block::Paragraph(lines) => (1, lines),
            Block::Quote { depth, lines } => (depth + 1, lines),
            Block::Signature(_) => continue,
        };
        if !lines.is_empty() {
            lines.push(">".to_owned());
        }
        for line in content {
            let words: String = line.iter().map(Span::text).collect();
            size += words.len() + depth + 2;
            if size > MOST {
                lines.push("> …".to_owned());
                return lines.join("\n");
            }
            lines.push(format!("{} {words}", ">".repeat(depth)).trim_end().to_owned());
        }
    }
    if text.truncated {
        lines.push("> …".to_owned());
    }
    lines.join("\n")
}

/// Octets of a text that is edited again.
const MOST_TYPED: usize = 500_000;

/// A text as its writer typed it: soft line ends and stuffing of `format=flowed` undone (RFC 3676 §4).
pub fn typed(words: &str, flowed: bool, delsp: bool) -> String {
    let words = words.replace("\r\n", "\n");
    let end = words.floor_char_boundary(MOST_TYPED);
    let mut out = String::new();
    let mut goes_on = None;
    for (n, line) in words[..end].trim_end_matches('\n').split('\n').enumerate() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let (marks, rest) = line.split_at(if flowed { depth } else { 0 });
        let stuffed = if flowed { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
        if goes_on == Some(marks) {
            if delsp {
                out.pop();
            }
        } else {
            if n > 0 {
                out.push('\n');
            }
            out.push_str(marks);
            if !marks.is_empty() && !stuffed.is_empty() {
                out.push(' ');
            }
        }
        out.push_str(stuffed);
        goes_on = (flowed && stuffed.ends_with(' ') && stuffed != "-- ").then_some(marks);
    }
    if end < words.len() {
        out.push_str("\n…");
    }
    out
}

/// The same without marks, as a forwarded message shows it; quotes keep theirs.
pub fn plain(text: &Text) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut size = 0;
    for block in &text.blocks {
        let (marks, content) = match block {
            Block::Paragraph(lines) => (String::new(), lines),
            Block::Quote { depth, lines } => (format!("{} ", ">".repeat(*depth)), lines),
            Block::Signature(lines) => {
                paragraphs.push("-- ".to_owned());
                (String::new(), lines)
            }
        };
        let lines: Vec<String> = content
            .iter()
            .map(|line| format!("{marks}{}", line.iter().map(Span::text).collect::<String>()))
            .collect();
        let paragraph = lines.join("\n");
        size += paragraph.len();
        if size > MOST {
            paragraphs.push("…".to_owned());
            break;
        }
        paragraphs.push(paragraph);
    }
    paragraphs.join("\n\n").replace("-- \n\n", "-- \n")
}
