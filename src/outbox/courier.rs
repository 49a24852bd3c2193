//! The courier carries what is due, in every `relais serve`: a bulkhead for each server, turns for its accounts.
//!
//! Nothing here is remembered that matters: who may carry a message is the claim in the database (owner, epoch, lease
//! on the database's clock). A courier that dies leaves its claims to expire; one that freezes and wakes finds that
//! they are no longer its own.

mod content;
mod converse;
mod copy;
mod deliver;
mod health;
mod original;
mod record;
mod tell;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Error, Fact, MessageId, Outbox, State,
    journal::{Change, Loaded, each},
    random,
};
use crate::{
    config::ServerUrl,
    net::{TlsConfig, bounds::patiently},
    smtp::bounds,
    store::{
        AccountId,
        outbox::{Claim, Live, Turn},
    },
};
pub(super) use content::Content;
pub use copy::Copies;
use deliver::deliver;
use health::Health;
pub use tell::Reports;

/// Conversations with one server at once; one with each account.
const CONVERSATIONS: usize = 4;
/// One turn of so many is for what an account sends to many; the others are for its answers and single letters, while there are
/// any.
const MASS: u64 = 4;
/// How often the database is asked when nothing rings: another gateway may have accepted something.
const LOOK: Duration = Duration::from_secs(5);
/// How often lost claims and old credentials are looked for.
const TIDY: Duration = Duration::from_secs(10);
/// How often what has had its time is purged.
const PURGE: Duration = Duration::from_secs(600);
/// Seconds after which settled contents, and then the journal, are purged.
const CONTENT_LIFE: i64 = 30 * 86_400;
const JOURNAL_LIFE: i64 = 180 * 86_400;
/// From the signal to stop to the end of what is in DATA; what lasts longer becomes uncertain.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// A server that mail is handed to.
#[derive(Clone)]
pub struct Carrier {
    /// The name of the configured server.
    pub name: Arc<str>,
    pub url: ServerUrl,
    pub tls: TlsConfig,
    /// What EHLO says: a domain or an address.
    pub hello: String,
    /// Where authors' own copies are kept; `None` where the server keeps them by itself.
    pub copies: Option<Copies>,
    /// How authors are told what did not leave.
    pub reports: Option<Reports>,
}

/// Seconds for which a claim holds without being renewed.
fn lease() -> i64 {
    patiently(Duration::from_secs(60)).as_secs().max(5) as i64
}

/// Seconds for which a message of this size whose fate is unknown is left alone: longer than its DATA may take, the
/// server's reply to the dot included, so that a late 250 and the second try never cross.
pub(super) fn quarantine(octets: u64) -> i64 {
    (bounds::whole(octets) + patiently(Duration::from_secs(300))).as_secs().max(1) as i64
}

