//! How a delivery ended, written down; and the claim, given back.

use std::time::Duration;

use super::{
    converse::{cause, refusal, too_many},
    deliver::{Carry, Job},
    health::back_off,
    released,
};
use crate::{
    outbox::{
        Answer, Cause, Error, Fact, MessageId,
        journal::{Change, each},
    },
    smtp::{self, Kind},
    store::outbox::Live,
};

impl Carry<'_> {
    /// Writes down the end of a conversation and gives the claim back. Who has lost the claim writes only what is true
    /// whoever holds it: the 250.
    pub(super) async fn finish(
        &self,
        mut facts: Vec<(Option<usize>, Fact)>,
        accepted: bool,
    ) -> Result<(), Error> {
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

    pub(super) async fn write(
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
    pub(super) async fn failed(&self, job: &Job, error: smtp::Error) -> Result<(), Error> {
        let fact = match error.kind {
            Kind::Refused(reply) => refusal(error.stage, reply),
            kind => Fact::PutOff { stage: error.stage.name().to_owned(), cause: cause(kind) },
        };
        self.finish(each(job.places(), || fact.clone()), false).await
    }

    /// Nothing was said of the message; after `wait` seconds it is tried again.
    pub(super) async fn put_off(
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

    pub(super) async fn give_up(&self, cause: Cause) -> Result<(), Error> {
        // Without what opens it nothing more can be done.
        let facts = vec![(None, Fact::GivenUp(cause)), (None, Fact::NotKept), (None, Fact::NotTold)];
        self.write(facts, |live, _| released(live, None)).await
    }

    /// Gives the claim back without a word, where it is still ours.
    pub(super) async fn release(&self) -> Result<(), Error> {
        self.write(Vec::new(), |live, now| released(live, live.due.or(Some(now)))).await
    }

    /// The server refused the credentials: nothing that has the same is sent with them again. The next good sign-in
    /// brings others.
    pub(super) async fn suspend(&self, job: &Job, answer: Answer) -> Result<(), Error> {
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
