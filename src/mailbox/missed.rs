//! What arrived in a mailbox during a span of time, and what became of it: whether a person opened it here, whatever
//! `\\Seen` says, and whether it was handed over.
//!
//! The server finds the days, in a run of positions that a few samples bound where the mailbox is large; the hour and the
//! marks are read of what it found. A message that somebody moved into a large mailbox long after it arrived may stand
//! outside of that run.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio::time::timeout;

use super::{
    Account,
    account::Examined,
    lane::Reader,
    search::rows,
    window::{PAGE, Trouble},
};
use crate::{
    imap::{
        Command, Error, Kind, Loan, MailboxName, NumberSet, Stage, View, arrival,
        fetch::{self, Detail, Fetched, Whom},
        search::{self, Hits, How},
    },
    message::lane::Verdict,
};

/// Messages of one mailbox that are told of; the newest of them where there are more.
pub const MOST: usize = 20_000;
/// A mailbox that has no more is looked through whole.
const SMALL: u32 = 10_000;
/// The server looks at the dates of so many at once.
const WINDOW: u32 = 100_000;
/// How often it is asked anew, of connections that were idle: an answer that cannot be used need not end one.
const TRIES: usize = 4;
/// The longest look at one mailbox, and the longest that the inbox waits for its line.
const WHOLE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_secs(5);
/// Messages asked about in one flush.
const AT_ONCE: usize = 2_000;

/// From the first instant on, and before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Every day on which a server, in whatever zone it lives, may say that one of them arrived; the last one excluded.
    fn days(&self) -> (Date, Date) {
        let day = |at: Timestamp, by: i64| {
            let day = at.to_zoned(TimeZone::UTC).date();
            day.checked_add(jiff::Span::new().days(by)).unwrap_or(day)
        };
        (day(self.from, -1), day(self.to, 2))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub uid: u32,
    pub at: Option<Timestamp>,
    /// A person opened it here.
    pub opened: bool,
    pub filed: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missed {
    pub uidvalidity: u32,
    /// Newest first.
    pub arrived: Vec<Arrival>,
    /// There are more, which came before these.
    pub cut: bool,
}

/// Three numbers: how many arrived, how many of them nobody opened here, how many were handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub arrived: u64,
    pub to_read: u64,
    pub filed: u64,
}

impl Missed {
    pub fn counts(&self) -> Counts {
        Counts {
            arrived: self.arrived.len() as u64,
            to_read: self.unopened().count() as u64,
            filed: self.arrived.iter().filter(|arrival| arrival.filed).count() as u64,
        }
    }

    /// Those that nobody opened here, newest first.
    pub fn unopened(&self) -> impl Iterator<Item = &Arrival> {
        self.arrived.iter().filter(|arrival| !arrival.opened)
    }
}

/// The numbers of this mailbox, as they were some minutes ago at most, and whether there are more than are counted: the
/// inbox asks for them at every look.
///
/// # Errors
/// Those of the mail server; `Deadline` after five seconds.
pub async fn counts(account: &Account, mailbox: &MailboxName, span: Span) -> Result<(Counts, bool), Trouble> {
    if let Some(known) = account.places.missed(&account.owner, mailbox, span) {
        return Ok(known);
    }
    let found = timeout(GLANCE, missed(account, mailbox, span)).await.unwrap_or(Err(too_long()))?;
    let known = (found.counts(), found.cut);
    account.places.set_missed(account.owner, mailbox.clone(), span, known);
    Ok(known)
}

fn too_long() -> Trouble {
    Error::new(Stage::Search, Kind::Deadline).into()
}

/// What arrived in this mailbox. An idle connection that is gone is replaced once.
///
/// # Errors
/// Those of the mail server; `Deadline` when all of it takes too long.
pub async fn missed(account: &Account, mailbox: &MailboxName, span: Span) -> Result<Missed, Trouble> {
    let mut tries = TRIES;
    let mut missed = loop {
        tries -= 1;
        let examined = account.examine(mailbox).await?;
        let replaceable = examined.loan.reused;
        match timeout(WHOLE, look(examined, span)).await.map_err(|_| too_long())? {
            Err(error) if error.is_of_the_connection() && replaceable && tries > 0 => {}
            result => break result?,
        }
    };
    // Where the server takes no mark, there may be one here.
    if missed.unopened().next().is_some()
        && let Ok(marks) = account.store.opened(&account.id, mailbox.raw(), missed.uidvalidity).await
    {
        for arrival in &mut missed.arrived {
            arrival.opened |= marks.binary_search(&arrival.uid).is_ok();
        }
    }
    Ok(missed)
}

/// Their rows, in this order; a page of them at most. What is gone is left out.
///
/// # Errors
/// `Rebuilt`, and those of the mail server.
pub async fn rows(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    whom: Whom,
) -> Result<Vec<Fetched>, Trouble> {
    read_rows(account, mailbox, uidvalidity, uids, Detail::Row(whom)).await
}

