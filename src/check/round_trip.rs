//! One message to oneself, until it arrives: submission, delivery and reading in one.

use std::time::{Duration, Instant};

use futures::stream;
use jiff::Timestamp;

use super::Notes;
use crate::{
    imap::{self, Command, MailboxName, NumberSet, Stage},
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
    let end = match end(&reads).await {
        Ok(end) => end,
        Err(error) => return unread(notes, &error),
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
        match found(&reads, end, &id).await {
            Ok(true) => {
                notes.good("arrived", "and it arrived in one's INBOX");
                return notes.took(began.elapsed());
            }
            Ok(false) => tokio::time::sleep(EVERY).await,
            Err(error) => return unread(notes, &error),
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

fn unread(notes: &mut Notes<'_>, error: &imap::Error) {
    notes.fail(
        "not-read",
        format!("the INBOX cannot be read to see whether it arrived ({error})"),
        "look into the IMAP server's log",
    );
}

/// Where the INBOX ends: what comes has this UID or a later one.
async fn end(reads: &imap::Connection) -> Result<u32, imap::Error> {
    let Some(inbox) = MailboxName::from_raw(b"INBOX") else { return Ok(1) };
    let (view, _) = reads.open_mailbox(&inbox, true).await?;
    Ok(view.uidnext.max(1))
}

/// Only what came since is searched: the mailbox may hold a million.
async fn found(reads: &imap::Connection, end: u32, id: &str) -> Result<bool, imap::Error> {
    self::end(reads).await?;
    let search = Command::new("UID SEARCH UID").set(&NumberSet::from(end)).header("Message-ID", id);
    let batch = reads.run(Stage::List, vec![search]).await?;
    batch.ok(0)?;
    Ok(imap::append::found(&batch, end).is_some())
}
