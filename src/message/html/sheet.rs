//! The style sheets of a mail, reduced like its style attributes. Newsletters keep there what makes them fit a phone.
//!
//! cssparser takes a sheet apart as browsers do (CSS Syntax 3); nothing is copied but what is understood. A rule is
//! written anew from the selectors' tokens and the declarations that [`style`] lets pass. Of the at-rules only `@media`
//! is known: `@import`, `@font-face` and their like go. No `<` ever comes out, so that no sheet ends its element.
//!
//! Queries for a dark scheme go as well: mail with colours of its own is shown on white, where its light design holds.

use cssparser::{
    AtRuleParser, CowRcStr, ParseError, Parser, ParserState, QualifiedRuleParser, StyleSheetParser, ToCss,
    Token, serialize_identifier, serialize_string,
};

use super::{
    entity,
    scan::{Scanner, Token as Markup},
    style,
    tags::{ATTRIBUTES, known},
};

/// Bytes read of all sheets of one mail; what is beyond, from the last whole rule on, is not.
const MAX_BYTES: usize = 64 * 1024;
/// Rules kept.
const MAX_RULES: usize = 2_000;
/// What matching may cost a browser: the elements times the weight of the selectors, see [`Reading::weight`].
const MAX_WORK: usize = 20_000_000;
/// Longest selector, and longest media query, in bytes.
const MAX_TEXT: usize = 256;
/// Combinators of one selector.
const MAX_COMBINATORS: usize = 7;
/// Parentheses inside parentheses of a media query.
const MAX_NESTING: usize = 3;

/// What is left of a mail's sheets.
#[derive(Debug, Default, PartialEq)]
pub struct Sheet {
    pub css: String,
    /// It sets a colour somewhere.
    pub coloured: bool,
}

/// The sheets in `html`, as one. `tags` bounds the elements to be matched.
pub fn of(html: &str, tags: usize) -> Sheet {
    let mut filter = Filter {
        css: String::new(),
        coloured: false,
        rules: MAX_RULES,
        work: MAX_WORK / tags.max(1),
        in_media: false,
    };
    let mut left = MAX_BYTES;
    let mut media = String::new();
    for token in Scanner::new(html) {
        match token {
            Markup::Open(tag) if tag.name.eq_ignore_ascii_case("style") => {
                media = entity::decode(tag.attribute("media").unwrap_or_default());
            }
            Markup::Raw { name, text } if name.eq_ignore_ascii_case("style") => {
                let text = whole_rules(text, left);
                left -= text.len();
                filter.sheet(text, &media);
            }
            _ => {}
        }
    }
    // It cannot be; should it ever, mail loses its looks rather than its safety.
    if filter.css.contains('<') {
        return Sheet::default();
    }
    Sheet { css: filter.css, coloured: filter.coloured }
}

/// As much of a sheet as may be read.
fn whole_rules(css: &str, most: usize) -> &str {
    if css.len() <= most {
        return css;
    }
    let css = &css[..css.floor_char_boundary(most)];
    css.rfind('}').map_or("", |end| &css[..=end])
}

struct Filter {
    css: String,
    coloured: bool,
    rules: usize,
    work: usize,
    in_media: bool,
}

impl Filter {
    fn sheet(&mut self, css: &str, media: &str) {
        let query = if media.trim().is_empty() { Some(String::new()) } else { parsed(media, query) };
        match query {
            Some(query) if query.is_empty() => self.rules(&mut Parser::new(css)),
            Some(query) => self.media(&query, &mut Parser::new(css)),
            None => {}
        }
    }

    /// Each rule is written as it is read; what is no rule was passed over.
    fn rules(&mut self, input: &mut Parser<'_>) {
        StyleSheetParser::new(input, self).for_each(drop);
    }

    fn media(&mut self, query: &str, input: &mut Parser<'_>) {
        self.css.push_str("@media ");
        self.css.push_str(query);
        self.css.push('{');
        let start = self.css.len();
        self.rules(input);
        if self.css.len() > start {
            self.css.push_str("}\n");
        } else {
            self.css.truncate(start - query.len() - "@media {".len());
        }
    }
}

