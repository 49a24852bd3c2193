//! Looking for what came back: at the messages of a mailbox that were not looked at yet, after its page was made.
//!
//! An account that sent nothing here costs no question. Otherwise one FETCH of a few header fields, only where there
//! are new UIDs, and then the beginnings of what may be a report.

use jiff::Timestamp;

use super::{Account, window::Window};
use crate::{
    imap::{
        Command, Error, Kind, MailboxName, NumberSet, Stage,
        fetch::{self, Fetched},
        heads::{head, heads},
        position,
    },
    message::{Section, address, compose::MessageId, report, whole::Header},
    outbox::{self, Outbox},
};

/// Messages looked at in one go; what is more, the next look finds.
const MOST: u32 = 200;
/// Reports fetched in one command, [`report::MOST`] octets of each.
const AT_ONCE: usize = 8;
/// Ids of a References field that are looked up, from its end.
const IDS: usize = 5;

/// Why there was no look; the next one begins where it would have.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the mail server: {0}")]
    Imap(#[from] Error),
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}

/// Looks at what is new in the mailbox of this window, in a task of its own: no page waits for it. One look at a time
/// for each account.
pub fn later(account: &Account, outbox: &Outbox, mailbox: &MailboxName, window: &Window) {
    let newest = window.rows.iter().filter_map(|row| row.uid).max();
    // The newest page alone tells where the mailbox ends.
    if window.before > 0 || window.view.uidvalidity == 0 || (newest.is_none() && window.view.exists > 0) {
        return;
    }
    let Some(turn) = outbox.begin_look(&account.id) else { return };
    let look = Look {
        account: account.clone(),
        outbox: outbox.clone(),
        mailbox: mailbox.clone(),
        uidvalidity: window.view.uidvalidity,
        newest: newest.unwrap_or(0),
    };
    tokio::spawn(async move {
        if let Err(error) = look.look().await {
            tracing::info!(%error, "a mailbox was not looked at for reports");
        }
        drop(turn);
    });
}

struct Look {
    account: Account,
    outbox: Outbox,
    mailbox: MailboxName,
    uidvalidity: u32,
    /// The highest UID that is there; 0 in an empty mailbox.
    newest: u32,
}

impl Look {
    async fn look(&self) -> Result<(), Trouble> {
        let id = &self.account.id;
        if !self.outbox.awaits_reports(id).await? {
            return Ok(());
        }
        let store = &self.account.store;
        let raw = self.mailbox.raw();
        let before = store.looked_up_to(id, raw, self.uidvalidity).await?;
        let mut up_to = self.newest;
        let mut all = true;
        if before.is_none_or(|before| before < self.newest) {
            let (last, done) = self.read(before).await?;
            (up_to, all) = (last.max(before.unwrap_or(0)), done);
        }
        // What authors are told is when their INBOX was seen to its end.
        store.set_looked(id, raw, self.uidvalidity, up_to, all && self.mailbox.is_inbox()).await?;
        Ok(())
    }

    /// The highest UID that was looked at, and whether it is the last one.
    async fn read(&self, before: Option<u32>) -> Result<(u32, bool), Trouble> {
        let examined = self.account.examine(&self.mailbox).await?;
        let (loan, mut view) = (examined.loan, examined.view);
        if examined.warm {
            // It was opened for an earlier page, perhaps before the newest message came.
            loan.run(Stage::Read, vec![Command::new("NOOP")]).await?.ok(0)?;
            view = loan.view().ok_or(Error::new(Stage::Read, Kind::Closed))?;
        }
        if view.uidvalidity != self.uidvalidity || view.exists == 0 {
            return Ok((before.unwrap_or(0), false));
        }
        let first = match before {
            Some(uid) => position::count_up_to(&loan, &view, uid).await? + 1,
            // What came before the first message that was sent from here is about none of them.
            None => view.exists.saturating_sub(MOST - 1).max(1),
        };
        if first > view.exists {
            // The newest one is gone again.
            return Ok((before.unwrap_or(0), true));
        }
        let last = view.exists.min(first.saturating_add(MOST - 1));
        let batch = loan.run(Stage::Read, vec![heads(&NumberSet::range(first, last))]).await?;
        batch.ok(0)?;
        let rows = fetch::collect(&batch, fetch::Detail::All);
        let mut candidates = Vec::new();
        for row in &rows {
            let Some(uid) = row.uid else { continue };
            let head = head(row);
            if report::is_candidate(&head) {
                candidates.push(uid);
            } else if !report::is_automatic(&head) {
                self.answer(&head).await?;
            }
        }
        for some in candidates.chunks(AT_ONCE) {
            let Some(set) = NumberSet::of(some) else { continue };
            let beginnings = fetch::beginnings(&set, &Section::default(), report::MOST as u64);
            let batch = loan.run(Stage::Read, vec![beginnings]).await?;
            batch.ok(0)?;
            for found in fetch::collect(&batch, fetch::Detail::All) {
                let row = rows.iter().find(|row| row.uid.is_some() && row.uid == found.uid);
                self.report(&found, row.and_then(|row| row.internal_date)).await?;
            }
        }
        // What this view did not show is not passed over.
        let highest = rows.iter().filter_map(|row| row.uid).max().or(before).unwrap_or(0);
        Ok((highest, last == view.exists))
    }

    async fn report(&self, found: &Fetched, arrived: Option<Timestamp>) -> Result<(), Trouble> {
        let (Some(uid), Some(raw)) = (found.uid, found.section("")) else { return Ok(()) };
        // Pure work on hostile octets: a flaw in it must not end the look.
        let read = tokio::task::spawn_blocking(move || report::read(&raw)).await;
        let Ok(Some(report)) = read else { return Ok(()) };
        let arrived = arrived.unwrap_or_else(Timestamp::now);
        let id = &self.account.id;
        if let Some(message) = self.outbox.match_report(id, &report, arrived).await? {
            self.outbox.add_report(id, self.mailbox.raw(), self.uidvalidity, uid, message).await?;
        }
        Ok(())
    }

    async fn answer(&self, head: &[Header<'_>]) -> Result<(), Trouble> {
        let field = |name: &str| {
            let found = head.iter().find(|h| h.name.eq_ignore_ascii_case(name.as_bytes()));
            found.map(|h| String::from_utf8_lossy(h.value).into_owned()).unwrap_or_default()
        };
        let bare = |id: &MessageId| id.bare().to_owned();
        let mut ids: Vec<String> = MessageId::all(&field("in-reply-to")).iter().take(IDS).map(bare).collect();
        ids.extend(MessageId::all(&field("references")).iter().rev().take(IDS).map(bare));
        if ids.is_empty() {
            return Ok(());
        }
        let from =
            address::parse_list(&field("from")).into_iter().next().map(|a| a.email).unwrap_or_default();
        self.outbox.match_answer(&self.account.id, &ids, &from).await?;
        Ok(())
    }
}

/// The reports among the rows of this window, each with the sent message it is about. A list that cannot tell is a
/// list without these labels.
pub async fn labels(
    account: &Account,
    outbox: &Outbox,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
) -> Vec<(u32, outbox::MessageId)> {
    let (Some(&from), Some(&to)) = (uids.iter().min(), uids.iter().max()) else { return Vec::new() };
    let found = outbox.reports(&account.id, mailbox.raw(), uidvalidity, (from, to)).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "which messages are reports is not known");
        Vec::new()
    })
}
