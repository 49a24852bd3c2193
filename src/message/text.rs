//! A plain text body as blocks for display: paragraphs, quotes with their depth, the signature; in each line, links.
//!
//! Understands `format=flowed` (RFC 3676), quoting with `>`, and leaves uuencoded islands as they are.

mod link;

pub use link::{Span, spans};

use super::transfer::is_begin;

/// Text shown at most, in bytes.
pub const MAX_BYTES: usize = 512 * 1024;
/// Lines shown at most.
pub const MAX_LINES: usize = 20_000;
/// Deeper quotes count as this deep.
pub const MAX_DEPTH: usize = 20;
/// Links made at most; what follows stays text.
const MAX_LINKS: usize = 2_000;

/// A line as it is shown: never empty.
pub type Line = Vec<Span>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Lines without an empty one between them.
    Paragraph(Vec<Line>),
    /// Paragraphs quoted `depth` times, 1 to [`MAX_DEPTH`].
    Quote { depth: usize, lines: Vec<Line> },
    /// What follows `-- ` (RFC 3676 §4.3).
    Signature(Vec<Line>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub blocks: Vec<Block>,
    /// There is more than is shown.
    pub truncated: bool,
}

/// How the Content-Type says the text is laid out (RFC 3676 §4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format {
    pub flowed: bool,
    pub delsp: bool,
}

impl Text {
    /// Reads a decoded text body. Time and memory in proportion to its size.
    pub fn parse(body: &str, format: Format) -> Text {
        let mut end = body.len().min(MAX_BYTES);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        let mut reader = Reader { links_left: MAX_LINKS, ..Reader::default() };
        let mut truncated = end < body.len();
        let mut lines = body[..end].lines();
        for line in &mut lines {
            if reader.count >= MAX_LINES {
                truncated = true;
                break;
            }
            reader.line(line.trim_end_matches('\r'), format);
        }
        reader.finish_line();
        reader.finish_block();
        Text { blocks: reader.blocks, truncated }
    }
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// The paragraph, quote or signature that is growing.
    lines: Vec<Line>,
    depth: usize,
    signature: bool,
    /// A flowed line that goes on.
    held: Option<String>,
    /// Inside `begin 644 …`.
    island: bool,
    count: usize,
    links_left: usize,
}

impl Reader {
    fn line(&mut self, raw: &str, format: Format) {
        if self.island {
            self.island = raw.trim_end() != "end";
            return self.push(raw.to_owned(), false);
        }
        let (depth, content) = quoting(raw, format.flowed);
        if depth != self.depth {
            self.finish_line(); // RFC 3676 §4.5: a change of depth ends a paragraph, whatever the line said.
            self.finish_block();
            self.depth = depth;
        }
        // `--` alone: transport often drops the space.
        if depth == 0 && (content == "-- " || content == "--") && !self.signature {
            self.finish_line();
            self.finish_block();
            self.signature = true;
            return;
        }
        if depth == 0 && is_begin(content.as_bytes()) {
            self.finish_line();
            self.finish_block();
            self.island = true;
            return self.push(content.to_owned(), false);
        }
        let flows = format.flowed && content.ends_with(' ') && content != "-- ";
        let content = if flows && format.delsp { &content[..content.len() - 1] } else { content };
        let mut line = self.held.take().unwrap_or_default();
        line.push_str(content);
        if flows {
            self.held = Some(line);
        } else {
            self.text(line);
        }
    }

    fn finish_line(&mut self) {
        if let Some(line) = self.held.take() {
            self.text(line);
        }
    }

    /// A whole line; an empty one ends a paragraph.
    fn text(&mut self, line: String) {
        if line.trim().is_empty() {
            if !self.signature {
                self.finish_block();
            }
        } else {
            self.push(line, true);
        }
    }

    fn push(&mut self, mut line: String, links: bool) {
        line.truncate(line.trim_end().len());
        if line.is_empty() {
            return;
        }
        self.count += 1;
        let line = if links && self.links_left > 0 { spans(&line) } else { vec![Span::Text(line)] };
        let found = line.iter().filter(|s| !matches!(s, Span::Text(_))).count();
        self.links_left = self.links_left.saturating_sub(found);
        self.lines.push(line);
    }

    fn finish_block(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return;
        }
        self.blocks.push(match self.depth {
            0 if self.signature => Block::Signature(lines),
            0 => Block::Paragraph(lines),
            depth => Block::Quote { depth, lines },
        });
    }
}

