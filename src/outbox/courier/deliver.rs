//! One message, one conversation: what each answer means, and when it is written down.
//!
//! `in_data` is committed over the version that was read, before DATA is said: if the author took the message back, or
//! the claim is lost, nothing is changed, and the conversation ends with QUIT. From then on only the server's own
//! answer, or the loss of it, decides.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{Carrier, Reached, content::Content, copy::Wanted, health::back_off, lease, released};
use crate::{
    outbox::{
        About, Answer, Cause, Error, Fact, MessageId, Outbox, State,
        journal::{Change, Loaded, each},
        points::{self, Point, reach},
        seal::{self, Credentials},
    },
    smtp::{self, Connection, Envelope, Kind, Stage},
    store::outbox::{Claim, Live},
};

/// Seconds after which a message that could not be sent comes back (RFC 5321 §4.5.4.1: 4 to 5 days).
const GIVE_UP: i64 = 5 * 86_400;
/// "Too many recipients": the rest goes in the next conversation (RFC 5321 §4.5.3.1.10).
const TOO_MANY: u16 = 452;

/// A claimed message, ready to go.
pub(super) struct Job {
    /// Those that wait, with their place.
    recipients: Vec<(usize, String)>,
    pub envelope: Envelope,
    pub credentials: Credentials,
    mark: Option<Vec<u8>>,
    pub content: Content,
    pub copy: Wanted,
}

impl Job {
    fn places(&self) -> Vec<usize> {
        self.recipients.iter().map(|(n, _)| *n).collect()
    }
}

