//! What lists and the trail show of the journal.

use std::time::Instant;

use jiff::Timestamp;

use super::{
    About, Attempt, Detail, Error, MessageId, Outbox, Recipient, Sent, State,
    author::{can_cancel, can_retry, dismissable},
    journal::Loaded,
    seal,
    take_back::can_edit,
};
use crate::store::{
    AccountId,
    outbox::{MessageRow, Patience},
};

/// Messages of one page of the list.
const MOST_LISTED: usize = 200;
/// Seconds after which a message that could not be sent so far is told to its author.
pub(super) const LONG: i64 = 4 * 3600;

impl Outbox {
    fn summary(&self, account: &AccountId, loaded: &Loaded, lost: bool) -> Result<Sent, Error> {
        let row = &loaded.row;
        let place = seal::Place { account, id: loaded.id() };
        let about: Option<About> = match &row.head {
            Some(head) => {
                let key = loaded.key(self, account)?;
                Some(seal::open_head(self.store.keys(), place, &key, head)?)
            }
            None => None,
        };
        let recipients = loaded.recipients.iter().zip(loaded.states());
        let followed = self.followed(loaded, lost);
        Ok(Sent {
            id: loaded.id(),
            accepted: time(row.accepted),
            not_before: time(row.not_before),
            from: loaded.line.from.clone(),
            message_id: loaded.line.message_id.clone(),
            about,
            size: row.size as u64,
            follow: row.follow,
            recipients: recipients
                .map(|(address, state)| Recipient { address: address.clone(), state })
                .collect(),
            due: row.live.due.map(time),
            needs_user: row.live.needs_user || is_late(loaded) || followed.overdue || followed.lost,
            followed,
        })
    }

    /// At most `most` (and 200) messages: without `before` those that need their author come first, then the newest;
    /// with it the calm ones that were accepted before.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn list(
        &self,
        account: &AccountId,
        before: Option<MessageId>,
        most: usize,
    ) -> Result<Vec<Sent>, Error> {
        let most = most.min(MOST_LISTED);
        let mut rows = match before {
            Some(_) => Vec::new(),
            None => self.store.messages_by_need(account, true, self.patience(), None, most as i64).await?,
        };
        let room = most - rows.len();
        let before = before.map(|id| id.0);
        rows.extend(self.store.messages_by_need(account, false, self.patience(), before, room as i64).await?);
        self.summaries(account, rows).await
    }

    /// What was accepted from the first instant to the second, the newest first; with `before` those before it. At most
    /// `most` (and 200).
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn list_between(
        &self,
        account: &AccountId,
        (from, to): (Timestamp, Timestamp),
        before: Option<MessageId>,
        most: usize,
    ) -> Result<Vec<Sent>, Error> {
        let span = (from.as_second(), to.as_second());
        let most = most.min(MOST_LISTED) as i64;
        let rows = self.store.messages_between(account, span, before.map(|id| id.0), most).await?;
        self.summaries(account, rows).await
    }

    async fn summaries(&self, account: &AccountId, rows: Vec<MessageRow>) -> Result<Vec<Sent>, Error> {
        let ids: Vec<[u8; 16]> = rows.iter().map(|row| row.id).collect();
        let lost = self.store.lost(account, &ids).await?;
        let opened = match self.open(account, rows).await {
            // One that is damaged hides no other.
            Err(Error::Sealed) => self.open_each(account, &ids).await?,
            opened => opened?,
        };
        let summary = |loaded: &Loaded| {
            let summary = self.summary(account, loaded, lost.contains(&loaded.row.id));
            summary.inspect_err(|_| not_shown(loaded.id())).ok()
        };
        Ok(opened.iter().filter_map(summary).collect())
    }

    /// Those that open.
    async fn open_each(&self, account: &AccountId, ids: &[[u8; 16]]) -> Result<Vec<Loaded>, Error> {
        let mut opened = Vec::with_capacity(ids.len());
        for id in ids {
            match self.load(account, MessageId(*id)).await {
                Ok(loaded) => opened.extend(loaded),
                Err(Error::Sealed) => not_shown(MessageId(*id)),
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    }

    fn patience(&self) -> Patience {
        Patience { acknowledged: self.awaited_for, taken: LONG }
    }

    /// One message with its whole trail; `None` when the account has no such message.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn get(&self, account: &AccountId, id: MessageId) -> Result<Option<Detail>, Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(None) };
        let lost = !self.store.lost(account, &[id.0]).await?.is_empty();
        let sent = self.summary(account, &loaded, lost)?;
        let attempts = loaded.facts.iter().map(|known| Attempt {
            at: time(known.at),
            recipient: known.recipient,
            fact: known.fact.clone(),
        });
        let asks = sent.followed.overdue || sent.followed.lost;
        let standings = loaded.standings();
        let ended = [State::Cancelled, State::GivenUp];
        Ok(Some(Detail {
            doubted: standings.iter().any(|standing| standing.doubted),
            late: is_late(&loaded),
            may_have_left: standings.iter().any(|one| one.may_have_left && ended.contains(&one.state)),
            sent,
            attempts: attempts.collect(),
            can_cancel: can_cancel(&loaded),
            can_edit: can_edit(&loaded),
            can_release: !loaded.those(&[State::Held]).is_empty(),
            can_retry: can_retry(&loaded),
            can_dismiss: asks || !dismissable(&loaded, false).is_empty(),
        }))
    }

    /// How many messages must be told to the author: refused, uncertain, given up, waiting for a sign-in or for hours.
    ///
    /// # Errors
    /// The store's.
    pub async fn attention(&self, account: &AccountId) -> Result<usize, Error> {
        let needs = self.store.count_needs(account, self.patience()).await?;
        Ok(usize::try_from(needs).unwrap_or(0))
    }

    /// The same for the marks on pages. What another gateway changed may be missing for 5 s.
    ///
    /// # Errors
    /// The store's.
    pub async fn attention_lately(&self, account: &AccountId) -> Result<usize, Error> {
        let now = Instant::now();
        match self.marks.get(account, now) {
            Ok(count) => Ok(count),
            Err(began) => {
                let count = self.attention(account).await?;
                self.marks.remember(&began, *account, count, now);
                Ok(count)
            }
        }
    }
}

fn is_late(loaded: &Loaded) -> bool {
    loaded.row.live.settled.is_none() && loaded.row.not_before < loaded.row.now - LONG
}

fn not_shown(id: MessageId) {
    tracing::error!(%id, "a kept message does not open, and is not in its author's list");
}

pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
