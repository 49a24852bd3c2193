//! One framed response as a tree of values (RFC 9051 §4), read tolerantly: without recursion, in linear time,
//! in bounded depth and number. Odd spacing, stray parentheses, 8-bit bytes and unknown words all pass.
//!
//! The tree is flat: one row of nodes, each list before what it holds. A page of a mailbox has some ten thousand.

use std::borrow::Cow;

use super::bounds;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node<'a> {
    Nil,
    Atom(&'a [u8]),
    Text(Cow<'a, [u8]>),
    /// How many of the next nodes are inside it.
    List(usize),
}

impl Node<'_> {
    /// Nodes it takes, itself included.
    fn span(&self) -> usize {
        match self {
            Node::List(inside) => 1 + inside,
            _ => 1,
        }
    }
}

/// All values of a response. Can be filled again, which costs no allocation.
#[derive(Debug, Default)]
pub struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    /// Where the lists begin that are not closed yet; only while reading.
    open: Vec<usize>,
}

/// The response nests deeper than [`bounds::DEPTH`], holds more than [`bounds::VALUES`], or ends inside a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooComplex;

/// Values that stand beside one another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values<'a>(&'a [Node<'a>]);

impl<'a> Values<'a> {
    pub fn get(self, n: usize) -> Option<Value<'a>> {
        self.clone().nth(n)
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// What stands behind this word: `7` in `UIDNEXT 7`.
    pub fn following(mut self, word: &str) -> Option<Value<'a>> {
        self.find(|value| value.is_word(word))?;
        self.next()
    }

    /// Without the first `n`.
    pub fn after(mut self, n: usize) -> Values<'a> {
        for _ in 0..n {
            self.next();
        }
        self
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let (value, rest) = self.0.split_at_checked(self.0.first()?.span())?;
        self.0 = rest;
        Some(Value(value))
    }
}

/// A node with what is inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a>(&'a [Node<'a>]);

