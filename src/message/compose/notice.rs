//! What Relais itself writes to an author: plain text, to one person, that no machine answers.

use jiff::Zoned;

use super::{
    Email, MessageId, Person, date,
    header::{self, Head, Token},
    text,
};

/// A message of Relais to the owner of a mailbox.
#[derive(Debug, Clone)]
pub struct Notice<'a> {
    /// Whom it is for; it comes from this address too, as Relais has none.
    pub to: &'a Email,
    pub id: &'a MessageId,
    pub subject: &'a str,
    /// With any line ends.
    pub text: &'a str,
    pub date: &'a Zoned,
}

impl Notice<'_> {
    /// In wire form.
    pub fn bytes(&self) -> Vec<u8> {
        let person = |name: Option<&str>| Person { name: name.map(str::to_owned), email: self.to.clone() };
        let mut head = Head::default();
        head.field("Date", date(self.date));
        head.field("From", header::people(&[person(Some("Relais"))]));
        head.field("To", header::people(&[person(None)]));
        head.field("Message-ID", [self.id.token()]);
        head.field("Subject", header::text(self.subject));
        // RFC 3834 §5.
        head.field("Auto-Submitted", [Token::fixed("auto-generated")]);
        head.field("X-Auto-Response-Suppress", [Token::fixed("All")]);
        head.field("MIME-Version", [Token::fixed("1.0")]);
        head.field("Content-Type", ["text/plain;", "charset=utf-8;", "format=flowed"].map(Token::fixed));
        head.field("Content-Transfer-Encoding", [Token::fixed("quoted-printable")]);
        let mut bytes = head.end();
        text::write(self.text, &mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_one_message_whatever_it_quotes() {
        let to = Email::parse("ann@x.example").expect("an address");
        let id = MessageId::parse("<a.1@x.example>").expect("an id");
        let date: Zoned = "2026-11-22T10:00:00+01:00[Europe/Paris]".parse().expect("a date");
        let notice = Notice {
            to: &to,
            id: &id,
            subject: "Non parti : été\r\nBcc: eve@x.example",
            text: "550 5.1.1 no\r\n.\r\nsuch <user>\n",
            date: &date,
        };
        let bytes = String::from_utf8(notice.bytes()).expect("ASCII");
        let (head, body) = bytes.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains("From: Relais <ann@x.example>\r\nTo: ann@x.example\r\n"), "{head}");
        assert!(head.contains("\r\nAuto-Submitted: auto-generated\r\n") && head.contains("<a.1@x.example>"));
        assert!(!head.contains("\r\nBcc:") && bytes.is_ascii(), "{head}");
        assert_eq!(body, "550 5.1.1 no\r\n=2E\r\nsuch <user>\r\n");
    }
}
