//! Mailbox names: the bytes a server uses, what people read, and what stands in a URL.
//!
//! The bytes stay exactly as the server wrote them. Names in modified UTF-7 (RFC 3501 §5.1.3) are decoded for
//! reading when decoding and encoding again gives the same bytes; every other name, raw 8-bit ones above all, is
//! kept byte by byte, so that a name of any origin can be opened again.

use bytes::Bytes;

use super::utf7;

/// A mailbox name that holds no CR, LF or NUL, 1 to [`MailboxName::MAX`] octets long.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxName(Bytes);

impl MailboxName {
    pub const MAX: usize = 1000;

    pub fn inbox() -> MailboxName {
        MailboxName(Bytes::from_static(b"INBOX"))
    }

    /// `None` for what cannot be sent to a server. INBOX is INBOX in any case (RFC 9051 §5.1).
    pub fn from_raw(raw: &[u8]) -> Option<MailboxName> {
        if raw.is_empty() || raw.len() > Self::MAX || raw.iter().any(|b| b"\r\n\0".contains(b)) {
            return None;
        }
        if raw.eq_ignore_ascii_case(b"INBOX") {
            return Some(Self::inbox());
        }
        Some(MailboxName(Bytes::copy_from_slice(raw)))
    }

    /// What a person typed, as the last part of a name in `parent`, which ends with the separator or is empty. `utf8`
    /// where the server wants no modified UTF-7.
    ///
    /// # Errors
    /// Why there can be no such name.
    pub fn typed(parent: &[u8], text: &str, separator: Option<u8>, utf8: bool) -> Result<MailboxName, Flaw> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        if let Some(separator) = separator.map(char::from).filter(|separator| text.contains(*separator)) {
            return Err(Flaw::Separator(separator));
        }
        if text.chars().any(|c| c.is_control() || is_odd(c)) {
            return Err(Flaw::Invisible);
        }
        // File systems behind mail servers take 255 octets for a part.
        let part = if utf8 { text.to_owned() } else { utf7::encode(text) };
        if part.len() > 200 {
            return Err(Flaw::TooLong);
        }
        Self::from_raw(&[parent, part.as_bytes()].concat()).ok_or(Flaw::TooLong)
    }

    pub fn raw(&self) -> &[u8] {
        &self.0
    }

    pub fn is_inbox(&self) -> bool {
        self.0 == b"INBOX"[..]
    }

    /// For people. Not unique: two odd names may read the same.
    pub fn display(&self) -> String {
        decode(&self.0).unwrap_or_else(|| crate::message::words::decode(&self.0))
    }

    /// The parts between separators, for people.
    pub fn path(&self, separator: Option<u8>) -> Vec<String> {
        match separator {
            Some(separator) => self
                .0
                .split(|b| *b == separator)
                .map(|part| decode(part).unwrap_or_else(|| crate::message::words::decode(part)))
                .collect(),
            None => vec![self.display()],
        }
    }

    /// For the path of a URL: the decoded name with the separator as `:`; `:` `~` `/` `\` `%`, a leading dot,
    /// control characters and undecodable bytes as `~XX`. Unique, and read back by [`MailboxName::from_url`].
    pub fn to_url(&self, separator: Option<u8>) -> String {
        let decoded = decode(&self.0);
        let mut url = String::with_capacity(self.0.len());
        let mut at_start = true;
        match &decoded {
            Some(text) => {
                for c in text.chars() {
                    match c {
                        _ if c.is_ascii() => ascii(&mut url, c as u8, separator, at_start),
                        _ => url.push(c),
                    }
                    at_start = c.is_ascii() && Some(c as u8) == separator;
                }
            }
            None => {
                // `~26` and 8-bit bytes tell the reader of this URL that the name is byte by byte; where there are
                // none, `~00` does, because no name holds a NUL.
                if self.0.iter().all(|b| b.is_ascii() && *b != b'&') {
                    url.push_str("~00");
                }
                for &byte in self.0.iter() {
                    if byte == b'&' || !byte.is_ascii() {
                        url.push_str(&format!("~{byte:02X}"));
                    } else {
                        ascii(&mut url, byte, separator, at_start);
                    }
                    at_start = Some(byte) == separator;
                }
            }
        }
        url
    }

    /// Reads [`MailboxName::to_url`] back; `None` for what it cannot have written.
    pub fn from_url(url: &str, separator: Option<u8>) -> Option<MailboxName> {
        let mut bytes = Vec::with_capacity(url.len());
        let mut byte_by_byte = false;
        let mut rest = url.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'~' => {
                    let hex = rest.get(..2)?;
                    rest = &rest[2..];
                    let value = u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?;
                    byte_by_byte |= matches!(value, 0 | b'&' | 0x80..);
                    bytes.extend(Some(value).filter(|v| *v > 0));
                }
                b':' => bytes.push(separator?),
                _ => bytes.push(byte),
            }
        }
        if byte_by_byte {
            return Self::from_raw(&bytes);
        }
        let text = String::from_utf8(bytes).ok()?;
        Self::from_raw(utf7::encode(&text).as_bytes())
    }
}

