//! Mailboxes made, renamed, deleted, emptied. Whoever acts has seen what there is: when it changed since, nothing is done
//! and they are asked again.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Account,
    act::MOST,
    folders::{self, Folder, Folders},
};
use crate::imap::{
    Command, Error, Flag, Kind, Loan, MailboxName, NameFlaw, NumberSet, Stage, expunge,
    fetch::{self, collect},
    manage::{self, State},
    rights::{self, Rights},
    store,
};

/// How long one request goes on emptying, and how many times [`MOST`] messages; what is left is for the next one.
const LONG: Duration = Duration::from_secs(6);
const STEPS: u32 = 5;
/// Names that are moved along in one renaming.
const MOVED: usize = 500;

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    Imap(Error),
    /// There is no such mailbox.
    Gone,
    /// What was typed is no name.
    Name(NameFlaw),
    /// There is one of this name.
    Exists,
    /// INBOX, or a name that only holds others.
    Fixed,
    /// Others lie in it.
    HasChildren,
    /// It is not as it was when the question was asked.
    Changed,
    /// The server cannot remove chosen messages alone (no UIDPLUS).
    AllOrNothing,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Imap(error)
    }
}

/// All mailboxes, and which of them are subscribed.
pub struct Overview {
    pub folders: Arc<Folders>,
    pub subscribed: HashSet<MailboxName>,
}

/// One mailbox, as its owner must know it before they change it.
pub struct About {
    pub folders: Arc<Folders>,
    pub folder: Folder,
    /// Those that lie in it.
    pub children: Vec<Folder>,
    /// None where nothing can lie in it, or the server does not tell.
    pub state: Option<State>,
    pub subscribed: bool,
    pub rights: Rights,
    /// Chosen messages can be removed alone.
    pub can_empty: bool,
}

pub async fn overview(account: &Account) -> Result<Overview, Error> {
    let folders = folders::list(account).await?;
    let capabilities = account.lend().await?.capabilities.clone();
    let (_, batch) = account.ask(Stage::Folders, vec![manage::subscribed(&capabilities)]).await?;
    // A server that does not tell has all of them shown.
    Ok(Overview { folders, subscribed: manage::read_subscribed(&batch) })
}

/// # Errors
/// `Gone`, and what asking can meet.
pub async fn about(account: &Account, name: &MailboxName) -> Result<About, Trouble> {
    let folders = folders::list(account).await?;
    let folder = folders.get(name).ok_or(Trouble::Gone)?.clone();
    let capabilities = account.lend().await?.capabilities.clone();
    let mut questions = vec![manage::subscribed(&capabilities)];
    if folder.selectable {
        questions.push(manage::state(name));
    }
    if capabilities.has("ACL") {
        questions.push(rights::command(name));
    }
    // What is not told is not known: the next one, who acts, asks again.
    let (loan, batch) = account.ask(Stage::Folders, questions).await?;
    Ok(About {
        children: children(&folders, name).cloned().collect(),
        subscribed: manage::read_subscribed(&batch).contains(name),
        can_empty: loan.capabilities.has("UIDPLUS"),
        folders,
        folder,
        state: manage::read_state(&batch),
        rights: rights::read(&batch).unwrap_or(Rights::ALL),
    })
}

fn children<'a>(folders: &'a Folders, name: &'a MailboxName) -> impl Iterator<Item = &'a Folder> {
    let inside = |folder: &&Folder| {
        let rest = folder.name.raw().strip_prefix(name.raw());
        rest.is_some_and(|rest| !rest.is_empty() && rest.first().copied() == folders.separator)
    };
    folders.list.iter().filter(inside)
}

