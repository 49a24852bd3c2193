//! What comes back: reports, receipts and answers, matched to the message they are about.
//!
//! By ENVID first (RFC 3461 §4.4): 128 random bits that stand in no header, so that only a server on the message's way
//! can know them. What has it is proof, where these servers are all of one domain. What names the Message-ID, or only a recipient, is a claim
//! ([`Fact::Claimed`]): whoever read the message could have written it. A claim is shown and never moves a state, never
//! ends the wait for an acknowledgement; a claimed failure is brought before the author.

mod matching;

use std::{collections::HashSet, mem::discriminant, time::Instant};

use jiff::Timestamp;

use super::{
    Error, Fact, MessageId, Outbox,
    journal::{Change, Loaded},
    list::time,
};
use crate::store::AccountId;

/// Facts from further on that are kept of a message, or one for each of more recipients.
const MOST_NEWS: usize = 100;
/// Of these, claims.
pub(super) const MOST_CLAIMS: usize = 20;

/// What is known of the acknowledgement of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// When the author wants to have heard of it; `None`: they did not ask.
    pub deadline: Option<Timestamp>,
    /// That time is over, and no proof came.
    pub overdue: bool,
    /// The operator of the mail server says that it was lost.
    pub lost: bool,
    /// The last thing that was claimed of it.
    pub claim: Option<(Timestamp, Fact)>,
}

/// A look at somebody's mailbox that goes on for as long as this lives.
pub struct Turn {
    outbox: Outbox,
    account: AccountId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.outbox.looking.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&self.account);
    }
}

impl Outbox {
    /// `None` while another look of this account goes on here.
    pub fn begin_look(&self, account: &AccountId) -> Option<Turn> {
        let mut looking = self.looking.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        looking.insert(*account).then(|| Turn { outbox: self.clone(), account: *account })
    }

    pub(super) fn followed(&self, loaded: &Loaded, lost: bool) -> Followed {
        let row = &loaded.row;
        let deadline = row.not_before + self.awaited_for;
        let claim = loaded.facts.iter().rev().find_map(|known| match &known.fact {
            Fact::Claimed(fact) => Some((time(known.at), (**fact).clone())),
            _ => None,
        });
        Followed {
            deadline: row.follow.then(|| time(deadline)),
            overdue: row.follow
                && row.live.settled.is_some()
                && !row.acknowledged
                && row.not_before < row.now - self.awaited_for,
            lost,
            claim,
        }
    }

    /// When the account's INBOX was last looked at to its end; `None`: never.
    ///
    /// # Errors
    /// The store's.
    pub async fn last_looked(&self, account: &AccountId) -> Result<Option<Timestamp>, Error> {
        Ok(self.store.last_looked(account).await?.map(time))
    }

    /// Whether anything can come back for this account.
    ///
    /// # Errors
    /// The store's.
    pub async fn awaits_reports(&self, account: &AccountId) -> Result<bool, Error> {
        Ok(self.store.has_sent(account).await?)
    }

    /// The reports among these UIDs of a mailbox, each with the sent message that it is about. The first report that
    /// another gateway found may be missing for 5 s.
    ///
    /// # Errors
    /// The store's.
    pub async fn reports(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        uids: (u32, u32),
    ) -> Result<Vec<(u32, MessageId)>, Error> {
        let now = Instant::now();
        let any = match self.reported.get(account, now) {
            Ok(any) => any,
            Err(began) => {
                let any = self.store.has_reports(account).await?;
                self.reported.remember(&began, *account, any, now);
                any
            }
        };
        if !any {
            return Ok(Vec::new());
        }
        let found = self.store.reports(account, mailbox, uidvalidity, uids).await?;
        Ok(found.into_iter().map(|(uid, id)| (uid, MessageId(id))).collect())
    }

