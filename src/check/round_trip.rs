//! One message to oneself, until it arrives: submission, delivery and reading in one.

use std::time::{Duration, Instant};

use futures::stream;
use jiff::Timestamp;

use super::Notes;
use crate::{
    imap::{self, Command, MailboxName, Stage},
    message::compose::{Draft, Email, Person, Piece},
    net::bounds::patiently,
    smtp::{self, Envelope},
};

/// How long it is waited for.
const WAIT: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(1);

pub async fn look(
    notes: &mut Notes<'_>,
    reads: imap::Connection,
    mut sends: smtp::Connection,
    address: &str,
) {
    let Some((id, message)) = message(address) else {
        return notes.fail(
            "no-address",
            "the name that signs in is no mail address",
            "give the whole address with --user",
        );
    };
    let began = Instant::now();
    let sent = async {
        let envelope = Envelope { from: address.into(), size: message.len() as u64, ..Envelope::default() };
        sends.mail(&envelope).await?;
        sends.recipient(address).await?;
        sends.data(stream::iter([Ok(message.into())])).await
    };
    match sent.await {
        Ok(_) => notes.good("sent", "a message to oneself was taken"),
        Err(error) => {
            let said = error.reply().map(|reply| format!(", {}", reply.code)).unwrap_or_default();
            return notes.fail(
                "not-sent",
                format!("a message to oneself was not taken ({error}{said})"),
                "the server does not let this login send as this address: compare the two there",
            );
        }
    }
    notes.took(began.elapsed());
    while began.elapsed() < patiently(WAIT) {
        match found(&reads, &id).await {
            Ok(true) => {
                notes.good("arrived", "and it arrived in one's INBOX");
                return notes.took(began.elapsed());
            }
            Ok(false) => tokio::time::sleep(EVERY).await,
            Err(error) => {
                return notes.fail(
                    "not-read",
                    format!("the INBOX cannot be read while it is waited for ({error})"),
                    "look into the IMAP server's log",
                );
            }
        }
    }
    notes.fail(
        "not-arrived",
        format!("after {} s it has not arrived in one's INBOX", patiently(WAIT).as_secs()),
        "it waits in a queue, was filtered into another mailbox, or SMTP delivers elsewhere than IMAP reads: follow its \
         Message-ID in the server's log",
    );
}

fn message(address: &str) -> Option<(String, Vec<u8>)> {
    let own = Person { name: None, email: Email::parse(address).ok()? };
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).ok()?;
    let draft = Draft {
        from: own.clone(),
        reply_to: None,
        to: vec![own],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Relais: check".into(),
        text: "This message was sent by “relais check --round-trip”. It can be deleted.\n".into(),
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
    Some((draft.message_id().as_str().to_owned(), pieces.flatten().collect()))
}

async fn found(reads: &imap::Connection, id: &str) -> Result<bool, imap::Error> {
    let Some(inbox) = MailboxName::from_raw(b"INBOX") else { return Ok(false) };
    reads.open_mailbox(&inbox, true).await?;
    let search = Command::new("UID SEARCH").header("Message-ID", id);
    let batch = reads.run(Stage::List, vec![search]).await?;
    batch.ok(0)?;
    Ok(imap::append::found(&batch, 1).is_some())
}
