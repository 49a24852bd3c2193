//! Looking for messages, newest first, in growing windows of a mailbox.
//!
//! A [`Hunt`] asks about one window at a time and gives its connection back between two: other pages of the same
//! person are not kept waiting. It knows at every moment how far it has looked, so that whoever stops it, and whatever
//! ends it, can tell the truth and go on from there: from a UID, which stays right while mail comes and goes.

pub(super) mod rows;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Account,
    account::Examined,
    window::{PAGE, Trouble},
};
use crate::{
    imap::{
        Command, Error, Kind, Loan, MailboxName, NumberSet, Stage, View,
        fetch::{self, Detail, Fetched, Whom},
        position,
        search::{self, Hits, How},
    },
    message::query::Query,
};

/// Messages in the first window: about 20 ms of a server that looks at header fields, and fewer where it must read
/// whole messages.
const FIRST: u32 = 5_000;
const FIRST_TEXTS: u32 = 1_000;
const SMALLEST: u32 = 200;
/// How often one window is asked about again, for a reason that will not last.
const TRIES: usize = 4;

/// Where the looking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every message of the mailbox was looked at. Only then may somebody say "no results".
    Whole,
    /// As many were found as were wanted; there may be more.
    Full,
    /// The time for it is over.
    Time,
}

/// Which way to look from where one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Older,
    Newer,
}

pub struct Hunt {
    account: Account,
    mailbox: MailboxName,
    query: Arc<Query>,
    detail: Detail,
    /// UIDs that are told already, by somebody else.
    known: Vec<u32>,
    direction: Direction,
    how: How,
    most: usize,
    until: Instant,
    window: u32,
    asked: bool,
    /// The UIDVALIDITY, once known.
    uidvalidity: Option<u32>,
    /// Every message from this UID on, up to where the looking began, was looked at, and is told if it is a hit.
    looked_from: Option<u32>,
    /// The same as a date; `None` until a first window was looked at.
    looked_back_to: Option<Timestamp>,
    whole: bool,
    /// Of the last window: what was found and is not told yet.
    left: Option<Left>,
    told: usize,
    found: u64,
}

struct Left {
    hits: Hits,
    /// The UID of the message at the far end of the window; the first or the last of all when there is none behind.
    edge: u32,
    back_to: Option<Timestamp>,
}

impl Hunt {
    /// Looks for `most` messages older than `from` (UIDVALIDITY and UID), begins no window after so long.
    pub fn new(
        account: Account,
        mailbox: MailboxName,
        query: Arc<Query>,
        whom: Whom,
        from: Option<(u32, u32)>,
        most: usize,
        time: Duration,
    ) -> Hunt {
        let window = if query.reads_texts() { FIRST_TEXTS } else { FIRST };
        Hunt {
            direction: Direction::Older,
            how: How { extended: true, charset: true },
            most,
            until: Instant::now() + time,
            window,
            asked: false,
            uidvalidity: from.map(|(uidvalidity, _)| uidvalidity),
            looked_from: from.map(|(_, uid)| uid),
            looked_back_to: None,
            whole: false,
            left: None,
            told: 0,
            found: 0,
            account,
            mailbox,
            query,
            detail: Detail::Row(whom),
            known: Vec::new(),
        }
    }

    /// Looks for newer messages instead: those next to where it begins come first.
    pub fn towards(self, direction: Direction) -> Hunt {
        Hunt { direction, ..self }
    }

    /// Tells which conversation each is of, too, and none of these again.
    pub fn linked(self, known: Vec<u32>) -> Hunt {
        let (Detail::Row(whom) | Detail::Linked(whom) | Detail::Judged(whom)) = self.detail else {
            return self;
        };
        Hunt { detail: Detail::Linked(whom), known, ..self }
    }

    /// One step: a window asked about, or hits of it told, newest first. `None` when there is nothing more to do:
    /// then [`Hunt::end`] says why. After an error all that was told stands, and so does [`Hunt::from`].
    ///
    /// # Errors
    /// `Rebuilt` when UIDs do not mean the same any more; those of the mail server.
    pub async fn next(&mut self) -> Result<Option<Vec<Fetched>>, Trouble> {
        if self.end().is_some() {
            return Ok(None);
        }
        if self.left.is_none() {
            self.look().await?;
        }
        self.tell().await.map(Some)
    }

