//! The conversation of a message: what names the same messages (RFC 5322 §3.6.4), looked for from the message on in its
//! own mailbox, and from the newest on in a few others.
//!
//! The answers name other answers, whose answers may name nothing else: what was found is looked for in turn, a few
//! times over. That finds what THREAD=REFERENCES (RFC 5256) does, on every server, without the messages that only have the same
//! subject; and it is bounded in messages, in names, and in time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::Date};

use super::{
    Account, opened,
    search::{Direction, End, Hunt},
    window::Trouble,
};
use crate::{
    imap::{
        MailboxName,
        fetch::{Fetched, Whom},
    },
    message::{
        compose::{MessageId, chain},
        query::Query,
    },
};

/// Messages that are told.
pub const MOST: usize = 50;
/// Messages that one look may find.
const EACH: usize = 25;
/// No window is begun after that long.
const TIME: Duration = Duration::from_secs(2);
/// How often what was found is looked for in turn.
const ROUNDS: usize = 8;
/// Names that are looked for in all.
const NAMES: usize = 96;

pub struct Thread {
    /// Oldest first, each message once.
    pub rows: Vec<Found>,
    /// Where it was looked for; the first is the message's own.
    pub places: Vec<Looked>,
    /// Everything was looked for everywhere.
    pub whole: bool,
    /// More messages are known than are told.
    pub more: bool,
    /// What the message itself names, the oldest first.
    pub chain: Vec<MessageId>,
    /// When it came.
    pub around: Option<Timestamp>,
}

pub struct Found {
    /// Which of the places it is in.
    pub place: usize,
    /// Of that mailbox when it was found.
    pub uidvalidity: u32,
    pub row: Fetched,
}

/// A mailbox, and how far it was looked through.
pub struct Looked {
    pub mailbox: MailboxName,
    pub uidvalidity: u32,
    /// The message that the looking begins at.
    from: Option<u32>,
    pub whole: bool,
    /// Where it is not whole: what arrived from here on was looked at, as far as known,
    pub back_to: Option<Timestamp>,
    /// and what arrived up to here.
    pub up_to: Option<Timestamp>,
}

impl Looked {
    fn new(mailbox: MailboxName) -> Looked {
        Looked { mailbox, uidvalidity: 0, from: None, whole: true, back_to: None, up_to: None }
    }

    /// Takes over how far a look came: the nearest end of several is the one that is told.
    fn ended(&mut self, hunt: &Hunt, direction: Direction) {
        if hunt.end() == Some(End::Whole) {
            return;
        }
        self.whole = false;
        match direction {
            Direction::Older => self.back_to = self.back_to.max(hunt.back_to()),
            Direction::Newer => self.up_to = [self.up_to, hunt.back_to()].into_iter().flatten().min(),
        }
    }
}

/// The conversation of a message; `None` where the message does not name itself. `day` is a date where the reader is.
///
/// # Errors
/// Those of the message itself and of its own mailbox; another one that cannot be looked at is only not whole.
pub async fn find(
    account: &Account,
    mailbox: &MailboxName,
    (uidvalidity, uid): (u32, u32),
    others: impl IntoIterator<Item = MailboxName>,
    day: impl Fn(Timestamp) -> Date,
) -> Result<Option<Thread>, Trouble> {
    let message = opened::about(account, mailbox, uidvalidity, uid).await?;
    let Some(own) = name(&message) else { return Ok(None) };
    let around = message.internal_date;
    let mut search = Search {
        account,
        around: around.map(day),
        until: Instant::now() + TIME,
        // The message, the first one and its parent, the others: only so many can be asked for at once.
        wanted: names(&message),
        asked: Vec::new(),
        rows: Vec::new(),
    };
    let chain = search.wanted.clone();
    search.wanted.rotate_right(1);
    if search.wanted.len() > 3 {
        let parent = search.wanted.pop();
        search.wanted.splice(2..2, parent);
    }
    let own_place = Looked { uidvalidity, from: Some(uid), ..Looked::new(mailbox.clone()) };
    let mut places: Vec<Looked> =
        std::iter::once(own_place).chain(others.into_iter().map(Looked::new)).collect();
    for _ in 0..ROUNDS {
        if !search.round(&mut places).await? {
            break;
        }
    }
    let whole = search.wanted.is_empty() && places.iter().all(|place| place.whole);
    let (rows, more) = told(search.rows, &own);
    Ok(Some(Thread { rows, places, whole, more, chain, around }))
}

struct Search<'a> {
    account: &'a Account,
    around: Option<Date>,
    until: Instant,
    /// Names that are still to be looked for, and those that were.
    wanted: Vec<MessageId>,
    asked: Vec<MessageId>,
    rows: Vec<Found>,
}

