//! Probes: whether each mail server answers, and how long its own mailbox takes, also while nobody is there.
//!
//! One gateway probes each server, by a lease in the store. A probe goes the way that people's connections go (circuit,
//! TLS, deadlines), on connections of its own that take nobody's place: one at a time for IMAP and one for SMTP.

pub mod letter;
mod mailbox;
mod token;
mod visit;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Measures,
    measure::{Found, Kind},
};
use crate::{
    config::ServerUrl,
    imap::{self, Backend},
    net::TlsConfig,
    store::Store,
};
use visit::Visit;

/// How often it is looked whether anything is due.
const LOOK: Duration = Duration::from_secs(5);
/// How often a server is asked to greet.
const GREET: Duration = Duration::from_secs(60);
/// The same while it does not, or while a letter is on its way.
const AGAIN: Duration = Duration::from_secs(10);
/// How often the mailbox is opened.
const OPEN: Duration = Duration::from_secs(300);
/// How often a letter is sent.
const SEND: Duration = Duration::from_secs(900);
/// How long a letter is looked for every second.
const AWAIT: Duration = Duration::from_secs(60);
/// Seconds for which a gateway may probe without asking again: longer than all that one round can take.
const LEASE: i64 = 300;
/// Seconds after which a letter is given up.
const LOST: i64 = 48 * 3600;

/// A server, and how it is reached.
pub struct Probed {
    pub backend: Arc<Backend>,
    pub smtp: Option<(ServerUrl, TlsConfig)>,
    /// What EHLO says.
    pub hello: String,
}

/// What is due when.
struct Due {
    greet: Instant,
    open: Instant,
    send: Instant,
}

/// One server's probe.
struct Round {
    probed: Probed,
    store: Arc<Store>,
    measures: Measures,
    due: Due,
    /// In a row; one alone is no outage.
    misses: [u32; 2],
    /// When the letters left that are on their way.
    out: BTreeSet<Timestamp>,
    /// What is wrong with the probe's own account was told.
    told: bool,
}

