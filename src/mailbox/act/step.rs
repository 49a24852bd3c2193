//! All messages of a mailbox, a thousand at a time: which are next. New mail is never among them.

use super::{MOST, Trouble};
use crate::{
    imap::{
        Command, Error, Kind, MailboxName, NumberSet, Stage,
        fetch::{self, Detail},
        position,
    },
    mailbox::Account,
};

/// The next messages, from the newest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub uids: Vec<u32>,
    /// Where the next step begins; `None` when this is the last one.
    pub next: Option<u32>,
}

/// The newest [`MOST`] messages with a UID of at most `up_to`.
///
/// # Errors
/// What reading a mailbox can meet.
pub async fn step(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    up_to: u32,
) -> Result<Step, Trouble> {
    let (loan, view) = loop {
        let examined = account.examine(mailbox).await?;
        let loan = examined.loan;
        // It may have been opened for an earlier page.
        match loan.run(Stage::Read, vec![Command::new("NOOP")]).await {
            Err(error) if error.is_of_the_connection() && loan.reused => {}
            heard => {
                heard?.ok(0)?;
                let view = loan.view().ok_or(Error::new(Stage::Read, Kind::Closed))?;
                break (loan, view);
            }
        }
    };
    if view.uidvalidity != uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let last = position::count_up_to(&loan, &view, up_to).await?;
    if last == 0 {
        return Ok(Step { uids: Vec::new(), next: None });
    }
    let first = last.saturating_sub(MOST as u32 - 1).max(1);
    let batch = loan.run(Stage::Read, vec![fetch::uids(&NumberSet::range(first, last))]).await?;
    batch.ok(0)?;
    let rows = fetch::collect(&batch, Detail::All).into_iter();
    // Positions may have moved meanwhile; UIDs have not.
    let mut uids: Vec<u32> = rows.filter_map(|row| row.uid).filter(|uid| *uid <= up_to).collect();
    uids.sort_unstable();
    uids.drain(..uids.len().saturating_sub(MOST));
    let next = uids.first().map(|oldest| oldest - 1).filter(|next| *next > 0 && first > 1);
    Ok(Step { uids, next })
}
