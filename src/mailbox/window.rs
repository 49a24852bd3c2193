//! Fifty rows of a mailbox, newest first: the same cost in a mailbox of a thousand and of a million.
//!
//! A window is a run of sequence numbers. On a mailbox that is open already it is one flush and one wait, `FETCH`
//! then `NOOP`: the order matters, because a lone FETCH serves a stale list and NOOP first is forbidden (RFC 9051
//! §5.5). Rows that this connection told before are asked for their flags alone. Should the NOOP tell of changes that
//! move the window, one more FETCH, of the rows that are new in it, shows the truth.

use jiff::{Timestamp, civil::Date};

use super::{Account, account::Examined};
use crate::imap::{
    Command, Error, Kind, Loan, MailboxName, NumberSet, Stage, View, arrival,
    fetch::{self, Detail, Fetched, Whom},
    position,
};

/// Rows of a page.
pub const PAGE: u32 = 50;

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Newest,
    /// From 1; counted now.
    Page(u32),
    /// The rows older than this message, whether it is still there or not.
    Older {
        uidvalidity: u32,
        uid: u32,
    },
    /// The rows newer than this message.
    Newer {
        uidvalidity: u32,
        uid: u32,
    },
    /// What arrived before this day, which begins at `midnight` where the reader is.
    Before {
        day: Date,
        midnight: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub struct Window {
    pub view: View,
    /// Newest first. A row without a UID stands for a message the server would not describe.
    pub rows: Vec<Fetched>,
    /// Messages newer than the first row.
    pub before: u32,
    pub alerts: Vec<String>,
}

impl Window {
    /// From 1: the page the first row would be on, counted from the newest.
    pub fn page(&self) -> u32 {
        self.before / PAGE + 1
    }

    pub fn pages(&self) -> u32 {
        self.view.exists.div_ceil(PAGE).max(1)
    }

    /// The anchor of the next older page, if there is one.
    pub fn older(&self) -> Option<u32> {
        let last = self.rows.last()?;
        if last.seq <= 1 {
            return None;
        }
        self.rows.iter().rev().find_map(|row| row.uid)
    }

    /// The anchor of the next newer page, if there is one.
    pub fn newer(&self) -> Option<u32> {
        (self.before > 0).then(|| self.rows.iter().find_map(|row| row.uid)).flatten()
    }
}

/// Why there is no window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    Imap(Error),
    /// The mailbox has another UIDVALIDITY than the link: its messages cannot be told apart any more.
    Rebuilt,
    /// The message is not there any more.
    Gone,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Imap(error)
    }
}

/// The rows `at` this place, which name `whom`. An idle connection that is gone is replaced once.
pub async fn window(account: &Account, mailbox: &MailboxName, at: At, whom: Whom) -> Result<Window, Trouble> {
    let mut at = at;
    loop {
        let examined = account.examine(mailbox).await?;
        let replaceable = examined.loan.reused;
        match read(examined, at, whom).await {
            Err(Trouble::Imap(e)) if e.is_of_the_connection() && replaceable => {}
            Ok(window) if window.rows.is_empty() && window.view.exists > 0 => {
                // Nothing lies beyond the anchor any more: the last page on that side is what is left.
                at = match at {
                    At::Older { .. } | At::Before { .. } => At::Page(u32::MAX),
                    At::Newer { .. } => At::Newest,
                    At::Newest | At::Page(_) => return Ok(window),
                };
            }
            result => return result,
        }
    }
}

async fn read(examined: Examined, at: At, whom: Whom) -> Result<Window, Trouble> {
    let Examined { loan, view, warm, mut alerts } = examined;
    if let At::Older { uidvalidity, .. } | At::Newer { uidvalidity, .. } = at
        && uidvalidity != view.uidvalidity
    {
        return Err(Trouble::Rebuilt);
    }
    let mut preview = loan.backend.makes_previews(&loan.capabilities);
    let mut range = range(at, &view, anchor(at, &loan, &view).await?);
    let mut view = view;
    let mut rows = Vec::new();
    let mut refusal = None;
    let mut noop = warm;
    let mut told_before = loan.remembers(whom, range.positions());
    let mut asked = range.set();
    // A second look only when the first one, with its NOOP, found that the window moved.
    let mut looks = 2;
    let mut without_previews = false;
    while looks > 0 {
        looks -= 1;
        let question = if told_before { fetch::marks } else { fetch::rows };
        let fetch = asked.take().map(|set| question(&set, preview));
        let fetches = fetch.is_some();
        let mut commands: Vec<Command> = fetch.into_iter().collect();
        if std::mem::take(&mut noop) {
            commands.push(Command::new("NOOP"));
        }
        if commands.is_empty() {
            break;
        }
        let batch = loan.run(Stage::List, commands).await?;
        refusal = batch.ok(0).err().filter(|_| fetches);
        if without_previews && refusal.is_none() {
            // The same without previews went well: they were to blame, not one message or one mailbox.
            loan.backend.refused_previews();
        }
        fetch::collect_into(&mut rows, &batch, Detail::Row(whom));
        if told_before {
            loan.tell(whom, &mut rows);
        }
        alerts.extend_from_slice(&batch.alerts);
        view = loan.view().ok_or(Error::new(Stage::List, Kind::Closed))?;
        let moved = range.follow(&batch, at, &view);
        rows.retain(|row| range.contains(row.seq));
        if refusal.is_some() && std::mem::take(&mut preview) {
            // The list without previews, before anything else is blamed.
            without_previews = true;
            looks += 1;
            asked = range.set();
        } else if moved || told_before {
            // What is not remembered after all is not told yet.
            let flags_alone = std::mem::take(&mut told_before);
            asked = NumberSet::of(&range.missing(&rows, |row| flags_alone && row.brief.is_none()));
        }
        if asked.is_none() {
            break;
        }
    }
    mend(&loan, range, whom, &mut rows, refusal).await?;
    loan.remember(whom, &rows);
    fill_gaps(&mut rows, range);
    rows.reverse();
    let before = view.exists.saturating_sub(range.hi);
    Ok(Window { view, rows, before, alerts })
}