impl<'a> Value<'a> {
    pub fn list(self) -> Option<Values<'a>> {
        match self.0 {
            [Node::List(_), inside @ ..] => Some(Values(inside)),
            _ => None,
        }
    }

    pub fn is_nil(self) -> bool {
        matches!(self.0, [Node::Nil])
    }

    /// A word, a number, a flag; `BODY[HEADER.FIELDS (DATE)]<0>` stays one word.
    pub fn word(self) -> Option<&'a [u8]> {
        match self.0 {
            [Node::Atom(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// The bytes of a word, a literal, or a quoted string without its escapes; `None` for NIL and lists.
    pub fn bytes(self) -> Option<&'a [u8]> {
        match self.0 {
            [Node::Atom(bytes)] => Some(bytes),
            [Node::Text(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// For names and keywords; what is not UTF-8 is replaced.
    pub fn text(self) -> Option<Cow<'a, str>> {
        self.bytes().map(text)
    }

    pub fn number(self) -> Option<u64> {
        number(self.bytes()?)
    }

    pub fn is_word(self, word: &str) -> bool {
        self.word().is_some_and(|bytes| bytes.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// What is not UTF-8 is replaced. What is, as nearly all of it, costs no second look.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A run of ASCII digits as a number; anything else is none.
pub fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0')))
}

impl<'a> Tree<'a> {
    /// Reads a whole response, or its part. See [`Tree::fill`].
    ///
    /// # Errors
    /// [`TooComplex`].
    pub fn read(bytes: &'a [u8]) -> Result<Tree<'a>, TooComplex> {
        let mut tree = Tree::default();
        tree.fill(bytes)?;
        Ok(tree)
    }

    pub fn values(&self) -> Values<'_> {
        Values(&self.nodes)
    }

    /// Reads another one in the same place. Lists left open are closed at the end, so that the beginning of a drained
    /// response can be read too.
    ///
    /// # Errors
    /// [`TooComplex`]; the tree then holds nothing.
    pub fn fill(&mut self, bytes: &'a [u8]) -> Result<(), TooComplex> {
        self.nodes.clear();
        self.open.clear();
        let filled = self.cut(bytes);
        if filled.is_err() {
            self.nodes.clear();
        }
        filled
    }

    fn cut(&mut self, bytes: &'a [u8]) -> Result<(), TooComplex> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\r' | b'\n' | b'\t' => {
                    at += 1;
                    continue;
                }
                b')' => {
                    at += 1;
                    self.close();
                    continue;
                }
                b'(' => {
                    if self.open.len() >= bounds::DEPTH {
                        return Err(TooComplex);
                    }
                    at += 1;
                    self.open.push(self.nodes.len());
                    self.nodes.push(Node::List(0));
                }
                b'"' => {
                    let (text, end) = quoted(bytes, at + 1);
                    at = end;
                    self.nodes.push(Node::Text(text));
                }
                _ => match literal(bytes, at) {
                    Some((start, length)) => {
                        let end =
                            start.checked_add(length).filter(|e| *e <= bytes.len()).ok_or(TooComplex)?;
                        at = end;
                        self.nodes.push(Node::Text(Cow::Borrowed(&bytes[start..end])));
                    }
                    None => {
                        let end = word_end(bytes, at);
                        let word = &bytes[at..end];
                        at = end;
                        let nil = word.eq_ignore_ascii_case(b"NIL");
                        self.nodes.push(if nil { Node::Nil } else { Node::Atom(word) });
                    }
                },
            }
            if self.nodes.len() > bounds::VALUES {
                return Err(TooComplex);
            }
        }
        while !self.open.is_empty() {
            self.close();
        }
        Ok(())
    }

    /// Ends the innermost list; a parenthesis too many ends nothing.
    fn close(&mut self) {
        if let Some(list) = self.open.pop() {
            self.nodes[list] = Node::List(self.nodes.len() - list - 1);
        }
    }
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
    let mut i = at;
    loop {
        i += bytes[i..].iter().take_while(|byte| !is_special(**byte)).count();
        if bytes.get(i) != Some(&b'[') {
            return i.max(at + 1);
        }
        // What is in brackets ends with them, or with the line.
        let mut brackets = 0usize;
        while let Some(next) = memchr::memchr3(b'[', b']', b'\n', &bytes[i..]) {
            i += next;
            match bytes[i] {
                b'[' => brackets += 1,
                b']' => brackets -= 1,
                _ => return i,
            }
            i += 1;
            if brackets == 0 {
                break;
            }
        }
        if brackets > 0 {
            return bytes.len();
        }
    }
}

/// What may end a word.
fn is_special(byte: u8) -> bool {
    const SPECIAL: [bool; 256] = {
        let mut table = [false; 256];
        let mut special: &[u8] = b" ()\"[\r\n";
        while let [byte, rest @ ..] = special {
            table[*byte as usize] = true;
            special = rest;
        }
        table
    };
    SPECIAL[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Tree<'_> {
        Tree::read(text.as_bytes()).expect("simple enough")
    }

    #[test]
    fn words_strings_literals_and_lists() {
        let tree = parse(
            "* 1 FETCH (FLAGS (\\Seen $A) BODY[HEADER.FIELDS (DATE \"X\")]<0> {3}\r\na)b X NIL \"q\\\"\\\\\")\r\n",
        );
        let number = tree.values().get(1).and_then(Value::number);
        let items: Vec<Value> = tree.values().get(3).and_then(Value::list).expect("a list").collect();
        assert_eq!(number, Some(1));
        assert_eq!(items[1].list().map(Iterator::count), Some(2));
        assert_eq!(items[2].text().as_deref(), Some("BODY[HEADER.FIELDS (DATE \"X\")]<0>"));
        assert_eq!((items[3].bytes(), items[3].word()), (Some(&b"a)b"[..]), None));
        assert!(items[5].is_nil());
        assert_eq!(items[6].text().as_deref(), Some("q\"\\"));
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        assert!(Tree::read("(".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn the_beginning_of_a_response_can_be_read() {
        let tree = parse("* 12 FETCH (UID 55 ENVELOPE (NIL \"abc");
        let items = tree.values().get(3).and_then(Value::list).expect("a list");
        assert_eq!((items.get(1).and_then(Value::number), items.count()), (Some(55), 4));
    }

    #[test]
    fn lists_are_closed_once_and_stand_beside_one_another() {
        let mut tree = parse("a) (b (c) () ) (d");
        let all: Vec<Value> = tree.values().collect();
        assert_eq!((all.len(), all[1].list().map(Iterator::count)), (3, Some(3)));
        assert!(tree.values().after(2).get(0).and_then(Value::list).is_some_and(|d| !d.is_empty()));
        tree.fill(b"e").expect("simple");
        assert_eq!(tree.values().count(), 1);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Tree::read(&bytes);
        }
    }
}