/// How often a line is quoted, and what is left of it. Flowed text has its `>` side by side and then perhaps one
/// stuffed space (§4.4, §4.5); other text often has spaces between.
fn quoting(line: &str, flowed: bool) -> (usize, &str) {
    let mut rest = line;
    let mut depth = 0;
    loop {
        let next = if flowed || depth == 0 { rest } else { rest.strip_prefix(' ').unwrap_or(rest) };
        // `>From` at the start of a line is an escape of old mailbox files, not a quote.
        if depth == 0 && next.starts_with(">From ") {
            return (0, &next[1..]);
        }
        match next.strip_prefix('>') {
            Some(after) => rest = after,
            None => break,
        }
        depth += 1;
    }
    if flowed || depth > 0 {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    (depth.min(MAX_DEPTH), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOWED: Format = Format { flowed: true, delsp: false };
    const FIXED: Format = Format { flowed: false, delsp: false };

    /// A short form for reading.
    fn shape(body: &str, format: Format) -> String {
        let joined = |lines: &[Line]| {
            let line = |line: &Line| line.iter().map(Span::text).collect::<String>();
            lines.iter().map(line).collect::<Vec<_>>().join("|")
        };
        let block = |block: &Block| match block {
            Block::Paragraph(lines) => joined(lines),
            Block::Quote { depth, lines } => format!("{}{}", ">".repeat(*depth), joined(lines)),
            Block::Signature(lines) => format!("--{}", joined(lines)),
        };
        Text::parse(body, format).blocks.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn paragraphs_quotes_signature() {
        let body = "Bonjour,\r\n\r\nLe 21/11, Ann a écrit :\r\n> Venez-vous ?\r\n> > Quand ?\r\n>> Lundi.\r\n\r\nOui.\r\n\r\n-- \r\nBob\r\n\r\nCHU\r\n";
        assert_eq!(
            shape(body, FIXED),
            "Bonjour,\nLe 21/11, Ann a écrit :\n>Venez-vous ?\n>>Quand ?|Lundi.\nOui.\n--Bob|CHU"
        );
    }

    #[test]
    fn flowed_lines_join() {
        assert_eq!(shape("Un texte \r\nqui coule\r\nfixe\r\n", FLOWED), "Un texte qui coule|fixe");
        assert_eq!(shape("Un texte \r\nqui coule\r\n", FIXED), "Un texte|qui coule");
        assert_eq!(shape("dia\u{ad} \ngnostic", Format { flowed: true, delsp: true }), "dia\u{ad}gnostic");
        assert_eq!(shape("> a \n> b\n>> c \n> d", FLOWED), ">a b\n>>c\n>d");
        assert_eq!(shape(" > not a quote\n From here", FLOWED), "> not a quote|From here");
        assert_eq!(shape("texte \n-- \nBob", FLOWED), "texte\n--Bob");
        assert_eq!(shape("ends with a space ", FLOWED), "ends with a space");
    }

    #[test]
    fn odd_quoting() {
        assert_eq!(shape(">From Paris with love\n>a\n> >b", FIXED), "From Paris with love\n>a\n>>b");
        assert_eq!(
            shape(&format!("{}deep", ">".repeat(1_000)), FIXED),
            format!("{}deep", ">".repeat(MAX_DEPTH))
        );
        assert_eq!(shape("a > b\n-->", FIXED), "a > b|-->");
    }

    #[test]
    fn uuencoded_islands_stay() {
        let body = "Voici \nbegin 644 a.txt\n#0V%T \n>quoted?\nend\nFin http://x.example";
        assert_eq!(shape(body, FLOWED), "Voici\nbegin 644 a.txt|#0V%T|>quoted?|end|Fin http://x.example");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let text = Text::parse(&"é".repeat(MAX_BYTES), FIXED);
        assert!(text.truncated);
        let text = Text::parse(&"a\n".repeat(MAX_LINES + 1), FIXED);
        assert!(text.truncated && matches!(&text.blocks[..], [Block::Paragraph(l)] if l.len() == MAX_LINES));
        assert!(!Text::parse("a", FIXED).truncated);
        let links = Text::parse(&"http://x.example \n".repeat(5_000), FIXED);
        let Some(Block::Paragraph(lines)) = links.blocks.first() else { panic!("no paragraph") };
        assert_eq!(lines.iter().flatten().filter(|s| !matches!(s, Span::Text(_))).count(), MAX_LINKS);
    }

    proptest! {
        #[test]
        fn never_panics(body in "(>| |a|é|\r\n|\n|-- |begin 644 x|end|http://|@|\\PC){0,80}", flowed: bool, delsp: bool) {
            for block in Text::parse(&body, Format { flowed, delsp }).blocks {
                let (Block::Paragraph(lines) | Block::Quote { lines, .. } | Block::Signature(lines)) = block;
                prop_assert!(lines.iter().all(|line| !line.is_empty()));
            }
        }
    }
}
