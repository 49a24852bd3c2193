//! From what a person wrote to the message as it goes over the wire: CRLF line ends, 7-bit, lines of 76 characters.
//!
//! Files are not here: the message is a list of [`Piece`]s, and a file is a piece that somebody else keeps, already
//! in base64.

pub mod answer;
pub mod email;
pub mod guard;
mod header;
mod id;
mod kept;
pub mod mailto;
mod notice;
pub mod quote;
mod text;
mod typed;

pub use email::{Email, Person, Unusable};
pub use id::{MessageId, chain};
pub use kept::KeptField;
pub use notice::Notice;
pub use quote::quoted;

use jiff::Zoned;

use self::header::{Head, Token};

/// A message before it has its form.
#[derive(Debug, Clone)]
pub struct Draft {
    pub from: Person,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Email>,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    /// Never in the message: they are in its envelope alone.
    pub bcc: Vec<Person>,
    pub subject: String,
    /// As typed, with any line ends.
    pub text: String,
    pub in_reply_to: Option<MessageId>,
    /// Oldest first.
    pub references: Vec<MessageId>,
    /// Of a forwarded message, as they came.
    pub kept: Vec<KeptField>,
    pub files: Vec<File>,
    pub date: Zoned,
    /// Random: the Message-ID and the boundary are made of it.
    pub seed: [u8; 16],
}

/// A file whose bytes are kept elsewhere, in base64 with lines of 76 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub kind: MediaType,
}

/// The message is the concatenation of its pieces; the last one ends with CRLF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Bytes(Vec<u8>),
    /// The base64 text of this file of [`Draft::files`].
    File(usize),
}

/// A media type that can stand in a header field and whose base64 form is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(String);

impl MediaType {
    const MAX: usize = 100;

    /// What the browser claims, without parameters. Anything that is not `token/token`, and multipart and message,
    /// which base64 must not hide (RFC 2046 §5), become `application/octet-stream`.
    pub fn of(claimed: &str) -> MediaType {
        let plain = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let token = |t: &str| {
            t.starts_with(|c: char| c.is_ascii_alphanumeric())
                && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
        };
        let good = plain.len() <= Self::MAX
            && plain.split_once('/').is_some_and(|(kind, subtype)| {
                token(kind) && token(subtype) && !matches!(kind, "multipart" | "message")
            });
        MediaType(if good { plain } else { "application/octet-stream".to_owned() })
    }

    /// Of an upload: a whole message may be one, which is kept as it is, without a transfer encoding.
    pub fn of_upload(kind: &str) -> MediaType {
        if kind == MESSAGE { MediaType(kind.to_owned()) } else { MediaType::of(kind) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const MESSAGE: &str = "message/rfc822";

impl Draft {
    /// `<random@domain of the sender>`.
    pub fn message_id(&self) -> MessageId {
        MessageId::made(&self.seed, self.from.email.domain())
    }

    /// Whom the message goes to, each once.
    pub fn recipients(&self) -> Vec<Email> {
        let mut all: Vec<Email> = Vec::new();
        for person in self.to.iter().chain(&self.cc).chain(&self.bcc) {
            if !all.iter().any(|known| known.is(&person.email)) {
                all.push(person.email.clone());
            }
        }
        all
    }

    pub fn pieces(&self) -> Vec<Piece> {
        self.made(false)
    }

    /// As it is kept while it is written: with those who get a hidden copy.
    pub fn pieces_to_keep(&self) -> Vec<Piece> {
        self.made(true)
    }

    fn made(&self, with_bcc: bool) -> Vec<Piece> {
        let mut head = Head::default();
        head.field("Date", date(&self.date));
        head.field("From", header::people(std::slice::from_ref(&self.from)));
        if let Some(email) = &self.reply_to {
            head.field("Reply-To", header::people(&[Person { name: None, email: email.clone() }]));
        }
        if self.to.is_empty() && self.cc.is_empty() && !with_bcc {
            // RFC 5322 §3.6.3 wants no destination field; some filters do.
            head.field("To", [Token::fixed("undisclosed-recipients:;")]);
        }
        if !self.to.is_empty() {
            head.field("To", header::people(&self.to));
        }
        if !self.cc.is_empty() {
            head.field("Cc", header::people(&self.cc));
        }
        if with_bcc && !self.bcc.is_empty() {
            head.field("Bcc", header::people(&self.bcc));
        }
        head.field("Message-ID", [self.message_id().token()]);
        if let Some(id) = &self.in_reply_to {
            head.field("In-Reply-To", [id.token()]);
        }
        if !self.references.is_empty() {
            head.field("References", self.references.iter().map(MessageId::token));
        }
        head.field("Subject", header::text(&self.subject));
        self.kept.iter().for_each(|field| head.kept(field));
        head.field("MIME-Version", [Token::fixed("1.0")]);
        if self.files.is_empty() {
            return vec![Piece::Bytes(self.text_part(head))];
        }
        self.mixed(head)
    }

    /// The text after its fields, the last of which may be those of the message.
    fn text_part(&self, mut head: Head) -> Vec<u8> {
        head.field("Content-Type", ["text/plain;", "charset=utf-8;", "format=flowed"].map(Token::fixed));
        head.field("Content-Transfer-Encoding", [Token::fixed("quoted-printable")]);
        let mut bytes = head.end();
        text::write(&self.text, &mut bytes);
        bytes
    }

    fn mixed(&self, mut head: Head) -> Vec<Piece> {
        // `=_` is in no quoted-printable and no base64 text.
        let boundary = format!("=_{}", hex(&self.seed));
        let delimiter = format!("\r\n--{boundary}\r\n");
        head.field(
            "Content-Type",
            [Token::fixed("multipart/mixed;")].into_iter().chain(header::parameter("boundary", &boundary)),
        );
        let mut bytes = head.end();
        bytes.extend_from_slice(&delimiter.as_bytes()[2..]);
        bytes.extend(self.text_part(Head::default()));
        let mut pieces = Vec::new();
        for (n, file) in self.files.iter().enumerate() {
            bytes.extend_from_slice(delimiter.as_bytes());
            bytes.extend(file.head());
            pieces.extend([Piece::Bytes(std::mem::take(&mut bytes)), Piece::File(n)]);
        }
        pieces.push(Piece::Bytes(format!("\r\n--{boundary}--\r\n").into_bytes()));
        pieces
    }
}

impl File {
    fn head(&self) -> Vec<u8> {
        let mut head = Head::default();
        head.field("Content-Type", [Token::of(self.kind.as_str())]);
        let encoding = if self.kind.as_str() == MESSAGE { "7bit" } else { "base64" };
        head.field("Content-Transfer-Encoding", [Token::fixed(encoding)]);
        head.field(
            "Content-Disposition",
            [Token::fixed("attachment;")].into_iter().chain(header::parameter("filename", &self.name)),
        );
        head.end()
    }
}

/// `Sun, 22 Nov 2026 14:10:00 +0100` (RFC 5322 §3.3).
fn date(at: &Zoned) -> Vec<Token> {
    let text = at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
    text.split(' ').map(Token::of).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests;