fn parsed<T>(css: &str, parse: impl FnOnce(&mut Parser<'_>, usize) -> Option<T>) -> Option<T> {
    parse(&mut Parser::new(css), 0)
}

fn no<T>() -> Result<T, ParseError<()>> {
    Err(ParseError::custom(()))
}

impl<'i> QualifiedRuleParser<'i> for Filter {
    type Prelude = Vec<Selector>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<Vec<Selector>, ParseError<()>> {
        Ok(selectors(input))
    }

    fn parse_block(
        &mut self,
        mut selectors: Vec<Selector>,
        _: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let start = input.position();
        while input.next().is_ok() {}
        let declarations = without_comments(input.slice_from(start));
        selectors.retain(|selector| {
            let room = self.work >= selector.work;
            self.work -= if room { selector.work } else { 0 };
            room
        });
        let Some(kept) = style::filter(&declarations) else { return no() };
        if selectors.is_empty() || self.rules == 0 {
            return no();
        }
        self.rules -= 1;
        self.coloured |= kept.coloured;
        let selectors: Vec<&str> = selectors.iter().map(|selector| selector.text.as_str()).collect();
        self.css.push_str(&selectors.join(","));
        self.css.push('{');
        self.css.push_str(&kept.style);
        self.css.push_str("}\n");
        Ok(())
    }
}

impl<'i> AtRuleParser<'i> for Filter {
    type Prelude = String;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<String, ParseError<()>> {
        if !name.eq_ignore_ascii_case("media") || self.in_media {
            return no();
        }
        query(input, 0).map_or_else(no, Ok)
    }

    fn parse_block(
        &mut self,
        query: String,
        _: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        self.in_media = true;
        self.media(&query, input);
        self.in_media = false;
        Ok(())
    }
}

/// A comment can stand anywhere in a block. One that is no comment, but inside a string, is no loss.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(open) = rest.find("/*") {
        out.push_str(&rest[..open]);
        out.push(' ');
        rest = rest[open + 2..].split_once("*/").map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// A media query list, anew; `None` where there is anything not known, or about the colour scheme.
fn query(input: &mut Parser<'_>, depth: usize) -> Option<String> {
    let mut out = String::new();
    while let Ok(token) = input.next_including_whitespace().cloned() {
        match token {
            Token::Ident(name) if name.eq_ignore_ascii_case("prefers-color-scheme") => return None,
            Token::Ident(name) => serialize_identifier(&name.to_ascii_lowercase(), &mut out).ok()?,
            Token::WhiteSpace(_) => out.push(' '),
            Token::Comma => out.push(','),
            Token::Colon => out.push(':'),
            Token::Delim('/') => out.push('/'),
            Token::Number { .. } | Token::Dimension { .. } => token.to_css(&mut out).ok()?,
            Token::ParenthesisBlock if depth < MAX_NESTING => {
                let inner = input.parse_nested_block(|input| query(input, depth + 1).map_or_else(no, Ok));
                out.push('(');
                out.push_str(&inner.ok()?);
                out.push(')');
            }
            _ => return None,
        }
        if out.len() > MAX_TEXT || out.contains('<') {
            return None;
        }
    }
    Some(out.trim().to_owned())
}

#[derive(Debug, PartialEq)]
struct Selector {
    text: String,
    work: usize,
}

/// The selectors of a list that are plain: tags, classes, ids, attributes that mail has, a few states; side by side,
/// inside, directly inside, or next to each other.
fn selectors(input: &mut Parser<'_>) -> Vec<Selector> {
    let mut all = Vec::new();
    loop {
        let mut one = Reading::default();
        let more = one.read(input);
        all.extend(one.done());
        if !more {
            return all;
        }
    }
}

#[derive(Default)]
struct Reading {
    text: String,
    /// What stands between the last compound and the next.
    combinator: Option<char>,
    /// Of these: "somewhere inside", and "directly inside" or "next to".
    inside: usize,
    beside: usize,
    /// Tags, classes, ids, attributes, states.
    simples: usize,
    /// Inside a compound: where it begins.
    compound: Option<usize>,
    /// There is something in it that is not known.
    unknown: bool,
}

/// States that say nothing of the reader but where the pointer is.
const STATES: [&str; 8] =
    ["active", "first-child", "focus", "hover", "last-child", "link", "only-child", "visited"];

impl Reading {
    /// Up to the comma (true) or the end (false).
    fn read(&mut self, input: &mut Parser<'_>) -> bool {
        while let Ok(token) = input.next_including_whitespace().cloned() {
            let known = match token {
                Token::Comma => return true,
                Token::WhiteSpace(_) => self.combine(' '),
                Token::Delim(c @ ('>' | '+')) => self.combine(c),
                Token::Delim('*') => self.compound.is_none() && self.simple("*"),
                Token::Ident(name) => self.compound.is_none() && self.tag(&name),
                Token::IDHash(name) => self.simple("#") && self.name(&name),
                Token::Delim('.') => match input.next_including_whitespace().cloned() {
                    Ok(Token::Ident(name)) => self.simple(".") && self.name(&name),
                    _ => false,
                },
                Token::Colon => match input.next_including_whitespace().cloned() {
                    Ok(Token::Ident(name)) => {
                        let name = name.to_ascii_lowercase();
                        STATES.contains(&name.as_str()) && self.simple(":") && self.name(&name)
                    }
                    _ => false,
                },
                Token::SquareBracketBlock => {
                    let inner = input.parse_nested_block(|input| attribute(input).map_or_else(no, Ok));
                    inner.is_ok_and(|inner| self.simple(&inner))
                }
                _ => false,
            };
            self.unknown |= !known || self.text.len() > MAX_TEXT;
        }
        false
    }

    fn combine(&mut self, combinator: char) -> bool {
        self.compound = None;
        let known = match self.combinator {
            None | Some(' ') => true,
            Some(_) => combinator == ' ',
        };
        if combinator != ' ' || self.combinator.is_none() {
            self.combinator = Some(combinator);
        }
        known
    }

    /// One more simple selector, in this compound or in a new one.
    fn simple(&mut self, text: &str) -> bool {
        match (self.compound, self.combinator.take()) {
            // `body.x` is the block that stands for the mail's body, `body` the frame's.
            (Some(start), _) if &self.text[start..] == "body" => self.text.truncate(start),
            (Some(_), _) => {}
            (None, combinator) => {
                match combinator {
                    // Nothing can stand before the first but white space.
                    Some(c) if !self.text.is_empty() => {
                        self.text.push(c);
                        *(if c == ' ' { &mut self.inside } else { &mut self.beside }) += 1;
                    }
                    Some(' ') | None => {}
                    Some(_) => return false,
                }
                self.compound = Some(self.text.len());
            }
        }
        self.text.push_str(text);
        self.simples += 1;
        true
    }

    /// Only what can be there: of the frame's own elements nothing but the body.
    fn tag(&mut self, name: &str) -> bool {
        let tag = if name.eq_ignore_ascii_case("body") { Some("body") } else { known(name) };
        tag.is_some_and(|tag| self.simple(tag))
    }

    fn name(&mut self, name: &str) -> bool {
        !name.contains('<') && name.len() <= MAX_TEXT && serialize_identifier(name, &mut self.text).is_ok()
    }

    /// How many looks at an element and those around it the selector may cost. Where every combinator is "somewhere
    /// inside", a browser gives up at the first ancestor that is missing. Where there are others between, it tries each
    /// ancestor anew for each of them.
    fn weight(&self) -> usize {
        let once = self.simples + 4 * (self.inside + self.beside);
        // A search inside a text.
        let once = if self.text.contains("*=") { 16 * once } else { once };
        if self.beside == 0 { once } else { once << (6 * self.inside) }
    }

    fn done(self) -> Option<Selector> {
        let whole = matches!(self.combinator, None | Some(' ')) && !self.text.is_empty();
        let plain = whole && !self.unknown && self.inside + self.beside <= MAX_COMBINATORS;
        let work = self.weight();
        plain.then_some(Selector { work, text: self.text })
    }
}

/// The inside of `[…]`. Attributes that may be long are not for searching.
fn attribute(input: &mut Parser<'_>) -> Option<String> {
    let name = input.expect_ident().ok()?.to_ascii_lowercase();
    ATTRIBUTES.binary_search(&name.as_str()).ok()?;
    let short = matches!(name.as_str(), "class" | "id");
    let mut out = format!("[{name}");
    if !input.is_exhausted() {
        out.push_str(match input.next().ok()? {
            Token::Delim('=') => "=",
            Token::IncludeMatch if short => "~=",
            Token::DashMatch => "|=",
            Token::PrefixMatch => "^=",
            Token::SuffixMatch => "$=",
            Token::SubstringMatch if short => "*=",
            _ => return None,
        });
        let value = input.expect_ident_or_string().ok()?.clone();
        if value.contains('<') || value.len() > MAX_TEXT || !input.is_exhausted() {
            return None;
        }
        serialize_string(&value, &mut out).ok()?;
    }
    out.push(']');
    Some(out)
}

#[cfg(test)]
mod tests;