/// Carries until `stop`, then ends what can end within 20 s. Spawn it once for each process.
pub async fn courier(outbox: Outbox, carriers: Vec<Carrier>, stop: CancellationToken) {
    let owner = match random() {
        Ok(owner) => owner,
        Err(error) => return tracing::error!(%error, "the courier cannot start"),
    };
    // Nothing is claimed before it is known whether it may have left already.
    while let Err(error) = outbox.look_back().await {
        tracing::warn!(%error, "the courier cannot start yet");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    // A data folder has one server: whoever held these claims is gone. (Nothing on a shared store.)
    if let Err(error) = outbox.store.end_leases(&owner).await {
        tracing::warn!(%error, "claims of before were not ended; they expire");
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(keep_tidy(outbox.clone(), stop.clone()));
    for carrier in carriers {
        tasks.spawn(Server::new(outbox.clone(), carrier, owner, stop.clone()).carry());
    }
    while tasks.join_next().await.is_some() {}
}

/// One server's bulkhead.
struct Server {
    outbox: Outbox,
    carrier: Carrier,
    owner: [u8; 16],
    stop: CancellationToken,
    health: Health,
    /// When each writer had their last turn, and how many they had; the one of longest ago is next. Somebody whose name is
    /// spelt in ten ways has ten accounts, and is one writer.
    turns: HashMap<AccountId, (u64, u64)>,
    turn: u64,
    /// The deliveries under way, and whose they are.
    running: JoinSet<Reached>,
    busy: HashMap<Id, AccountId>,
}

/// What a delivery says of the server, not of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// It greeted.
    Yes,
    /// It could not be talked to.
    No,
    /// It was not asked.
    NotAsked,
}

impl Server {
    fn new(outbox: Outbox, carrier: Carrier, owner: [u8; 16], stop: CancellationToken) -> Server {
        Server {
            outbox,
            carrier,
            owner,
            stop,
            health: Health::default(),
            turns: HashMap::new(),
            turn: 0,
            running: JoinSet::new(),
            busy: HashMap::new(),
        }
    }

    async fn carry(mut self) {
        let mut bell = self.outbox.bell.subscribe();
        while !self.stop.is_cancelled() {
            bell.mark_unchanged();
            if let Err(error) = self.fill().await {
                tracing::warn!(server = %self.carrier.name, %error, "the courier could not look for what is due");
            }
            let next = self.next_look().await;
            tokio::select! {
                () = self.stop.cancelled() => break,
                Some(done) = self.running.join_next_with_id() => self.ended(done),
                _ = bell.changed() => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
        let rest = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_WORDS, rest).await.is_err() {
            tracing::warn!(server = %self.carrier.name, "a server did not answer in time; what it was told is uncertain");
        }
    }

    /// Begins as many deliveries as may run now.
    async fn fill(&mut self) -> Result<(), Error> {
        while self.running.len() < self.health.allowed(Instant::now(), CONVERSATIONS) {
            let Some((writer, claim)) = self.claim().await? else { return Ok(()) };
            let (outbox, carrier, owner) = (self.outbox.clone(), self.carrier.clone(), self.owner);
            let (stop, retry) = (self.stop.clone(), self.health.retry());
            let task = self
                .running
                .spawn(async move { deliver(&outbox, &carrier, &claim, &owner, retry, stop).await });
            self.busy.insert(task.id(), writer);
        }
        Ok(())
    }

    /// The next message of the writer whose turn is longest ago.
    async fn claim(&mut self) -> Result<Option<(AccountId, Claim)>, Error> {
        let mut accounts = self.outbox.store.accounts_due(&self.carrier.name).await?;
        accounts.retain(|(_, writer)| !self.busy.values().any(|busy| busy == writer));
        // Stable: of those that never had a turn, who waits longest.
        accounts.sort_by_key(|(_, writer)| self.turns_of(writer).0);
        for (account, writer) in accounts {
            let (_, had) = self.turns_of(&writer);
            // However many letters somebody writes, what they sent to many goes on.
            let turn = if had % MASS == MASS - 1 { Turn::MassSends } else { Turn::Letters };
            let (store, server) = (&self.outbox.store, &self.carrier.name);
            let claim = store.claim((&account, turn), server, &self.owner, lease()).await?;
            if claim.is_some() {
                self.turn += 1;
                if self.turns.len() > 10_000 {
                    self.turns.clear();
                }
                self.turns.insert(writer, (self.turn, had + 1));
                return Ok(claim.map(|claim| (writer, claim)));
            }
        }
        Ok(None)
    }

    /// When the writer had their last turn, and how many they had.
    fn turns_of(&self, writer: &AccountId) -> (u64, u64) {
        self.turns.get(writer).copied().unwrap_or((0, 0))
    }

    fn ended(&mut self, done: Result<(Id, Reached), JoinError>) {
        // Where it panicked its claim expires, and nobody else's turn is lost by it.
        let (task, reached) = done.unwrap_or_else(|error| (error.id(), Reached::NotAsked));
        self.busy.remove(&task);
        match reached {
            Reached::Yes => self.health.up(),
            Reached::No => self.health.down(Instant::now()),
            Reached::NotAsked => {}
        }
    }

    async fn next_look(&self) -> Instant {
        let now = Instant::now();
        let due = self.outbox.store.next_due(&self.carrier.name).await.ok().flatten();
        // What is due already waits for a conversation to end, which is heard of.
        let soon = due.filter(|seconds| *seconds > 0 || self.running.is_empty());
        let wait = soon.map_or(LOOK, |seconds| {
            Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).clamp(Duration::from_millis(200), LOOK)
        });
        (now + wait).max(self.health.next(now))
    }
}

/// Lost claims, old credentials, old contents.
async fn keep_tidy(outbox: Outbox, stop: CancellationToken) {
    let mut tidy = tokio::time::interval(TIDY.min(Duration::from_secs(lease() as u64)));
    tidy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut purge = tokio::time::interval(PURGE);
    let mut told = false;
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = tidy.tick() => match outbox.store.is_current().await {
                // What a later version wrote may mean more than is known here: it is that one's to tidy and to claim.
                Ok(false) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!("a later version of relais prepared the database: this one claims no message any more");
                    }
                    continue;
                }
                Ok(true) => outbox.tidy().await,
                Err(error) => Err(error.into()),
            },
            _ = purge.tick(), if !told => outbox.purge().await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the outbox was not tidied");
        }
    }
}

