//! The mailbox for drafts: what is being written, where other programs find it too.
//!
//! A newer copy replaces the one made before. Without UIDPLUS the earlier one stays: a plain EXPUNGE would also remove
//! what others marked.

use std::io;

use bytes::Bytes;
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::{
    Account,
    folders::{self, Role},
    window::Trouble,
};
use crate::imap::{
    Command, Flag, MailboxName, NumberSet, Stage,
    append::{self, Message},
    expunge, store,
};

/// Where a draft lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// As on the wire.
    pub mailbox: Vec<u8>,
    pub uidvalidity: u32,
    pub uid: u32,
}

/// What became of a draft that was to be kept there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    At(Copy),
    /// The server does not tell where.
    Somewhere,
    /// The account has no mailbox for drafts.
    NoMailbox,
}

/// The mailbox for drafts, by its attribute or one of the usual names.
///
/// # Errors
/// What listing mailboxes can meet.
pub async fn mailbox(account: &Account) -> Result<Option<MailboxName>, Trouble> {
    let folders = match account.places.folders(&account.owner) {
        Some((_, folders)) => folders,
        None => folders::list(account).await?,
    };
    Ok(folders.by_role(Role::Drafts).filter(|folder| folder.selectable).map(|folder| folder.name.clone()))
}

/// Saves a draft of so many octets, marked as one.
///
/// # Errors
/// As [`append::append`]: unless the server refused it, it may be there all the same.
pub async fn keep(
    account: &Account,
    octets: u64,
    body: impl Stream<Item = io::Result<Bytes>>,
) -> Result<Kept, Trouble> {
    let Some(mailbox) = mailbox(account).await? else { return Ok(Kept::NoMailbox) };
    let loan = account.lend().await?;
    let message = Message { mailbox: &mailbox, octets, flags: &[Flag::Draft, Flag::Seen], date: None };
    let place = append::append(&loan, &message, body).await?;
    Ok(place.map_or(Kept::Somewhere, |place| {
        Kept::At(Copy { mailbox: mailbox.raw().to_vec(), uidvalidity: place.uidvalidity, uid: place.uid })
    }))
}

/// Removes a draft that was replaced or sent. False where it stays: it is another message's place now, or the server
/// cannot remove one message alone.
///
/// # Errors
/// What changing a mailbox can meet.
pub async fn remove(account: &Account, copy: &Copy) -> Result<bool, Trouble> {
    let Some(mailbox) = MailboxName::from_raw(&copy.mailbox) else { return Ok(false) };
    let selected = account.select(&mailbox).await?;
    if selected.view.uidvalidity != copy.uidvalidity || !selected.loan.capabilities.has("UIDPLUS") {
        return Ok(false);
    }
    let uid = NumberSet::one(copy.uid);
    // One after the other: what an open mailbox has not heard of yet, it does not expunge (RFC 9051 §5.5).
    for command in [Command::new("NOOP"), store::add(&uid, Flag::Deleted), expunge::expunge(&uid)] {
        selected.loan.run(Stage::Act, vec![command]).await?.ok(0)?;
    }
    Ok(true)
}
