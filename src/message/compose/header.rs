//! Header fields that nothing typed can break out of: a field is made of [`Token`]s, and a token is printable ASCII.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Email, KeptField, Person};

/// Columns of a line, without its end (RFC 5322 §2.1.1).
const WIDTH: usize = 76;
/// Of an encoded-word or a quoted name: short enough to stand behind any field name without a fold.
const LONGEST: usize = 60;

/// Printable ASCII: no CR, LF or NUL, by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub const fn is_fit(byte: u8) -> bool {
        matches!(byte, b' '..=b'~')
    }

    /// What is not printable ASCII becomes `?`: callers encode before.
    pub fn of(text: &str) -> Token {
        Token(text.chars().map(|c| if c.is_ascii() && Token::is_fit(c as u8) { c } else { '?' }).collect())
    }

    pub fn fixed(text: &'static str) -> Token {
        Token::of(text)
    }

    fn followed_by(mut self, mark: &'static str) -> Token {
        self.0.push_str(mark);
        self
    }
}

/// A header that grows field by field.
#[derive(Debug, Default)]
pub struct Head(Vec<u8>);

impl Head {
    /// Folds between tokens where a line would grow too long.
    pub fn field(&mut self, name: &'static str, tokens: impl IntoIterator<Item = Token>) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b':');
        let mut column = name.len() + 1;
        let mut first = true;
        for Token(token) in tokens {
            if !first && column + 1 + token.len() > WIDTH {
                self.0.extend_from_slice(b"\r\n");
                column = 0;
            }
            self.0.push(b' ');
            self.0.extend_from_slice(token.as_bytes());
            column += 1 + token.len();
            first = false;
        }
        self.0.extend_from_slice(b"\r\n");
    }

    pub fn kept(&mut self, field: &KeptField) {
        self.0.extend_from_slice(field.as_bytes());
    }

    /// The header with the empty line after it.
    pub fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"\r\n");
        self.0
    }
}

/// A text for people (RFC 5322 §3.2.5): words as they are where they can be, else encoded-words. Control characters
/// become spaces.
pub fn text(value: &str) -> Vec<Token> {
    let value = one_line(value);
    let plain = value.split(' ').all(|word| {
        !word.is_empty() && word.len() <= LONGEST && !word.contains("=?") && word.bytes().all(Token::is_fit)
    });
    match () {
        () if value.is_empty() => Vec::new(),
        () if plain => value.split(' ').map(Token::of).collect(),
        () => encoded(&value),
    }
}

/// One line of what was typed.
pub fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `Name <address>, …`
pub fn people(people: &[Person]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (n, person) in people.iter().enumerate() {
        let end = if n + 1 < people.len() { "," } else { "" };
        match person.name.as_deref().map(one_line).filter(|name| !name.trim().is_empty()) {
            None => tokens.push(address(&person.email).followed_by(end)),
            Some(name) => {
                tokens.extend(phrase(&name));
                let Token(address) = address(&person.email);
                tokens.push(Token(format!("<{address}>{end}")));
            }
        }
    }
    tokens
}

fn address(email: &Email) -> Token {
    Token::of(email.as_str())
}

/// A display name (RFC 5322 §3.2.5): a quoted string where it is short ASCII, else encoded-words.
fn phrase(name: &str) -> Vec<Token> {
    let ascii = name.bytes().all(Token::is_fit);
    let simple = |c: char| c.is_ascii_alphanumeric() || " !#$%&'*+-/^_`{|}~".contains(c);
    let tidy = !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ") && !name.contains("=?");
    if ascii && tidy && name.len() <= LONGEST {
        if name.chars().all(simple) {
            return name.split(' ').map(Token::of).collect();
        }
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        return vec![Token(format!("\"{quoted}\""))];
    }
    encoded(name)
}

/// Encoded-words (RFC 2047 §5): none splits a character, and all may stand in a phrase.
fn encoded(value: &str) -> Vec<Token> {
    const FRAME: usize = "=?utf-8?Q??=".len();
    let cost = |c: char| if is_q_safe(c) || c == ' ' { 1 } else { 3 * c.len_utf8() };
    let in_q: usize = value.chars().map(cost).sum();
    let in_base64 = value.len().div_ceil(3) * 4;
    let q = in_q <= in_base64;
    let mut words = Vec::new();
    let mut chunk = String::new();
    let mut room = 0;
    for c in value.chars() {
        // Base64 counts in its own units: three bytes for four letters.
        let (size, most) =
            if q { (cost(c), LONGEST - FRAME) } else { (c.len_utf8(), (LONGEST - FRAME) / 4 * 3) };
        if room + size > most {
            words.push(word(&std::mem::take(&mut chunk), q));
            room = 0;
        }
        room += size;
        chunk.push(c);
    }
    words.push(word(&chunk, q));
    words
}

fn word(chunk: &str, q: bool) -> Token {
    if !q {
        return Token(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(chunk)));
    }
    let mut text = String::new();
    for c in chunk.chars() {
        match c {
            ' ' => text.push('_'),
            c if is_q_safe(c) => text.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| text.push_str(&format!("={b:02X}"))),
        }
    }
    Token(format!("=?utf-8?Q?{text}?="))
}

/// RFC 2047 §5 (3): the set that is safe in a phrase.
fn is_q_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!*+-/".contains(c)
}

/// A parameter of a structured field: quoted, or in the extended form, in pieces where it is long (RFC 2231 §3, §4).
pub fn parameter(name: &'static str, value: &str) -> Vec<Token> {
    let value = one_line(value);
    if value.bytes().all(Token::is_fit) && value.len() <= LONGEST {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        return vec![Token(format!("{name}=\"{quoted}\""))];
    }
    let mut pieces = vec![String::from("utf-8''")];
    for c in value.chars() {
        let mut unit = String::new();
        match c {
            c if c.is_ascii_alphanumeric() || "-._".contains(c) => unit.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| unit.push_str(&format!("%{b:02X}"))),
        }
        match pieces.last_mut() {
            Some(piece) if piece.len() + unit.len() <= LONGEST - 10 => piece.push_str(&unit),
            _ => pieces.push(unit),
        }
    }
    if let [one] = pieces.as_slice() {
        return vec![Token(format!("{name}*={one}"))];
    }
    let last = pieces.len() - 1;
    let numbered = pieces.iter().enumerate().map(|(n, piece)| {
        let end = if n < last { ";" } else { "" };
        Token(format!("{name}*{n}*={piece}{end}"))
    });
    numbered.collect()
}
