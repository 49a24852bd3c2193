//! HTML as readable plain text: for the preview line, for quoting, and when the HTML itself is refused.

use super::{entity, scan::Scanner, scan::Tag, scan::Token, tags::is_block};

/// HTML read at most, in bytes.
const MAX_INPUT: usize = 2 * 1024 * 1024;
/// Text written at most, in bytes.
const MAX_OUTPUT: usize = 512 * 1024;
const MAX_QUOTES: usize = 20;

/// The text of `html`: blocks on lines of their own, list bullets, `> ` before quoted lines; links by their text
/// alone. Linear in the input; at most 512 KB.
pub fn to_text(html: &str) -> String {
    write(html, false)
}

/// As [`to_text`], with the address behind each link whose text does not show it: `notre site <https://…>`.
pub fn to_text_with_links(html: &str) -> String {
    write(html, true)
}

fn write(html: &str, links: bool) -> String {
    let mut end = html.len().min(MAX_INPUT);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let mut writer = Writer { links, ..Writer::default() };
    for token in Scanner::new(&html[..end]) {
        match token {
            Token::Text(text) => writer.text(&entity::decode(text)),
            Token::Open(tag) => writer.start(&tag),
            Token::Close(name) => writer.end(&name.to_ascii_lowercase()),
            Token::Raw { .. } => {}
        }
        if writer.out.len() > MAX_OUTPUT {
            break;
        }
    }
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    links: bool,
    /// Line ends owed before the next character.
    breaks: usize,
    /// A space is owed.
    gap: bool,
    quotes: usize,
    pre: usize,
    /// The open link and where its text began.
    link: Option<(String, usize)>,
    /// Numbers of the open lists: `None` for bullets.
    lists: Vec<Option<u32>>,
    /// A bullet to write before the next character.
    bullet: Option<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.pre > 0 => self.breaks += 1,
                // Preheaders are padded with these to push the rest out of the preview.
                '\u{200b}'..='\u{200f}'
                | '\u{feff}'
                | '\u{34f}'
                | '\u{ad}'
                | '\u{2060}'..='\u{2064}'
                | '\u{61c}'
                | '\u{202a}'..='\u{202e}' => {}
                ' ' if self.pre > 0 => self.put(' '),
                c if c.is_whitespace() => self.gap = true,
                c if c.is_control() => {}
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.out.len() > MAX_OUTPUT {
            return;
        }
        let fresh = self.out.is_empty();
        let breaks = if fresh { 0 } else { self.breaks.min(2) };
        for _ in 0..breaks {
            self.out.push('\n');
        }
        if fresh || breaks > 0 {
            for _ in 0..self.quotes.min(MAX_QUOTES) {
                self.out.push_str("> ");
            }
        } else if self.gap {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.gap = false;
        if let Some(bullet) = self.bullet.take() {
            self.out.push_str(&bullet);
        }
        self.out.push(c);
    }

    fn need(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.gap = false;
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.to_ascii_lowercase();
        match name.as_str() {
            "br" => {
                self.breaks += 1;
                self.gap = false;
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" => self.need(2),
            "pre" => {
                self.need(2);
                self.pre += 1;
            }
            "blockquote" => {
                self.need(2);
                self.quotes += 1;
            }
            "ul" | "ol" => {
                self.need(if self.lists.is_empty() { 2 } else { 1 });
                if self.lists.len() < 50 {
                    self.lists.push((name == "ol").then_some(0));
                }
            }
            "li" => {
                self.need(1);
                self.bullet = Some(match self.lists.last_mut() {
                    Some(Some(n)) => {
                        *n = n.saturating_add(1);
                        format!("{n}. ")
                    }
                    _ => "• ".to_owned(),
                });
            }
            "hr" => {
                self.need(2);
                for _ in 0..3 {
                    self.put('-');
                }
                self.need(2);
            }
            "td" | "th" => self.gap = true,
            "img" => {
                if let Some(alt) = tag.attribute("alt").filter(|alt| alt.len() <= 500) {
                    self.text(&entity::decode(alt));
                }
            }
            "a" if self.links => {
                let href = entity::decode(tag.attribute("href").unwrap_or_default());
                let href = href.trim();
                let shown = href.starts_with("http://") || href.starts_with("https://");
                if shown && href.len() <= 2_000 && !href.contains(char::is_whitespace) {
                    self.link = Some((href.to_owned(), self.out.len()));
                }
            }
            name if is_block(name) => self.need(1),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" => self.need(2),
            "pre" => {
                self.need(2);
                self.pre = self.pre.saturating_sub(1);
            }
            "blockquote" => {
                self.need(2);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "ul" | "ol" => {
                self.lists.pop();
                self.need(if self.lists.is_empty() { 2 } else { 1 });
                self.bullet = None;
            }
            "td" | "th" => self.gap = true,
            "a" => {
                if let Some((href, from)) = self.link.take() {
                    let text = self.out.get(from..).unwrap_or_default();
                    if !text.trim().is_empty() && !text.contains(href.as_str()) {
                        self.text(&format!(" <{href}>"));
                    }
                }
            }
            name if is_block(name) => self.need(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn is(html: &str, text: &str) {
        assert_eq!(to_text(html), text, "{html}");
    }

    #[test]
    fn blocks_and_breaks() {
        is(
            "<p>Bonjour Docteur,</p>\n<p>La CRP est <b>en\n baisse</b>.<br>Bien à vous</p>",
            "Bonjour Docteur,\n\nLa CRP est en baisse.\nBien à vous",
        );
        is("<div>a</div><div>b<div>c</div></div>d", "a\nb\nc\nd");
        is("a<br><br><br><br>b", "a\n\nb");
        is("<pre>a\n  b</pre>c", "a\n  b\n\nc");
        is("a<hr>b", "a\n\n---\n\nb");
    }

    #[test]
    fn lists_tables_quotes() {
        is("<ul><li>un<li>deux</ul><ol><li>a</li><li>b</li></ol>", "• un\n• deux\n\n1. a\n2. b");
        is(
            "<table><tr><td>NFS</td><td>normale</td></tr><tr><td>CRP</td><td>12</td></tr></table>",
            "NFS normale\nCRP 12",
        );
        is(
            "Oui.<blockquote>Venez-vous ?<br>Ann<blockquote>vieux</blockquote></blockquote>Bob",
            "Oui.\n\n> Venez-vous ?\n> Ann\n\n> > vieux\n\nBob",
        );
    }

    #[test]
    fn what_is_not_text() {
        is("<head><title>t</title><style>p{}</style></head><script>x()</script><!-- c -->a", "a");
        is(
            "<div style=display:none>Offre&nbsp;&zwnj;&nbsp;&#847;&zwnj;&#8203;&shy; </div><p>Bonjour</p>",
            "Offre\n\nBonjour",
        );
        is("<img src=x alt='Le laboratoire'> <img alt=''>x", "Le laboratoire x");
    }

    #[test]
    fn links() {
        is("<a href=https://e.example/>ici</a>.", "ici.");
        assert_eq!(
            to_text_with_links("<a href='https://e.example/?a=1&amp;b'>ici</a> x"),
            "ici <https://e.example/?a=1&b> x"
        );
        assert_eq!(
            to_text_with_links("<a href=https://e.example>https://e.example</a>"),
            "https://e.example"
        );
        assert_eq!(to_text_with_links("<a href=javascript:x>ici</a><a href=http://p><img src=x></a>"), "ici");
    }

    #[test]
    fn hostile_sizes() {
        assert_eq!(to_text(&"<div>".repeat(200_000)), "");
        assert!(to_text(&"<blockquote>a".repeat(100_000)).len() <= MAX_OUTPUT + 100);
        assert!(to_text(&"é ".repeat(MAX_INPUT)).len() <= MAX_OUTPUT + 8);
    }

    proptest! {
        #[test]
        fn never_panics(html in "(</?(p|a href=http://x|pre|ul|li|td|blockquote|br)>|text|&nbsp;|&zwnj;| |\n){0,60}") {
            to_text_with_links(&html);
            prop_assert!(!to_text(&html).contains("\n\n\n"));
        }
    }
}
