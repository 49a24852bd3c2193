//! Mail HTML rewritten so that every element is closed where it should be, before it reaches a tree builder.
//!
//! Tree builders pay for disorder: each `<div>` looks through everything that is open, and unclosed `<font>`s are
//! built again in every paragraph that follows. 100 KB of that costs minutes. What leaves here is properly nested, has
//! a bounded depth and a bounded number of elements, and only tags that mail may use; so the cost of all that follows
//! is bounded too. It is not the sanitiser: ammonia reads the result and decides what is safe.

use super::{Refused, scan::Scanner, scan::Tag, scan::Token};

/// Elements open at once.
pub const MAX_DEPTH: usize = 256;
/// Elements in all.
pub const MAX_ELEMENTS: usize = 50_000;
/// Tables inside tables: deeper ones become plain blocks, because browsers lay nested tables out many times over.
pub const MAX_TABLES: usize = 12;
/// Character references and line ends in one run of text; then a `<wbr>` parts it. The tree builder appends to a text
/// once for each and copies what is there: 120 KB of `&nbsp;` cost it seconds, 2 MB a quarter of an hour.
const MAX_PIECES: usize = 100;
/// The same within an attribute, which is dropped: no address needs as many.
const MAX_ATTRIBUTE_PIECES: usize = 500;
/// Longest attribute kept, in bytes, except for `src` (which may be a `data:` image).
const MAX_ATTRIBUTE: usize = 8 * 1024;

/// Tags kept, sorted. Everything else disappears and leaves its text.
pub const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Attributes kept, sorted. ammonia then says which tag may have which.
const ATTRIBUTES: &[&str] = &[
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "href",
    "hspace",
    "lang",
    "nowrap",
    "reversed",
    "rowspan",
    "size",
    "src",
    "start",
    "style",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
];

/// Rewrites `html`; see the module's text.
pub fn tidy(html: &str) -> Result<String, Refused> {
    let mut tidy = Tidy {
        out: String::with_capacity(html.len() + 64),
        open: Vec::new(),
        elements: 0,
        tables: 0,
        pieces: 0,
    };
    for token in Scanner::new(html) {
        match token {
            Token::Text(text) => tidy.text(text)?,
            Token::Open(tag) => tidy.start(&tag)?,
            Token::Close(name) => tidy.end(name)?,
            // `<style>` sheets go here: a filtered sheet could be put back into the frame's head one day.
            Token::Raw { .. } => {}
        }
    }
    tidy.pop_to(0);
    Ok(tidy.out)
}

struct Tidy {
    out: String,
    open: Vec<Open>,
    elements: usize,
    /// Tables among `open`.
    tables: usize,
    /// See [`MAX_PIECES`].
    pieces: usize,
}

struct Open {
    name: &'static str,
    /// What was written: `div` for tables that nest too deep, and for the body.
    written: &'static str,
    /// Its end tag came while a block inside it was still open: it closes with that block.
    ended: bool,
}