/// Makes a mailbox, in `parent` or beside INBOX, and subscribes it.
///
/// # Errors
/// `Name`, `Exists`, `Gone` when there is no such parent, and the server's refusal.
pub async fn create(
    account: &Account,
    parent: Option<&MailboxName>,
    text: &str,
) -> Result<MailboxName, Trouble> {
    let folders = folders::list(account).await?;
    let within = match parent {
        None => folders.prefix.clone(),
        Some(parent) => {
            let parent = folders.get(parent).ok_or(Trouble::Gone)?;
            let separator = folders.separator.ok_or(Trouble::Fixed)?;
            [parent.name.raw(), &[separator]].concat()
        }
    };
    let loan = live(account).await?;
    let name = typed(&loan, &folders, &within, text)?;
    let batch = loan.run(Stage::Act, vec![manage::create(&name), manage::subscribe(&name, true)]).await?;
    account.places.forget(&account.owner);
    // What is made and not subscribed is made.
    batch.ok(0).map_err(exists)?;
    Ok(name)
}

/// Gives a mailbox another last part of its name; what lies in it stays in it, and what is subscribed stays so.
///
/// # Errors
/// As [`create`]; `Fixed`.
pub async fn rename(account: &Account, name: &MailboxName, text: &str) -> Result<MailboxName, Trouble> {
    let folders = folders::list(account).await?;
    let folder = folders.get(name).ok_or(Trouble::Gone)?;
    // To rename INBOX means to move its messages (RFC 9051 §6.3.6).
    if folder.name.is_inbox() {
        return Err(Trouble::Fixed);
    }
    let end = folders.separator.and_then(|separator| memchr::memrchr(separator, name.raw()));
    let within = end.map(|at| &name.raw()[..=at]).unwrap_or_default();
    let loan = live(account).await?;
    let asked = loan.run(Stage::Act, vec![manage::subscribed(&loan.capabilities)]).await?;
    let subscribed = manage::read_subscribed(&asked);
    let to = typed(&loan, &folders, within, text)?;
    if to == *name {
        return Ok(to);
    }
    let done = loan.run(Stage::Act, vec![manage::rename(name, &to)]).await;
    account.places.forget(&account.owner);
    account.pool.close_idle(account.owner.account);
    done?.ok(0).map_err(exists)?;
    // A courtesy to other programs.
    let moved = std::iter::once(folder).chain(children(&folders, name)).map(|folder| &folder.name);
    let moved = moved.filter(|old| subscribed.contains(*old)).take(MOVED).filter_map(|old| {
        let new = MailboxName::from_raw(&[to.raw(), &old.raw()[name.raw().len()..]].concat())?;
        Some([manage::subscribe(old, false), manage::subscribe(&new, true)])
    });
    let moved: Vec<Command> = moved.flatten().collect();
    if !moved.is_empty()
        && let Err(error) = loan.run(Stage::Act, moved).await
    {
        tracing::info!(%error, "a renamed mailbox was not subscribed");
    }
    Ok(to)
}

/// Deletes a mailbox that nothing lies in and that is as it was `seen`.
///
/// # Errors
/// `Fixed`, `HasChildren`, `Changed`, `Gone`, and the server's refusal.
pub async fn delete(account: &Account, name: &MailboxName, seen: Option<State>) -> Result<(), Trouble> {
    let folders = folders::list(account).await?;
    let folder = folders.get(name).ok_or(Trouble::Gone)?;
    if folder.name.is_inbox() {
        return Err(Trouble::Fixed);
    }
    if children(&folders, name).next().is_some() {
        return Err(Trouble::HasChildren);
    }
    let loan = live(account).await?;
    if folder.selectable {
        let batch = loan.run(Stage::Act, vec![manage::state(name)]).await?;
        if manage::read_state(&batch).map(unseen_apart) != seen.map(unseen_apart) {
            return Err(Trouble::Changed);
        }
    }
    let done = loan.run(Stage::Act, vec![manage::delete(name)]).await;
    account.places.forget(&account.owner);
    account.pool.close_idle(account.owner.account);
    done?.ok(0)?;
    // A courtesy: some servers remember subscriptions of what is gone.
    let _ = loan.run(Stage::Act, vec![manage::subscribe(name, false)]).await;
    Ok(())
}

/// Whether some of it was read meanwhile does not matter.
fn unseen_apart(state: State) -> State {
    State { unseen: 0, ..state }
}

/// # Errors
/// The server's refusal.
pub async fn subscribe(account: &Account, name: &MailboxName, wanted: bool) -> Result<(), Trouble> {
    // Done twice, it is done.
    let (_, batch) = account.ask(Stage::Act, vec![manage::subscribe(name, wanted)]).await?;
    batch.ok(0)?;
    Ok(())
}

