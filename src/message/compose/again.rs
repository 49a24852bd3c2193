//! A message that was sent, once more as a new one: its own Message-ID and date, a reference to the first, and a line
//! that says so. Everything else stays octet by octet.

use jiff::Zoned;

use super::{
    MessageId, chain, date,
    header::{Head, Token},
    text,
};
use crate::message::{
    Part, Section,
    whole::{Whole, fields},
};

/// Octets at the start of a message among which its text is looked for.
const LOOKED_AT: usize = 1 << 20;
/// Fields that are written anew.
const RENEWED: [&[u8]; 3] = [b"message-id", b"date", b"references"];

/// What the new one has of its own.
#[derive(Debug, Clone)]
pub struct Fresh {
    pub seed: [u8; 16],
    pub date: Zoned,
    /// The first line of its text, where it has a text that can take one.
    pub line: String,
    /// Of the sender: the right side of the Message-ID.
    pub domain: String,
}

/// The message as it goes out again, and its Message-ID; `None` when it has no header.
pub fn again(wire: &[u8], fresh: &Fresh) -> Option<(Vec<u8>, MessageId)> {
    let end = memchr::memmem::find(wire, b"\r\n\r\n")? + 2;
    let (block, rest) = wire.split_at(end);
    let header = fields(block);
    let old = |name: &str| {
        let field = header.iter().find(|h| h.name.eq_ignore_ascii_case(name.as_bytes()));
        field.map(|h| String::from_utf8_lossy(h.value).into_owned())
    };
    let references = chain(
        &old("references").unwrap_or_default(),
        old("in-reply-to").as_deref(),
        old("message-id").as_deref(),
    );
    let id = MessageId::made(&fresh.seed, &fresh.domain);
    let mut head = Head::default();
    head.field("Date", date(&fresh.date));
    head.field("Message-ID", [id.token()]);
    if !references.is_empty() {
        head.field("References", references.iter().map(MessageId::token));
    }
    let mut out = head.end();
    // The empty line comes with the rest.
    out.truncate(out.len() - 2);
    out.extend(kept(block));
    match place_of_line(wire).and_then(|at| at.checked_sub(end)) {
        Some(at) => {
            out.extend_from_slice(&rest[..at]);
            text::write(&format!("{}\n", fresh.line), &mut out);
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(&rest[at..]);
        }
        None => out.extend_from_slice(rest),
    }
    Some((out, id))
}

/// The fields that stay, with their own folds.
fn kept(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    let mut keep = true;
    for line in block.split_inclusive(|b| *b == b'\n') {
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
            keep = !RENEWED.iter().any(|renewed| name.eq_ignore_ascii_case(renewed));
        }
        if keep {
            out.extend_from_slice(line);
        }
    }
    out
}

/// Where the text begins, if a line in quoted-printable can stand there. What is signed or encrypted is left alone.
fn place_of_line(wire: &[u8]) -> Option<usize> {
    let whole = Whole::parse(&wire[..wire.len().min(LOOKED_AT)]);
    let section = text_of(&whole.root, 3)?;
    whole.section(&section).map(|(_, body)| body.start)
}

fn text_of(part: &Part, depth: usize) -> Option<Section> {
    match (part.kind.as_str(), part.subtype.as_str()) {
        ("text", "plain") if part.encoding == "quoted-printable" => Some(part.section.clone()),
        ("multipart", "signed" | "encrypted") => None,
        ("multipart", _) if depth > 0 => text_of(part.children.first()?, depth - 1),
        _ => None,
    }
}

/// What may be written into a header as a domain: made of what the sender's address has.
pub fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let fit = !domain.is_empty() && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    Token::of(if fit { domain } else { "localhost" }).into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Fresh {
        Fresh {
            seed: [2; 16],
            date: "2026-11-22T14:10:00+01:00[Europe/Paris]".parse().expect("a date"),
            line: "Renvoyé".into(),
            domain: "example.test".into(),
        }
    }

    #[test]
    fn what_is_new_and_what_stays() {
        let old = "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\nFrom: alice@example.test\r\nX-MSS-Type: 1;\r\n folded\r\n\
                   Message-ID: <m1@example.test>\r\nReferences: <m0@example.test>\r\n <m00@example.test>\r\n\
                   Subject: An order\r\nContent-Type: text/plain; charset=utf-8\r\n\
                   Content-Transfer-Encoding: quoted-printable\r\n\r\nBonjour\r\n";
        let (new, id) = again(old.as_bytes(), &fresh()).expect("a message");
        let new = String::from_utf8(new).expect("ASCII");
        assert!(new.contains("\r\nX-MSS-Type: 1;\r\n folded\r\n"), "{new}");
        assert!(
            new.contains("\r\nReferences: <m0@example.test> <m00@example.test> <m1@example.test>\r\n"),
            "{new}"
        );
        assert!(new.ends_with("\r\n\r\nRenvoy=C3=A9\r\n\r\nBonjour\r\n"), "{new}");
        for name in ["Date:", "Message-ID:", "References:", "Subject:"] {
            assert_eq!(new.matches(name).count(), 1, "{new}");
        }
        assert!(
            !new.contains("Message-ID: <m1@") && new.contains(&format!("Message-ID: {}\r\n", id.as_str()))
        );
    }

    #[test]
    fn files_and_what_is_signed_stay_as_they_are() {
        let mixed = "Message-ID: <m1@x.test>\r\nContent-Type: multipart/KIND; boundary=b\r\n\r\n--b\r\n\
                     Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhi\r\n--b\r\n\
                     Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n";
        let of = |kind: &str| {
            let (new, _) = again(mixed.replace("KIND", kind).as_bytes(), &fresh()).expect("a message");
            String::from_utf8(new).expect("ASCII")
        };
        assert!(of("mixed").contains("\r\n\r\nRenvoy=C3=A9\r\n\r\nhi\r\n--b\r\n"), "{}", of("mixed"));
        assert!(of("mixed").ends_with("\r\n\r\nQUJD\r\n--b--\r\n"));
        assert!(!of("signed").contains("Renvoy"));
        assert_eq!(again(b"no header", &fresh()).map(|(new, _)| new), None);
    }

    #[test]
    fn domains() {
        assert_eq!(domain_of("a@example.test"), "example.test");
        assert_eq!(domain_of("a@exa>mple\r\n"), "localhost");
    }
}