/// Probes for as long as the process lives; spawn it once for each server.
pub async fn probe(probed: Probed, store: Arc<Store>, measures: Measures) {
    let now = Instant::now();
    let due = Due { greet: now, open: now, send: now };
    let mut round = Round { probed, store, measures, due, misses: [0, 0], out: BTreeSet::new(), told: false };
    // What the store knows of before comes first.
    tokio::time::sleep(Duration::from_secs(1)).await;
    loop {
        let broken = round.probed.backend.circuit.cause().is_some();
        let known = round.found().reads_down.is_some();
        if Instant::now() >= round.due.greet || broken != known {
            round.go().await;
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Round {
    fn name(&self) -> &str {
        &self.probed.backend.server.name
    }

    fn found(&self) -> Found {
        self.measures.found(self.name())
    }

    async fn go(&mut self) {
        let held = self.store.hold_probe(self.name(), self.measures.gateway(), LEASE).await;
        // With the store down each gateway sees for itself.
        if let Ok(false) = held {
            self.due.greet = Instant::now() + AGAIN;
            return;
        }
        let reads = self.reads().await;
        let sends = self.sends().await;
        let at = Timestamp::now().as_second();
        let at = Timestamp::from_second(at).ok();
        let mut found = self.found();
        for (n, (fine, since)) in
            [(reads, &mut found.reads_down), (sends, &mut found.sends_down)].into_iter().enumerate()
        {
            match fine {
                true => (self.misses[n], *since) = (0, None),
                false => {
                    self.misses[n] += 1;
                    if self.misses[n] > 1 {
                        *since = since.or(at);
                    }
                }
            }
        }
        self.out.retain(|sent| Timestamp::now().duration_since(*sent).as_secs() < LOST);
        (found.at, found.awaited) = (at, self.out.first().copied());
        if self.probed.backend.server.probe.is_some() && reads && sends {
            self.letters(&mut found).await;
        }
        self.tell(found).await;
        let sound = reads && sends && self.out.is_empty();
        self.due.greet = Instant::now() + if sound { GREET } else { AGAIN };
    }

    async fn tell(&self, found: Found) {
        self.measures.probed(self.name(), found);
        if let Err(error) = self.store.tell_probe(self.name(), self.measures.gateway(), &found.row()).await {
            tracing::debug!(%error, "what a probe found was not told to the others");
        }
    }

    /// Whether people could read there.
    async fn reads(&mut self) -> bool {
        let backend = self.probed.backend.clone();
        // It is probed already, and people are answered for it.
        if backend.circuit.cause().is_some() {
            return false;
        }
        let greeted = backend.probe().await;
        backend.note(None, greeted.as_ref().map(drop_ref));
        let Ok(greeted) = greeted else { return false };
        let sick = self.misses[0] > 0;
        let Some(account) = backend.server.probe.as_ref().filter(|_| sick || Instant::now() >= self.due.open)
        else {
            return true;
        };
        match (Visit { account }).signed_in(greeted).await {
            Ok(connection) => {
                let began = Instant::now();
                let opened = mailbox::open(&connection).await;
                match &opened {
                    Ok(took) => self.measures.took(Kind::Open, *took),
                    Err(error) if error.kind == imap::Kind::Deadline => {
                        self.measures.took(Kind::Open, began.elapsed());
                    }
                    Err(_) => {}
                }
                let fine = opened.is_ok();
                if fine {
                    self.due.open = Instant::now() + OPEN;
                }
                fine
            }
            Err(visit::Error::Own(why)) => {
                self.complain(why);
                self.due.open = Instant::now() + OPEN;
                true
            }
            Err(visit::Error::Server) => false,
        }
    }

    /// Whether it takes mail, as far as its greeting tells.
    async fn sends(&mut self) -> bool {
        let Some((url, tls)) = &self.probed.smtp else { return true };
        visit::greets(url, tls, &self.probed.hello).await
    }

    /// Sends a letter when it is time, and takes out what arrived.
    async fn letters(&mut self, found: &mut Found) {
        let backend = self.probed.backend.clone();
        let Some(account) = &backend.server.probe else { return };
        let visit = Visit { account };
        let due = self.probed.smtp.is_some() && Instant::now() >= self.due.send;
        if !due && self.out.is_empty() {
            return;
        }
        let Ok(reads) = visit.connected(&backend).await else { return };
        let mut until = Instant::now();
        if due {
            self.due.send = Instant::now() + SEND;
            let sent = Timestamp::now();
            let seed = token::make(self.store.keys(), self.name(), sent);
            let Some((url, tls)) = &self.probed.smtp else { return };
            match visit.send(url, tls, &self.probed.hello, seed).await {
                Ok(()) => {
                    // As the letter itself says it.
                    self.out.extend(Timestamp::from_millisecond(sent.as_millisecond()));
                    until += AWAIT;
                    // Others see at once that one is out.
                    found.awaited = self.out.first().copied();
                    self.tell(*found).await;
                }
                Err(visit::Error::Own(why)) => self.complain(why),
                Err(visit::Error::Server) => self.misses[1] += 1,
            }
        }
        loop {
            match mailbox::take_out(&reads, self.store.keys(), self.name()).await {
                Ok(letters) => {
                    for (sent, took) in letters {
                        self.out.remove(&sent);
                        self.measures.took(Kind::Arrive, took);
                    }
                }
                Err(error) => {
                    tracing::debug!(server = self.name(), %error, "a probe's mailbox could not be searched");
                    break;
                }
            }
            if self.out.is_empty() || Instant::now() >= until {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        found.awaited = self.out.first().copied();
    }

    /// Something is wrong with the probe's account, not with the server: the log says so, once.
    fn complain(&mut self, why: &'static str) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::warn!(
                server = self.name(),
                "the probe of a mail server goes no further than its greeting: {why}"
            );
        }
    }
}

fn drop_ref<T>(_: &T) {}
