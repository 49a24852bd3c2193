//! Reading what was typed.

use jiff::civil::Date;

use super::{Doubt, EVERYWHERE, FIELDS, FILES, Field, LONGEST, MARKS, Query, TERMS, Term, Text, Within};

/// Reads a search box. What is too long is cut, and told.
pub fn parse(typed: &str) -> (Query, Vec<Doubt>) {
    let (mut query, mut doubts) = match typed.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            let (query, mut doubts) = read(&typed[..end]);
            doubts.push(Doubt::TooLong);
            (query, doubts)
        }
        None => read(typed),
    };
    if query.terms.len() > TERMS {
        query.terms.truncate(TERMS);
        doubts.push(Doubt::TooMany);
    }
    (query, doubts)
}

/// The same without a bound, for what was bounded before.
pub fn read(typed: &str) -> (Query, Vec<Doubt>) {
    let (mut query, mut doubts) = (Query::default(), Vec::new());
    let mut rest = typed;
    while let Some(token) = next(&mut rest) {
        let Some(field) = token.field else {
            query.terms.extend(Text::new(&token.text).map(Term::Anywhere));
            continue;
        };
        let mut value = token.text;
        if value.is_empty() && !token.quoted {
            // "de : martin", as one writes it in French.
            let mut after = rest;
            match next(&mut after).filter(|token| token.field.is_none()) {
                Some(token) => {
                    value = token.text;
                    rest = after;
                }
                None => value = String::new(),
            }
        }
        match understood(field, &value) {
            Some(Understood::Term(term)) => query.terms.push(term),
            Some(Understood::Within(within)) => query.within = within,
            // With nothing behind it, it is a word like others.
            None if Text::new(&value).is_none() => {
                query.terms.extend(Text::new(&token.name).map(Term::Anywhere));
            }
            None => doubts.push(match field {
                Field::Before | Field::After => Doubt::Date(value),
                Field::Larger => Doubt::Size(value),
                Field::Is => Doubt::Mark(value),
                _ => Doubt::Has(value),
            }),
        }
    }
    (query, doubts)
}

enum Understood {
    Term(Term),
    Within(Within),
}

fn understood(field: Field, value: &str) -> Option<Understood> {
    let text = Text::new(value)?;
    let lower = text.as_str().to_lowercase();
    let is = |words: &[&str]| words.contains(&&*lower);
    Some(Understood::Term(match field {
        Field::From => Term::From(text),
        Field::To => Term::To(text),
        Field::Subject => Term::Subject(text),
        Field::Thread => Term::Thread(text),
        Field::Before => Term::Before(date(&lower)?),
        Field::After => Term::After(date(&lower)?),
        Field::Larger => Term::Larger(size(&lower)?),
        Field::Has => is(&FILES).then_some(Term::Attachment)?,
        Field::Is => Term::Is(MARKS.iter().find(|(_, words)| is(words))?.0),
        Field::In if is(&EVERYWHERE) => return Some(Understood::Within(Within::All)),
        Field::In => return Some(Understood::Within(Within::Named(text))),
    }))
}

struct Token {
    field: Option<Field>,
    /// The field as it was typed, with its colon.
    name: String,
    text: String,
    quoted: bool,
}

/// Quotation marks, and what ends them.
const QUOTES: [(char, char); 3] = [('"', '"'), ('“', '”'), ('«', '»')];

fn next(rest: &mut &str) -> Option<Token> {
    *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    if rest.is_empty() {
        return None;
    }
    let (field, name) = match field(rest) {
        Some((field, length)) => {
            let (name, after) = rest.split_at(length);
            *rest = after;
            (Some(field), name.to_owned())
        }
        None => (None, String::new()),
    };
    let quote = QUOTES.iter().find(|(open, _)| rest.starts_with(*open));
    let text = match quote {
        Some((open, close)) => quoted(rest, *open, *close),
        None => {
            let end = rest.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            *rest = after;
            word.to_owned()
        }
    };
    Some(Token { field, name, text, quoted: quote.is_some() })
}

/// What stands between the marks; without a closing one, all there is. A backslash takes the sense of a mark away.
fn quoted(rest: &mut &str, open: char, close: char) -> String {
    let mut text = String::new();
    let mut chars = rest[open.len_utf8()..].chars();
    while let Some(c) = chars.next() {
        if c == close {
            break;
        }
        let escaped = chars.clone().next().filter(|next| c == '\\' && (*next == close || *next == '\\'));
        match escaped {
            Some(next) => {
                text.push(next);
                chars.next();
            }
            None => text.push(c),
        }
    }
    *rest = chars.as_str();
    text
}

/// A known field at the beginning, and how many octets it takes with its colon.
fn field(text: &str) -> Option<(Field, usize)> {
    let (name, _) = text.split_once(':')?;
    let lower = name.trim_end().to_lowercase();
    let known = FIELDS.iter().find(|(_, names)| names.contains(&&*lower))?;
    Some((known.0, name.len() + 1))
}

/// `2021-03-04`, `4/3/2021`, `2021-03`, `03/2021`, `2021`: the first day of it.
pub fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    if parts.iter().any(|part| part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let numbers: Vec<i16> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let year_first = parts.first()?.len() == 4;
    let (year, month, day) = match (numbers.as_slice(), year_first) {
        ([year], true) => (*year, 1, 1),
        ([year, month], true) => (*year, *month, 1),
        ([month, year], false) => (*year, *month, 1),
        ([year, month, day], true) => (*year, *month, *day),
        ([day, month, year], false) => (*year, *month, *day),
        _ => return None,
    };
    // Mail is younger than that, and servers read four digits.
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    (1970..=9998).contains(&year).then_some(date)
}

/// `500k`, `5M`, `5 Mo`, `2000`: octets.
fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let times = match unit.trim() {
        "" | "b" | "o" => 1,
        "k" | "kb" | "ko" => 1 << 10,
        "m" | "mb" | "mo" => 1 << 20,
        "g" | "gb" | "go" => 1 << 30,
        _ => return None,
    };
    // Servers read 32 bits (RFC 3501 §9, number).
    number.parse::<u64>().ok()?.checked_mul(times).filter(|n| *n <= u64::from(u32::MAX))
}
