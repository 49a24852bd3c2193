//! The words of a header field: encoded-words (RFC 2047), parameters (RFC 2231), raw 8-bit text, all as they really
//! come.

mod parameter;

use super::{
    charset,
    transfer::{self, hex},
};

pub use parameter::parameter;

/// Longest decoded header value in characters; the rest is cut and an ellipsis put.
pub const MAX_CHARS: usize = 2_000;
/// Longest raw value looked at, in bytes.
const MAX_RAW: usize = 64 * 1024;

/// A header value for reading: unfolded, decoded, without invisible direction marks, at most [`MAX_CHARS`] long.
///
/// Adjacent encoded-words of the same charset and encoding are joined *before* the charset is decoded: many senders
/// split a multi-byte character over two words, against RFC 2047 §5.
pub fn decode(raw: &[u8]) -> String {
    let raw = &raw[..raw.len().min(MAX_RAW)];
    if let Some(text) = as_it_is(raw) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut pending: Option<Run> = None;
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(start) = word_start(raw, at) {
        let Some((word, end)) = encoded_word(raw, start) else {
            at = start + 2;
            continue;
        };
        let between = &raw[plain_from..start];
        // RFC 2047 §6.2: white space between two encoded-words is not shown.
        let blank = between.iter().all(|b| b.is_ascii_whitespace());
        match pending.take() {
            Some(mut run) if blank && run.accepts(&word) => {
                run.bytes.extend(word.bytes);
                pending = Some(run);
            }
            Some(run) => {
                run.flush(&mut out);
                if !blank {
                    out.push_str(&charset::read(between, None));
                }
                pending = Some(word);
            }
            None => {
                out.push_str(&charset::read(between, None));
                pending = Some(word);
            }
        }
        at = end;
        plain_from = end;
    }
    if let Some(run) = pending {
        run.flush(&mut out);
    }
    out.push_str(&charset::read(&raw[plain_from..], None));
    tidied(out)
}

/// Where the next `=?` is.
fn word_start(raw: &[u8], from: usize) -> Option<usize> {
    let marks = memchr::memchr_iter(b'=', raw.get(from..)?);
    marks.map(|i| from + i).find(|at| raw.get(at + 1) == Some(&b'?'))
}

/// Most values are words of ASCII with single spaces: what they are is what is read.
fn as_it_is(raw: &[u8]) -> Option<&str> {
    // Without leaving at the first odd byte: so it is done for many bytes at once.
    let simple = raw.iter().fold(true, |simple, byte| simple & matches!(byte, b' '..=b'~'));
    let pairs = raw.iter().zip(raw.get(1..).unwrap_or_default());
    let odd =
        pairs.fold(false, |odd, (&a, &b)| odd | ((a == b' ') & (b == b' ')) | ((a == b'=') & (b == b'?')));
    let ends_well = raw.first() != Some(&b' ') && raw.last() != Some(&b' ');
    let plain = simple && !odd && ends_well && raw.len() < MAX_CHARS;
    plain.then(|| std::str::from_utf8(raw).ok()).flatten()
}

/// The subject for reading: [`decode`], without the routing mark `XDM/1.0/DDM+` that medical messaging puts first.
pub fn subject(raw: &[u8]) -> String {
    marked_subject(raw).0
}

/// The same, and whether the mark was there.
pub fn marked_subject(raw: &[u8]) -> (String, bool) {
    let text = decode(raw);
    const MARK: &str = "XDM/1.0/DDM+";
    match text.get(..MARK.len()) {
        Some(head) if head.eq_ignore_ascii_case(MARK) => (text[MARK.len()..].trim().to_owned(), true),
        _ => (text, false),
    }
}

/// Bytes of encoded-words that belong together.
struct Run<'a> {
    charset: &'a str,
    base64: bool,
    bytes: Vec<u8>,
}

impl Run<'_> {
    fn accepts(&self, word: &Run) -> bool {
        self.charset.eq_ignore_ascii_case(word.charset) && self.base64 == word.base64
    }

    fn flush(self, out: &mut String) {
        out.push_str(&charset::read(&self.bytes, Some(self.charset)));
    }
}

