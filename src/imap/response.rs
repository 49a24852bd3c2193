//! The pieces all responses share: their first words, response codes, the server's words for people.

use std::io;

use bytes::Bytes;

use super::{
    Kind,
    frame::Frame,
    tap::{Completion, Status},
    value::{self, TooComplex, Tree},
};
use crate::net::{self, for_people};

/// `* 12 EXISTS` and its like: the number and what stands after the keyword's start.
pub fn numbered(frame: &Frame) -> Option<(u32, &[u8])> {
    let rest = frame.bytes.strip_prefix(b"* ")?;
    let space = memchr::memchr(b' ', &rest[..rest.len().min(12)])?;
    let number = u32::try_from(value::number(&rest[..space])?).ok()?;
    Some((number, rest[space + 1..].trim_ascii_start()))
}

/// The position that `* 5 EXPUNGE` takes away; never 0.
pub fn expunged(frame: &Frame) -> Option<u32> {
    numbered(frame).filter(|(n, keyword)| *n > 0 && is_keyword(keyword, "EXPUNGE")).map(|(n, _)| n)
}

/// Whether `text` begins with this keyword, in any case.
pub fn is_keyword(text: &[u8], keyword: &str) -> bool {
    text.get(..keyword.len()).is_some_and(|t| t.eq_ignore_ascii_case(keyword.as_bytes()))
        && text.get(keyword.len()).is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// The values after `* KEYWORD`; `None` when the response is another one.
pub fn values_of<'a>(frame: &'a Frame, keyword: &str) -> Option<Result<Tree<'a>, TooComplex>> {
    let rest = frame.bytes.strip_prefix(b"* ")?;
    is_keyword(rest, keyword).then(|| Tree::read(&rest[keyword.len()..]))
}

/// ` [CODE args] words` as the code in upper case and the words, cleaned and capped for people.
pub fn code_and_text(text: &[u8]) -> (Option<String>, String) {
    let text = text.trim_ascii();
    let (code, words) = match text.strip_prefix(b"[").and_then(|t| Some((t, memchr::memchr(b']', t)?))) {
        Some((inside, end)) => {
            let code: Vec<u8> =
                inside[..end].iter().copied().take_while(|b| !b.is_ascii_whitespace()).take(40).collect();
            (Some(String::from_utf8_lossy(&code).to_ascii_uppercase()), &inside[end + 1..])
        }
        None => (None, text),
    };
    (code, for_people(words))
}

/// The argument of a response code: `7` in `[UIDVALIDITY 7]`, for an untagged or tagged OK.
pub fn code_argument(text: &[u8], name: &str) -> Option<Bytes> {
    let inside = text.trim_ascii_start().strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inside)?;
    let inside = &inside[..end];
    is_keyword(inside, name).then(|| Bytes::copy_from_slice(inside[name.len()..].trim_ascii()))
}

/// The text after `* OK`, `* NO`, `* BAD` or `* BYE`.
pub fn status_text(frame: &Frame) -> Option<&[u8]> {
    let rest = frame.bytes.strip_prefix(b"* ")?;
    ["OK", "NO", "BAD", "BYE"].iter().find(|w| is_keyword(rest, w)).map(|w| &rest[w.len()..])
}

/// `[ALERT]` words must reach the person (RFC 9051 §7.1).
pub fn alert(text: &[u8]) -> Option<String> {
    let (code, words) = code_and_text(text);
    (code.as_deref() == Some("ALERT") && !words.is_empty()).then_some(words)
}

/// A completion that is not OK.
pub fn refusal(completion: &Completion) -> Kind {
    let (code, text) = code_and_text(&completion.text);
    match completion.status {
        Status::Bad if code.is_none() => Kind::Refused { code: Some("BAD".into()), text },
        _ => Kind::Refused { code, text },
    }
}

/// A connection that broke, as async-imap tells it. Its message may hold mail content and goes no further.
pub fn broken(error: &async_imap::error::Error) -> Kind {
    match error {
        async_imap::error::Error::Io(e) => broken_io(e),
        async_imap::error::Error::ConnectionLost => Kind::Closed,
        _ => Kind::Protocol("unexpected answer"),
    }
}

pub fn broken_io(error: &io::Error) -> Kind {
    if let Some(flaw) = net::client_flaw(error) {
        return Kind::Certificate(flaw);
    }
    match error.kind() {
        io::ErrorKind::OutOfMemory => Kind::TooBig,
        io::ErrorKind::InvalidData | io::ErrorKind::Other => Kind::Protocol("not a response"),
        _ => Kind::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words() {
        assert_eq!(
            code_and_text(b" [AuthenticationFailed] No."),
            (Some("AUTHENTICATIONFAILED".into()), "No.".into())
        );
        assert_eq!(code_and_text(b" Bye \x1b[31m bye"), (None, "Bye [31m bye".into()));
        assert_eq!(code_argument(b" [UIDVALIDITY 17] ok", "UIDVALIDITY").as_deref(), Some(&b"17"[..]));
        assert_eq!(code_argument(b" [UIDVALIDITYX 17] ok", "UIDVALIDITY"), None);
        assert_eq!(alert(b"[ALERT] Full at 10").as_deref(), Some("Full at 10"));
        assert_eq!(alert(b"ALERT"), None);
        assert_eq!(for_people(&[b'x'; 9000]).len(), crate::net::bounds::SERVER_WORDS);
    }

    #[test]
    fn numbered_responses() {
        let frame = |text: &'static str| Frame { bytes: text.into(), whole: true };
        assert_eq!(numbered(&frame("* 12 EXISTS\r\n")), Some((12, &b"EXISTS\r\n"[..])));
        assert_eq!(numbered(&frame("* 99999999999 EXISTS\r\n")), None);
        assert_eq!(numbered(&frame("* OK 5\r\n")), None);
        assert!(is_keyword(b"exists\r\n", "EXISTS") && !is_keyword(b"EXISTSX", "EXISTS"));
    }
}
