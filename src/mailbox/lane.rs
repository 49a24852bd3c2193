//! The messages of one lane, newest first. No server knows lanes: rows are read in growing windows and judged one by one, until
//! a page of them is full or enough was looked at.
//!
//! A page goes on from a UID, which stays right while mail comes and goes: every message between two anchors was judged
//! once.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Account,
    account::Examined,
    search::rows,
    window::{PAGE, Trouble},
    written::Written,
};
use crate::{
    imap::{
        Command, Error, Kind, Loan, MailboxName, NumberSet, Stage, View,
        fetch::{self, Detail, Fetched, Whom},
        position,
    },
    message::{
        Envelope,
        lane::{Clues, Known, Lane, Reason, Verdict, is_public, judge},
    },
};

/// Messages looked at for one page.
pub const MOST: u32 = 2_000;
/// No window is begun after that long.
const TIME: Duration = Duration::from_secs(2);
/// Messages of the first window: half of an ordinary mailbox is in either lane.
const FIRST: u32 = 2 * PAGE;
/// Each is read whole but for its text; an answer holds so many even where headers are long.
const LARGEST: u32 = 400;
const SMALLEST: u32 = 25;
/// A window that took longer is followed by no larger one.
const LONG: Duration = Duration::from_millis(400);
const TRIES: usize = 4;

/// What a list can be narrowed to. Clinical documents, people, and what is under way are of one: nothing but advertising is
/// put behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Priority,
    Commercial,
}

impl Wanted {
    pub fn holds(self, lane: Lane) -> bool {
        (self == Wanted::Commercial) == (lane == Lane::Advertising)
    }
}

/// What is known of the one who reads.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    pub addresses: Vec<String>,
    /// Of the reader's organisation; in lower case, like all domains here.
    pub domains: Vec<String>,
    pub trusted: Vec<String>,
    /// Where senders were put, by their address in lower case.
    pub choices: HashMap<String, Lane>,
    /// What the reader wrote of late, where it is known.
    pub written: Option<Arc<Written>>,
}

impl Reader {
    pub fn of(account: &Account, addresses: Vec<String>) -> Reader {
        let server = &account.backend.server;
        let own = |address: &String| Some(address.rsplit_once('@')?.1.to_lowercase());
        let mut domains = match server.domains.is_empty() {
            true => addresses.iter().filter_map(own).collect(),
            false => server.domains.clone(),
        };
        domains.retain(|domain| !is_public(domain));
        let written = account.places.written(&account.owner).flatten();
        Reader {
            addresses,
            domains,
            trusted: server.trusted_domains.clone(),
            choices: HashMap::new(),
            written,
        }
    }

    /// Of what was read of a message ([`Detail::Judged`], or all).
    pub fn judge(&self, message: &Fetched) -> Verdict {
        let unknown = Envelope::default();
        let header = message.pieces.iter().find(|piece| piece.section.starts_with("HEADER.FIELDS"));
        let header = header.map_or(&[][..], |piece| &piece.bytes);
        let envelope = message.envelope.as_deref().unwrap_or(&unknown);
        let clues = Clues::of(header, envelope, message.structure.as_deref());
        let choice = clues.from.and_then(|from| self.choices.get(&from.email.to_lowercase()));
        let written = |is: &dyn Fn(&Written) -> bool| self.written.as_deref().is_some_and(is);
        let known = Known {
            written_to: written(&|written| clues.from.is_some_and(|from| written.is_to(&from.email))),
            answers_ours: written(&|written| {
                envelope.in_reply_to.as_deref().is_some_and(|field| written.is_answered_by(field))
            }),
            addresses: &self.addresses,
            domains: &self.domains,
            trusted: &self.trusted,
            choice: choice.copied(),
        };
        judge(&clues, &known)
    }
}

impl Reader {
    /// Judged, without what only the judgement needs.
    pub fn row(&self, mut row: Fetched) -> (Fetched, Verdict) {
        let verdict = self.judge(&row);
        (row.envelope, row.structure, row.pieces) = (None, None, Vec::new());
        (row, verdict)
    }
}

/// Why there is no more on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Every message of the mailbox was looked at.
    Whole,
    /// There may be more.
    Full,
    /// Enough was looked at for one page.
    Enough,
    /// What was found before stands.
    Broken(Trouble),
}

