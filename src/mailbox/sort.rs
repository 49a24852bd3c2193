//! A page of a mailbox in another order. Only its server can sort a mailbox without telling all of it, and for each page
//! it sorts anew: so it is asked about mailboxes up to a size, and about larger ones where it just was quick.

use std::time::Instant;

use super::{
    Account,
    account::Examined,
    search::rows,
    window::{PAGE, Trouble},
};
use crate::{
    imap::{
        Command, Error, Kind, Loan, MailboxName, NumberSet, Stage, View, bounds,
        fetch::{self, Detail, Fetched, Whom},
        sort::{self, How, Key, Order},
    },
    message::order::{folded, folded_subject},
};

/// Fifty rows in the order that was wanted.
#[derive(Debug, Clone)]
pub struct Sorted {
    pub view: View,
    /// Those that were still there when they were asked for.
    pub rows: Vec<Fetched>,
    /// From 1; the last one for any beyond it.
    pub page: u32,
    pub alerts: Vec<String>,
    /// The server knows no names: people are in the order of their addresses.
    pub by_address: bool,
}

impl Sorted {
    pub fn pages(&self) -> u32 {
        pages(self.view.exists)
    }
}

/// Why there is no such page, where nothing is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsorted {
    /// The mailbox has more messages than are sorted; the server was not asked.
    TooMany { exists: u32, most: u32 },
    /// The server cannot sort, and the mailbox has more messages than are sorted here.
    Unable { exists: u32, most: u32 },
    /// It took too long; the connection is closed.
    TooSlow,
}

/// This page of the mailbox in this order, at most `most` messages of it. An idle connection that is gone is replaced once.
///
/// # Errors
/// Those of the mail server, and `Rebuilt` where UIDs changed their meaning in between.
pub async fn page(
    account: &Account,
    mailbox: &MailboxName,
    (order, whom): (Order, Whom),
    page: u32,
    most: u32,
) -> Result<Result<Sorted, Unsorted>, Trouble> {
    let (asked, alerts) = loop {
        let Examined { loan, view, warm, alerts } = account.examine(mailbox).await?;
        match ask(&loan, view, warm, (order, whom), page, most).await {
            Err(error) if error.kind == Kind::Deadline => return Ok(Err(Unsorted::TooSlow)),
            // An answer that is none leaves it open: the same would be said again.
            Err(error) if error.is_of_the_connection() && loan.reused && loan.is_closed() => {}
            result => break (result?, alerts),
        }
    };
    let Asked { view, uids, page, by_address } = match asked {
        Ok(asked) => asked,
        Err(unsorted) => return Ok(Err(unsorted)),
    };
    let rows = match NumberSet::of(&uids) {
        Some(set) => rows::rows(account, mailbox, view.uidvalidity, &uids, &set, Detail::Row(whom)).await?,
        None => Vec::new(),
    };
    Ok(Ok(Sorted { view, rows, page, alerts, by_address }))
}

/// The UIDs of a page.
struct Asked {
    view: View,
    uids: Vec<u32>,
    page: u32,
    by_address: bool,
}

async fn ask(
    loan: &Loan,
    mut view: View,
    warm: bool,
    (order, whom): (Order, Whom),
    page: u32,
    most: u32,
) -> Result<Result<Asked, Unsorted>, Error> {
    let now = || loan.view().ok_or(Error::new(Stage::Sort, Kind::Closed));
    if warm {
        // It was opened for an earlier page, perhaps before the newest message came. In a write of its own: Dovecot looks
        // for new messages after what stands behind a NOOP.
        loan.run(Stage::Sort, vec![Command::new("NOOP")]).await?.ok(0)?;
        view = now()?;
    }
    let exists = view.exists;
    let page = page.clamp(1, pages(exists));
    let places = ((page - 1) * PAGE + 1, page * PAGE);
    let mut how = loan.backend.sorts(&loan.capabilities);
    let uids = loop {
        if let Some(unsorted) = refused(loan, how, exists, most) {
            return Ok(Err(unsorted));
        }
        let question = match how {
            Some(how) => sort::sort(order, whom, how, places),
            None => fetch::keys(order.key),
        };
        let began = Instant::now();
        let batch = loan.run(Stage::Sort, vec![question]).await?;
        let Some(asked) = how else {
            batch.ok(0)?;
            break here(&fetch::collect(&batch, Detail::Row(whom)), order, places);
        };
        match sort::sorted(&batch, places) {
            Ok(uids) => {
                loan.backend.sorted(exists, began.elapsed());
                break uids;
            }
            // It said so of a mailbox without messages.
            Err(_) if exists == 0 => break Vec::new(),
            // It announced more than it has, or answers something else.
            Err(error)
                if asked != How::PLAIN
                    && (error.code() == Some("BAD") || matches!(error.kind, Kind::Protocol(_))) =>
            {
                loan.backend.refused_to_sort();
                how = Some(How::PLAIN);
            }
            Err(error) => return Err(error),
        }
    };
    let view = now()?;
    let by_address = order.key == Key::Who && how.is_some_and(|how| !how.display);
    Ok(Ok(Asked { view, uids, page, by_address }))
}

