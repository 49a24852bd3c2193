//! HTML as a run of tags and texts, in one linear pass over the bytes and without building a tree.
//!
//! It follows the tokenizer of the HTML standard (§13.2.5) where mail depends on it: quotes count only after `=`,
//! comments end at `-->` or `--!>`, and `<style>`, `<title>` and their like hold no tags. It decides what is *shown*;
//! what is *safe* is decided afterwards by ammonia.

/// Attributes kept of one tag; more are read over. (html5ever compares each attribute with all before it.)
const MAX_ATTRIBUTES: usize = 64;

#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    /// Character references are still in it.
    Text(&'a str),
    Open(Tag<'a>),
    /// The name of an end tag, in the case it was written.
    Close(&'a str),
    /// The inside of an element that holds no tags (`style`, `title`, `script` …).
    Raw {
        name: &'a str,
        text: &'a str,
    },
}

#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    /// In the case it was written.
    pub name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// (name as written, value with character references still in it)
    pub fn attributes(&self) -> &[(&'a str, &'a str)] {
        &self.attributes
    }

    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

pub struct Scanner<'a> {
    html: &'a str,
    at: usize,
    /// The element without tags inside that was just opened.
    raw: Option<&'a str>,
}

impl<'a> Scanner<'a> {
    pub fn new(html: &'a str) -> Scanner<'a> {
        Scanner { html, at: 0, raw: None }
    }

    /// The byte at `i`, or 0 behind the end.
    fn byte(&self, i: usize) -> u8 {
        self.html.as_bytes().get(i).copied().unwrap_or(0)
    }

    fn seek(&self, from: usize, needle: &str) -> Option<usize> {
        self.html.get(from..).and_then(|rest| rest.find(needle)).map(|i| from + i)
    }

    /// Up to the end tag of `name`, or to the end of all.
    fn raw_text(&mut self, name: &'a str) -> Token<'a> {
        let from = self.at;
        let mut at = from;
        let end = loop {
            let Some(close) = self.seek(at, "</") else { break self.html.len() };
            let after = close + 2 + name.len();
            let same = self
                .html
                .as_bytes()
                .get(close + 2..after)
                .is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()));
            if same && matches!(self.byte(after), b' ' | b'\t' | b'\r' | b'\n' | 0x0c | b'/' | b'>') {
                break close;
            }
            at = close + 2;
        };
        self.at = end;
        Token::Raw { name, text: &self.html[from..end] }
    }

    /// Skips `<!…`, `<?…` and `</` that is no tag.
    fn skip_comment(&mut self) {
        let from = self.at;
        let end = if self.html[from..].starts_with("<!--") {
            let inside = from + 4;
            if self.byte(inside) == b'>' {
                Some(inside + 1)
            } else if self.html[inside..].starts_with("->") {
                Some(inside + 2)
            } else {
                let mut at = inside;
                loop {
                    match self.seek(at, "--") {
                        Some(i) if self.byte(i + 2) == b'>' => break Some(i + 3),
                        Some(i) if self.byte(i + 2) == b'!' && self.byte(i + 3) == b'>' => break Some(i + 4),
                        Some(i) => at = i + 1,
                        None => break None,
                    }
                }
            }
        } else {
            self.seek(from, ">").map(|i| i + 1)
        };
        self.at = end.unwrap_or(self.html.len());
    }

    /// The tag whose name begins at `from`; leaves the cursor behind its `>`. `None` when it never ends.
    fn tag(&mut self, from: usize) -> Option<Tag<'a>> {
        let bytes = self.html.as_bytes();
        let is_end = |b: u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
        let mut i = from;
        while i < bytes.len() && !is_end(bytes[i]) {
            i += 1;
        }
        let name = &self.html[from..i];
        let mut attributes = Vec::new();
        loop {
            while i < bytes.len() && (bytes[i].is_ascii_whitespace() || bytes[i] == b'/') {
                i += 1;
            }
            match bytes.get(i)? {
                b'>' => {
                    self.at = i + 1;
                    return Some(Tag { name, attributes });
                }
                _ => {
                    let start = i;
                    i += 1; // A name may begin with `=`.
                    while i < bytes.len() && !is_end(bytes[i]) && bytes[i] != b'=' {
                        i += 1;
                    }
                    let key = self.html.get(start..i)?;
                    while i < bytes.len() && bytes[i].is_ascii_whitespace() {
                        i += 1;
                    }
                    let mut value = "";
                    if bytes.get(i) == Some(&b'=') {
                        i += 1;
                        while i < bytes.len() && bytes[i].is_ascii_whitespace() {
                            i += 1;
                        }
                        let quote = *bytes.get(i)?;
                        let from = if matches!(quote, b'"' | b'\'') { i + 1 } else { i };
                        let ends =
                            |b: u8| if from > i { b == quote } else { b.is_ascii_whitespace() || b == b'>' };
                        let end = from + bytes[from..].iter().position(|b| ends(*b))?;
                        value = &self.html[from..end];
                        i = if from > i { end + 1 } else { end };
                    }
                    if attributes.len() < MAX_ATTRIBUTES {
                        attributes.push((key, value));
                    }
                }
            }
        }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            return Some(self.raw_text(name));
        }
        while self.at < self.html.len() {
            let start = self.at;
            // Text up to something that can begin a tag.
            let mut text_end = start;
            loop {
                let Some(lt) = self.seek(text_end, "<") else {
                    self.at = self.html.len();
                    return Some(Token::Text(&self.html[start..]));
                };
                let next = self.byte(lt + 1);
                if next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?') {
                    text_end = lt;
                    break;
                }
                text_end = lt + 1;
            }
            if text_end > start {
                self.at = text_end;
                return Some(Token::Text(&self.html[start..text_end]));
            }
            let next = self.byte(start + 1);
            let closes = next == b'/' && self.byte(start + 2).is_ascii_alphabetic();
            if !closes && !next.is_ascii_alphabetic() {
                self.skip_comment();
                continue;
            }
            let Some(tag) = self.tag(start + 1 + usize::from(closes)) else {
                self.at = self.html.len(); // A tag that never ends shows nothing (§13.2.5, eof-in-tag).
                return None;
            };
            if closes {
                return Some(Token::Close(tag.name));
            }
            const RAW: [&str; 9] =
                ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"];
            if RAW.iter().any(|raw| raw.eq_ignore_ascii_case(tag.name)) {
                self.raw = Some(tag.name);
            }
            return Some(Token::Open(tag));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A short form for reading: `<p a=b>`, `</p>`, `{style:…}`, text.
    fn shape(html: &str) -> String {
        let mut out = String::new();
        for token in Scanner::new(html) {
            match token {
                Token::Text(t) => out.push_str(t),
                Token::Close(name) => out.push_str(&format!("[/{name}]")),
                Token::Raw { name, text } => out.push_str(&format!("{{{name}:{text}}}")),
                Token::Open(tag) => {
                    let attributes: String =
                        tag.attributes().iter().map(|(k, v)| format!(" {k}={v}")).collect();
                    out.push_str(&format!("[{}{attributes}]", tag.name));
                }
            }
        }
        out
    }

    #[test]
    fn tags_and_text() {
        assert_eq!(shape("a<p class=x ID=\"y>z\" w='1'>b</p >c"), "a[p class=x ID=y>z w=1]b[/p]c");
        assert_eq!(shape("1 < 2 <3> <br/><img src=a/b />"), "1 < 2 <3> [br][img src=a/b]");
        assert_eq!(shape("<a\"b =c>x"), "[a\"b =c=]x");
        assert_eq!(shape("<a href = 'x' b>y"), "[a href=x b=]y");
    }

    #[test]
    fn comments_and_their_like() {
        assert_eq!(shape("a<!-- <p> -- > -->b<!-->c<!--->d<!--x--!>e"), "abcde");
        assert_eq!(shape("<!DOCTYPE html><?xml x?><![if !mso]>a<![endif]></>b"), "ab");
        assert_eq!(shape("a<!-- never"), "a");
    }

    #[test]
    fn raw_text_holds_no_tags() {
        assert_eq!(shape("<style>a<b></Style >x"), "[style]{style:a<b>}[/Style]x");
        assert_eq!(shape("<script>'</scripty>'</script>x"), "[script]{script:'</scripty>'}[/script]x");
        assert_eq!(shape("<title>never"), "[title]{title:never}");
    }

    #[test]
    fn an_unfinished_tag_shows_nothing() {
        for html in ["a<p", "a<p x", "a<p x=", "a<p x=\"y", "a<p x=y", "a</p", "a<p x='>"] {
            assert_eq!(shape(html), "a", "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_soup_ends(html in "(<|>|/|=|\"|'|!|-|--|p|style|é| |a){0,60}") {
            // Each token stands for some bytes: there are never more.
            prop_assert!(Scanner::new(&html).count() <= html.len() + 1);
        }
    }
}