impl Search<'_> {
    /// Looks for the next names everywhere. False when nothing is left to do.
    async fn round(&mut self, places: &mut [Looked]) -> Result<bool, Trouble> {
        let Some((query, n)) = Query::linked(&self.wanted, self.around) else { return Ok(false) };
        if !self.asked.is_empty() && Instant::now() >= self.until {
            return Ok(false);
        }
        self.asked.extend(self.wanted.drain(..n));
        let (query, before) = (Arc::new(query), self.rows.len());
        for (n, place) in places.iter_mut().enumerate() {
            match self.look(n, place, &query).await {
                Ok(()) => {}
                Err(trouble) if n == 0 && (self.rows.is_empty() || trouble == Trouble::Rebuilt) => {
                    return Err(trouble);
                }
                // What was found stays. The others would fare no better, unless it was only refused.
                Err(trouble) => {
                    place.whole = false;
                    if !matches!(&trouble, Trouble::Imap(error) if !error.is_fatal()) {
                        self.until = Instant::now();
                    }
                }
            }
        }
        for found in &mut self.rows[before..] {
            let names = names(&found.row);
            // The whole answer of the server is kept alive by them.
            found.row.pieces.clear();
            for id in names {
                if self.asked.len() + self.wanted.len() >= NAMES {
                    break;
                }
                if !self.asked.contains(&id) && !self.wanted.contains(&id) {
                    self.wanted.push(id);
                }
            }
        }
        Ok(true)
    }

    async fn look(&mut self, n: usize, place: &mut Looked, query: &Arc<Query>) -> Result<(), Trouble> {
        let looks: &[_] = match place.from {
            Some(uid) => &[(Direction::Older, uid.saturating_add(1)), (Direction::Newer, uid)],
            None => &[(Direction::Older, 0)],
        };
        for &(direction, from) in looks {
            let time = self.until.saturating_duration_since(Instant::now());
            if time.is_zero() && !self.rows.is_empty() {
                place.whole = false;
                continue;
            }
            let from = place.from.map(|_| (place.uidvalidity, from));
            let known = self.rows.iter().filter(|found| found.place == n).filter_map(|found| found.row.uid);
            let (account, mailbox) = (self.account.clone(), place.mailbox.clone());
            let mut hunt = Hunt::new(account, mailbox, query.clone(), Whom::Authors, from, EACH, time)
                .towards(direction)
                .linked(known.collect());
            let done = loop {
                match hunt.next().await {
                    Ok(Some(rows)) => {
                        let uidvalidity = hunt.uidvalidity();
                        self.rows.extend(rows.into_iter().map(|row| Found { place: n, uidvalidity, row }));
                    }
                    Ok(None) => break Ok(()),
                    Err(trouble) => break Err(trouble),
                }
            };
            place.uidvalidity = hunt.uidvalidity();
            place.ended(&hunt, direction);
            done?;
        }
        Ok(())
    }
}

fn name(message: &Fetched) -> Option<MessageId> {
    MessageId::parse(message.envelope.as_ref()?.message_id.as_deref()?)
}

/// What a message is called, last, and which ones it names, a bounded number.
fn names(message: &Fetched) -> Vec<MessageId> {
    let envelope = message.envelope.as_ref();
    let answers = envelope.and_then(|envelope| envelope.in_reply_to.as_deref());
    let own = envelope.and_then(|envelope| envelope.message_id.as_deref());
    chain(&opened::field(message, "references").unwrap_or_default(), answers, own)
}

/// Each once, the copy in the message's own mailbox before those elsewhere; as many as may be told, those next to it.
fn told(mut rows: Vec<Found>, own: &MessageId) -> (Vec<Found>, bool) {
    rows.sort_by_key(|found| found.place);
    let mut known: Vec<MessageId> = Vec::new();
    rows.retain(|found| match name(&found.row) {
        Some(id) if known.contains(&id) => false,
        Some(id) => {
            known.push(id);
            true
        }
        None => true,
    });
    let sent = |row: &Fetched| row.brief.as_ref().and_then(|brief| brief.sent);
    rows.sort_by_key(|found| (found.row.internal_date.or_else(|| sent(&found.row)), found.row.uid));
    let at = rows.iter().position(|found| name(&found.row).as_ref() == Some(own)).unwrap_or(rows.len());
    let more = rows.len() > MOST;
    let from = at.saturating_sub(MOST / 2).min(rows.len().saturating_sub(MOST));
    (rows.into_iter().skip(from).take(MOST).collect(), more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Envelope;

    fn found(place: usize, n: i64, id: &str) -> Found {
        let envelope = Envelope { message_id: Some(format!("<{id}@x>")), ..Envelope::default() };
        let internal_date = Timestamp::from_second(n).ok();
        Found {
            place,
            uidvalidity: 7,
            row: Fetched { internal_date, envelope: Some(Box::new(envelope)), ..Fetched::default() },
        }
    }

    #[test]
    fn each_once_and_those_next_to_the_message() {
        let own = |id: &str| MessageId::parse(&format!("<{id}@x>")).expect("an id");
        let at = |rows: &[Found]| {
            rows.iter()
                .map(|f| (f.place, f.row.internal_date.map_or(0, |d| d.as_second())))
                .collect::<Vec<_>>()
        };
        let (rows, more) =
            told(vec![found(1, 3, "b"), found(0, 2, "b"), found(1, 1, "a"), found(0, 9, "c")], &own("b"));
        assert_eq!((at(&rows), more), (vec![(1, 1), (0, 2), (0, 9)], false));
        let many = || (0..80).map(|n| found(0, n, &n.to_string())).collect::<Vec<_>>();
        for (id, from) in [("0", 0), ("40", 15), ("79", 30), ("elsewhere", 30)] {
            let (rows, more) = told(many(), &own(id));
            assert!(more && rows.len() == MOST);
            assert_eq!(at(&rows)[0].1, from, "{id}");
        }
    }
}
