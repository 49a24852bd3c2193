//! A text body as markup: paragraphs, quotes that fold, links. Everything but the links' addresses is escaped text,
//! and those are checked here once more.

use maud::{Markup, html};

use crate::locale::Tr;
pub use crate::message::text::{Block, Line, Span, Text};

/// Deeper quotes stand at this depth. Bounds the recursion.
const MAX_QUOTE: usize = 8;

pub fn render(text: &Text, tr: &Tr) -> Markup {
    html! {
        div.body data-text dir="auto" {
            (blocks(&text.blocks, 0, tr))
            @if text.truncated { p.quiet { (tr.t("text-cut")) } }
        }
    }
}

fn level(block: &Block) -> usize {
    match block {
        Block::Quote { depth, .. } => (*depth).clamp(1, MAX_QUOTE),
        Block::Paragraph(_) | Block::Signature(_) => 0,
    }
}

fn blocks(all: &[Block], depth: usize, tr: &Tr) -> Markup {
    html! {
        @for run in all.chunk_by(|a, b| (level(a) > depth) == (level(b) > depth)) {
            @if run.first().is_some_and(|b| level(b) > depth) {
                // Only the outermost quote folds: a click shows all of it.
                @if depth == 0 {
                    details.quoted {
                        summary { (tr.t("text-quoted")) }
                        blockquote { (blocks(run, 1, tr)) }
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
    html! {
        @match block {
            Block::Paragraph(lines) | Block::Quote { lines, .. } => {
                p class=[in_columns(lines).then_some("columns")] { (spans(lines)) }
            },
            Block::Signature(lines) => p.signature { (spans(lines)) },
        }
    }
}

/// Written as a table, by spaces, as laboratories do: to be read by column it needs letters of one width.
fn in_columns(lines: &[Line]) -> bool {
    let spaced = |line: &Line| {
        let text: String = line.iter().map(Span::text).collect();
        text.trim().contains("   ") || text.trim().contains('\t')
    };
    lines.iter().filter(|line| spaced(line)).take(2).count() == 2
}

/// The style keeps line ends and spaces as they are.
fn spans(lines: &[Line]) -> Markup {
    html! {
        @for (i, line) in lines.iter().enumerate() {
            @if i > 0 { "\n" }
            @for span in line { (draw(span)) }
        }
    }
}

fn draw(span: &Span) -> Markup {
    html! {
        @match span {
            Span::Text(text) => (text),
            Span::Link { url, text } if is_web(url) => {
                a href=(url) target="_blank" rel="noopener noreferrer nofollow" { (text) }
            }
            Span::Link { text, .. } => (text),
            Span::Mail { address, text } => a href={ "/compose?to=" (mailto(address)) } { (text) },
        }
    }
}

fn is_web(url: &str) -> bool {
    ["http://", "https://"].iter().any(|s| url.get(..s.len()).is_some_and(|p| p.eq_ignore_ascii_case(s)))
}

/// An address inside a query: everything that could begin another field is encoded.
fn mailto(address: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEEP: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_').remove(b'+');
    utf8_percent_encode(address, KEEP).to_string()
}