/// The encoded-word that begins at `start` and where it ends. Tolerates lower case, spaces inside, missing padding
/// and a missing second `?` before `=`; what is too odd stays as it is written.
fn encoded_word(raw: &[u8], start: usize) -> Option<(Run<'_>, usize)> {
    /// RFC 2047 says 75; some write the whole subject as one.
    const MAX_WORD: usize = 8 * 1024;
    let rest = &raw[start + 2..raw.len().min(start + MAX_WORD)];
    let q1 = find(&rest[..rest.len().min(80)], b"?")?;
    let charset = std::str::from_utf8(&rest[..q1]).ok()?;
    if charset.is_empty() || !charset.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let [encoding, b'?', ..] = rest[q1 + 1..] else { return None };
    let base64 = match encoding {
        b'b' | b'B' => true,
        b'q' | b'Q' => false,
        _ => return None,
    };
    let text_from = q1 + 3;
    let text = &rest[text_from..];
    let end = word_end(text)?;
    let body = &text[..end];
    let bytes = if base64 { transfer::from_base64(body) } else { from_q(body) };
    // RFC 2231 §5 puts the language behind it.
    let charset = charset.split('*').next().unwrap_or_default();
    Some((Run { charset, base64, bytes }, start + 2 + text_from + end + 2))
}

/// Where the `?=` is that ends a word. Where another word begins first, it belongs to that one: stopping there also
/// keeps this linear.
fn word_end(text: &[u8]) -> Option<usize> {
    for at in memchr::memchr_iter(b'?', text) {
        let before = at.checked_sub(1).map(|before| text[before]);
        match (before, text.get(at + 1)) {
            (_, Some(b'=')) => return Some(at),
            (Some(b'='), _) => return None,
            _ => {}
        }
    }
    None
}