pub(super) struct Carry<'a> {
    pub outbox: &'a Outbox,
    pub carrier: &'a Carrier,
    pub claim: &'a Claim,
    owner: &'a [u8; 16],
    /// How long it waits when the server is down.
    retry: Duration,
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
            // Nobody waits any more.
            Ok(Some(job)) if job.recipients.is_empty() => carry.keep_copy(job).await,
            Ok(Some(job)) => carry.converse(job, &stop).await,
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
            let ripe = |n: &usize| loaded.resend_at(*n).is_some_and(|at| at <= loaded.row.now);
            let resent: Vec<usize> = (0..loaded.recipients.len()).filter(ripe).collect();
            let sendable = !resent.is_empty() || !loaded.those(&[State::Waiting]).is_empty();
            let mut facts = each(resent, || Fact::Resent);
            let mut next = live.clone();
            if !sendable && loaded.wants_copy() && live.credential.is_some() {
                // The claim is for the author's copy.
            } else if !sendable {
                next = released(live, None);
            } else if loaded.row.now - loaded.trying_since() > GIVE_UP {
                facts.push((None, Fact::GivenUp(Cause::Deadline)));
                next = released(live, None);
            } else if live.credential.is_none() {
                facts.push((None, Fact::SignInGone));
                next = released(live, None);
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
        let sealed = loaded.row.live.credential.as_deref().ok_or(Error::Sealed)?;
        let credentials = seal::open_credentials(keys, place, &key, &loaded.envelope(), sealed)?;
        let waiting = loaded.those(&[State::Waiting]);
        let about = match &loaded.row.head {
            Some(head) if waiting.is_empty() => Some(seal::open_head::<About>(keys, place, &key, head)?),
            _ => None,
        };
        Ok(Job {
            recipients: waiting.into_iter().map(|n| (n, loaded.recipients[n].clone())).collect(),
            envelope: Envelope {
                from: loaded.line.from.clone(),
                id: Some(MessageId(loaded.row.envid).to_string()),
                size: loaded.row.size as u64,
                follow: loaded.row.follow,
            },
            credentials,
            copy: Wanted::of(&loaded, about.as_ref()),
            mark: loaded.row.live.credential_mark.clone(),
            content: Content::of(self.outbox, account, &loaded).await?,
        })
    }

    async fn converse(&self, job: Job, stop: &CancellationToken) -> Result<Reached, Error> {
        let Carrier { url, tls, hello, .. } = self.carrier;
        let before = tokio::select! {
            before = self.before_data(&job, Connection::open(url, tls, hello)) => before?,
            () = stop.cancelled() => {
                self.put_off(&job, "stopped", Cause::Stopped, 0, false).await?;
                return Ok(Reached::NotAsked);
            }
        };
        let Ready { mut connection, taken, refusals } = match before {
            Before::Ready(ready) => ready,
            Before::Over(reached) => return Ok(reached),
        };
        if stop.is_cancelled() || !self.begin_data(&taken, refusals).await? {
            connection.quit().await;
            if stop.is_cancelled() {
                self.put_off(&job, "stopped", Cause::Stopped, 0, false).await?;
            }
            self.release().await?;
            return Ok(Reached::Yes);
        }
        let said = self.say_data(&mut connection, job.content.chunks()).await;
        reach(Point::BeforeStored).await;
        let own = job.content.trouble();
        self.judge(&taken, said, own).await?;
        connection.quit().await;
        Ok(Reached::Yes)
    }

    /// Up to the last RCPT. Nothing here can have delivered anything.
    async fn before_data(
        &self,
        job: &Job,
        open: impl Future<Output = Result<Connection, smtp::Error>>,
    ) -> Result<Before, Error> {
        let over = |reached| Ok(Before::Over(reached));
        let mut connection = match open.await {
            Ok(connection) => connection,
            Err(error) => {
                let wait = self.retry.as_secs().max(1) as i64;
                self.put_off(job, error.stage.name(), cause(error.kind), wait, true).await?;
                return over(Reached::No);
            }
        };
        if let Err(error) = connection.sign_in(&job.credentials.login, &job.credentials.password).await {
            return match error.kind {
                // 500 to 504 are about the command, not about the password.
                Kind::Refused(reply) if reply.code > 504 => {
                    self.suspend(job, answer(reply)).await?;
                    connection.quit().await;
                    over(Reached::Yes)
                }
                // Nobody can sign in there.
                Kind::NoWayIn => {
                    let wait = self.retry.as_secs().max(1) as i64;
                    self.put_off(job, error.stage.name(), Cause::NoWayIn, wait, true).await?;
                    over(Reached::No)
                }
                // One sick mailbox slows nobody else.
                kind => {
                    let fact = Fact::PutOff { stage: error.stage.name().to_owned(), cause: cause(kind) };
                    self.finish(each(job.places(), || fact.clone()), false).await?;
                    over(Reached::Yes)
                }
            };
        }
        if let Err(error) = connection.mail(&job.envelope).await {
            self.failed(job, error).await?;
            connection.quit().await;
            return over(Reached::Yes);
        }
        reach(Point::Mail).await;
        let (mut taken, mut refusals) = (Vec::new(), Vec::new());
        for (n, address) in &job.recipients {
            match connection.recipient(address).await {
                Ok(_) => taken.push(*n),
                Err(smtp::Error { stage, kind: Kind::Refused(reply) }) => {
                    refusals.push((Some(*n), refusal(stage, reply)));
                }
                Err(error) => {
                    self.failed(job, error).await?;
                    return over(Reached::Yes);
                }
            }
        }
        reach(Point::Recipients).await;
        if taken.is_empty() {
            connection.quit().await;
            self.finish(refusals, false).await?;
            return over(Reached::Yes);
        }
        Ok(Before::Ready(Ready { connection, taken, refusals }))
    }

    /// Commits `in_data` before DATA is said. False when the message is no longer ours to send.
    async fn begin_data(&self, taken: &[usize], refusals: Vec<(Option<usize>, Fact)>) -> Result<bool, Error> {
        let begun = self.outbox.change(&self.claim.account, self.id(), |loaded| {
            let live = &loaded.row.live;
            let waits = |n: &usize| loaded.state(*n) == State::Waiting;
            let ours = self.is_mine(live) && live.lease >= loaded.row.now && !live.in_data;
            (ours && taken.iter().all(waits)).then(|| Change {
                live: Live { in_data: true, ..live.clone() },
                facts: refusals.iter().cloned().chain(each(taken.to_vec(), || Fact::InData)).collect(),
            })
        });
        Ok(begun.await?.is_some())
    }

    async fn say_data(
        &self,
        connection: &mut Connection,
        chunks: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<smtp::Reply, smtp::Error> {
        if !points::is_active(Point::AfterDot) {
            return connection.data(chunks).await;
        }
        // Only in tests: soon after the last piece is handed over, the dot is out.
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        let tail = stream::once(async move {
            let _ = ended.send(());
            Ok(Bytes::new())
        });
        tokio::select! {
            said = connection.data(chunks.chain(tail)) => {
                reach(Point::AfterDot).await;
                said
            }
            () = async {
                let _ = end.await;
                tokio::time::sleep(Duration::from_millis(100)).await;
                reach(Point::AfterDot).await;
                // It was not yet its time: the reply ends it.
                std::future::pending::<()>().await;
            } => unreachable!("it never ends"),
        }
    }

    /// What came of DATA.
    async fn judge(
        &self,
        taken: &[usize],
        said: Result<smtp::Reply, smtp::Error>,
        own: Option<Cause>,
    ) -> Result<(), Error> {
        let all = |fact: Fact| each(taken.to_vec(), || fact.clone());
        match said {
            Ok(reply) => self.finish(all(Fact::Accepted(answer(reply))), true).await,
            Err(error) if error.is_uncertain() => {
                self.finish(all(Fact::Unknown(cause(error.kind))), false).await
            }
            Err(_) if own == Some(Cause::Unreadable) => {
                self.finish(all(Fact::GivenUp(Cause::Unreadable)), false).await
            }
            Err(smtp::Error { stage, kind: Kind::Refused(reply) }) => {
                self.finish(all(refusal(stage, reply)), false).await
            }
            Err(error) => {
                let cause = own.unwrap_or_else(|| cause(error.kind));
                let fact = Fact::PutOff { stage: error.stage.name().to_owned(), cause };
                self.finish(all(fact), false).await
            }
        }
    }

    /// Writes down the end of a conversation and gives the claim back. Who has lost the claim writes only what is true
    /// whoever holds it: the 250.
    async fn finish(&self, mut facts: Vec<(Option<usize>, Fact)>, accepted: bool) -> Result<(), Error> {
        if accepted && self.carrier.copies.is_some() {
            facts.push((None, Fact::ToKeep));
        }
        let rest = facts.iter().any(|(_, fact)| too_many(fact)) && accepted;
        self.write(facts, |live, now| match rest {
            true => released(live, Some(now)),
            false => Live { tries: live.tries + 1, ..released(live, Some(now + back_off(live.tries))) },
        })
        .await
    }

    pub async fn write(
        &self,
        facts: Vec<(Option<usize>, Fact)>,
        release: impl Fn(&Live, i64) -> Live,
    ) -> Result<(), Error> {
        // Until this is written the answer is in memory alone: a full disk or a busy database is asked again for as
        // long as the process lives.
        let mut wait = Duration::from_secs(1);
        loop {
            let wrote = self.outbox.change(&self.claim.account, self.id(), |loaded| {
                let live = &loaded.row.live;
                if self.is_mine(live) {
                    let live = release(live, loaded.row.now);
                    return Some(Change { live, facts: facts.clone() });
                }
                let sure = facts.iter().filter(|(_, fact)| matches!(fact, Fact::Accepted(_) | Fact::ToKeep));
                let facts: Vec<_> = sure.cloned().collect();
                (!facts.is_empty()).then(|| Change { live: live.clone(), facts })
            });
            match wrote.await {
                Ok(_) => return Ok(()),
                Err(error @ Error::Sealed) => return Err(error),
                Err(error) => {
                    tracing::warn!(id = %self.id(), %error, "an answer could not be written down yet");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(10));
                }
            }
        }
    }

    /// It failed before DATA.
    async fn failed(&self, job: &Job, error: smtp::Error) -> Result<(), Error> {
        let fact = match error.kind {
            Kind::Refused(reply) => refusal(error.stage, reply),
            kind => Fact::PutOff { stage: error.stage.name().to_owned(), cause: cause(kind) },
        };
        self.finish(each(job.places(), || fact.clone()), false).await
    }

    /// Nothing was said of the message; after `wait` seconds it is tried again.
    async fn put_off(
        &self,
        job: &Job,
        stage: &str,
        cause: Cause,
        wait: i64,
        counts: bool,
    ) -> Result<(), Error> {
        let fact = Fact::PutOff { stage: stage.to_owned(), cause };
        let facts = each(job.places(), || fact.clone());
        let tries = i64::from(counts);
        self.write(facts, |live, now| Live { tries: live.tries + tries, ..released(live, Some(now + wait)) })
            .await
    }

    async fn give_up(&self, cause: Cause) -> Result<(), Error> {
        let facts = vec![(None, Fact::GivenUp(cause)), (None, Fact::NotKept)];
        self.write(facts, |live, _| released(live, None)).await
    }

    /// Gives the claim back without a word, where it is still ours.
    async fn release(&self) -> Result<(), Error> {
        self.write(Vec::new(), |live, now| released(live, live.due.or(Some(now)))).await
    }

    /// The server refused the credentials: nothing that has the same is sent with them again. The next good sign-in
    /// brings others.
    async fn suspend(&self, job: &Job, answer: Answer) -> Result<(), Error> {
        let fact = Fact::SignInRefused(answer);
        let wiped = |live: &Live| Live { credential: None, credential_until: None, ..live.clone() };
        self.write(vec![(None, fact.clone())], |live, _| wiped(&released(live, None))).await?;
        let account = &self.claim.account;
        let Some(mark) = &job.mark else { return Ok(()) };
        for id in self.outbox.store.with_credential(account, mark).await? {
            let suspended = self.outbox.change(account, MessageId(id), |loaded| {
                let live = &loaded.row.live;
                let same = live.credential_mark.as_ref() == Some(mark) && !live.in_data;
                same.then(|| Change { live: wiped(live), facts: vec![(None, fact.clone())] })
            });
            suspended.await?;
        }
        tracing::info!(server = %self.carrier.name, "a server refused credentials; their messages wait for a sign-in");
        Ok(())
    }
}