    /// Notes that this message in a mailbox reports on a sent one.
    ///
    /// # Errors
    /// The store's.
    pub async fn add_report(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        uid: u32,
        message: MessageId,
    ) -> Result<(), Error> {
        self.store.add_report(account, mailbox, uidvalidity, uid, &message.0).await?;
        self.reported.forget(account);
        Ok(())
    }

    /// Nobody awaits an acknowledgement any more, nor an answer to what the operator says; false when nobody did.
    pub(super) async fn let_be(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(false) };
        let lost = !self.store.lost(account, &[id.0]).await?.is_empty();
        let followed = self.followed(&loaded, lost);
        if followed.overdue {
            self.store.acknowledge(account, &id.0).await?;
            self.marks.forget(account);
        }
        if followed.lost {
            self.store.forget_lost(account, &id.0).await?;
            self.marks.forget(account);
        }
        Ok(followed.overdue || followed.lost)
    }

    /// Writes down what a report, a receipt or a reply says of recipients, or of all. False when the account has no such
    /// message, or there is nothing in it that is `news`.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn report(
        &self,
        account: &AccountId,
        id: MessageId,
        said: &[(Option<usize>, Fact)],
    ) -> Result<bool, Error> {
        let wrote = self.change(account, id, |loaded| {
            let facts = news(loaded, said);
            (!facts.is_empty()).then(|| Change { live: loaded.row.live.clone(), facts })
        });
        let Some(loaded) = wrote.await? else { return Ok(false) };
        // What was refused asks for its author by itself.
        if loaded.row.follow
            && loaded.states().into_iter().all(|state| state.is_acknowledged() || state.needs_user())
        {
            self.store.acknowledge(account, &id.0).await?;
            self.marks.forget(account);
        }
        Ok(true)
    }
}

/// With whether it is only claimed.
fn told(fact: &Fact) -> (bool, &Fact) {
    match fact {
        Fact::Claimed(told) => (true, told),
        told => (false, told),
    }
}

fn comes_from_further_on(fact: &Fact) -> bool {
    use Fact::{Answered, Delayed, Deleted, Delivered, Displayed, Failed, NotProcessed, Processed, Relayed};
    matches!(
        fact,
        Relayed
            | Delivered
            | Delayed
            | Failed(_)
            | Displayed
            | Answered
            | Processed
            | Deleted
            | NotProcessed(_)
    )
}

/// What of it is written down. Whoever read the message could go on writing about it for ever, each time in other words:
/// what was said since it last went out is not said again, and there are bounds.
fn news(loaded: &Loaded, said: &[(Option<usize>, Fact)]) -> Vec<(Option<usize>, Fact)> {
    let went_out = |fact: &Fact| matches!(fact, Fact::InData | Fact::Retried | Fact::Resent);
    let kind = |fact| {
        let (claimed, told) = told(fact);
        (claimed, discriminant(told))
    };
    let since = loaded.facts.iter().rev().take_while(|known| !went_out(&known.fact));
    let mut known: HashSet<_> = since.map(|known| (known.recipient, kind(&known.fact))).collect();
    let came =
        loaded.facts.iter().map(|known| told(&known.fact)).filter(|(_, fact)| comes_from_further_on(fact));
    let (mut all, mut claims) =
        came.fold((0, 0), |(all, claims), (claimed, _)| (all + 1, claims + usize::from(claimed)));
    let most = MOST_NEWS.max(loaded.recipients.len());
    let mut new = Vec::new();
    for (recipient, fact) in said {
        let (claimed, told) = told(fact);
        let fits = comes_from_further_on(told) && recipient.is_none_or(|n| n < loaded.recipients.len());
        let room = all < most && !(claimed && claims == MOST_CLAIMS);
        // What was said of all was said of each.
        if fits && room && !known.contains(&(None, kind(fact))) && known.insert((*recipient, kind(fact))) {
            all += 1;
            claims += usize::from(claimed);
            new.push((*recipient, fact.clone()));
        }
    }
    new
}
