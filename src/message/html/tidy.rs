//! Mail HTML rewritten so that every element is closed where it should be, before it reaches a tree builder.
//!
//! Tree builders pay for disorder: each `<div>` looks through everything that is open, and unclosed `<font>`s are
//! built again in every paragraph that follows. 100 KB of that costs seconds, 1 MB minutes. What leaves here is properly nested, has
//! a bounded depth and a bounded number of elements, and only tags that mail may use; so the cost of all that follows
//! is bounded too. It is not the sanitiser: ammonia reads the result and decides what is safe.

use super::{
    Refused,
    scan::{Scanner, Tag, Token},
    tags::{ATTRIBUTES, is_block, is_table_part, known},
};

/// Elements open at once.
pub const MAX_DEPTH: usize = 256;
/// Elements in all. A frame of as many holds a browser's tab for about a second, one of 50,000 for seven: the time grows
/// faster than they do.
pub const MAX_ELEMENTS: usize = 20_000;
/// Tables inside tables: deeper ones become plain blocks, because browsers lay nested tables out many times over.
pub const MAX_TABLES: usize = 12;
/// Character references and line ends in one run of text; then a `<wbr>` parts it. The tree builder appends to a text
/// once for each and copies what is there, so that the time grows with the square of a run of `&nbsp;`.
const MAX_PIECES: usize = 100;
/// The same within an attribute, which is dropped: no address needs as many.
const MAX_ATTRIBUTE_PIECES: usize = 500;
/// Longest attribute kept, in bytes, except for `src` (which may be a `data:` image).
const MAX_ATTRIBUTE: usize = 8 * 1024;

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
            // Style sheets are read by `sheet`.
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
        for name in ["class", "dir", "id"] {
            if let Some(value) = tag.attribute(name) {
                self.attribute(name, value);
            }
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

#[cfg(test)]
mod tests;