impl Tidy {
    fn text(&mut self, text: &str) -> Result<(), Refused> {
        if self.wants_cell() {
            let blank = text.replace("&nbsp;", " ");
            if blank.trim().is_empty() {
                return Ok(());
            }
            self.make_cell()?;
        }
        for piece in text.split_inclusive(is_piecemeal) {
            if self.pieces >= MAX_PIECES {
                self.push("wbr", None)?;
            }
            match piece.strip_suffix('<') {
                Some(before) => {
                    self.out.push_str(before);
                    self.out.push_str("&lt;");
                }
                None => self.out.push_str(piece),
            }
            self.pieces += usize::from(piece.ends_with(is_piecemeal));
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Refused> {
        if tag.name.eq_ignore_ascii_case("body") {
            return self.body(tag);
        }
        let Some(name) = known(tag.name) else { return Ok(()) };
        if is_table_part(name) {
            return self.table_part(name, tag);
        }
        self.make_cell()?;
        match name {
            "li" => self.close_within("li", &["ul", "ol"]),
            "dd" | "dt" => {
                self.close_within("dd", &["dl"]);
                self.close_within("dt", &["dl"]);
            }
            // Links do not nest.
            "a" => self.close_within("a", &[]),
            _ => {}
        }
        if is_block(name) {
            self.close_within("p", &[]);
        }
        self.push(name, Some(tag))
    }

    /// The body's colours move to a block around everything: without them, white text would be on white.
    fn body(&mut self, tag: &Tag<'_>) -> Result<(), Refused> {
        if !self.open.is_empty() {
            return Ok(());
        }
        let colour = |name| {
            let value = tag.attribute(name)?.trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '#';
            (!value.is_empty() && value.len() < 30 && value.chars().all(plain)).then_some(value)
        };
        let mut style = String::new();
        if let Some(value) = colour("bgcolor") {
            style.push_str(&format!("background-color:{value};"));
        }
        if let Some(value) = colour("text") {
            style.push_str(&format!("color:{value};"));
        }
        style.push_str(tag.attribute("style").unwrap_or_default());
        self.count()?;
        self.out.push_str("<div");
        self.attribute("style", &style);
        if let Some(dir) = tag.attribute("dir") {
            self.attribute("dir", dir);
        }
        self.out.push('>');
        self.open.push(Open { name: "body", written: "div", ended: false });
        Ok(())
    }

    /// `tr`, `td` and their like: closes what the standard closes, adds what is missing above.
    fn table_part(&mut self, name: &'static str, tag: &Tag<'_>) -> Result<(), Refused> {
        let Some(table) = self.open.iter().rposition(|o| o.name == "table") else { return Ok(()) };
        let parents: &[&str] = match name {
            "td" | "th" => &["tr", "tbody", "thead", "tfoot", "table"],
            "tr" => &["tbody", "thead", "tfoot", "table"],
            _ => &["table"],
        };
        let parent =
            self.open[table..].iter().rposition(|o| parents.contains(&o.name)).map_or(table, |i| table + i);
        self.pop_to(parent + 1);
        if matches!(name, "td" | "th") && self.open[parent].name != "tr" {
            self.push("tr", None)?;
        }
        self.push(name, Some(tag))
    }

    fn end(&mut self, name: &str) -> Result<(), Refused> {
        let Some(name) = known(name) else { return Ok(()) };
        if name == "br" {
            self.make_cell()?;
            return self.push("br", None); // `</br>` is a line break (§13.2.6.4.7).
        }
        let barrier: &[&str] = match name {
            "table" => &[],
            _ if is_table_part(name) => &["table"],
            _ => &["table", "td", "th", "caption"],
        };
        for i in (0..self.open.len()).rev() {
            if self.open[i].name == name && !self.open[i].ended {
                if !is_block(name) && self.open[i + 1..].iter().any(|o| is_block(o.name)) {
                    self.open[i].ended = true;
                } else {
                    self.pop_to(i);
                }
                break;
            }
            if barrier.contains(&self.open[i].name) {
                break;
            }
        }
        Ok(())
    }

    /// Closes the innermost open `name` that is not behind one of `barriers` or a table's.
    fn close_within(&mut self, name: &str, barriers: &[&str]) {
        for i in (0..self.open.len()).rev() {
            let here = self.open[i].name;
            if here == name {
                return self.pop_to(i);
            }
            if barriers.contains(&here) || matches!(here, "table" | "td" | "th" | "caption") {
                return;
            }
        }
    }

    /// Directly in a table, where only rows may be.
    fn wants_cell(&self) -> bool {
        matches!(self.open.last(), Some(o) if matches!(o.name, "table" | "tbody" | "thead" | "tfoot" | "tr"))
    }

    /// Content between rows gets a row and a cell of its own; browsers would move it out in front of the table.
    fn make_cell(&mut self) -> Result<(), Refused> {
        if self.wants_cell() {
            if self.open.last().is_some_and(|o| o.name != "tr") {
                self.push("tr", None)?;
            }
            self.push("td", None)?;
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Refused> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Refused::TooManyElements);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Refused::TooDeep);
        }
        Ok(())
    }