/// Why a typed name is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Empty,
    TooLong,
    /// It holds what stands between the levels of names.
    Separator(char),
    /// It holds something that nobody sees.
    Invisible,
}

/// Nobody sees it, or it moves what people see.
fn is_odd(c: char) -> bool {
    (!c.is_ascii() && c.is_control())
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFD}')
}

fn ascii(url: &mut String, byte: u8, separator: Option<u8>, at_start: bool) {
    if Some(byte) == separator {
        url.push(':');
    } else if byte.is_ascii_control() || b":~/\\%".contains(&byte) || (byte == b'.' && at_start) {
        url.push_str(&format!("~{byte:02X}"));
    } else {
        url.push(char::from(byte));
    }
}

/// Modified UTF-7, only where encoding again gives the same bytes and nothing in it could deceive or break a URL.
fn decode(raw: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(raw).ok().filter(|t| t.is_ascii())?;
    if !text.contains('&') && !text.bytes().any(|b| b.is_ascii_control()) {
        return Some(text.to_owned());
    }
    let decoded = utf7::decode(text)?;
    (!decoded.chars().any(is_odd) && utf7::encode(&decoded) == text).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(raw: &[u8]) -> MailboxName {
        MailboxName::from_raw(raw).expect("a name")
    }

    #[test]
    fn names_are_read_as_written() {
        assert_eq!(name(b"INBOX.&AMk-tudes").path(Some(b'.')), ["INBOX", "Études"]);
        assert_eq!(name(b"R&-D").display(), "R&D");
        assert_eq!(name("Envoyés".as_bytes()).display(), "Envoyés");
        assert_eq!(name(b"inbox"), MailboxName::inbox());
        assert!(MailboxName::from_raw(b"a\r\nA1 LOGOUT").is_none());
    }

    #[test]
    fn typed_names() {
        let typed = |text: &str| MailboxName::typed(b"INBOX.", text, Some(b'.'), false);
        assert_eq!(typed(" Études "), Ok(name(b"INBOX.&AMk-tudes")));
        assert_eq!(typed("R&D"), Ok(name(b"INBOX.R&-D")));
        assert_eq!(typed("a/b \"c\""), Ok(name(b"INBOX.a/b \"c\"")));
        assert_eq!(MailboxName::typed(b"", "Études", None, true), Ok(name("Études".as_bytes())));
        assert_eq!(typed("a.b"), Err(Flaw::Separator('.')));
        assert_eq!(typed(".."), Err(Flaw::Separator('.')));
        assert_eq!(typed("  "), Err(Flaw::Empty));
        assert_eq!(typed("a\r\nA1 LOGOUT"), Err(Flaw::Invisible));
        assert_eq!(typed("a\u{202e}b"), Err(Flaw::Invisible));
        assert_eq!(typed(&"é".repeat(99)), Err(Flaw::TooLong));
    }

    #[test]
    fn urls_are_readable_and_unambiguous() {
        let url = |raw: &[u8], separator| name(raw).to_url(Some(separator));
        assert_eq!(url(b"INBOX.&AMk-tudes", b'.'), "INBOX:Études");
        assert_eq!(url(b"Archives/2026", b'/'), "Archives:2026");
        assert_eq!(url(b"a/b:c~d%e\\", b'.'), "a~2Fb~3Ac~7Ed~25e~5C");
        assert_eq!(url(b"../x", b'/'), "~2E.:x");
        assert_eq!(url(b"R&D", b'/'), "R~26D");
        assert_eq!(url(b"R&-D", b'/'), "R&D");
        assert_eq!(url("é".as_bytes(), b'/'), "~C3~A9");
    }

    proptest! {
        #[test]
        fn every_name_comes_back(raw in proptest::collection::vec(1u8.., 1..40), separator in proptest::option::of(prop_oneof![Just(b'/'), Just(b'.'), Just(b'\\'), Just(b'^')])) {
            prop_assume!(!raw.iter().any(|b| b"\r\n".contains(b)));
            let name = name(&raw);
            let url = name.to_url(separator);
            prop_assert!(!url.contains(['/', '%', '\\', '\0']) && !url.starts_with('.'), "{}", url);
            prop_assert_eq!(MailboxName::from_url(&url, separator), Some(name), "{}", url);
        }

        #[test]
        fn every_text_comes_back(text in "[a-zé&/.~:%日 -]{1,20}") {
            let name = name(utf7::encode(&text).as_bytes());
            prop_assert_eq!(MailboxName::from_url(&name.to_url(Some(b'/')), Some(b'/')), Some(name));
        }

        #[test]
        fn odd_urls_never_panic(url in ".{0,40}") {
            let _ = MailboxName::from_url(&url, Some(b'/'));
        }
    }
}
