//! The few header fields that tell whether a new message is about one that was sent.

use super::{Command, NumberSet, fetch::Fetched};
use crate::message::whole::{Header, fields};

const HEADS: &str = "(UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (RETURN-PATH FROM SUBJECT CONTENT-TYPE IN-REPLY-TO \
    REFERENCES AUTO-SUBMITTED PRECEDENCE X-AUTOREPLY X-AUTORESPOND X-FAILED-RECIPIENTS)])";

/// The fields of the messages at these positions.
pub fn heads(set: &NumberSet) -> Command {
    Command::new("FETCH").set(set).word(HEADS)
}

/// What [`heads`] brought of one message.
pub fn head(row: &Fetched) -> Vec<Header<'_>> {
    let piece = row.pieces.iter().find(|piece| piece.section.starts_with("HEADER.FIELDS"));
    piece.map(|piece| fields(&piece.bytes)).unwrap_or_default()
}