/// The same, each with why it is in its lane.
///
/// # Errors
/// As [`rows`].
pub async fn judged(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    (whom, reader): (Whom, &Reader),
) -> Result<Vec<(Fetched, Verdict)>, Trouble> {
    let rows = read_rows(account, mailbox, uidvalidity, uids, Detail::Judged(whom)).await?;
    Ok(rows.into_iter().map(|row| reader.row(row)).collect())
}

async fn read_rows(
    account: &Account,
    mailbox: &MailboxName,
    uidvalidity: u32,
    uids: &[u32],
    detail: Detail,
) -> Result<Vec<Fetched>, Trouble> {
    let uids = &uids[..uids.len().min(PAGE as usize)];
    match NumberSet::of(uids) {
        Some(set) => rows::rows(account, mailbox, uidvalidity, uids, &set, detail).await,
        None => Ok(Vec::new()),
    }
}

async fn look(examined: Examined, span: Span) -> Result<Missed, Error> {
    let Examined { loan, mut view, warm, .. } = examined;
    if warm {
        // It was opened for an earlier page, perhaps before the newest message came.
        loan.run(Stage::Search, vec![Command::new("NOOP")]).await?.ok(0)?;
        view = loan.view().ok_or(Error::new(Stage::Search, Kind::Closed))?;
    }
    let mut missed = Missed { uidvalidity: view.uidvalidity, ..Missed::default() };
    let (first, mut last) = positions(&loan, &view, span).await?;
    let mut how = How { extended: loan.capabilities.has("ESEARCH"), charset: false };
    while last >= first {
        let from = last.saturating_sub(WINDOW - 1).max(first);
        let found = candidates(&loan, &NumberSet::range(from, last), span, &mut how).await?;
        if found.count() > u64::from(last - from) + 1 {
            return Err(Error::new(Stage::Search, Kind::Protocol("more found than there are")));
        }
        read(&loan, found, span, &mut missed).await?;
        if missed.cut {
            break;
        }
        last = from - 1;
    }
    missed.arrived.sort_unstable_by_key(|arrival| std::cmp::Reverse((arrival.at, arrival.uid)));
    Ok(missed)
}

/// The run of positions to be looked through; it ends before it begins where there are none.
async fn positions(loan: &Loan, view: &View, span: Span) -> Result<(u32, u32), Error> {
    if view.exists <= SMALL {
        return Ok((1, view.exists));
    }
    // Deliveries overtake one another.
    let by = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let before = arrival::place(loan, view, by(span.from, -arrival::TOLERATED)).await?;
    let up_to = match before {
        Some(_) => arrival::place(loan, view, by(span.to, arrival::TOLERATED)).await?,
        None => None,
    };
    Ok(before.zip(up_to).map_or((1, view.exists), |(before, up_to)| (before + 1, up_to)))
}

/// Those whose day may be right.
async fn candidates(loan: &Loan, positions: &NumberSet, span: Span, how: &mut How) -> Result<Hits, Error> {
    loop {
        let question = search::arrived(positions, span.days(), *how);
        let batch = loan.run(Stage::Search, vec![question]).await?;
        match search::hits(&batch, 0) {
            // It announced ESEARCH, and chokes on it.
            Err(error) if error.code() == Some("BAD") && how.extended => how.extended = false,
            found => return found.map(|hits| hits.within(1..u32::MAX)),
        }
    }
}

/// The hour and the marks of each, newest first.
async fn read(loan: &Loan, mut found: Hits, span: Span, missed: &mut Missed) -> Result<(), Error> {
    while !found.is_empty() {
        let uids = found.take(true, AT_ONCE);
        let sets = NumberSet::all_of(&uids);
        let commands: Vec<Command> = sets.iter().map(|(set, _)| fetch::arrivals_of(set)).collect();
        let n = commands.len();
        let batch = loan.run(Stage::Search, commands).await?;
        (0..n).try_for_each(|n| batch.ok(n).map(drop))?;
        let told = fetch::collect(&batch, Detail::All).into_iter().filter_map(|row| {
            let (uid, flags) = (
                row.uid.filter(|uid| uids.binary_search_by(|other| uid.cmp(other)).is_ok())?,
                row.flags.unwrap_or_default(),
            );
            // Where the hour is not told, the day was right.
            row.internal_date.is_none_or(|at| span.has(at)).then_some(Arrival {
                uid,
                at: row.internal_date,
                opened: flags.opened,
                filed: flags.filed,
            })
        });
        // They were told in their order; what there is too many of is cut from the oldest on.
        let told: Vec<Arrival> = told.collect();
        missed.arrived.extend(told.into_iter().rev());
        if missed.arrived.len() > MOST {
            missed.arrived.truncate(MOST);
            missed.cut = true;
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hold_the_span_in_every_zone() {
        let at = |text: &str| text.parse().expect("an instant");
        let span = Span { from: at("2026-11-03T23:30:00Z"), to: at("2026-11-04T00:30:00Z") };
        assert_eq!(span.days(), (Date::constant(2026, 11, 2), Date::constant(2026, 11, 6)));
        assert!(span.has(span.from) && !span.has(span.to));
    }
}
