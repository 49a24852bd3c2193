//! The messages an act is about, as they are just before it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Trouble, rights::learn};
use crate::{
    imap::{
        Kind, Loan, MailboxName, NumberSet, Stage, View,
        fetch::{self, Detail, Flags},
        rights::Rights,
    },
    mailbox::Account,
};

/// A mailbox open for changes, and those of the messages that are in it.
pub(super) struct Found {
    pub loan: Loan,
    pub view: View,
    pub flags: BTreeMap<u32, Flags>,
}

impl Found {
    pub fn uids(&self) -> Vec<u32> {
        self.flags.keys().copied().collect()
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.flags.len()).unwrap_or(u32::MAX)
    }
}

/// Opens the mailbox anew and looks the messages up. An idle connection that is gone is replaced once: nothing was changed yet.
pub(super) async fn find(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
) -> Result<Found, Trouble> {
    let wanted: BTreeSet<u32> = uids.iter().copied().collect();
    loop {
        let selected = match account.select_anew(mailbox).await {
            Err(error) if matches!(error.kind, Kind::Unsupported(_)) && error.stage == Stage::Act => {
                account.places.set_rights(account.owner, mailbox, Rights::NONE);
                return Err(Trouble::ReadOnly);
            }
            selected => selected?,
        };
        let (loan, view) = (selected.loan, selected.view);
        // A mailbox without a UIDVALIDITY names no message for longer than one look.
        if view.uidvalidity != uidvalidity || uidvalidity == 0 {
            return Err(Trouble::Rebuilt);
        }
        learn(account, mailbox, &view);
        let questions = NumberSet::all_of(uids).iter().map(|(set, _)| fetch::flags_of(set)).collect();
        let batch = match loan.run(Stage::Read, questions).await {
            Err(error) if error.is_of_the_connection() && loan.reused => continue,
            batch => batch?,
        };
        batch.all_ok()?;
        let rows = fetch::collect(&batch, Detail::All).into_iter();
        let flags: BTreeMap<u32, Flags> =
            rows.filter_map(|row| Some((row.uid.filter(|uid| wanted.contains(uid))?, row.flags?))).collect();
        return if flags.is_empty() { Err(Trouble::Gone) } else { Ok(Found { loan, view, flags }) };
    }
}