    fn push(&mut self, name: &'static str, tag: Option<&Tag<'_>>) -> Result<(), Refused> {
        self.count()?;
        self.pieces = 0;
        if name == "table" {
            self.tables += 1;
        }
        let in_deep_table = self.tables > MAX_TABLES && (name == "table" || is_table_part(name));
        let written = if in_deep_table { "div" } else { name };
        self.out.push('<');
        self.out.push_str(written);
        let mut seen = [false; ATTRIBUTES.len()];
        for (key, value) in tag.map_or(&[][..], Tag::attributes) {
            let key = key.to_ascii_lowercase();
            let Ok(i) = ATTRIBUTES.binary_search(&key.as_str()) else { continue };
            if !std::mem::replace(&mut seen[i], true) {
                self.attribute(ATTRIBUTES[i], value);
            }
        }
        self.out.push('>');
        if !matches!(name, "br" | "hr" | "img" | "wbr") {
            self.open.push(Open { name, written, ended: false });
        }
        Ok(())
    }

    /// Writes one attribute; the value keeps its character references.
    fn attribute(&mut self, key: &str, value: &str) {
        let limit = if key == "src" { usize::MAX } else { MAX_ATTRIBUTE };
        let pieces = value.bytes().filter(|b| matches!(b, b'&' | b'"' | 0)).count();
        if value.len() > limit || pieces > MAX_ATTRIBUTE_PIECES || (key == "style" && value.is_empty()) {
            return;
        }
        self.out.push(' ');
        self.out.push_str(key);
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '"' => self.out.push_str("&quot;"),
                // Line ends mean nothing in a URL (folded `data:`), a space elsewhere.
                '\r' | '\n' if key == "src" => {}
                '\r' | '\n' => self.out.push(' '),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    /// Closes the innermost elements until `len` are open, and then those that had ended before.
    fn pop_to(&mut self, len: usize) {
        while self.open.len() > len || self.open.last().is_some_and(|o| o.ended) {
            let Some(open) = self.open.pop() else { return };
            self.pieces = 0;
            if open.name == "table" {
                self.tables -= 1;
            }
            self.out.push_str("</");
            self.out.push_str(open.written);
            self.out.push('>');
        }
    }
}

/// Characters that html5ever hands on one by one.
fn is_piecemeal(c: char) -> bool {
    matches!(c, '&' | '<' | '\r' | '\n' | '\0')
}

/// The name as it is in [`TAGS`].
fn known(name: &str) -> Option<&'static str> {
    if name.len() > 10 {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    TAGS.binary_search(&lower.as_str()).ok().map(|i| TAGS[i])
}

fn is_table_part(name: &str) -> bool {
    matches!(name, "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "caption")
}

/// Elements that end an open paragraph (§13.2.6.4.7), and the parts of tables.
pub fn is_block(name: &str) -> bool {
    is_table_part(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "body"
                | "center"
                | "dd"
                | "div"
                | "dl"
                | "dt"
                | "figcaption"
                | "figure"
                | "footer"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "header"
                | "hr"
                | "li"
                | "main"
                | "ol"
                | "p"
                | "pre"
                | "section"
                | "table"
                | "ul"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn is(html: &str, tidied: &str) {
        assert_eq!(tidy(html).as_deref(), Ok(tidied), "{html}");
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(TAGS.is_sorted() && ATTRIBUTES.is_sorted());
    }

    #[test]
    fn closes_what_is_open() {
        is("<div><p>a<p>b<div>c", "<div><p>a</p><p>b</p><div>c</div></div>");
        is("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>");
        is("<b><i>a</b>b</i>", "<b><i>a</i></b>b");
        is("</div>a</p></b>", "a");
        is("a<br>b</br>c<BR/>", "a<br>b<br>c<br>");
        is("<a href=x>1<a href=y>2", "<a href=\"x\">1</a><a href=\"y\">2</a>");
    }

    #[test]
    fn an_inline_end_does_not_close_blocks() {
        is("<div><font><div>a</font>b</div>c</div>", "<div><font><div>ab</div></font>c</div>");
    }

    #[test]
    fn tables_get_their_structure() {
        is(
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        );
        is("<table><td>a</table>", "<table><tr><td>a</td></tr></table>");
        is("<table>lost<tr>\n&nbsp;<td>x", "<table><tr><td>lost</td></tr><tr><td>x</td></tr></table>");
        is("<table><tr><div>a</div></table>", "<table><tr><td><div>a</div></td></tr></table>");
        is("<tr><td>no table</td></tr>", "no table");
        is("<table><tr><td><div></td></tr></table>x", "<table><tr><td><div></div></td></tr></table>x");
        is("<div><table><tr><td></div>a", "<div><table><tr><td>a</td></tr></table></div>");
    }

    #[test]
    fn deep_tables_become_blocks() {
        let deep = tidy(&"<table><tr><td>".repeat(MAX_TABLES + 3)).unwrap_or_default();
        assert_eq!(deep.matches("<table>").count(), MAX_TABLES);
        assert_eq!(deep.matches("<div>").count(), 9);
    }

    #[test]
    fn only_known_tags_and_attributes() {
        is("<x><form action=y><o:p>a</o:p></form><svg onload=z>", "a");
        is("<p onclick=x CLASS=y Align=\"le\"ft\" align=z>a", "<p align=\"le\">a</p>");
        is("<p title='say \"hi\" &lt;'>1 < 2", "<p title=\"say &quot;hi&quot; &lt;\">1 &lt; 2</p>");
        is("<head><title>t</title><style>p{}</style></head><script>x</script>a", "a");
    }

    #[test]
    fn the_body_keeps_its_colours() {
        is(
            "<html><body bgcolor=#000 text='white' style=\"margin:0\"><p>a</p></body></html>",
            "<div style=\"background-color:#000;color:white;margin:0\"><p>a</p></div>",
        );
        is("<body>a</body>", "<div>a</div>");
        is("<body bgcolor='x\"><script>'>a", "<div>a</div>");
    }

    #[test]
    fn long_runs_are_parted() {
        for piece in ["&nbsp;", "<", "a\n", "&", "<x>&amp;"] {
            let tidied = tidy(&piece.repeat(1_000)).unwrap_or_default();
            let longest = tidied.split("<wbr>").map(|run| run.matches(is_piecemeal).count()).max();
            assert!(longest.is_some_and(|n| n <= MAX_PIECES), "{piece}: {longest:?}");
        }
        assert!(!tidy("a&amp;b\n").unwrap_or_default().contains("<wbr>"));
        is(&format!("<a href='{}'>x", "&".repeat(600)), "<a>x</a>");
        is("<img src='data:a\r\nb' alt='c\nd'>", "<img src=\"data:ab\" alt=\"c d\">");
    }

    #[test]
    fn bounds() {
        assert_eq!(tidy(&"<div>".repeat(20_000)), Err(Refused::TooDeep));
        assert_eq!(tidy(&"<!--</div>--><b></div></i>".repeat(20_000)), Err(Refused::TooDeep));
        assert_eq!(tidy(&"<br>".repeat(MAX_ELEMENTS + 1)), Err(Refused::TooManyElements));
        assert!(tidy(&"<p>a".repeat(MAX_ELEMENTS)).is_ok());
    }

    /// Every start tag in `html` is closed in order; returns the greatest depth.
    fn depth(html: &str) -> Option<usize> {
        let mut open: Vec<&str> = Vec::new();
        let mut deepest = 0;
        for token in Scanner::new(html) {
            match token {
                Token::Open(tag) if !matches!(tag.name, "br" | "hr" | "img" | "wbr") => open.push(tag.name),
                Token::Close(name) => {
                    if open.pop() != Some(name) {
                        return None;
                    }
                }
                _ => {}
            }
            deepest = deepest.max(open.len());
        }
        open.is_empty().then_some(deepest)
    }

    proptest! {
        #[test]
        fn always_well_nested(html in "(</?(p|b|a|div|table|tr|td|li|ul|font|body|br|style)( x=\"y)?>|text|<|&nbsp;| ){0,60}") {
            if let Ok(tidied) = tidy(&html) {
                prop_assert!(depth(&tidied).is_some_and(|d| d <= MAX_DEPTH), "{}", tidied);
            }
        }
    }
}
