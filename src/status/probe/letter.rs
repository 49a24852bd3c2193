//! A letter to oneself: what proves that mail goes out and comes in.

use futures::stream;
use jiff::Timestamp;

use crate::{
    message::compose::{Draft, Email, MessageId, Person, Piece},
    smtp::{Connection, Envelope, Error},
};

/// From an address to itself.
pub struct Letter {
    address: String,
    message_id: MessageId,
    message: Vec<u8>,
}

impl Letter {
    /// `seed` makes its Message-ID; `None` where this is not an address.
    pub fn new(address: &str, subject: &str, text: &str, seed: [u8; 16]) -> Option<Letter> {
        let own = Person { name: None, email: Email::parse(address).ok()? };
        let draft = Draft {
            from: own.clone(),
            reply_to: None,
            to: vec![own],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: subject.into(),
            text: text.into(),
            in_reply_to: None,
            references: Vec::new(),
            receipt: false,
            kept: Vec::new(),
            files: Vec::new(),
            date: Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC),
            seed,
        };
        let pieces = draft.pieces().into_iter().filter_map(|piece| match piece {
            Piece::Bytes(bytes) => Some(bytes),
            Piece::File(_) => None,
        });
        let message = pieces.flatten().collect();
        Some(Letter { address: address.into(), message_id: draft.message_id(), message })
    }

    /// With its angle brackets.
    pub fn message_id(&self) -> &str {
        self.message_id.as_str()
    }

    /// Hands it over on a conversation that is signed in.
    ///
    /// # Errors
    /// What MAIL, RCPT and DATA can meet.
    pub async fn send(&self, through: &mut Connection) -> Result<(), Error> {
        let envelope =
            Envelope { from: self.address.clone(), size: self.message.len() as u64, ..Envelope::default() };
        through.mail(&envelope).await?;
        through.recipient(&self.address).await?;
        through.data(stream::iter([Ok(self.message.clone().into())])).await.map(drop)
    }
}
