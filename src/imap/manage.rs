//! CREATE, RENAME, DELETE, SUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8).

use std::collections::HashSet;

use super::{Batch, Capabilities, Command, MailboxName, list, response::values_of};

pub fn create(name: &MailboxName) -> Command {
    Command::new("CREATE").mailbox(name)
}

/// What lies in it is renamed with it.
pub fn rename(from: &MailboxName, to: &MailboxName) -> Command {
    Command::new("RENAME").mailbox(from).mailbox(to)
}

pub fn delete(name: &MailboxName) -> Command {
    Command::new("DELETE").mailbox(name)
}

/// Whether programs that show only chosen mailboxes show this one.
pub fn subscribe(name: &MailboxName, wanted: bool) -> Command {
    Command::new(if wanted { "SUBSCRIBE" } else { "UNSUBSCRIBE" }).mailbox(name)
}

/// Which mailboxes are subscribed.
pub fn subscribed(capabilities: &Capabilities) -> Command {
    if capabilities.has("LIST-EXTENDED") {
        return Command::new("LIST (SUBSCRIBED)").word("\"\" \"*\"");
    }
    Command::new("LSUB").word("\"\" \"*\"")
}

/// What [`subscribed`] was answered with.
pub fn read_subscribed(batch: &Batch) -> HashSet<MailboxName> {
    ["LIST", "LSUB"].into_iter().flat_map(|word| list::listed_as(batch, word)).map(|line| line.name).collect()
}

/// How a mailbox is now.
pub fn state(name: &MailboxName) -> Command {
    Command::new("STATUS").mailbox(name).word("(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)")
}

/// A mailbox as it was at a moment. When these are the same again, nothing came, and it is the same mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    pub messages: u32,
    pub unseen: u32,
    pub uidnext: u32,
    pub uidvalidity: u32,
}

/// None where the server does not tell all of it.
pub fn read_state(batch: &Batch) -> Option<State> {
    let tree = batch.untagged.iter().find_map(|frame| values_of(frame, "STATUS"))?.ok()?;
    let items = tree.values().get(1)?.list()?;
    let number = |word: &str| u32::try_from(items.following(word)?.number()?).ok();
    Some(State {
        messages: number("MESSAGES")?,
        unseen: number("UNSEEN")?,
        uidnext: number("UIDNEXT")?,
        uidvalidity: number("UIDVALIDITY")?,
    })
}
