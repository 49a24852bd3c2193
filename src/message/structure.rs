//! The tree of parts a server describes (BODYSTRUCTURE) and the envelope, with every text already decoded.

use super::Section;

/// One node of the tree. Built with bounded depth and a bounded number of parts; see [`Part::truncated`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    pub section: Section,
    /// Lower case: `text`, `image`, `multipart`, `message` …
    pub kind: String,
    /// Lower case: `plain`, `html`, `mixed`, `rfc822` …
    pub subtype: String,
    /// Content-Type parameters, names in lower case, values decoded (RFC 2231, RFC 2047).
    pub params: Vec<(String, String)>,
    /// Content-ID without its angle brackets.
    pub id: Option<String>,
    pub description: Option<String>,
    /// Content-Transfer-Encoding, lower case; empty when the server told none.
    pub encoding: String,
    /// Octets in transfer encoding.
    pub size: u64,
    pub disposition: Option<Disposition>,
    /// Parts of a multipart; the one body of a message/rfc822.
    pub children: Vec<Part>,
    /// Of a message/rfc822 part.
    pub envelope: Option<Box<Envelope>>,
    /// Some children were left out because there are too many of them or they nest too deep.
    pub truncated: bool,
}

impl Part {
    /// The part with this number. An enclosed multipart shares the number of the message around it; the message
    /// wins.
    pub fn find(&self, section: &Section) -> Option<&Part> {
        if self.section == *section && !section.is_whole() {
            return Some(self);
        }
        self.children
            .iter()
            .filter(|child| section.is_within(&child.section))
            .find_map(|child| child.find(section))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disposition {
    /// Lower case: `inline`, `attachment`, or whatever the sender wrote.
    pub kind: String,
    pub params: Vec<(String, String)>,
}

/// RFC 9051 §7.5.2, every text decoded for reading. Nothing here is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The Date field as the sender wrote it.
    pub date: Option<String>,
    /// For reading: without the mark that medical messaging puts first.
    pub subject: Option<String>,
    /// That mark was there: documents about a patient.
    pub is_routed: bool,
    pub from: Vec<Address>,
    pub sender: Vec<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub in_reply_to: Option<String>,
    pub message_id: Option<String>,
    /// Recipients left out because there are more than [`Envelope::MAX_ADDRESSES`] in one field.
    pub more: usize,
}

impl Envelope {
    pub const MAX_ADDRESSES: usize = 200;
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Address {
    pub name: Option<String>,
    /// `local@domain`, or what there was of it; empty for the name of a group.
    pub email: String,
}
