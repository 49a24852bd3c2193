//! One conversation about one message: what each answer means.
//!
//! `in_data` is committed over the version that was read, before DATA is said: if the author took the message back, or
//! the claim is lost, nothing is changed, and the conversation ends with QUIT. From then on only the server's own
//! answer, or the loss of it, decides.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    Carrier, Reached,
    deliver::{Carry, Job},
    released,
};
use crate::{
    net::Flaw,
    outbox::{
        Answer, Cause, Error, Fact, State,
        journal::{Change, each},
        points::{self, Point, reach},
    },
    smtp::{self, Connection, Kind, Stage},
    status::measure,
    store::outbox::Live,
};

/// "Too many recipients": the rest goes in the next conversation (RFC 5321 §4.5.3.1.10).
const TOO_MANY: u16 = 452;

impl Carry<'_> {
    pub(super) async fn converse(&self, job: Job, stop: &CancellationToken) -> Result<Reached, Error> {
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
        let handed_over = AtomicBool::new(false);
        let end = stream::once(async {
            handed_over.store(true, Ordering::Relaxed);
            Ok(Bytes::new())
        });
        let said = tokio::select! {
            said = self.say_data(&mut connection, job.content.chunks().chain(end)) => said,
            () = stopped_before(&handed_over, stop) => {
                // Without its dot nothing of it was accepted (RFC 5321 §4.1.1.4).
                drop(connection);
                let fact = Fact::PutOff { stage: "stopped".to_owned(), cause: Cause::Stopped };
                self.write(each(taken, || fact.clone()), |live, now| released(live, Some(now))).await?;
                return Ok(Reached::Yes);
            }
        };
        if let (Ok(_), Some(measures), Some(since)) = (&said, &self.outbox.measures, job.since) {
            measures.took(measure::Kind::Send, since.elapsed());
        }
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
            Ok(connection) => {
                self.outbox.heard_largest(&self.carrier.name, connection.limit());
                connection
            }
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
            let states = loaded.states();
            let waits = |n: &usize| states.get(*n) == Some(&State::Waiting);
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
}

/// Ends when we are to stop while a part of the message was not handed over yet; else never.
async fn stopped_before(handed_over: &AtomicBool, stop: &CancellationToken) {
    stop.cancelled().await;
    if handed_over.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
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

pub(super) fn answer(reply: smtp::Reply) -> Answer {
    Answer { code: reply.code, enhanced: reply.enhanced, text: reply.text }
}

pub(super) fn refusal(stage: Stage, reply: smtp::Reply) -> Fact {
    let stage = stage.name().to_owned();
    match reply.is_permanent() {
        true => Fact::Refused { stage, answer: answer(reply) },
        false => Fact::PutOff { stage, cause: Cause::Answer(answer(reply)) },
    }
}

pub(super) fn too_many(fact: &Fact) -> bool {
    matches!(fact, Fact::PutOff { cause: Cause::Answer(answer), .. } if answer.code == TOO_MANY)
}

pub(super) fn cause(kind: Kind) -> Cause {
    match kind {
        Kind::Refused(reply) => Cause::Answer(answer(reply)),
        Kind::Deadline => Cause::Deadline,
        Kind::Closed => Cause::Closed,
        Kind::Unreachable => Cause::Unreachable,
        Kind::Certificate(Flaw::ClientWanted | Flaw::ClientRefused) => Cause::NotAdmitted,
        Kind::Certificate(_) => Cause::Certificate,
        Kind::Protocol(_) => Cause::Protocol,
        Kind::NoWayIn => Cause::NoWayIn,
    }
}
