//! One message to oneself, until it arrives: submission, delivery and reading in one.

use std::time::{Duration, Instant};

use super::Notes;
use crate::{
    imap::{self, Command, MailboxName, NumberSet, Stage},
    net::bounds::patiently,
    smtp,
    status::probe::letter::Letter,
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
    let mut seed = [0; 16];
    let random = getrandom::fill(&mut seed).is_ok();
    let text = "This message was sent by “relais check --round-trip”. It can be deleted.\n";
    let letter = Letter::new(address, "Relais: check", text, seed).filter(|_| random);
    let Some(letter) = letter else {
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
    match letter.send(&mut sends).await {
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
        match found(&reads, end, letter.message_id()).await {
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
