//! What the reader may do in a mailbox: asked once where the server has ACL (RFC 4314), else learned when it refuses.

use crate::{
    imap::{
        Error, Flag, MailboxName, Stage, View,
        rights::{self, Rights},
    },
    mailbox::Account,
};

/// A courtesy: where it cannot be known, everything is tried, and the server has the last word.
pub async fn rights(account: &Account, mailbox: &MailboxName) -> Rights {
    match account.places.rights(&account.owner, mailbox) {
        Some(rights) => rights,
        None => ask(account, mailbox).await.unwrap_or(Rights::ALL),
    }
}

/// An open mailbox says which marks it keeps (PERMANENTFLAGS): what it does not is not offered again.
pub(super) fn learn(account: &Account, mailbox: &MailboxName, view: &View) {
    if let Some(known) = account.places.rights(&account.owner, mailbox)
        && known.keywords
        && !(view.keeps(Flag::Done) && view.keeps(Flag::Filed))
    {
        account.places.set_rights(account.owner, mailbox, Rights { keywords: false, ..known });
    }
}

async fn ask(account: &Account, mailbox: &MailboxName) -> Result<Rights, Error> {
    let mut found = Rights::ALL;
    if account.lend().await?.capabilities.has("ACL") {
        let (_, batch) = account.ask(Stage::Folders, vec![rights::command(mailbox)]).await?;
        found = rights::read(&batch).unwrap_or(Rights::ALL);
    }
    account.places.set_rights(account.owner, mailbox, found);
    Ok(found)
}
