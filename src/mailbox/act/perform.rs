//! One act, from the look at its messages to what came of it.

use super::{
    Act, Done, Left, Trouble,
    found::{Found, find},
    relocate::{Relocated, destroy, relocate},
    uids::Uids,
    undo::{Then, Undo},
};
use crate::{
    imap::{Error, Flag, MailboxName, NumberSet, Stage, store},
    mailbox::Account,
};

/// Does it with at most [`super::MOST`] messages.
///
/// # Errors
/// When nothing was done: [`Trouble`]; of a connection that broke in the middle, it is not known.
pub async fn perform(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    act: &Act,
) -> Result<Done, Trouble> {
    let found = find(account, mailbox, uidvalidity, uids).await?;
    let asked = NumberSet::all_of(uids).iter().map(|(_, uids)| uids.len()).sum::<usize>();
    let gone = u32::try_from(asked).unwrap_or(u32::MAX).saturating_sub(found.len());
    let here = |marks, then| Undo::new(mailbox, uidvalidity, marks, then);
    let all = found.uids();
    let done = match act {
        Act::Mark(flag, on) => {
            if !found.view.keeps(*flag) {
                return Err(Trouble::NoMark);
            }
            let changed = lacking(&found, *flag, *on);
            set(&found, *flag, *on, &changed).await?;
            let undo = (!changed.is_empty()).then(|| here(vec![(*flag, !on, Uids(changed))], None));
            Done { n: found.len(), undo, ..Done::default() }
        }
        Act::Move(to) => moved(relocate(&found, &all, to, false).await?, mailbox, to, Vec::new()),
        Act::Copy(to) => {
            let copied = relocate(&found, &all, to, true).await?;
            let originals = (mailbox.to_url(None), uidvalidity, Uids(copied.before()));
            let undo = copied.undo(to, Vec::new(), |uids| Then::Remove(Uids(uids), originals));
            Done { n: copied.n, undo, stopped: copied.stopped, ..Done::default() }
        }
        Act::Judge { junk, to } => judge(&found, mailbox, *junk, to).await?,
        Act::Destroy => {
            let (left, n, stopped) = destroy(&found, &all).await?;
            // What is only marked can be unmarked.
            let undo = (left == Left::Marked && stopped.is_none()).then(|| {
                here(vec![(Flag::Deleted, false, Uids(lacking(&found, Flag::Deleted, true)))], None)
            });
            Done { n, left, undo, stopped, ..Done::default() }
        }
    };
    Ok(Done { gone, ..done })
}

fn moved(done: Relocated, from: &MailboxName, to: &MailboxName, marks: Vec<(Flag, bool, Uids)>) -> Done {
    // Taken back as a whole, or not at all.
    let undo = done.undo(to, marks, |uids| Then::Move(from.to_url(None), Uids(uids)));
    Done {
        n: done.n,
        left: done.left,
        undo: undo.filter(|_| done.left == Left::Nothing),
        stopped: done.stopped,
        ..Done::default()
    }
}

/// The marks first, so that they go along; if the messages then stay, they are taken away again.
async fn judge(found: &Found, from: &MailboxName, junk: bool, to: &MailboxName) -> Result<Done, Trouble> {
    let marks = [(Flag::Junk, junk), (Flag::NotJunk, !junk)];
    let marks: Vec<(Flag, bool, Vec<u32>)> = marks
        .into_iter()
        .filter(|(flag, _)| found.view.keeps(*flag) && found.view.new_keywords)
        .map(|(flag, on)| (flag, on, lacking(found, flag, on)))
        .collect();
    for (flag, on, uids) in &marks {
        // A courtesy to filters that learn: without it the message moves all the same.
        if let Err(error) = set(found, *flag, *on, uids).await
            && error.is_fatal()
        {
            return Err(error.into());
        }
    }
    match relocate(found, &found.uids(), to, false).await {
        Ok(done) => {
            let marks = marks.into_iter().map(|(flag, on, uids)| (flag, !on, Uids(done.now(&uids))));
            let marks = marks.filter(|(_, _, uids)| !uids.0.is_empty()).collect();
            Ok(moved(done, from, to, marks))
        }
        Err(trouble) => {
            for (flag, on, uids) in &marks {
                let _ = set(found, *flag, !on, uids).await;
            }
            Err(trouble)
        }
    }
}

/// Those that a change of this flag would change.
pub(super) fn lacking(found: &Found, flag: Flag, on: bool) -> Vec<u32> {
    found.flags.iter().filter(|(_, flags)| flags.has(flag) != on).map(|(uid, _)| *uid).collect()
}

pub(super) async fn set(found: &Found, flag: Flag, on: bool, uids: &[u32]) -> Result<(), Error> {
    let sets = NumberSet::all_of(uids);
    if sets.is_empty() {
        return Ok(());
    }
    let question = if on { store::add } else { store::remove };
    found.loan.run(Stage::Act, sets.iter().map(|(set, _)| question(set, flag)).collect()).await?.all_ok()
}
