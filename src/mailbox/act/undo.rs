//! An act taken back: its inverse, small enough for a URL.

use serde::{Deserialize, Serialize};

use super::{
    Done, Trouble,
    found::find,
    perform::{lacking, set},
    relocate::{destroy, relocate},
    uids::Uids,
};
use crate::{
    imap::{Flag, MailboxName},
    mailbox::Account,
};

/// What restores exactly what an act changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Where the messages are now, as in a URL without separator: the name byte by byte.
    at: String,
    uidvalidity: u32,
    marks: Vec<(Flag, bool, Uids)>,
    then: Option<Then>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Then {
    /// Back to this mailbox.
    Move(String, Uids),
    /// The copies go, while every original is where it was: its mailbox, UIDVALIDITY, UIDs.
    Remove(Uids, (String, u32, Uids)),
}

impl Undo {
    pub(super) fn new(
        at: &MailboxName,
        uidvalidity: u32,
        marks: Vec<(Flag, bool, Uids)>,
        then: Option<Then>,
    ) -> Undo {
        Undo { at: at.to_url(None), uidvalidity, marks, then }
    }

    fn uids(&self) -> Vec<u32> {
        let marked = self.marks.iter().flat_map(|(_, _, uids)| &uids.0);
        let then = match &self.then {
            Some(Then::Move(_, uids) | Then::Remove(uids, _)) => &uids.0[..],
            None => &[],
        };
        marked.chain(then).copied().collect()
    }
}

/// Takes it back, for those of the messages that are still where the act left them.
///
/// # Errors
/// As [`super::perform`].
pub async fn undo(account: &Account, undo: &Undo) -> Result<Done, Trouble> {
    let name = |url: &str| MailboxName::from_url(url, None).ok_or(Trouble::Gone);
    if let Some(Then::Remove(_, (from, uidvalidity, originals))) = &undo.then {
        // A copy may be all that is left by now.
        match find(account, &name(from)?, *uidvalidity, &originals.0).await {
            Ok(found) if lacking(&found, Flag::Deleted, true).len() == originals.0.len() => {}
            Ok(_) | Err(Trouble::Gone | Trouble::Rebuilt) => return Err(Trouble::OnlyCopies),
            Err(trouble) => return Err(trouble),
        }
    }
    let all = undo.uids();
    let found = find(account, &name(&undo.at)?, undo.uidvalidity, &all).await?;
    let there =
        |uids: &Uids| uids.0.iter().copied().filter(|u| found.flags.contains_key(u)).collect::<Vec<u32>>();
    for (flag, on, uids) in &undo.marks {
        set(&found, *flag, *on, &there(uids)).await?;
    }
    let mut done = Done { n: found.len(), ..Done::default() };
    match &undo.then {
        None => {}
        Some(Then::Move(to, uids)) => {
            let back = relocate(&found, &there(uids), &name(to)?, false).await?;
            done = Done { n: back.n, left: back.left, stopped: back.stopped, ..done };
        }
        Some(Then::Remove(uids, _)) => {
            let (left, n, stopped) = destroy(&found, &there(uids)).await?;
            done = Done { n, left, stopped, ..done };
        }
    }
    let asked = all.into_iter().collect::<std::collections::BTreeSet<_>>().len();
    Ok(Done { gone: u32::try_from(asked).unwrap_or(u32::MAX).saturating_sub(found.len()), ..done })
}