/// Why it is not even asked for.
fn refused(loan: &Loan, how: Option<How>, exists: u32, most: u32) -> Option<Unsorted> {
    let Some(how) = how else {
        let most = most.min(bounds::SORTED_HERE);
        return (exists > most).then_some(Unsorted::Unable { exists, most });
    };
    if how.partial {
        let quick = most > 0 && loan.backend.sorts_quickly(exists);
        return (exists > most && !quick).then_some(Unsorted::TooMany { exists, most });
    }
    let most = most.min(bounds::SORTED_PLAINLY);
    (exists > most).then_some(Unsorted::TooMany { exists, most })
}

fn pages(exists: u32) -> u32 {
    exists.div_ceil(PAGE).max(1)
}

/// What stands at these places when we sort by what rows show, as a server would.
fn here(rows: &[Fetched], order: Order, places: (u32, u32)) -> Vec<u32> {
    let ranked = rows.iter().filter_map(|row| Some((rank(row, order.key), row.seq, row.uid?)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_unstable_by(|(a, a_seq, _), (b, b_seq, _)| {
        let by = if order.descending { b.cmp(a) } else { a.cmp(b) };
        match order.key {
            Key::Who | Key::Subject => by.then(b_seq.cmp(a_seq)),
            Key::Date | Key::Size => by.then(a_seq.cmp(b_seq)),
        }
    });
    let before = usize::try_from(places.0 - 1).unwrap_or(usize::MAX);
    ranked.into_iter().map(|(.., uid)| uid).skip(before).take(PAGE as usize).collect()
}

fn rank(row: &Fetched, key: Key) -> (i64, String) {
    let brief = row.brief.as_ref();
    match key {
        // Without a date of its own, when it came (RFC 5256 §2.2).
        Key::Date => {
            let at = brief.and_then(|brief| brief.sent).or(row.internal_date);
            (at.map_or(i64::MIN, |at| at.as_second()), String::new())
        }
        Key::Size => (row.size.map_or(0, |octets| i64::try_from(octets).unwrap_or(i64::MAX)), String::new()),
        Key::Who => (0, brief.map(|brief| folded(&brief.who)).unwrap_or_default()),
        Key::Subject => (0, brief.map(|brief| folded_subject(&brief.subject)).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::fetch::Brief;

    #[test]
    fn what_is_called_the_same_stands_newest_first_either_way() {
        let row = |seq: u32, subject: &str, size: u64| Fetched {
            seq,
            uid: Some(seq),
            size: Some(size),
            brief: Some(Brief { subject: subject.into(), ..Brief::default() }),
            ..Fetched::default()
        };
        let rows = vec![row(1, "b", 5), row(2, "Re: a", 9), row(3, "A", 5), row(4, "c", 7), row(5, "", 1)];
        let sorted = |key, descending| here(&rows, Order { key, descending }, (1, 50));
        assert_eq!(sorted(Key::Subject, false), [5, 3, 2, 1, 4]);
        assert_eq!(sorted(Key::Subject, true), [4, 1, 3, 2, 5]);
        assert_eq!(sorted(Key::Size, true), [2, 4, 1, 3, 5]);
        let many: Vec<Fetched> = (1..=120).map(|n| row(n, "same", 1)).collect();
        let page = here(&many, Order { key: Key::Size, descending: false }, (101, 150));
        assert_eq!(page, (101..=120).collect::<Vec<u32>>());
    }
}
