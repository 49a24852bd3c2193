//! What a probe does in its own mailbox: opens it as a person's page does, and takes its letters out.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::token;
use crate::{
    imap::{
        Command, Connection, Error, MailboxName, NumberSet, Stage, append,
        fetch::{self, Detail},
    },
    store::Keys,
};

/// The subject of its letters.
pub const SUBJECT: &str = "Relais: probe";
/// Rows of a page.
const PAGE: u32 = 50;
/// Letters that are taken out at once.
const MOST: u32 = 100;
/// A letter that is seen so soon was seen as it came; of a later one the server's own date tells more.
const SEEN: f64 = 90.0;

/// Opens the mailbox and reads the newest page of it, and says how long that took.
///
/// # Errors
/// What EXAMINE and FETCH can meet.
pub async fn open(reads: &Connection) -> Result<Duration, Error> {
    let began = Instant::now();
    let Some(inbox) = inbox() else { return Ok(Duration::ZERO) };
    let (view, _) = reads.open_mailbox(&inbox, true).await?;
    if view.exists > 0 {
        let newest = NumberSet::range(view.exists.saturating_sub(PAGE - 1).max(1), view.exists);
        reads.run(Stage::List, vec![fetch::rows(&newest, false)]).await?.ok(0)?;
    }
    Ok(began.elapsed())
}

/// Takes its letters out of the mailbox: when each left, and how long it was on its way.
///
/// # Errors
/// What SELECT, SEARCH, FETCH and EXPUNGE can meet.
pub async fn take_out(
    reads: &Connection,
    keys: &Keys,
    server: &str,
) -> Result<Vec<(Timestamp, Duration)>, Error> {
    let Some(inbox) = inbox() else { return Ok(Vec::new()) };
    // Opened anew: what came by another connection must be seen (RFC 9051 §6.3.2).
    reads.open_mailbox(&inbox, false).await?;
    let search = Command::new("UID SEARCH").header("Subject", SUBJECT);
    let batch = reads.run(Stage::List, vec![search]).await?;
    batch.ok(0)?;
    let Some(first) = append::found(&batch, 1) else { return Ok(Vec::new()) };
    let mut uids = Vec::new();
    let mut from = first;
    while let Some(uid) = append::found(&batch, from).filter(|_| uids.len() < MOST as usize) {
        uids.push(uid);
        from = uid.saturating_add(1);
    }
    let Some(set) = NumberSet::of(&uids) else { return Ok(Vec::new()) };
    let fetch = Command::new("UID FETCH").set(&set).word("(UID INTERNALDATE ENVELOPE)");
    let batch = reads.run(Stage::List, vec![fetch]).await?;
    batch.ok(0)?;
    let now = Timestamp::now();
    let (mut own, mut letters) = (Vec::new(), Vec::new());
    for row in fetch::collect(&batch, Detail::All) {
        let id = row.envelope.and_then(|envelope| envelope.message_id);
        let sent = id.and_then(|id| token::sent_at(keys, server, &id));
        if let Some((uid, sent)) = row.uid.zip(sent) {
            own.push(uid);
            letters.push((sent, on_its_way(sent, row.internal_date, now)));
        }
    }
    if let Some(set) = NumberSet::of(&own) {
        let expunge = match reads.capabilities.has("UIDPLUS") {
            true => Command::new("UID EXPUNGE").set(&set),
            // The mailbox is the probe's own: nobody else marked anything there.
            false => Command::new("EXPUNGE"),
        };
        let batch = reads.run(Stage::Act, vec![fetch::add_flag(&set, "\\Deleted"), expunge]).await?;
        batch.all_ok()?;
    }
    Ok(letters)
}

fn on_its_way(sent: Timestamp, arrived: Option<Timestamp>, seen: Timestamp) -> Duration {
    let seconds = |until: Timestamp| until.duration_since(sent).as_secs_f64().max(0.0);
    let waited = seconds(seen);
    let told = arrived.map(seconds).filter(|told| waited > SEEN && *told < waited);
    Duration::from_secs_f64(told.unwrap_or(waited))
}

fn inbox() -> Option<MailboxName> {
    MailboxName::from_raw(b"INBOX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_nobody_looked_for_took_no_longer_than_the_server_says() {
        let at = |second| Timestamp::from_second(1_800_000_000 + second).expect("a time");
        let took = |arrived: Option<i64>, seen| on_its_way(at(0), arrived.map(at), at(seen)).as_secs();
        assert_eq!((took(Some(1), 3), took(None, 3)), (3, 3));
        assert_eq!((took(Some(5), 7200), took(None, 7200), took(Some(9000), 7200)), (5, 7200, 7200));
        assert_eq!(took(Some(-9), 7200), 0, "its clock is behind");
    }
}
