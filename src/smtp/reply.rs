//! Replies (RFC 5321 §4.2), read as octets: no charset is promised.

use std::fmt;

use super::Kind;
use crate::net::for_people;

/// What a server answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// RFC 3463, where its class agrees with the code (RFC 2034 §4).
    pub enhanced: Option<[u16; 3]>,
    /// All lines as one, without the codes: for people, cleaned and capped, never logged.
    pub text: String,
}

impl Reply {
    /// One made here, of an address that no server could be told.
    pub(super) fn own(code: u16, enhanced: [u16; 3]) -> Reply {
        Reply { code, enhanced: Some(enhanced), text: String::new() }
    }

    pub(super) fn read(code: u16, lines: &[Vec<u8>]) -> Reply {
        let mut enhanced = None;
        let mut text = Vec::new();
        for line in lines {
            let (found, rest) = enhanced_code(code, line);
            enhanced = enhanced.or(found);
            if !text.is_empty() {
                text.push(b' ');
            }
            text.extend_from_slice(rest.trim_ascii());
        }
        Reply { code, enhanced, text: for_people(&text) }
    }

    /// 5xx: another try would only repeat it.
    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.enhanced {
            Some([class, subject, detail]) => write!(f, "{} {class}.{subject}.{detail}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

/// `2.1.0 words` as the code and the words.
fn enhanced_code(code: u16, line: &[u8]) -> (Option<[u16; 3]>, &[u8]) {
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let mut numbers = line[..end].split(|b| *b == b'.').map(|digits| {
        let digits = std::str::from_utf8(digits).ok()?;
        let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok())?
    });
    match [numbers.next(), numbers.next(), numbers.next(), numbers.next()] {
        [Some(Some(class)), Some(Some(subject)), Some(Some(detail)), None] if class == code / 100 => {
            (Some([class, subject, detail]), &line[end..])
        }
        _ => (None, line),
    }
}

/// A line of a reply: its code, whether it is the last one, and its text.
pub(super) fn line(line: &[u8]) -> Result<(u16, bool, &[u8]), Kind> {
    const NOT_SMTP: Kind = Kind::Protocol("not an SMTP reply");
    let (digits, rest) = line.split_at_checked(3).ok_or(NOT_SMTP)?;
    if !matches!(digits[0], b'2'..=b'5') || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NOT_SMTP);
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    match rest.split_first() {
        None => Ok((code, true, rest)),
        Some((b' ', text)) => Ok((code, true, text)),
        Some((b'-', text)) => Ok((code, false, text)),
        Some(_) => Err(NOT_SMTP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: u16, lines: &[&[u8]]) -> Reply {
        Reply::read(code, &lines.iter().map(|line| line.to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn enhanced_codes_are_told_once_and_only_where_they_agree() {
        let reply = read(550, &[b"5.1.1 <x@y>:", b"5.1.1 no such user"]);
        assert_eq!((reply.enhanced, &*reply.text), (Some([5, 1, 1]), "<x@y>: no such user"));
        for words in
            ["2.1.0 ok", "5.1 x", "5.1.1.1 x", "5.1.1234 x", "5..1 x", "5.1.+1 x", "192.168.0.1 said no"]
        {
            let reply = read(550, &[words.as_bytes()]);
            assert_eq!((reply.enhanced, &*reply.text), (None, words));
        }
        assert_eq!(read(250, &[b"2.0.0"]).enhanced, Some([2, 0, 0]));
    }

    #[test]
    fn words_are_made_fit_to_show_and_kept_out_of_logs() {
        let reply = read(550, &[b"Bo\xeete pleine \x1b[31m\r alice@example.org"]);
        assert_eq!(reply.text, "Boîte pleine [31m alice@example.org");
        assert_eq!(format!("{reply:?} {:?}", Kind::Refused(reply.clone())), "550 refused(550)");
        assert!(read(550, &[&[b'x'; 60_000]]).text.len() <= 400);
    }

    #[test]
    fn lines() {
        assert!(matches!(line(b"250-x"), Ok((250, false, b"x"))));
        assert!(matches!(line(b"250"), Ok((250, true, b""))));
        assert!(matches!(line(b"354 "), Ok((354, true, b""))));
        for wrong in ["", "25", "2 0 x", "150 x", "650 x", "250x", "* OK", "SSH-2.0", "+++"] {
            assert!(line(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
