//! A text body as markup: paragraphs, quotes that fold, links. Everything but the links' addresses is escaped text,
//! and those are checked here once more.

use maud::{Markup, html};

use crate::locale::Tr;

/// The text of a message, cut into blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub blocks: Vec<Block>,
    /// The rest is left out, because there is too much of it.
    pub cut: bool,
}

/// Lines that belong together. Line feeds inside the spans are line ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// How often it is quoted: 0 is the author's own.
    pub quote: u8,
    pub kind: BlockKind,
    pub spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BlockKind {
    #[default]
    Paragraph,
    /// Drawn or aligned with spaces: keeps its own lines and a fixed width.
    Fixed,
    /// After `-- ` (RFC 3676 §4.3).
    Signature,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Text(String),
    /// `http:` or `https:`; anything else is shown as text.
    Link {
        href: String,
        text: String,
    },
    /// An address, without `mailto:`.
    Mail {
        address: String,
        text: String,
    },
}

/// Deeper quotes stand at this depth. Bounds the recursion.
const MAX_QUOTE: u8 = 8;

pub fn render(text: &Text, tr: &Tr) -> Markup {
    html! {
        div.body data-text dir="auto" {
            (blocks(&text.blocks, 0, tr))
            @if text.cut { p.quiet { (tr.t("text-cut")) } }
        }
    }
}

fn blocks(all: &[Block], depth: u8, tr: &Tr) -> Markup {
    let level = |b: &Block| b.quote.min(MAX_QUOTE);
    html! {
        @for run in all.chunk_by(|a, b| (level(a) > depth) == (level(b) > depth)) {
            @if run.first().is_some_and(|b| level(b) > depth) {
                // Only the outermost quote folds: a click shows all of it.
                @if depth == 0 {
                    details.quoted {
                        summary { (tr.t("text-quoted")) }
                        blockquote { (blocks(run, depth + 1, tr)) }
                    }
                } @else {
                    blockquote { (blocks(run, depth + 1, tr)) }
                }
            } @else {
                @for block in run { (one(block)) }
            }
        }
    }
}

fn one(block: &Block) -> Markup {
    let spans = html! { @for span in &block.spans { (draw(span)) } };
    html! {
        @match block.kind {
            BlockKind::Paragraph => p { (spans) },
            BlockKind::Fixed => pre tabindex="0" { (spans) },
            BlockKind::Signature => p.signature { (spans) },
        }
    }
}

fn draw(span: &Span) -> Markup {
    html! {
        @match span {
            Span::Text(text) => (text),
            Span::Link { href, text } if is_web(href) => {
                a href=(href) target="_blank" rel="noopener noreferrer nofollow" { (text) }
            }
            Span::Link { text, .. } => (text),
            Span::Mail { address, text } => a href={ "mailto:" (mailto(address)) } { (text) },
        }
    }
}

fn is_web(href: &str) -> bool {
    ["http://", "https://"].iter().any(|s| href.get(..s.len()).is_some_and(|p| p.eq_ignore_ascii_case(s)))
}

/// An address inside a mailto URL (RFC 6068 §2): everything that could begin a header field is encoded.
fn mailto(address: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEEP: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_').remove(b'+');
    utf8_percent_encode(address, KEEP).to_string()
}