enum Before {
    Ready(Ready),
    Over(Reached),
}

/// Everything is said but DATA.
struct Ready {
    connection: Connection,
    taken: Vec<usize>,
    refusals: Vec<(Option<usize>, Fact)>,
}

fn answer(reply: smtp::Reply) -> Answer {
    Answer { code: reply.code, enhanced: reply.enhanced, text: reply.text }
}

fn refusal(stage: Stage, reply: smtp::Reply) -> Fact {
    let stage = stage.name().to_owned();
    match reply.is_permanent() {
        true => Fact::Refused { stage, answer: answer(reply) },
        false => Fact::PutOff { stage, cause: Cause::Answer(answer(reply)) },
    }
}

fn too_many(fact: &Fact) -> bool {
    matches!(fact, Fact::PutOff { cause: Cause::Answer(answer), .. } if answer.code == TOO_MANY)
}

fn cause(kind: Kind) -> Cause {
    match kind {
        Kind::Refused(reply) => Cause::Answer(answer(reply)),
        Kind::Deadline => Cause::Deadline,
        Kind::Closed => Cause::Closed,
        Kind::Unreachable => Cause::Unreachable,
        Kind::Certificate(_) => Cause::Certificate,
        Kind::Protocol(_) => Cause::Protocol,
        Kind::NoWayIn => Cause::NoWayIn,
    }
}