impl Outbox {
    pub(super) async fn tidy(&self) -> Result<(), Error> {
        if self.store.mend_clock().await? > 0 {
            tracing::warn!("the clock was set back: what was accepted by the old one leaves now");
            self.wake();
        }
        // One message that does not open keeps no other from being taken up.
        let report = |claim: &Claim, error: Error| {
            tracing::warn!(id = %MessageId(claim.id), %error, "a message was not tidied");
        };
        for claim in self.store.expired_claims().await? {
            self.recover(&claim).await.unwrap_or_else(|error| report(&claim, error));
        }
        for claim in self.store.stale_credentials().await? {
            self.forget_credentials(&claim).await.unwrap_or_else(|error| report(&claim, error));
        }
        self.grow_older().await
    }

    async fn purge(&self) -> Result<(), Error> {
        while self.store.purge_blobs().await? > 0 {}
        while self.store.purge_contents(CONTENT_LIFE).await? > 0 {}
        while self.store.purge_journal(JOURNAL_LIFE).await? > 0 {}
        while self.store.purge_drafts().await? > 0 {}
        self.store.purge_notices().await?;
        Ok(())
    }

    /// The courier of this claim is gone: before DATA the message waits again, after it nobody knows.
    async fn recover(&self, claim: &Claim) -> Result<(), Error> {
        let recovered = self.change(&claim.account, MessageId(claim.id), |loaded| {
            let live = &loaded.row.live;
            let lost = live.owner.is_some() && live.epoch == claim.epoch && live.lease < loaded.row.now;
            lost.then(|| Change {
                live: released(live, Some(loaded.row.now)),
                facts: each(loaded.those(&[State::Sending]), || Fact::Abandoned),
            })
        });
        if recovered.await?.is_some() {
            tracing::info!(id = %MessageId(claim.id), "a message whose courier is gone was taken up again");
            self.wake();
        }
        Ok(())
    }

    async fn forget_credentials(&self, stale: &Claim) -> Result<(), Error> {
        self.change(&stale.account, MessageId(stale.id), |loaded| {
            let live = &loaded.row.live;
            let stale = live.credential_until.is_some_and(|until| until < loaded.row.now);
            // What is planned for later does not need them yet.
            let planned = loaded.row.not_before > loaded.row.now;
            (stale && live.owner.is_none()).then(|| Change {
                live: Live {
                    credential: None,
                    credential_mark: None,
                    credential_until: None,
                    ..live.clone()
                },
                facts: match planned {
                    true => Vec::new(),
                    false => gone(loaded),
                },
            })
        })
        .await?;
        Ok(())
    }
}

/// What ends with the password: those who wait wait for a sign-in; where nobody does, no copy will be kept any more.
fn gone(loaded: &Loaded) -> Vec<(Option<usize>, Fact)> {
    match loaded.those(&[State::Waiting]).is_empty() {
        false => vec![(None, Fact::SignInGone)],
        true => loaded.wants_copy().then_some((None, Fact::NotKept)).into_iter().collect(),
    }
}

/// Without a claim; `due` is for those that wait.
fn released(live: &Live, due: Option<i64>) -> Live {
    Live { owner: None, lease: 0, in_data: false, due, ..live.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Protocol, ServerUrl},
        net,
        store::Store,
    };

    #[tokio::test]
    async fn a_delivery_that_panics_gives_back_its_own_turn_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("data"), &folder.path().join("key")).await;
        let url = ServerUrl::parse(Protocol::Smtp, "smtp://127.0.0.1:9?tls=none", false).expect("a URL");
        let carrier = Carrier {
            name: "default".into(),
            tls: net::client_config(&url).expect("anchors"),
            url,
            hello: "relais.example.test".into(),
            copies: None,
            reports: None,
        };
        let outbox = Outbox::new(Arc::new(store.expect("a store")));
        let mut server = Server::new(outbox, carrier, [1; 16], CancellationToken::new());
        let (panics, goes_on) = (AccountId([1; 32]), AccountId([2; 32]));
        let task = server.running.spawn(async { panic!("as a defect would") });
        server.busy.insert(task.id(), panics);
        let task = server.running.spawn(std::future::pending());
        server.busy.insert(task.id(), goes_on);
        let done = server.running.join_next_with_id().await.expect("one ends");
        assert!(done.is_err());
        server.ended(done);
        assert!(server.busy.into_values().eq([goes_on]));
    }
}