#[derive(Debug, Clone)]
pub struct Page {
    pub uidvalidity: u32,
    /// Messages of the mailbox.
    pub exists: u32,
    /// Newest first.
    pub rows: Vec<(Fetched, Verdict)>,
    pub end: End,
    /// Every message from this UID on, down from where the page began, was looked at.
    pub looked_from: Option<u32>,
    /// When the last of them came.
    pub back_to: Option<Timestamp>,
    /// Senders of these rows that the reader put here.
    pub chosen: Vec<String>,
    pub alerts: Vec<String>,
}

/// A page of the lane, of messages older than `from` (UIDVALIDITY and UID).
///
/// # Errors
/// `Rebuilt`; those of the mail server, where nothing was looked at yet.
pub async fn page(
    account: &Account,
    mailbox: &MailboxName,
    (wanted, whom): (Wanted, Whom),
    from: Option<(u32, u32)>,
    reader: &Reader,
) -> Result<Page, Trouble> {
    let until = Instant::now() + TIME;
    let mut walk = Walk {
        account,
        mailbox,
        whom,
        uidvalidity: from.map(|(uidvalidity, _)| uidvalidity),
        from: from.map(|(_, uid)| uid),
        window: FIRST,
        exists: 0,
        alerts: Vec::new(),
    };
    let mut page = Page {
        uidvalidity: 0,
        exists: 0,
        rows: Vec::new(),
        end: End::Full,
        looked_from: walk.from,
        back_to: None,
        chosen: Vec::new(),
        alerts: Vec::new(),
    };
    let mut looked = 0;
    page.end = 'page: loop {
        let seen = match walk.look(MOST - looked).await {
            Ok(seen) => seen,
            Err(Trouble::Imap(error)) if looked > 0 => break End::Broken(error.into()),
            Err(trouble) => return Err(trouble),
        };
        looked += seen.positions;
        for row in seen.rows {
            if page.rows.len() >= PAGE as usize {
                break 'page End::Full;
            }
            walk.from = row.uid;
            page.back_to = row.internal_date.or(page.back_to);
            let from = row.envelope.as_ref().and_then(|envelope| envelope.from.first());
            let from = from.map(|from| from.email.to_lowercase());
            let (row, verdict) = reader.row(row);
            if wanted.holds(verdict.lane) {
                page.chosen.extend(from.filter(|_| verdict.reasons == [Reason::Chosen]));
                page.rows.push((row, verdict));
            }
        }
        if seen.last {
            break End::Whole;
        }
        if page.rows.len() >= PAGE as usize {
            break End::Full;
        }
        if looked >= MOST || Instant::now() >= until {
            break End::Enough;
        }
    };
    let Walk { uidvalidity, from, exists, alerts, .. } = walk;
    Ok(Page { uidvalidity: uidvalidity.unwrap_or(0), exists, looked_from: from, alerts, ..page })
}

struct Walk<'a> {
    account: &'a Account,
    mailbox: &'a MailboxName,
    whom: Whom,
    uidvalidity: Option<u32>,
    /// Only what is older than this is left.
    from: Option<u32>,
    window: u32,
    exists: u32,
    alerts: Vec<String>,
}

/// A window that was read.
struct Seen {
    /// Newest first, each with a UID below the one before.
    rows: Vec<Fetched>,
    positions: u32,
    /// Nothing lies beyond it.
    last: bool,
}