/// One message must not cost the page. Of a window that was refused, each missing row is asked for alone; what then
/// still has no UID is asked for the little that every server can say. All in one flush each: two round trips at most.
async fn mend(
    loan: &Loan,
    range: Range,
    whom: Whom,
    rows: &mut Vec<Fetched>,
    refusal: Option<Error>,
) -> Result<(), Error> {
    const NOT_ABOUT_ONE: [&str; 3] = ["UNAVAILABLE", "INUSE", "LIMIT"];
    if let Some(e) = refusal.as_ref().filter(|e| e.code().is_some_and(|c| NOT_ABOUT_ONE.contains(&c))) {
        return Err(e.clone());
    }
    let questions: [fn(&NumberSet) -> Command; 2] = [|one| fetch::rows(one, false), fetch::outlines];
    for question in &questions[usize::from(refusal.is_none())..] {
        let missing = range.missing(rows, |row| row.uid.is_none());
        let commands: Vec<Command> = match NumberSet::of(&missing) {
            None => break,
            Some(set) if refusal.is_none() => vec![question(&set)],
            Some(_) => missing.iter().map(|seq| question(&NumberSet::one(*seq))).collect(),
        };
        let batch = loan.run(Stage::List, commands).await?;
        let found = fetch::collect(&batch, Detail::Row(whom)).into_iter();
        for found in found.filter(|row| range.contains(row.seq)) {
            match rows.binary_search_by_key(&found.seq, |row| row.seq) {
                Ok(at) => rows[at].merge(found),
                Err(at) => rows.insert(at, found),
            }
        }
    }
    match refusal {
        Some(refusal) if rows.is_empty() => Err(refusal),
        _ => Ok(()),
    }
}

/// The number of messages at or below the anchor, where there is one: found, not counted.
async fn anchor(at: At, loan: &Loan, view: &View) -> Result<u32, Error> {
    match at {
        At::Newest | At::Page(_) => Ok(0),
        At::Newer { uid, .. } => position::count_up_to(loan, view, uid).await,
        At::Before { day, midnight } => arrival::newest_before(loan, view, day, midnight).await,
        At::Older { uid, .. } => match view.position(uid) {
            Some(seq) => Ok(seq - 1),
            None => position::count_up_to(loan, view, uid.saturating_sub(1)).await,
        },
    }
}

/// A run of sequence numbers; empty when `lo > hi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    lo: u32,
    hi: u32,
}

fn range(at: At, view: &View, anchor: u32) -> Range {
    let down_from = |hi: u32| Range { lo: hi.saturating_sub(PAGE - 1).max(1), hi };
    match at {
        At::Newest => down_from(view.exists),
        At::Page(page) => {
            let last = view.exists.div_ceil(PAGE).max(1);
            down_from(view.exists.saturating_sub((page.clamp(1, last) - 1) * PAGE))
        }
        At::Older { .. } | At::Before { .. } => down_from(anchor),
        At::Newer { .. } => Range { lo: anchor + 1, hi: (anchor + PAGE).min(view.exists) },
    }
}

impl Range {
    fn len(self) -> u32 {
        (self.hi + 1).saturating_sub(self.lo)
    }

    fn contains(self, seq: u32) -> bool {
        (self.lo..=self.hi).contains(&seq)
    }

    fn positions(self) -> impl Iterator<Item = u32> {
        // Position 0 belongs to no message.
        self.lo.max(1)..=self.hi
    }

    /// The positions without a row, and those of rows that will not do.
    fn missing(self, rows: &[Fetched], will_not_do: impl Fn(&Fetched) -> bool) -> Vec<u32> {
        let found = |seq: &u32| rows.binary_search_by_key(seq, |row| row.seq).ok();
        self.positions().filter(|seq| found(seq).is_none_or(|at| will_not_do(&rows[at]))).collect()
    }

    fn set(self) -> Option<NumberSet> {
        (self.len() > 0 && self.hi > 0).then(|| NumberSet::range(self.lo.max(1), self.hi))
    }

    /// Moves with the expunges in this batch, then to where the window should be now; true when that is another
    /// place.
    fn follow(&mut self, batch: &crate::imap::Batch, at: At, view: &View) -> bool {
        let before = *self;
        let gone: Vec<u32> = batch.expunged();
        // How many messages there are up to the anchor, as expunges take some of them away.
        let mut anchor = match at {
            At::Newer { .. } => self.lo - 1,
            _ => self.hi,
        };
        for n in gone {
            anchor -= u32::from(n <= anchor);
        }
        *self = range(at, view, anchor);
        *self != before
    }
}

/// A position the server did not describe becomes a row of its own, so that nothing disappears silently.
fn fill_gaps(rows: &mut Vec<Fetched>, range: Range) {
    for seq in range.positions() {
        if let Err(at) = rows.binary_search_by_key(&seq, |row| row.seq) {
            rows.insert(at, Fetched { seq, too_complex: true, ..Fetched::default() });
        }
    }
}
