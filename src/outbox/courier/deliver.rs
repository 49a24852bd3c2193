//! One claimed message: what is to be done with it now, and with what.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::{
    Carrier, Reached, content::Content, copy::Wanted, health::back_off, lease, released, tell::Report,
};
use crate::{
    outbox::{
        About, Answer, Cause, Error, Fact, MessageId, Outbox, State,
        journal::{Change, Loaded, each},
        seal::{self, Credentials},
    },
    smtp::Envelope,
    store::outbox::{Claim, Live},
};

/// Seconds after which a message that could not be sent comes back (RFC 5321 §4.5.4.1: 4 to 5 days).
const GIVE_UP: i64 = 5 * 86_400;

/// A claimed message, ready to go.
pub(super) struct Job {
    /// Those that wait, with their place.
    pub recipients: Vec<(usize, String)>,
    pub envelope: Envelope,
    pub credentials: Credentials,
    pub mark: Option<Vec<u8>>,
    pub content: Content,
    pub copy: Wanted,
    /// Since when it could have left, on the clock of this process; `None` where a recipient's own answer put it off.
    pub since: Option<Instant>,
    wants_copy: bool,
    /// What its author is to be told.
    report: Option<Report>,
}

impl Job {
    pub fn places(&self) -> Vec<usize> {
        self.recipients.iter().map(|(n, _)| *n).collect()
    }
}

pub(super) struct Carry<'a> {
    pub outbox: &'a Outbox,
    pub carrier: &'a Carrier,
    pub claim: &'a Claim,
    owner: &'a [u8; 16],
    /// How long it waits when the server is down.
    pub retry: Duration,
}

/// Carries one claimed message and writes down what became of it. Whatever fails, the claim ends or expires.
pub(super) async fn deliver(
    outbox: &Outbox,
    carrier: &Carrier,
    claim: &Claim,
    owner: &[u8; 16],
    retry: Duration,
    stop: CancellationToken,
) -> Reached {
    let carry = Carry { outbox, carrier, claim, owner, retry };
    let id = MessageId(claim.id);
    let work = async {
        match carry.begin().await {
            Ok(Some(job)) => carry.work(job, &stop).await,
            Ok(None) => Ok(Reached::NotAsked),
            Err(Error::Sealed) => {
                carry.give_up(Cause::Unreadable).await?;
                Ok(Reached::NotAsked)
            }
            Err(error) => Err(error),
        }
    };
    let reached = tokio::select! {
        reached = work => reached,
        // It never ends.
        () = carry.keep_lease() => Ok(Reached::NotAsked),
    };
    reached.unwrap_or_else(|error| {
        tracing::warn!(%id, %error, "a message could not be carried; its claim expires");
        Reached::NotAsked
    })
}

