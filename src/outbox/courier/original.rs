//! The mark "answered" or "forwarded" on the message that this one came from. A courtesy: it is tried once, when the
//! author's copy is kept, and nothing depends on it.

use crate::{
    imap::{Error, Flag, Loan, MailboxName, NumberSet, Stage, store},
    outbox::Original,
};

pub(super) async fn mark(loan: &Loan, original: &Original) {
    if let Err(error) = try_to(loan, original).await {
        tracing::info!(%error, "the message that was answered or forwarded was not marked");
    }
}

async fn try_to(loan: &Loan, original: &Original) -> Result<(), Error> {
    let Some(mailbox) = MailboxName::from_raw(&original.mailbox) else { return Ok(()) };
    let (view, _) = loan.open_mailbox(&mailbox, false).await?;
    // Another UIDVALIDITY: the UID is another message's now.
    if view.uidvalidity != original.uidvalidity || view.read_only {
        return Ok(());
    }
    let flag = if original.forwarded { Flag::Forwarded } else { Flag::Answered };
    let batch = loan.run(Stage::Act, vec![store::add(&NumberSet::one(original.uid), flag)]).await?;
    batch.ok(0).map(drop)
}
