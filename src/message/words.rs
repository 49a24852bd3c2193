//! The words of a header field: encoded-words (RFC 2047), parameters (RFC 2231), raw 8-bit text, all as they really
//! come.

use super::charset;

/// Longest decoded header value in characters; the rest is cut and an ellipsis put.
pub const MAX_CHARS: usize = 2_000;
/// Longest raw value looked at, in bytes.
const MAX_RAW: usize = 64 * 1024;
/// Most parameters kept from one field.
const MAX_PARAMETERS: usize = 64;

/// A header value for reading: unfolded, decoded, without invisible direction marks, at most [`MAX_CHARS`] long.
///
/// Adjacent encoded-words of the same charset and encoding are joined *before* the charset is decoded: many senders
/// split a multi-byte character over two words, against RFC 2047 §5.
pub fn decode(raw: &[u8]) -> String {
    let raw = &raw[..raw.len().min(MAX_RAW)];
    let mut out = String::new();
    let mut pending: Option<Run> = None;
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(start) = find(&raw[at..], b"=?").map(|i| at + i) {
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
                    out.push_str(&charset::decode(between, None));
                }
                pending = Some(word);
            }
            None => {
                out.push_str(&charset::decode(between, None));
                pending = Some(word);
            }
        }
        at = end;
        plain_from = end;
    }
    if let Some(run) = pending {
        run.flush(&mut out);
    }
    out.push_str(&charset::decode(&raw[plain_from..], None));
    tidy(&out)
}

/// The subject for reading: [`decode`], without the routing mark `XDM/1.0/DDM+` that medical messaging puts first.
pub fn subject(raw: &[u8]) -> String {
    let text = decode(raw);
    const MARK: &str = "XDM/1.0/DDM+";
    match text.get(..MARK.len()) {
        Some(head) if head.eq_ignore_ascii_case(MARK) => text[MARK.len()..].trim().to_owned(),
        _ => text,
    }
}

/// Parameters of Content-Type or Content-Disposition: names in lower case, values decoded. Continuations
/// (`name*0*`, `name*1` …, RFC 2231 §3) are joined as bytes before the charset is decoded; where a field carries both
/// `name*` and `name`, the extended one is taken.
pub fn parameter(params: &[(Vec<u8>, Vec<u8>)]) -> Vec<(String, String)> {
    let mut fields: Vec<Field> = Vec::new();
    for (name, value) in params.iter().take(MAX_PARAMETERS * 4) {
        let name = charset::decode(&name[..name.len().min(200)], None).trim().to_ascii_lowercase();
        let (name, extended) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let (name, number) = match name.rsplit_once('*') {
            Some((base, n)) => match n.parse::<u32>() {
                Ok(n) => (base, Some(n)),
                Err(_) => (name, None),
            },
            None => (name, None),
        };
        let field = match fields.iter().position(|f| f.name == name) {
            Some(i) => &mut fields[i],
            None if fields.len() < MAX_PARAMETERS => {
                fields.push(Field { name: name.to_owned(), plain: None, pieces: Vec::new() });
                match fields.last_mut() {
                    Some(field) => field,
                    None => continue,
                }
            }
            None => continue,
        };
        let value = &value[..value.len().min(MAX_RAW)];
        if !extended && number.is_none() {
            field.plain.get_or_insert_with(|| value.to_vec());
        } else if field.pieces.len() < 200 {
            field.pieces.push((number.unwrap_or(0), extended, value.to_vec()));
        }
    }
    fields.into_iter().map(Field::join).collect()
}

/// What several raw parameters say about one name.
struct Field {
    name: String,
    plain: Option<Vec<u8>>,
    /// (number, percent-encoded, raw value)
    pieces: Vec<(u32, bool, Vec<u8>)>,
}

impl Field {
    fn join(mut self) -> (String, String) {
        if self.pieces.is_empty() {
            return (self.name, decode(&self.plain.unwrap_or_default()));
        }
        self.pieces.sort_by_key(|(number, ..)| *number);
        let mut charset_name = None;
        let mut bytes = Vec::new();
        for (i, (_, extended, value)) in self.pieces.iter().enumerate() {
            let mut value = value.as_slice();
            if i == 0 && *extended {
                // charset'language'text (RFC 2231 §4); some leave the quotes out.
                if let Some(a) = find(value, b"'")
                    && let Some(b) = find(&value[a + 1..], b"'")
                {
                    charset_name = Some(charset::decode(&value[..a], None));
                    value = &value[a + 1 + b + 1..];
                }
            }
            if *extended {
                unpercent(value, &mut bytes);
            } else {
                bytes.extend_from_slice(value);
            }
        }
        let text = match charset_name.filter(|name| !name.is_empty()) {
            Some(name) => tidy(&charset::decode(&bytes, Some(&name))),
            // Seen in the wild: encoded-words cut into continuations.
            None => decode(&bytes),
        };
        (self.name, text)
    }
}

