//! One framed response as a tree of values (RFC 9051 §4), read tolerantly: without recursion, in linear time,
//! in bounded depth and number. Odd spacing, stray parentheses, 8-bit bytes and unknown words all pass.

use std::borrow::Cow;

use super::bounds;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Nil,
    /// A word, a number, a flag; `BODY[HEADER.FIELDS (DATE)]<0>` stays one word.
    Atom(&'a [u8]),
    /// A quoted string without its escapes, or a literal.
    Text(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
}

/// The response nests deeper than [`bounds::DEPTH`], holds more than [`bounds::VALUES`], or ends inside a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooComplex;

impl<'a> Value<'a> {
    pub fn list(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::List(values) => Some(values),
            _ => None,
        }
    }

    /// The bytes of a word or string; `None` for NIL and lists.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Atom(bytes) => Some(bytes),
            Value::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// For names and keywords; what is not UTF-8 is replaced.
    pub fn text(&self) -> Option<String> {
        self.bytes().map(|b| String::from_utf8_lossy(b).into_owned())
    }

    pub fn number(&self) -> Option<u64> {
        number(self.bytes()?)
    }

    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Value::Atom(bytes) if bytes.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// A run of ASCII digits as a number; anything else is none.
pub fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0')))
}

/// Reads a whole response. Lists left open are closed at the end, so that the beginning of a drained response
/// can be read too.
pub fn read(bytes: &[u8]) -> Result<Vec<Value<'_>>, TooComplex> {
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    let mut count = 0usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let value = match byte {
            b' ' | b'\r' | b'\n' | b'\t' => {
                at += 1;
                continue;
            }
            b'(' => {
                if open.len() > bounds::DEPTH {
                    return Err(TooComplex);
                }
                open.push(Vec::new());
                at += 1;
                continue;
            }
            b')' => {
                at += 1;
                if open.len() == 1 {
                    continue;
                }
                Value::List(open.pop().unwrap_or_default())
            }
            b'"' => {
                let (text, end) = quoted(bytes, at + 1);
                at = end;
                Value::Text(text)
            }
            _ => match literal(bytes, at) {
                Some((start, length)) => {
                    let end = start.checked_add(length).filter(|e| *e <= bytes.len()).ok_or(TooComplex)?;
                    at = end;
                    Value::Text(Cow::Borrowed(&bytes[start..end]))
                }
                None => {
                    let end = word_end(bytes, at);
                    let word = &bytes[at..end];
                    at = end;
                    if word.eq_ignore_ascii_case(b"NIL") { Value::Nil } else { Value::Atom(word) }
                }
            },
        };
        count += 1;
        if count > bounds::VALUES {
            return Err(TooComplex);
        }
        if let Some(list) = open.last_mut() {
            list.push(value);
        }
    }
    while open.len() > 1 {
        let list = open.pop().unwrap_or_default();
        if let Some(parent) = open.last_mut() {
            parent.push(Value::List(list));
        }
    }
    Ok(open.pop().unwrap_or_default())
}

/// The text from `at` to the closing quote, and where reading goes on.
fn quoted(bytes: &[u8], at: usize) -> (Cow<'_, [u8]>, usize) {
    let mut text: Cow<[u8]> = Cow::Borrowed(&[]);
    // What was not yet taken over begins here.
    let mut from = at;
    let mut i = at;
    loop {
        let next = bytes.get(i..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest));
        i = next.map_or(bytes.len(), |n| i + n);
        let escaped = bytes.get(i) == Some(&b'\\');
        if escaped && !matches!(bytes.get(i + 1), Some(b'"' | b'\\')) {
            i += 1;
            continue;
        }
        let piece = &bytes[from..i];
        if from == at && !escaped {
            text = Cow::Borrowed(piece);
        } else {
            text.to_mut().extend_from_slice(piece);
        }
        if !escaped {
            return (text, (i + 1).min(bytes.len()));
        }
        text.to_mut().push(bytes[i + 1]);
        i += 2;
        from = i;
    }
}

/// `{n}`, `{n+}` or `~{n}` followed by a line end: where its octets begin, and how many they are.
fn literal(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let open = at + usize::from(bytes[at] == b'~');
    if bytes.get(open) != Some(&b'{') {
        return None;
    }
    let window = &bytes[open + 1..bytes.len().min(open + 24)];
    let close = memchr::memchr(b'}', window)?;
    let digits = window[..close].strip_suffix(b"+").unwrap_or(&window[..close]);
    let length = usize::try_from(number(digits)?).ok()?;
    let rest = &bytes[open + 1 + close + 1..];
    let line_end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    (line_end > 0).then_some((open + 1 + close + 1 + line_end, length))
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let mut brackets = 0usize;
    let mut i = at;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'[' => brackets += 1,
            b']' => brackets = brackets.saturating_sub(1),
            b'\r' | b'\n' => break,
            b' ' | b'(' | b')' | b'"' if brackets == 0 => break,
            _ => {}
        }
        i += 1;
    }
    i.max(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Vec<Value<'_>> {
        read(text.as_bytes()).expect("simple enough")
    }

    #[test]
    fn words_strings_literals_and_lists() {
        let values = parse(
            "* 1 FETCH (FLAGS (\\Seen $A) BODY[HEADER.FIELDS (DATE \"X\")]<0> {3}\r\na)b X NIL \"q\\\"\\\\\")\r\n",
        );
        assert_eq!(values[1].number(), Some(1));
        let items = values[3].list().expect("a list");
        assert_eq!(items[1].list().map(<[Value]>::len), Some(2));
        assert_eq!(items[2].text().as_deref(), Some("BODY[HEADER.FIELDS (DATE \"X\")]<0>"));
        assert_eq!(items[3], Value::Text(Cow::Borrowed(b"a)b")));
        assert_eq!(items[5], Value::Nil);
        assert_eq!(items[6].text().as_deref(), Some("q\"\\"));
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        assert_eq!(read("(".repeat(1_000_000).as_bytes()), Err(TooComplex));
    }

    #[test]
    fn the_beginning_of_a_response_can_be_read() {
        let values = parse("* 12 FETCH (UID 55 ENVELOPE (NIL \"abc");
        assert_eq!(values[3].list().and_then(|l| l[1].number()), Some(55));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
        }
    }
}