    pub fn end(&self) -> Option<End> {
        if self.left.is_none() && self.whole {
            Some(End::Whole)
        } else if self.told >= self.most {
            Some(End::Full)
        } else if self.left.is_none() && self.asked && Instant::now() >= self.until {
            Some(End::Time)
        } else {
            None
        }
    }

    /// The server could not be told in which charset the words are: that it found nothing says nothing.
    pub fn is_doubtful(&self) -> bool {
        !self.how.charset && !self.query.is_ascii()
    }

    /// Where another hunt goes on: UIDVALIDITY and UID.
    pub fn from(&self) -> Option<(u32, u32)> {
        self.uidvalidity.zip(self.looked_from)
    }

    /// The arrival of the oldest message that was looked at, as far as known.
    pub fn back_to(&self) -> Option<Timestamp> {
        self.looked_back_to
    }

    pub fn uidvalidity(&self) -> u32 {
        self.uidvalidity.unwrap_or(0)
    }

    /// Messages that were told.
    pub fn told(&self) -> usize {
        self.told
    }

    /// Messages known to match in what was asked about, told or not. Where files are wanted it is a guess of the server.
    pub fn found(&self) -> u64 {
        self.found
    }

    /// Tells the next of what was found, if anything, and moves on when all of it is told.
    async fn tell(&mut self) -> Result<Vec<Fetched>, Trouble> {
        let Some(left) = &mut self.left else { return Ok(Vec::new()) };
        let mut hits = left.hits.clone();
        let uids = hits.take(self.direction == Direction::Older, (self.most - self.told).min(PAGE as usize));
        let rows = match NumberSet::of(&uids) {
            Some(set) => {
                rows::rows(
                    &self.account,
                    &self.mailbox,
                    self.uidvalidity.unwrap_or(0),
                    &uids,
                    &set,
                    self.detail,
                )
                .await?
            }
            None => Vec::new(),
        };
        let rows: Vec<Fetched> = rows.into_iter().filter(|row| self.is_right(row)).collect();
        self.told += rows.len();
        let Some(left) = &mut self.left else { return Ok(rows) };
        left.hits = hits;
        if left.hits.is_empty() {
            self.looked_from = Some(left.edge);
            self.looked_back_to = left.back_to.or(self.looked_back_to);
            self.left = None;
        } else if let Some(last) = uids.last() {
            self.looked_from = Some(*last);
            let oldest = rows.last().and_then(|row| row.internal_date);
            self.looked_back_to = oldest.or(self.looked_back_to);
        }
        Ok(rows)
    }

    /// What no key of IMAP could ask for. A row that tells nothing of its files is shown.
    fn is_right(&self, row: &Fetched) -> bool {
        !(self.query.wants_files() && row.documents == Some(0))
    }

    /// Asks about the next window.
    async fn look(&mut self) -> Result<(), Trouble> {
        let mut tries = TRIES;
        loop {
            let examined = self.account.examine(&self.mailbox).await?;
            let replaceable = examined.loan.reused;
            tries -= 1;
            let again = match self.ask(examined).await {
                Ok(done) => !done,
                Err(Trouble::Imap(error)) if error.is_of_the_connection() && replaceable => true,
                Err(trouble) => return Err(trouble),
            };
            if !again {
                self.asked = true;
                return Ok(());
            }
            if tries == 0 {
                return Err(Error::new(Stage::Search, Kind::Protocol("no end of a search")).into());
            }
        }
    }

