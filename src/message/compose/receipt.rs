//! Receipts that somebody else asks for (RFC 8098): when the reader may be asked, and what then goes back.

use jiff::Zoned;

use super::{
    Email, MessageId, Person, date,
    header::{self, Head, Token},
    hex, text,
};
use crate::message::{Address, address, whole::Header};

/// Who would get a receipt, where the reader may be asked for one at all: never for lists, bulk mail and programs,
/// nor where the receipt would go elsewhere than the message came from (RFC 8098 §2.1).
pub fn asked_for(header: &[Header<'_>]) -> Option<Address> {
    let field = |name: &str| header.iter().find(|h| h.name.eq_ignore_ascii_case(name.as_bytes()));
    let text = |name: &str| field(name).map(|h| String::from_utf8_lossy(h.value).trim().to_ascii_lowercase());
    let lists = ["list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"];
    let program = text("auto-submitted").is_some_and(|value| !value.starts_with("no"));
    let bulk = text("precedence").is_some_and(|value| matches!(value.as_str(), "bulk" | "list" | "junk"));
    if program || bulk || lists.iter().any(|name| field(name).is_some()) {
        return None;
    }
    let wanted = address::parse_list(&String::from_utf8_lossy(field("disposition-notification-to")?.value));
    // Of several addresses nobody can say which one the message came from.
    let [wanted] = wanted.as_slice() else { return None };
    let email = Email::parse(&wanted.email).ok()?;
    if let Some(path) = text("return-path") {
        let path = path.trim_matches(['<', '>', ' ']).to_owned();
        if path != email.as_str().to_ascii_lowercase() {
            return None;
        }
    }
    Some(wanted.clone())
}

/// A receipt as it goes out. Its envelope sender is empty (RFC 8098 §3).
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Who read it.
    pub from: Email,
    pub to: Email,
    pub subject: String,
    /// For people.
    pub text: String,
    /// Of the message that was read.
    pub original: Option<MessageId>,
    pub date: Zoned,
    pub seed: [u8; 16],
}

impl Receipt {
    pub fn message_id(&self) -> MessageId {
        MessageId::made(&self.seed, self.from.domain())
    }

    /// In wire form.
    pub fn write(&self) -> Vec<u8> {
        let person = |email: &Email| [Person { name: None, email: email.clone() }];
        let boundary = format!("=_{}", hex(&self.seed));
        let mut head = Head::default();
        head.field("Date", date(&self.date));
        head.field("From", header::people(&person(&self.from)));
        head.field("To", header::people(&person(&self.to)));
        head.field("Message-ID", [self.message_id().token()]);
        if let Some(id) = &self.original {
            head.field("In-Reply-To", [id.token()]);
            head.field("References", [id.token()]);
        }
        head.field("Subject", header::text(&self.subject));
        head.field("Auto-Submitted", [Token::fixed("auto-replied")]);
        head.field("MIME-Version", [Token::fixed("1.0")]);
        let kind = ["multipart/report;", "report-type=disposition-notification;"].map(Token::fixed);
        head.field("Content-Type", kind.into_iter().chain(header::parameter("boundary", &boundary)));
        let mut out = head.end();
        let delimit = |out: &mut Vec<u8>| out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        delimit(&mut out);
        let mut part = Head::default();
        part.field("Content-Type", ["text/plain;", "charset=utf-8"].map(Token::fixed));
        part.field("Content-Transfer-Encoding", [Token::fixed("quoted-printable")]);
        out.extend(part.end());
        text::write(&self.text, &mut out);
        delimit(&mut out);
        let mut part = Head::default();
        part.field("Content-Type", [Token::fixed("message/disposition-notification")]);
        out.extend(part.end());
        let mut report = Head::default();
        report.field("Reporting-UA", [Token::fixed("Relais")]);
        report.field("Final-Recipient", [Token::of(&format!("rfc822;{}", self.from.as_str()))]);
        if let Some(id) = &self.original {
            report.field("Original-Message-ID", [id.token()]);
        }
        let said = ["manual-action/MDN-sent-manually;", "displayed"].map(Token::fixed);
        report.field("Disposition", said);
        out.extend(report.end());
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{
        report::{self, Saying},
        whole::fields,
    };

    fn asked(header: &str) -> Option<String> {
        asked_for(&fields(header.replace('\n', "\r\n").as_bytes())).map(|who| who.email)
    }

    #[test]
    fn who_may_be_asked() {
        let wanted = "Disposition-Notification-To: Bob <bob@example.test>\n";
        assert_eq!(asked(wanted).as_deref(), Some("bob@example.test"));
        assert_eq!(
            asked(&format!("Return-Path: <BOB@example.test>\n{wanted}")).as_deref(),
            Some("bob@example.test")
        );
        for more in [
            "Return-Path: <eve@example.test>\n",
            "Return-Path: <>\n",
            "List-Id: <all.example.test>\n",
            "List-Unsubscribe: <mailto:x@example.test>\n",
            "Precedence: bulk\n",
            "Auto-Submitted: auto-generated\n",
        ] {
            assert_eq!(asked(&format!("{more}{wanted}")), None, "{more}");
        }
        assert_eq!(asked("Disposition-Notification-To: bob@example.test, eve@example.test\n"), None);
        assert_eq!(asked("Disposition-Notification-To: nobody\n"), None);
        assert_eq!(asked("Subject: hi\n"), None);
    }

    #[test]
    fn what_goes_back_reads_as_a_receipt() {
        let email = |text: &str| Email::parse(text).expect("an address");
        let receipt = Receipt {
            from: email("alice@example.test"),
            to: email("bob@example.test"),
            subject: "Lu : é\r\nBcc: eve@example.test".into(),
            text: "Votre message a été affiché.".into(),
            original: MessageId::parse("<m1@example.test>"),
            date: "2026-11-22T14:10:00+01:00[Europe/Paris]".parse().expect("a date"),
            seed: [1; 16],
        };
        let wire = receipt.write();
        assert!(wire.is_ascii() && wire.ends_with(b"\r\n"));
        assert!(!fields(&wire).iter().any(|field| field.name.eq_ignore_ascii_case(b"bcc")));
        let read = report::read(&wire).expect("a report");
        assert_eq!(read.message_id.as_deref(), Some("m1@example.test"));
        assert_eq!(read.about[0].saying, Saying::Displayed);
        assert_eq!(read.about[0].last.as_deref(), Some("alice@example.test"));
    }
}
