//! The marks that pages set by themselves: what was looked at, what was decided about a receipt.

use crate::{
    imap::{Flag, MailboxName, NumberSet, Stage, store},
    mailbox::{Account, window::Trouble},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `\Seen`, which other programs see too.
    Read,
    /// `$MDNSent` (RFC 3503): the reader decided about a receipt.
    Receipt,
    /// `$RelaisOpened`: a person had it on a screen here.
    Opened,
}

/// Sets the marks, in one flush. Where the server takes no
/// keywords of ours, the mark "opened" is kept here.
pub async fn mark(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    marks: &[Mark],
) -> Result<(), Trouble> {
    let selected = account.select(mailbox).await?;
    if selected.view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let Some(set) = NumberSet::of(uids) else { return Ok(()) };
    let here = |mark: &Mark| *mark == Mark::Opened && !selected.view.new_keywords;
    if marks.iter().any(here) {
        keep_here(account, mailbox, uidvalidity, uids).await;
    }
    let marks: Vec<Mark> = marks.iter().copied().filter(|mark| !here(mark)).collect();
    let commands = marks
        .iter()
        .map(|mark| match mark {
            Mark::Read => store::add(&set, Flag::Seen),
            Mark::Receipt => store::add(&set, Flag::MdnSent),
            Mark::Opened => store::add(&set, Flag::Opened),
        })
        .collect::<Vec<_>>();
    if commands.is_empty() {
        return Ok(());
    }
    let batch = selected.loan.run(Stage::Act, commands).await?;
    for (n, mark) in marks.iter().enumerate() {
        match (mark, batch.ok(n)) {
            (_, Ok(_)) => {}
            (Mark::Opened, Err(_)) => keep_here(account, mailbox, uidvalidity, uids).await,
            (_, Err(e)) => return Err(e.into()),
        }
    }
    Ok(())
}

/// The mark "opened" where the server takes none of ours. It is a courtesy: without it nothing else fails.
async fn keep_here(account: &Account, mailbox: &MailboxName, uidvalidity: u32, uids: &[u32]) {
    let kept = account.store.add_opened(&account.id, mailbox.raw(), uidvalidity, uids).await;
    if let Err(error) = kept {
        tracing::warn!(%error, "a mark was not kept");
    }
}