    /// False when it must be asked again.
    async fn ask(&mut self, examined: Examined) -> Result<bool, Trouble> {
        let Examined { loan, mut view, warm, .. } = examined;
        if self.uidvalidity.is_some_and(|before| before != view.uidvalidity) {
            return Err(Trouble::Rebuilt);
        }
        self.uidvalidity = Some(view.uidvalidity);
        let at_the_newest = self.looked_from.is_none() || self.direction == Direction::Newer;
        if at_the_newest && !self.asked && warm {
            // It was opened for an earlier page, perhaps before the newest message came.
            loan.run(Stage::Search, vec![Command::new("NOOP")]).await?.ok(0)?;
            view = loan.view().ok_or(Error::new(Stage::Search, Kind::Closed))?;
        }
        let Some(window) = self.next_window(&loan, &view).await? else {
            self.whole = true;
            return Ok(true);
        };
        let how = How { extended: self.how.extended && loan.capabilities.has("ESEARCH"), ..self.how };
        let positions = NumberSet::range(window.0, window.1);
        let (far, last) = match self.direction {
            Direction::Older => (window.0, window.0 == 1),
            Direction::Newer => (window.1, window.1 == view.exists),
        };
        // FETCH first: while it is answered no position changes (RFC 9051 §7.5.1).
        let edge = (!last).then(|| fetch::arrivals(&NumberSet::one(far)));
        let at = usize::from(edge.is_some());
        let commands = edge.into_iter().chain([search::search(&positions, &self.query, how)]).collect();
        let began = Instant::now();
        let batch = loan.run(Stage::Search, commands).await?;
        let hits = match search::hits(&batch, at) {
            Ok(hits) => hits,
            Err(error) if error.kind == Kind::TooBig && self.window > SMALLEST => {
                self.window = (self.window / 8).max(SMALLEST);
                return Ok(false);
            }
            Err(error) if error.code() == Some("BADCHARSET") && how.charset => {
                self.how.charset = false;
                return Ok(false);
            }
            // It announced ESEARCH, and chokes on it.
            Err(error) if error.code() == Some("BAD") && how.extended => {
                self.how.extended = false;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let from = self.looked_from;
        let (edge, back_to) = if last {
            self.whole = true;
            (if self.direction == Direction::Older { 1 } else { u32::MAX - 1 }, None)
        } else {
            let told = fetch::collect(&batch, Detail::All);
            let found = told.iter().find_map(|row| Some((row.seq, row.uid?, row.internal_date?)));
            // It went at this very moment.
            let Some((seq, uid, arrived)) = found else { return Ok(false) };
            let goes_on = from.is_none_or(|from| match self.direction {
                Direction::Older => uid < from,
                Direction::Newer => uid > from,
            });
            if !goes_on {
                // UIDs ascend with positions (RFC 9051 §2.3.1.1); otherwise this would never end.
                return Err(Error::new(Stage::Search, Kind::Protocol("UIDs in disorder")).into());
            }
            loan.learn([(seq, uid)]);
            (uid, Some(arrived))
        };
        let hits = hits.within(match self.direction {
            Direction::Older => edge..from.unwrap_or(u32::MAX),
            Direction::Newer => from.map_or(1, |uid| uid.saturating_add(1))..edge + 1,
        });
        let hits = hits.without(&self.known);
        self.found += hits.count();
        self.left = Some(Left { hits, edge, back_to });
        self.window = grown(self.window, began.elapsed());
        Ok(true)
    }

    /// The positions to ask about; `None` when all were.
    async fn next_window(&self, loan: &Loan, view: &View) -> Result<Option<(u32, u32)>, Error> {
        let up_to = |uid: u32| async move {
            match view.position(uid) {
                Some(seq) => Ok(seq),
                None => position::count_up_to(loan, view, uid).await,
            }
        };
        let (first, last) = match (self.direction, self.looked_from) {
            (Direction::Older, from) => {
                let last = match from {
                    None => view.exists,
                    Some(uid) => match view.position(uid) {
                        Some(seq) => seq - 1,
                        None => up_to(uid.saturating_sub(1)).await?,
                    },
                };
                (last.saturating_sub(self.window - 1).max(1), last)
            }
            (Direction::Newer, from) => {
                let first = up_to(from.unwrap_or(0)).await? + 1;
                (first, view.exists.min(first.saturating_add(self.window - 1)))
            }
        };
        Ok((last > 0 && first <= last).then_some((first, last)))
    }
}

/// The next window, after one that took so long: a quick server is soon asked about all the rest at once, and one
/// that must read every message is asked about what it can read in about a second.
fn grown(window: u32, took: Duration) -> u32 {
    match took.as_millis() {
        0..100 => window.saturating_mul(8),
        100..400 => window.saturating_mul(4),
        400..1_000 => window.saturating_mul(2),
        1_000..2_500 => window,
        _ => (window / 2).max(SMALLEST),
    }
}