impl Carry<'_> {
    pub fn id(&self) -> MessageId {
        MessageId(self.claim.id)
    }

    pub fn is_mine(&self, live: &Live) -> bool {
        live.owner.as_ref() == Some(self.owner) && live.epoch == self.claim.epoch
    }

    /// First the author is told what there is to tell: those who wait do so for minutes or hours already.
    async fn work(&self, job: Job, stop: &CancellationToken) -> Result<Reached, Error> {
        let told = match &job.report {
            Some(report) => self.tell(&job, report).await?,
            None => true,
        };
        match (job.recipients.is_empty(), job.wants_copy) {
            (false, _) => self.converse(job, stop).await,
            // Nobody waits any more.
            (true, true) => self.keep_copy(job).await,
            (true, false) => {
                self.write(Vec::new(), |live, now| match told {
                    true => released(live, None),
                    false => {
                        Live { tries: live.tries + 1, ..released(live, Some(now + back_off(live.tries))) }
                    }
                })
                .await?;
                Ok(Reached::NotAsked)
            }
        }
    }

    /// Renews the lease for as long as it is polled.
    async fn keep_lease(&self) {
        let every = Duration::from_secs((lease() / 3).max(1) as u64);
        loop {
            tokio::time::sleep(every).await;
            match self.outbox.store.renew(self.claim, self.owner, lease()).await {
                // The message may have been taken back: then DATA is not said, and the conversation ends by itself.
                // Once in DATA, only the answer counts, and it is written down whoever holds the claim.
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a lease was not renewed"),
            }
        }
    }

    /// Decides what is to be done with a claimed message, and writes it down. `None`: nothing, and the claim ended.
    async fn begin(&self) -> Result<Option<Job>, Error> {
        let Some(loaded) = self.outbox.load(&self.claim.account, self.id()).await? else { return Ok(None) };
        let refused = match &loaded.row.live.credential_mark {
            Some(mark) => self.outbox.store.is_refused_credential(&self.claim.account, mark).await?,
            None => false,
        };
        let begun = self.outbox.change(&self.claim.account, self.id(), |loaded| {
            let live = &loaded.row.live;
            if !self.is_mine(live) {
                return None;
            }
            let ripe = loaded.resends().into_iter().filter(|(_, at)| *at <= loaded.row.now);
            let resent: Vec<usize> = ripe.map(|(n, _)| n).collect();
            let sendable = !resent.is_empty() || !loaded.those(&[State::Waiting]).is_empty();
            let mut facts = each(resent, || Fact::Resent);
            let mut next = live.clone();
            let after = loaded.wants_copy() || loaded.untold().is_some();
            let signed_in = self.outbox.has_password(&self.claim.account, loaded);
            if !sendable && after && signed_in {
                // The claim is for the author's copy, or to tell the author.
            } else if !sendable {
                next = released(live, None);
                if !signed_in {
                    next.credential = None;
                    facts.extend(loaded.wants_copy().then_some((None, Fact::NotKept)));
                }
            } else if loaded.row.now - loaded.trying_since() > GIVE_UP {
                // Not of those that may have it.
                facts = each(loaded.those(&[State::Waiting]), || Fact::GivenUp(Cause::Deadline));
                next = released(live, None);
            } else if !signed_in {
                facts.push((None, Fact::SignInGone));
                next = Live { credential: None, credential_until: None, ..released(live, None) };
            } else if refused {
                // Never said twice.
                facts.push((
                    None,
                    Fact::SignInRefused(Answer { code: 535, enhanced: None, text: String::new() }),
                ));
                next = Live { credential: None, credential_until: None, ..released(live, None) };
            }
            Some(Change { live: next, facts })
        });
        match begun.await? {
            Some(loaded) if self.is_mine(&loaded.row.live) => self.open(loaded).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn open(&self, loaded: Loaded) -> Result<Job, Error> {
        let (account, keys) = (&self.claim.account, self.outbox.store.keys());
        let place = seal::Place { account, id: self.id() };
        let key = loaded.key(self.outbox, account)?;
        let credentials = self.outbox.passwords.open(keys, account, &loaded, &key).ok_or(Error::Sealed)?;
        let waiting = loaded.those(&[State::Waiting]);
        let about = match &loaded.row.head {
            Some(head) if waiting.is_empty() || loaded.untold().is_some() => {
                Some(seal::open_head::<About>(keys, place, &key, head)?)
            }
            _ => None,
        };
        Ok(Job {
            recipients: waiting.into_iter().map(|n| (n, loaded.recipients[n].clone())).collect(),
            envelope: Envelope {
                from: loaded.line.from.clone(),
                id: Some(MessageId(seal::envid(keys, place)).to_string()),
                size: loaded.row.size as u64,
                follow: loaded.row.follow,
            },
            credentials,
            copy: Wanted::of(&loaded, about.as_ref()),
            since: Instant::now()
                .checked_sub(Duration::from_secs(
                    (loaded.row.now - loaded.trying_since()).max(0).unsigned_abs(),
                ))
                .filter(|_| !loaded.row.live.put_off),
            wants_copy: loaded.wants_copy(),
            report: Report::of(&loaded, about.as_ref()),
            mark: loaded.row.live.credential_mark.clone(),
            content: Content::of(self.outbox, account, &loaded).await?,
        })
    }
}
