//! The rows of hits, by UID: what is gone is left out, what the server will not describe is still a row.

use crate::{
    imap::{
        Batch, Command, Error, Loan, MailboxName, NumberSet, Stage,
        fetch::{self, Detail, Fetched},
    },
    mailbox::{Account, window::Trouble},
};

/// In the order of `uids`, of which `set` is made.
pub async fn rows(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    set: &NumberSet,
    detail: Detail,
) -> Result<Vec<Fetched>, Trouble> {
    let mut found = loop {
        let examined = account.examine(mailbox).await?;
        if examined.view.uidvalidity != uidvalidity {
            return Err(Trouble::Rebuilt);
        }
        match read(&examined.loan, uids, set, detail).await {
            Err(error) if error.is_of_the_connection() && examined.loan.reused => {}
            result => break result?,
        }
    };
    let at = |row: &Fetched| uids.iter().position(|uid| row.uid == Some(*uid));
    found.retain(|row| at(row).is_some());
    found.sort_by_key(at);
    Ok(found)
}

async fn read(loan: &Loan, uids: &[u32], set: &NumberSet, detail: Detail) -> Result<Vec<Fetched>, Error> {
    let preview = loan.backend.makes_previews(&loan.capabilities);
    let mut found = Vec::new();
    let mut batch = ask(loan, vec![fetch::rows_of(set, preview)], detail, &mut found).await?;
    if batch.ok(0).is_err() && preview {
        batch = ask(loan, vec![fetch::rows_of(set, false)], detail, &mut found).await?;
        if batch.ok(0).is_ok() {
            loan.backend.refused_previews();
        }
    }
    if batch.ok(0).is_err() {
        // One message must not cost the others.
        let missing = missing(uids, &found);
        let alone = missing.iter().map(|uid| fetch::rows_of(&NumberSet::one(*uid), false)).collect();
        ask(loan, alone, detail, &mut found).await?;
    }
    // The little that every server can say, of those that are still there.
    if let Some(set) = NumberSet::of(&missing(uids, &found)) {
        ask(loan, vec![fetch::outlines_of(&set)], detail, &mut found).await?.ok(0)?;
    }
    Ok(found)
}

async fn ask(
    loan: &Loan,
    commands: Vec<Command>,
    detail: Detail,
    found: &mut Vec<Fetched>,
) -> Result<Batch, Error> {
    let batch = loan.run(Stage::Search, commands).await?;
    fetch::collect_into(found, &batch, detail);
    Ok(batch)
}

fn missing(uids: &[u32], found: &[Fetched]) -> Vec<u32> {
    let has = |uid: u32| found.iter().any(|row| row.uid == Some(uid) && row.brief.is_some());
    uids.iter().copied().filter(|uid| !has(*uid)).collect()
}
