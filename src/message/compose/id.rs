//! Message-IDs and the chain of a conversation (RFC 5322 §3.6.4).

use super::{header::Token, hex};

/// `<left@right>`, printable ASCII without space: safe in a header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId(String);

/// Octets of one id; longer ones break the lines of a header.
const LONGEST: usize = 500;
/// Ids of a References field: the first one names the conversation, the last ones the place in it.
const CHAIN: usize = 30;

impl MessageId {
    /// The first id in a text.
    pub fn parse(text: &str) -> Option<MessageId> {
        MessageId::all(text).into_iter().next()
    }

    /// Every id in a field, in order.
    pub fn all(field: &str) -> Vec<MessageId> {
        let mut ids = Vec::new();
        for piece in field.split('<').skip(1).take(1_000) {
            let Some((inside, _)) = piece.split_once('>') else { continue };
            let fit = !inside.is_empty()
                && inside.len() <= LONGEST
                && inside.bytes().all(|b| b != b' ' && Token::is_fit(b));
            if fit {
                ids.push(MessageId(format!("<{inside}>")));
            }
        }
        ids
    }

    pub(super) fn made(seed: &[u8; 16], domain: &str) -> MessageId {
        MessageId(format!("<{}@{domain}>", hex(seed)))
    }

    pub(super) fn token(&self) -> Token {
        Token::of(&self.0)
    }

    /// With its angle brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without them.
    pub fn bare(&self) -> &str {
        self.0.trim_matches(['<', '>'])
    }
}

/// The References of an answer: those of the message, or its In-Reply-To where it has none and names one, and the
/// message itself (RFC 5322 §3.6.4). A long chain keeps its first and its last ids.
pub fn chain(references: &str, in_reply_to: Option<&str>, message_id: Option<&str>) -> Vec<MessageId> {
    let mut ids = MessageId::all(references);
    if ids.is_empty()
        && let [one] = MessageId::all(in_reply_to.unwrap_or_default()).as_slice()
    {
        ids.push(one.clone());
    }
    if let Some(own) = message_id.and_then(MessageId::parse) {
        ids.retain(|id| *id != own);
        ids.push(own);
    }
    if ids.len() > CHAIN {
        ids.drain(1..=ids.len() - CHAIN);
    }
    ids
}
