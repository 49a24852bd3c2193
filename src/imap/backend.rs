//! A mail server as all its connections see it: how to reach it, whether it is there, what it cannot do.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    Capabilities, Connection, Credentials, Error, Stage,
    circuit::{self, Circuit},
    connect::{self, Greeted},
    sign_in::Working,
    sort,
};
use crate::{config::Server, net::TlsConfig, store::AccountId, telemetry::metrics};

/// It may have been one message, or one hour.
const BELIEVED: Duration = Duration::from_secs(3600);

/// A configured server.
#[derive(Debug)]
pub struct Backend {
    pub server: Arc<Server>,
    tls: TlsConfig,
    pub circuit: Circuit,
    /// When it last refused what asks for PREVIEW (RFC 8970), which it announces.
    refused_previews: Mutex<Option<Instant>>,
    /// It announces more than plain SORT and refuses it.
    sorts_plainly: AtomicBool,
    /// Nanoseconds that it took for each message when it last sorted many; 0 while not known.
    sorting: AtomicU64,
    working: Working,
}

impl Backend {
    pub fn new(server: Arc<Server>, tls: TlsConfig) -> Arc<Backend> {
        Arc::new(Backend {
            server,
            tls,
            circuit: Circuit::default(),
            refused_previews: Mutex::default(),
            sorts_plainly: AtomicBool::new(false),
            sorting: AtomicU64::new(0),
            working: Working::default(),
        })
    }

    /// Whether to ask this server for previews that it says it makes.
    pub fn makes_previews(&self, capabilities: &Capabilities) -> bool {
        let refused = self.refused().is_some_and(|at| at.elapsed() < BELIEVED);
        capabilities.has("PREVIEW") && !refused
    }

    /// It refused to, and gave the same without: nobody asks again for an hour.
    pub fn refused_previews(&self) {
        if self.refused().replace(Instant::now()).is_none_or(|at| at.elapsed() >= BELIEVED) {
            tracing::warn!(server = %self.server.name, "announces PREVIEW but refuses it: previews are made here");
        }
    }

    fn refused(&self) -> MutexGuard<'_, Option<Instant>> {
        self.refused_previews.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to have it sort; `None` where it cannot.
    pub fn sorts(&self, capabilities: &Capabilities) -> Option<sort::How> {
        let how = sort::How::announced(capabilities)?;
        Some(if self.sorts_plainly.load(Ordering::Relaxed) { sort::How::PLAIN } else { how })
    }

    /// It refused what it announced: nobody asks again before the next start.
    pub fn refused_to_sort(&self) {
        if !self.sorts_plainly.swap(true, Ordering::Relaxed) {
            tracing::warn!(server = %self.server.name, "announces more than plain SORT but refuses it");
        }
    }

    /// So many messages were in order after so long. Few say nothing of many.
    pub fn sorted(&self, messages: u32, took: Duration) {
        const MANY: u32 = 1_000;
        if messages >= MANY {
            let each = took.as_nanos() / u128::from(messages);
            self.sorting.store(u64::try_from(each).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
        }
    }

    /// Whether so many take about a second, going by the last ones; false while nothing is known.
    pub fn sorts_quickly(&self, messages: u32) -> bool {
        const QUICK: Duration = Duration::from_secs(1);
        let each = self.sorting.load(Ordering::Relaxed);
        each > 0 && u128::from(each) * u128::from(messages) <= QUICK.as_nanos()
    }

    /// Takes note of how an attempt ended; an open circuit is probed from here until the server greets again.
    pub fn note(
        self: &Arc<Self>,
        account: Option<AccountId>,
        opened: Option<Instant>,
        result: Result<Stage, &Error>,
    ) {
        if let Err(error) = result {
            metrics::imap_failed(&self.server.name, error.stage.name(), error.kind.name());
        }
        let Some(mut wait) = self.circuit.note(account, opened, result) else { return };
        let cause = self.circuit.cause();
        tracing::warn!(server = %self.server.name, cause = ?cause, "circuit opened");
        let backend = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(wait).await;
                match connect::connect(&backend.server, &backend.tls).await {
                    Ok(_) => break,
                    Err(_) => {
                        wait = (wait * 2).min(circuit::LONGEST);
                        backend.circuit.wait(wait);
                    }
                }
            }
            backend.circuit.close(wait);
            tracing::info!(server = %backend.server.name, "circuit closed");
        });
    }

    /// Connects up to the greeting, for who wants to see each step.
    ///
    /// # Errors
    /// What connecting can meet.
    pub async fn probe(&self) -> Result<Probe<'_>, Error> {
        Ok(Probe { backend: self, greeted: connect::connect(&self.server, &self.tls).await? })
    }

    /// A new connection, signed in, that closes after being `idle` for so long.
    ///
    /// # Errors
    /// What connecting and signing in can meet.
    pub(super) async fn open(
        &self,
        credentials: &Credentials,
        client_ip: Option<IpAddr>,
        idle: Duration,
    ) -> Result<Connection, Error> {
        let greeted = self.timed(Stage::Connect, connect::connect(&self.server, &self.tls)).await?;
        let client_ip = client_ip.filter(|_| self.server.forward_client_ip);
        let opened = Connection::open(greeted, credentials, client_ip, &self.working, idle, self.counted());
        self.timed(Stage::SignIn, opened).await
    }

    /// Tells the metrics how long it took, whatever came of it.
    pub(super) async fn timed<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        metrics::imap(&self.server.name, stage.name(), begun.elapsed());
        done
    }

    /// A connection more, until it ends.
    fn counted(&self) -> metrics::Open {
        metrics::Open::to(&self.server.name)
    }
}

/// A server that greeted us and has not been told who we are.
pub struct Probe<'a> {
    backend: &'a Backend,
    greeted: Greeted,
}

impl Probe<'_> {
    /// What it tells before anybody signed in.
    pub fn capabilities(&self) -> &Capabilities {
        &self.greeted.capabilities
    }

    /// Until when its certificate is good, where there is one that can be read.
    pub fn certificate_until(&self) -> Option<Timestamp> {
        self.greeted.certificate_until
    }

    /// Goes on with this connection, which closes after being `idle` for so long.
    ///
    /// # Errors
    /// What signing in can meet.
    pub async fn sign_in(self, credentials: &Credentials, idle: Duration) -> Result<Connection, Error> {
        let open = self.backend.counted();
        Connection::open(self.greeted, credentials, None, &self.backend.working, idle, open).await
    }
}