impl Walk<'_> {
    /// The next window, of `most` messages at most. An idle connection that is gone is replaced.
    async fn look(&mut self, most: u32) -> Result<Seen, Trouble> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let examined = self.account.examine(self.mailbox).await?;
            let replaceable = examined.loan.reused;
            let began = Instant::now();
            match self.read(examined, most, tries > 0).await {
                Ok(Some(seen)) => {
                    if began.elapsed() < LONG {
                        self.window = (2 * self.window).min(LARGEST);
                    }
                    return Ok(seen);
                }
                Ok(None) if tries > 0 => {}
                Ok(None) => {
                    return Err(Error::new(Stage::List, Kind::Protocol("messages without an answer")).into());
                }
                Err(Trouble::Imap(error)) if tries > 0 && error.kind == Kind::TooBig => {
                    self.window = (self.window / 4).max(SMALLEST);
                }
                Err(Trouble::Imap(error)) if tries > 0 && error.is_of_the_connection() && replaceable => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// One flush, as a page of the list. `None` when it must be asked again.
    async fn read(&mut self, examined: Examined, most: u32, patient: bool) -> Result<Option<Seen>, Trouble> {
        let Examined { loan, view, warm, alerts } = examined;
        if self.uidvalidity.is_some_and(|before| before != view.uidvalidity) {
            return Err(Trouble::Rebuilt);
        }
        let uidvalidity = view.uidvalidity;
        self.uidvalidity = Some(uidvalidity);
        self.alerts.extend(alerts);
        let mut last = self.newest(&loan, &view).await?;
        let mut first = last.saturating_sub(self.window.min(most) - 1).max(1);
        let preview = loan.backend.makes_previews(&loan.capabilities);
        let fetch = (last > 0).then(|| fetch::rows(&NumberSet::range(first, last), preview));
        let mut commands: Vec<Command> = fetch.into_iter().collect();
        if warm {
            // It was opened for an earlier page: what went and came since is told after the rows.
            commands.push(Command::new("NOOP"));
        }
        let detail = Detail::Judged(self.whom);
        let mut rows = Vec::new();
        let mut exists = view.exists;
        if !commands.is_empty() {
            let batch = loan.run(Stage::List, commands).await?;
            rows = fetch::collect(&batch, detail);
            for gone in batch.expunged() {
                first -= u32::from(gone < first);
                last -= u32::from(gone <= last);
            }
            exists = loan.view().ok_or(Error::new(Stage::List, Kind::Closed))?.exists;
        }
        self.exists = exists;
        if self.from.is_none() && exists > last && patient {
            // The newest ones came at this very moment.
            return Ok(None);
        }
        if last == 0 {
            return Ok(Some(Seen { rows: Vec::new(), positions: 0, last: true }));
        }
        let positions = (last + 1).saturating_sub(first);
        let below = self.from.unwrap_or(u32::MAX);
        rows.retain(|row| row.uid.is_some_and(|uid| uid < below) && row.brief.is_some());
        if rows.len() < positions as usize {
            // One message must not cost the others.
            let batch = loan.run(Stage::List, vec![fetch::uids(&NumberSet::range(first, last))]).await?;
            batch.ok(0)?;
            let all = fetch::collect(&batch, Detail::All).into_iter().filter_map(|row| row.uid);
            let missing = |uid: &u32| *uid < below && rows.iter().all(|row| row.uid != Some(*uid));
            let missing: Vec<u32> = all.filter(missing).collect();
            if missing.is_empty() && rows.is_empty() {
                return Ok(None);
            }
            drop(loan);
            for some in missing.chunks(PAGE as usize) {
                let Some(set) = NumberSet::of(some) else { continue };
                rows.extend(rows::rows(self.account, self.mailbox, uidvalidity, some, &set, detail).await?);
            }
        } else {
            // From here the next one goes on.
            loan.learn(rows.first().and_then(|edge| Some((edge.seq, edge.uid?))));
        }
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.uid));
        rows.dedup_by_key(|row| row.uid);
        Ok(Some(Seen { rows, positions, last: first <= 1 }))
    }

    /// The position to look down from; 0 where nothing is left.
    async fn newest(&self, loan: &Loan, view: &View) -> Result<u32, Error> {
        match self.from {
            None => Ok(view.exists),
            Some(uid) => match view.position(uid) {
                Some(seq) => Ok(seq - 1),
                None => position::count_up_to(loan, view, uid.saturating_sub(1)).await,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_in_one_of_the_two() {
        for lane in Lane::ALL {
            assert_ne!(Wanted::Priority.holds(lane), Wanted::Commercial.holds(lane), "{lane:?}");
        }
        assert!(Wanted::Commercial.holds(Lane::Advertising) && Wanted::Priority.holds(Lane::Clinical));
    }

    #[test]
    fn what_tells_nothing_is_not_put_behind() {
        let verdict = Reader::default().judge(&Fetched { uid: Some(7), ..Fetched::default() });
        assert_eq!(verdict.lane, Lane::People);
    }
}
