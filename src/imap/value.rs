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
    Text(&'a [u8]),
    /// A text that had escapes, without them.
    Unescaped(Box<[u8]>),
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

    /// How many there are, those inside them included.
    pub fn size(self) -> usize {
        self.0.len()
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
            [Node::Atom(bytes) | Node::Text(bytes)] => Some(bytes),
            [Node::Unescaped(bytes)] => Some(bytes),
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
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u64::from(d - b'0')))
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
        let Tree { nodes, open } = self;
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            rest = match byte {
                b' ' | b'\r' | b'\n' | b'\t' => {
                    rest = after;
                    continue;
                }
                b')' => {
                    close(nodes, open);
                    rest = after;
                    continue;
                }
                b'(' => {
                    if open.len() >= bounds::DEPTH {
                        return Err(TooComplex);
                    }
                    open.push(nodes.len());
                    nodes.push(Node::List(0));
                    after
                }
                b'"' => {
                    let (text, after) = quoted(after);
                    nodes.push(text);
                    after
                }
                _ => match literal(rest) {
                    Some((start, length)) => {
                        let octets = rest.get(start..).and_then(|rest| rest.split_at_checked(length));
                        let (text, after) = octets.ok_or(TooComplex)?;
                        nodes.push(Node::Text(text));
                        after
                    }
                    None => {
                        let (word, after) = rest.split_at(word_end(rest));
                        nodes.push(if is_nil(word) { Node::Nil } else { Node::Atom(word) });
                        after
                    }
                },
            };
            if nodes.len() > bounds::VALUES {
                return Err(TooComplex);
            }
            // What nearly always follows, without another turn.
            if let [b' ', after @ ..] = rest {
                rest = after;
            }
        }
        while !open.is_empty() {
            close(nodes, open);
        }
        Ok(())
    }
}

/// Ends the innermost list; a parenthesis too many ends nothing.
fn close(nodes: &mut [Node], open: &mut Vec<usize>) {
    if let Some(list) = open.pop() {
        nodes[list] = Node::List(nodes.len() - list - 1);
    }
}

fn is_nil(word: &[u8]) -> bool {
    matches!(word, [b'N' | b'n', b'I' | b'i', b'L' | b'l'])
}

/// What stands before the closing quote, and what behind it.
fn quoted(rest: &[u8]) -> (Node<'_>, &[u8]) {
    match memchr::memchr2(b'"', b'\\', rest) {
        Some(end) if rest[end] == b'"' => (Node::Text(&rest[..end]), &rest[end + 1..]),
        Some(_) => unescaped(rest),
        None => (Node::Text(rest), &[]),
    }
}

/// The same where there are backslashes: before a quote or another one they stand for it, else for themselves.
fn unescaped(rest: &[u8]) -> (Node<'_>, &[u8]) {
    let mut text = Vec::new();
    let mut bytes = rest.iter().copied().enumerate().peekable();
    let mut end = rest.len();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                end = at + 1;
                break;
            }
            b'\\' => {
                let escaped = bytes.next_if(|(_, next)| matches!(next, b'"' | b'\\'));
                text.push(escaped.map_or(byte, |(_, escaped)| escaped));
            }
            _ => text.push(byte),
        }
    }
    (Node::Unescaped(text.into()), &rest[end..])
}

/// `{n}`, `{n+}` or `~{n}` followed by a line end: where its octets begin, and how many they are.
#[inline]
fn literal(rest: &[u8]) -> Option<(usize, usize)> {
    // Nearly every word is none.
    matches!(rest, [b'{' | b'~', ..]).then(|| announced(rest)).flatten()
}

fn announced(rest: &[u8]) -> Option<(usize, usize)> {
    let open = usize::from(rest[0] == b'~');
    if rest.get(open) != Some(&b'{') {
        return None;
    }
    let window = &rest[open + 1..rest.len().min(open + 24)];
    let close = memchr::memchr(b'}', window)?;
    let digits = window[..close].strip_suffix(b"+").unwrap_or(&window[..close]);
    let length = usize::try_from(number(digits)?).ok()?;
    let after = &rest[open + 1 + close + 1..];
    let line_end = if after.starts_with(b"\r\n") { 2 } else { usize::from(after.starts_with(b"\n")) };
    (line_end > 0).then_some((open + 1 + close + 1 + line_end, length))
}

/// The length of the word that stands first; at least 1.
fn word_end(rest: &[u8]) -> usize {
    let mut end = 0;
    while let Some(&byte) = rest.get(end)
        && !is_special(byte)
    {
        end += 1;
    }
    if rest.get(end) == Some(&b'[') { bracketed(rest, end) } else { end.max(1) }
}

/// The same where it goes on with what is in brackets, which ends with them, or with the line.
fn bracketed(rest: &[u8], mut end: usize) -> usize {
    while rest.get(end) == Some(&b'[') {
        let mut brackets = 0usize;
        while let Some(next) = memchr::memchr3(b'[', b']', b'\n', &rest[end..]) {
            end += next;
            match rest[end] {
                b'[' => brackets += 1,
                b']' => brackets -= 1,
                _ => return end,
            }
            end += 1;
            if brackets == 0 {
                break;
            }
        }
        if brackets > 0 {
            return rest.len();
        }
        end += rest[end..].iter().take_while(|byte| !is_special(**byte)).count();
    }
    end
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

    /// As strings were read before there was a short way for those without escapes.
    fn quoted_slowly(bytes: &[u8], at: usize) -> (Vec<u8>, usize) {
        let (mut text, mut i) = (Vec::new(), at);
        while let Some(&byte) = bytes.get(i) {
            match (byte, bytes.get(i + 1)) {
                (b'"', _) => return (text, i + 1),
                (b'\\', Some(escaped @ (b'"' | b'\\'))) => {
                    text.push(*escaped);
                    i += 1;
                }
                _ => text.push(byte),
            }
            i += 1;
        }
        (text, bytes.len())
    }

    proptest! {
        #[test]
        fn strings_are_read_the_same_either_way(text in "([a-c ()]|\\\\|\"){0,20}") {
            let (node, after) = quoted(text.as_bytes());
            let end = text.len() - after.len();
            let nodes = [node];
            let read = Value(&nodes).bytes().map(<[u8]>::to_vec);
            prop_assert_eq!((read, end), { let (slowly, end) = quoted_slowly(text.as_bytes(), 0); (Some(slowly), end) });
        }

        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Tree::read(&bytes);
        }
    }
}