/// How far a mailbox was emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emptied {
    pub removed: u32,
    /// Some are left of those that were there when the question was asked.
    pub more: bool,
}

/// Removes for good what was in a mailbox up to this UID, [`MOST`] messages in one command, for a few seconds. What came
/// since stays.
///
/// # Errors
/// `Changed` when it was rebuilt, `AllOrNothing`, and the server's refusal; only where nothing was removed yet.
pub async fn empty(
    account: &Account,
    name: &MailboxName,
    uidvalidity: u32,
    up_to: u32,
) -> Result<Emptied, Trouble> {
    let mut removed = 0;
    match rounds(account, name, uidvalidity, up_to, &mut removed).await {
        // What is gone is told; the next request meets the trouble again, and tells that.
        Err(_) if removed > 0 => Ok(Emptied { removed, more: true }),
        ended => ended.map(|more| Emptied { removed, more }),
    }
}

/// True when some are left for another request.
async fn rounds(
    account: &Account,
    name: &MailboxName,
    uidvalidity: u32,
    up_to: u32,
    removed: &mut u32,
) -> Result<bool, Trouble> {
    let began = Instant::now();
    let (mut steps, mut first_before) = (0, None);
    loop {
        let selected = account.select(name).await?;
        let loan = selected.loan;
        if !loan.capabilities.has("UIDPLUS") {
            return Err(Trouble::AllOrNothing);
        }
        // Tells whether it lives, and what is there now.
        match loan.run(Stage::Act, vec![Command::new("NOOP")]).await {
            Err(e) if e.is_of_the_connection() && loan.reused => continue,
            result => drop(result?),
        }
        let view = loan.view().ok_or(Error::new(Stage::Act, Kind::Closed))?;
        if view.uidvalidity != uidvalidity {
            return Err(Trouble::Changed);
        }
        if view.exists == 0 {
            return Ok(false);
        }
        let oldest = NumberSet::range(1, view.exists.min(MOST as u32));
        let batch = loan.run(Stage::Act, vec![fetch::uids(&oldest)]).await?;
        batch.ok(0)?;
        let uids: Vec<u32> = collect(&batch, fetch::Detail::All)
            .into_iter()
            .filter_map(|row| row.uid)
            .filter(|uid| *uid <= up_to)
            .take(MOST)
            .collect();
        let Some(set) = NumberSet::of(&uids) else { return Ok(false) };
        // A server that says yes and keeps them is not asked for ever.
        if first_before.replace(uids[0]) == Some(uids[0]) {
            return Err(Error::new(Stage::Act, Kind::Unsupported("removing messages")).into());
        }
        loan.run(Stage::Act, vec![store::add(&set, Flag::Deleted)]).await?.ok(0)?;
        let expunged = loan.run(Stage::Act, vec![expunge::expunge(&set)]).await?;
        expunged.ok(0)?;
        account.places.forget(&account.owner);
        *removed += uids.len() as u32;
        steps += 1;
        if steps == STEPS || began.elapsed() > LONG {
            return Ok(true);
        }
    }
}

/// A connection that lives, with no mailbox open: what is asked on it must not be asked twice.
async fn live(account: &Account) -> Result<Loan, Error> {
    account.pool.close_idle(account.owner.account);
    Ok(account.ask(Stage::Act, vec![Command::new("NOOP")]).await?.0)
}

fn typed(loan: &Loan, folders: &Folders, within: &[u8], text: &str) -> Result<MailboxName, Trouble> {
    let utf8 = loan.capabilities.has("IMAP4REV2") && !loan.capabilities.has("IMAP4REV1");
    let name = MailboxName::typed(within, text, folders.separator, utf8).map_err(Trouble::Name)?;
    if folders.get(&name).is_some() { Err(Trouble::Exists) } else { Ok(name) }
}

fn exists(error: Error) -> Trouble {
    if error.code() == Some("ALREADYEXISTS") { Trouble::Exists } else { Trouble::Imap(error) }
}