fn from_q(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut i = 0;
    while i < body.len() {
        match body[i..] {
            [b'=', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push(hex(a) << 4 | hex(b));
                i += 2;
            }
            [b'_', ..] => out.push(b' '),
            [b'\r' | b'\n', ..] => {}
            [byte, ..] => out.push(byte),
            [] => break,
        }
        i += 1;
    }
    out
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// Marks that turn the reading direction or hide: used to make `exe.pdf` of `fdp.exe`.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// [`tidy`], which most texts are already.
fn tidied(text: String) -> String {
    if is_tidy(text.as_bytes()) { text } else { tidy(&text) }
}

/// Nothing is there that [`tidy`] would change, by the bytes of UTF-8. What only may be changed counts as untidy.
fn is_tidy(text: &[u8]) -> bool {
    // The characters beyond ASCII that are white space, control or direction characters begin with these.
    let is_odd = |at: usize| match (text[at], text.get(at + 1), text.get(at + 2)) {
        // U+0080 to U+009F.
        (0xc2, Some(0x80..=0x9f), _)
        // U+061C.
        | (0xd8, Some(0x9c), _)
        // U+200E, U+200F, U+2028 to U+202E.
        | (0xe2, Some(0x80), Some(0x8e | 0x8f | 0xa8..=0xae))
        // U+2066 to U+2069.
        | (0xe2, Some(0x81), Some(0xa6..=0xa9)) => true,
        (b' ', next, _) => matches!(next, None | Some(b' ')),
        (byte, ..) => byte < b' ' || byte == 0x7f,
    };
    text.len() < MAX_CHARS && text.first() != Some(&b' ') && !(0..text.len()).any(is_odd)
}

/// One line: folds and runs of white space become one space, control and direction characters nothing.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_CHARS));
    let mut count = 0;
    let mut gap = false;
    for c in text.chars() {
        if matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            gap = true;
            continue;
        }
        if c.is_control() || is_direction_mark(c) {
            continue;
        }
        if count >= MAX_CHARS - 1 {
            out.push('…');
            break;
        }
        if gap && !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        gap = false;
        out.push(c);
        count += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_tidy_stays_as_it_is(text in "([ -~]|é|’|\u{85}|\u{a0}|\u{9f}|\u{61c}|\u{61d}|\u{200d}|\u{200e}|\u{2029}|\u{202f}|\u{2065}|\u{2069}|\u{206a}|\t|\u{7f}|\\PC){0,12}") {
            prop_assert_eq!(tidied(text.clone()), tidy(&text));
            prop_assert!(!is_tidy(text.as_bytes()) || tidy(&text) == text);
        }

        #[test]
        fn what_is_read_as_it_is_would_be_decoded_to_the_same(raw in "[ -~]{0,40}") {
            if let Some(text) = as_it_is(raw.as_bytes()) {
                prop_assert_eq!(tidy(&charset::decode(text.as_bytes(), None)), text);
                prop_assert!(!text.contains("=?"));
            }
        }
    }

    #[track_caller]
    fn reads(raw: &[u8], text: &str) {
        assert_eq!(decode(raw), text);
    }

    #[test]
    fn encoded_words() {
        reads(b"=?iso-8859-1?Q?R=E9sultats_d'analyse?=", "Résultats d'analyse");
        reads(b"=?utf-8?B?UsOpc3VsdGF0cw==?= du 21", "Résultats du 21");
        reads(b"=?UTF-8?b?UsOpc3VsdGF0cw?=", "Résultats");
        reads(b"Re: =?utf-8?q?Caf=c3=a9 noir?= !", "Re: Café noir !");
        reads(b"=?utf-8*fr?Q?=C3=A9t=C3=A9?=", "été");
        reads(b"=?windows-1252?Q?l=92=E9t=E9_=80?=", "l’été €");
        reads(b"=?ISO-2022-JP?B?GyRCJDMkcxsoQg==?=", "こん");
    }

    #[test]
    fn a_character_split_over_two_words() {
        reads(b"=?utf-8?Q?Fr=C3?=\r\n =?UTF-8?Q?=B6hlich?=", "Fröhlich");
        reads(b"=?utf-8?B?w4k=?= =?utf-8?B?w6nDqA==?=", "Ééè");
        reads(b"=?utf-8?B?ww?= =?utf-8?B?iQ=?=", "É");
    }

    #[test]
    fn words_side_by_side() {
        reads(b"=?utf-8?q?a?= =?iso-8859-1?q?=E9?=", "aé");
        reads(b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c");
        reads(b"(=?utf-8?q?a?=)x=?utf-8?q?b?=y", "(a)xby");
        reads(b"a=?q?x?=b", "a=?q?x?=b");
    }

    #[test]
    fn not_words() {
        reads(b"1 =? 2 ?= 3", "1 =? 2 ?= 3");
        reads(b"=?utf-8?Q?never ends", "=?utf-8?Q?never ends");
        reads(b"=?utf-8?Q?x =?utf-8?Q?ok?=", "=?utf-8?Q?x ok");
        reads(b"=?utf-8?X?x?=", "=?utf-8?X?x?=");
    }

    #[test]
    fn raw_eight_bit() {
        reads("Dr Inès Laurent".as_bytes(), "Dr Inès Laurent");
        reads(b"Dr In\xe8s =?utf-8?q?=C3=A9?=", "Dr Inès é");
    }

    #[test]
    fn folds_controls_and_direction_marks_go() {
        reads(b" two\r\n\t lines\0\x1b[31m ", "two lines[31m");
        reads("facture\u{202e}fdp.exe\u{200f}".as_bytes(), "facturefdp.exe");
        reads(b"=?utf-8?B?YQ0KQmNjOiB4?=", "a Bcc: x");
    }

    #[test]
    fn long_values_are_cut() {
        let text = decode("é".repeat(5_000).as_bytes());
        assert_eq!(text.chars().count(), MAX_CHARS);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn subject_without_the_routing_mark() {
        assert_eq!(subject(b"XDM/1.0/DDM+Compte rendu"), "Compte rendu");
        assert_eq!(subject(b"=?utf-8?Q?xdm/1.0/ddm+_R=C3=A9sultats?="), "Résultats");
        assert_eq!(subject(b"Re: XDM/1.0/DDM+Compte rendu"), "Re: XDM/1.0/DDM+Compte rendu");
        assert_eq!(subject(b"XDM"), "XDM");
    }

    proptest! {
        #[test]
        fn never_panics_never_long(raw: Vec<u8>) {
            prop_assert!(decode(&raw).chars().count() <= MAX_CHARS);
            subject(&raw);
        }

        #[test]
        fn words_end_where_they_did(text in "(\\?|=|a|\\?=|=\\?| ){0,12}") {
            let text = text.as_bytes();
            let pair_by_pair = text.windows(2).enumerate().find_map(|(i, pair)| match pair {
                b"?=" => Some(Some(i)),
                b"=?" if text.get(i + 2) != Some(&b'=') => Some(None),
                _ => None,
            });
            prop_assert_eq!(word_end(text), pair_by_pair.flatten());
        }

        #[test]
        fn word_soup(raw in "(=\\?|\\?=|\\?|utf-8|[bBqQ]|=C3|=A9|w6k=| |é|x){0,40}") {
            prop_assert!(!decode(raw.as_bytes()).contains('\n'));
        }
    }
}
