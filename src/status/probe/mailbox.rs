//! What a probe does in its own mailbox: opens it as a person's page does, and takes its letters out.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::token;
use crate::{
    imap::{
        Command, Connection, Error, Flag, MailboxName, NumberSet, Stage, append,
        fetch::{self, Detail},
        store,
    },
    store::Keys,
};

/// The subject of its letters.
pub const SUBJECT: &str = "Relais: probe";
/// Rows of a page.
const PAGE: u32 = 50;
/// Letters that are taken out at once.
const MOST: usize = 100;
/// A letter that is seen so soon was seen as it came; of a later one the server's own date tells more.
const SEEN: f64 = 90.0;

/// Opens the mailbox, asks for what every server knows of its newest page, and says how long that took. Nothing that
/// others wrote to it is read: what it costs is not theirs to say.
///
/// # Errors
/// What EXAMINE and FETCH can meet.
pub async fn open(reads: &Connection) -> Result<Duration, Error> {
    let began = Instant::now();
    let Some(inbox) = inbox() else { return Ok(Duration::ZERO) };
    let (view, _) = reads.open_mailbox(&inbox, true).await?;
    if view.exists > 0 {
        let newest = NumberSet::range(view.exists.saturating_sub(PAGE - 1).max(1), view.exists);
        reads.run(Stage::List, vec![fetch::outlines(&newest)]).await?.ok(0)?;
    }
    Ok(began.elapsed())
}

/// Takes these letters out of the mailbox, by their Message-IDs, which nobody else can make: when each left, and how
/// long it was on its way.
///
/// # Errors
/// What SELECT, SEARCH, FETCH and EXPUNGE can meet.
pub async fn take_out(
    reads: &Connection,
    awaited: &[(Timestamp, String)],
) -> Result<Vec<(Timestamp, Duration)>, Error> {
    let Some(inbox) = inbox() else { return Ok(Vec::new()) };
    // Opened anew: what came by another connection must be seen (RFC 9051 §6.3.2).
    reads.open_mailbox(&inbox, false).await?;
    let (mut own, mut letters) = (Vec::new(), Vec::new());
    for (sent, message_id) in awaited {
        let search = Command::new("UID SEARCH").header("Message-ID", message_id);
        let batch = reads.run(Stage::List, vec![search]).await?;
        batch.ok(0)?;
        let mut uids: Vec<u32> = append::all_found(&batch).take(MOST).collect();
        uids.sort_unstable();
        let Some(set) = NumberSet::of(&uids) else { continue };
        let fetch = Command::new("UID FETCH").set(&set).word("(UID INTERNALDATE)");
        let batch = reads.run(Stage::List, vec![fetch]).await?;
        batch.ok(0)?;
        let arrived =
            fetch::collect(&batch, Detail::All).into_iter().filter_map(|row| row.internal_date).min();
        letters.push((*sent, on_its_way(*sent, arrived, Timestamp::now())));
        own.extend(uids);
    }
    remove(reads, own).await?;
    Ok(letters)
}

/// Takes out letters that nobody awaits any more: those of a gateway that ended. They are looked for by their subject,
/// the newest first, which others may use as well; whatever comes of it, [`take_out`] does not need it.
///
/// # Errors
/// As [`take_out`].
pub async fn sweep(
    reads: &Connection,
    keys: &Keys,
    server: &str,
) -> Result<Vec<(Timestamp, Duration)>, Error> {
    let Some(inbox) = inbox() else { return Ok(Vec::new()) };
    reads.open_mailbox(&inbox, false).await?;
    let search = Command::new("UID SEARCH").header("Subject", SUBJECT);
    let batch = reads.run(Stage::List, vec![search]).await?;
    batch.ok(0)?;
    let uids = newest(append::all_found(&batch));
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
    remove(reads, own).await?;
    Ok(letters)
}

/// The newest [`MOST`], in order.
fn newest(uids: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut uids: Vec<u32> = uids.collect();
    uids.sort_unstable();
    uids.split_off(uids.len().saturating_sub(MOST))
}

async fn remove(reads: &Connection, mut own: Vec<u32>) -> Result<(), Error> {
    own.sort_unstable();
    own.dedup();
    let Some(set) = NumberSet::of(&own) else { return Ok(()) };
    let expunge = match reads.capabilities.has("UIDPLUS") {
        true => Command::new("UID EXPUNGE").set(&set),
        // The mailbox is the probe's own: nobody else marked anything there.
        false => Command::new("EXPUNGE"),
    };
    reads.run(Stage::Act, vec![store::add(&set, Flag::Deleted), expunge]).await?.all_ok()
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
    fn the_newest_come_first() {
        assert_eq!(newest([3, 1, 2].into_iter()), [1, 2, 3]);
        assert_eq!(newest(1..=500).first(), Some(&401));
        assert!(newest(std::iter::empty()).is_empty());
    }

    #[test]
    fn a_letter_that_nobody_looked_for_took_no_longer_than_the_server_says() {
        let at = |second| Timestamp::from_second(1_800_000_000 + second).expect("a time");
        let took = |arrived: Option<i64>, seen| on_its_way(at(0), arrived.map(at), at(seen)).as_secs();
        assert_eq!((took(Some(1), 3), took(None, 3)), (3, 3));
        assert_eq!((took(Some(5), 7200), took(None, 7200), took(Some(9000), 7200)), (5, 7200, 7200));
        assert_eq!(took(Some(-9), 7200), 0, "its clock is behind");
    }
}