fn unpercent(value: &[u8], out: &mut Vec<u8>) {
    let mut i = 0;
    while i < value.len() {
        match value[i..] {
            [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push(hex(a) << 4 | hex(b));
                i += 3;
            }
            [byte, ..] => {
                out.push(byte);
                i += 1;
            }
            [] => break,
        }
    }
}

/// Bytes of encoded-words that belong together.
struct Run {
    charset: String,
    base64: bool,
    bytes: Vec<u8>,
}

impl Run {
    fn accepts(&self, word: &Run) -> bool {
        self.charset == word.charset && self.base64 == word.base64
    }

    fn flush(self, out: &mut String) {
        out.push_str(&charset::decode(&self.bytes, Some(&self.charset)));
    }
}

/// The encoded-word that begins at `start` and where it ends. Tolerates lower case, spaces inside, missing padding
/// and a missing second `?` before `=`; what is too odd stays as it is written.
fn encoded_word(raw: &[u8], start: usize) -> Option<(Run, usize)> {
    /// RFC 2047 says 75; some write the whole subject as one.
    const MAX_WORD: usize = 8 * 1024;
    let rest = &raw[start + 2..raw.len().min(start + MAX_WORD)];
    let q1 = find(&rest[..rest.len().min(80)], b"?")?;
    let charset = &rest[..q1];
    if charset.is_empty() || !charset.iter().all(|b| b.is_ascii_graphic()) {
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
    // Where another word begins first, the end belongs to that one: stopping there also keeps this linear.
    let end = text.windows(2).enumerate().find_map(|(i, pair)| match pair {
        b"?=" => Some(Some(i)),
        b"=?" if text.get(i + 2) != Some(&b'=') => Some(None),
        _ => None,
    })??;
    let body = &text[..end];
    let bytes = if base64 { from_base64(body) } else { from_q(body) };
    let charset = String::from_utf8_lossy(charset).split('*').next().unwrap_or_default().to_ascii_lowercase();
    Some((Run { charset, base64, bytes }, start + 2 + text_from + end + 2))
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

/// Base64 that skips whatever is not of the alphabet and needs no padding.
fn from_base64(body: &[u8]) -> Vec<u8> {
    let mut decoder = super::transfer::Decoder::new("base64");
    let mut bytes = decoder.push(body);
    bytes.extend(decoder.finish());
    bytes
}

/// The value of a hexadecimal digit; only called on one.
pub(super) fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a') + 10,
    }
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// Marks that turn the reading direction or hide: used to make `exe.pdf` of `fdp.exe`.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
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

    fn params(list: &[(&str, &[u8])]) -> Vec<(String, String)> {
        let raw: Vec<_> = list.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.to_vec())).collect();
        parameter(&raw)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn continued_parameters() {
        let got = params(&[
            ("CHARSET", b"utf-8"),
            ("filename*1*", b"%A9sultats"),
            ("filename*0*", b"utf-8'fr'R%C3"),
            ("filename*2", b" (1).pdf"),
        ]);
        assert_eq!(got, [pair("charset", "utf-8"), pair("filename", "Résultats (1).pdf")]);
    }

    #[test]
    fn extended_wins_over_plain() {
        let got = params(&[("filename", b"r?sum?.pdf"), ("filename*", b"iso-8859-1''r%e9sum%E9.pdf")]);
        assert_eq!(got, [pair("filename", "résumé.pdf")]);
    }

    #[test]
    fn odd_parameters() {
        assert_eq!(params(&[("name", b"=?utf-8?Q?=C3=A9t=C3=A9.doc?=")]), [pair("name", "été.doc")]);
        assert_eq!(params(&[("name*", b"no quotes %zz")]), [pair("name", "no quotes %zz")]);
        assert_eq!(params(&[("name*0", b"=?utf-8?Q?=C3"), ("name*1", b"=A9?=")]), [pair("name", "é")]);
        assert_eq!(params(&[("name", b"caf\xe9.txt")]), [pair("name", "café.txt")]);
        assert_eq!(params(&[("*", b"x"), ("**", b"y")]).len(), 2);
    }

    #[test]
    fn many_parameters_are_bounded() {
        let raw: Vec<_> = (0..10_000).map(|i| (format!("p{i}").into_bytes(), b"v".to_vec())).collect();
        assert_eq!(parameter(&raw).len(), MAX_PARAMETERS);
    }

    proptest! {
        #[test]
        fn never_panics_never_long(raw: Vec<u8>) {
            prop_assert!(decode(&raw).chars().count() <= MAX_CHARS);
            subject(&raw);
        }

        #[test]
        fn word_soup(raw in "(=\\?|\\?=|\\?|utf-8|[bBqQ]|=C3|=A9|w6k=| |é|x){0,40}") {
            prop_assert!(!decode(raw.as_bytes()).contains('\n'));
        }

        #[test]
        fn parameters_never_panic(raw: Vec<(Vec<u8>, Vec<u8>)>) {
            parameter(&raw);
        }
    }
}
