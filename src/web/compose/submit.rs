//! From a finished letter to what the outbox accepts.

use jiff::Timestamp;

use crate::{
    imap::Credentials,
    message::{
        Address,
        compose::{Draft, Person, Piece},
    },
    outbox::{self, About, Form, Key, Original, Staged, Submission},
    web::who::Who,
};

/// A letter with what was asked for besides its words.
pub struct Letter<'a> {
    pub draft: &'a Draft,
    /// Those of the draft, in their order.
    pub files: &'a [Staged],
    pub key: Key,
    pub digest: [u8; 32],
    pub not_before: Timestamp,
    pub follow: bool,
    /// What it answers or forwards.
    pub original: Option<Original>,
    pub form: Form,
}

pub fn submission(who: &Who, credentials: Credentials, letter: Letter<'_>) -> Submission {
    let Letter { draft, files, key, digest, not_before, follow, original, form } = letter;
    let people = |list: &[Person]| list.iter().map(address_of).collect();
    let pieces = draft.pieces().into_iter().filter_map(|piece| match piece {
        Piece::Bytes(bytes) => Some(outbox::Piece::Bytes(bytes)),
        Piece::File(n) => files.get(n).map(|file| outbox::Piece::Blob(file.id)),
    });
    Submission {
        account: who.signed.account,
        server: who.signed.server.clone(),
        login: credentials.login,
        password: credentials.password,
        key,
        digest,
        from: draft.from.email.as_str().to_owned(),
        owns: who.account.backend.server.senders_of(&who.signed.address),
        recipients: draft.recipients().iter().map(|email| email.as_str().to_owned()).collect(),
        message: pieces.collect(),
        not_before,
        follow,
        about: About {
            message_id: draft.message_id().bare().to_owned(),
            subject: draft.subject.clone(),
            to: people(&draft.to),
            cc: people(&draft.cc),
            bcc: people(&draft.bcc),
            in_reply_to: draft.in_reply_to.as_ref().map(|id| id.bare().to_owned()),
            original,
        },
        form,
    }
}

fn address_of(person: &Person) -> Address {
    Address { name: person.name.clone(), email: person.email.as_str().to_owned() }
}
