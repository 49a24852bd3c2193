//! Who may hold how many connections. A connection belongs to one signed-in session and is lent to one request at
//! a time; at most a few for each account, a global number for all, fairly in turn.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use futures::future::BoxFuture;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    Batch, Command, Connection, Credentials, Error, Kind, MailboxName, Stage, View, bounds,
    circuit::{self, Circuit},
    connect,
};
use crate::{config::Server, store::AccountId};

/// The owner of a connection that only proved a password so far.
const NOBODY: [u8; 32] = [0; 32];

/// Whose connection it is: one account in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The digest of the session's id.
    pub session: [u8; 32],
    pub account: AccountId,
}

/// A server as the pool knows it.
#[derive(Debug)]
pub struct Backend {
    pub server: Arc<Server>,
    tls: Arc<rustls::ClientConfig>,
    pub circuit: Circuit,
}

/// Unseals the credentials of a session; `None` once it has ended. Asked only when a connection must be opened.
pub type CredentialSource = Arc<dyn Fn() -> BoxFuture<'static, Option<Credentials>> + Send + Sync>;

/// What opening a connection takes, should it be needed.
pub struct Opening<'a> {
    pub backend: &'a Arc<Backend>,
    pub credentials: &'a CredentialSource,
    /// The browser's address, where the server wants it.
    pub client_ip: Option<IpAddr>,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections of one account, over all its sessions. Dovecot allows 10 for each user and address.
    pub per_account: usize,
    /// Connections of this gateway, over all accounts.
    pub total: usize,
}

#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    limits: Limits,
    total: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: HashMap<AccountId, Arc<Semaphore>>,
    idle: Vec<Idle>,
    lent: HashMap<AccountId, usize>,
    /// Sessions that ended while a connection of theirs was lent.
    ended: HashSet<[u8; 32]>,
}

struct Idle {
    owner: Owner,
    connection: Connection,
    since: Instant,
}

impl Backend {
    pub fn new(server: Arc<Server>, tls: Arc<rustls::ClientConfig>) -> Arc<Backend> {
        Arc::new(Backend { server, tls, circuit: Circuit::default() })
    }

    /// Takes note of how an attempt ended; an open circuit is probed from here until the server greets again.
    pub fn note(self: &Arc<Self>, account: Option<AccountId>, result: Result<(), &Error>) {
        if !self.circuit.note(account, result) {
            return;
        }
        let cause = self.circuit.cause();
        tracing::warn!(server = %self.server.name, cause = ?cause, "circuit opened");
        let backend = self.clone();
        tokio::spawn(async move {
            let mut wait = circuit::SHORTEST;
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
            backend.circuit.close();
            tracing::info!(server = %backend.server.name, "circuit closed");
        });
    }
}

impl Pool {
    pub fn new(limits: Limits) -> Pool {
        let total = Arc::new(Semaphore::new(limits.total));
        Pool(Arc::new(Inner { limits, total, state: Mutex::default() }))
    }

    /// A connection of this owner, preferably with this mailbox open: an idle one, else a new one.
    ///
    /// # Errors
    /// `Full` when none came free within [`bounds::QUEUE`]; `Circuit` at once while the server is known to be
    /// unreachable; else what connecting and signing in can meet.
    pub async fn lend(
        &self,
        owner: Owner,
        mailbox: Option<(&MailboxName, bool)>,
        opening: Opening<'_>,
    ) -> Result<Loan, Error> {
        opening.backend.circuit.admit()?;
        let permits = timeout(bounds::QUEUE, self.permits(owner.account))
            .await
            .map_err(|_| Error::new(Stage::Queue, Kind::Full))?;
        let (kept, reserved) = self.take(owner, mailbox, permits);
        if let Some(connection) = kept {
            return Ok(reserved.loan(connection, true, opening.backend));
        }
        let credentials = (opening.credentials)().await.ok_or(Error::new(Stage::SignIn, Kind::SignedOut))?;
        let opened = self.open(opening.backend, &credentials, opening.client_ip).await;
        opening.backend.note(Some(owner.account), opened.as_ref().map(drop));
        Ok(reserved.loan(opened?, false, opening.backend))
    }

    /// A connection of nobody's yet, to find out whether the credentials are right. It counts for its account.
    ///
    /// # Errors
    /// As [`Pool::lend`].
    pub async fn sign_in(
        &self,
        account: AccountId,
        backend: &Arc<Backend>,
        credentials: &Credentials,
        client_ip: Option<IpAddr>,
    ) -> Result<Fresh, Error> {
        backend.circuit.admit()?;
        let permits = timeout(bounds::QUEUE, self.permits(account))
            .await
            .map_err(|_| Error::new(Stage::Queue, Kind::Full))?;
        let reserved = self.reserve(Owner { session: NOBODY, account }, permits);
        let opened = self.open(backend, credentials, client_ip).await;
        backend.note(Some(account), opened.as_ref().map(drop));
        Ok(Fresh(reserved.loan(opened?, false, backend)))
    }

    /// Closes every connection that is not lent.
    pub fn close_idle(&self) {
        self.0.state().idle.clear();
    }

    /// Closes what this session holds. A connection that is lent is closed when it comes back.
    pub fn end_session(&self, session: [u8; 32]) {
        let mut state = self.0.state();
        state.idle.retain(|idle| idle.owner.session != session);
        if state.lent.values().sum::<usize>() > 0 {
            state.ended.insert(session);
        }
    }

    /// Connections open now: lent and idle.
    pub fn open_connections(&self) -> usize {
        let mut state = self.0.state();
        state.idle.retain(|idle| !idle.connection.is_closed());
        state.idle.len() + state.lent.values().sum::<usize>()
    }

    async fn permits(&self, account: AccountId) -> [OwnedSemaphorePermit; 2] {
        let per_account = {
            let mut state = self.0.state();
            if state.accounts.len() > 10_000 {
                state.accounts.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
            }
            let fresh = || Arc::new(Semaphore::new(self.0.limits.per_account));
            state.accounts.entry(account).or_insert_with(fresh).clone()
        };
        // The account's turn first: one who asks a lot waits for himself, not in everybody's way.
        let mine = per_account.acquire_owned().await;
        let all = self.0.total.clone().acquire_owned().await;
        match (mine, all) {
            (Ok(mine), Ok(all)) => [mine, all],
            // Semaphores here are never closed.
            _ => std::future::pending().await,
        }
    }

    fn take(
        &self,
        owner: Owner,
        mailbox: Option<(&MailboxName, bool)>,
        permits: [OwnedSemaphorePermit; 2],
    ) -> (Option<Connection>, Reserved) {
        let connection = {
            let mut state = self.0.state();
            state.idle.retain(|idle| !idle.connection.is_closed());
            let has = |idle: &Idle| {
                mailbox.is_some_and(|(name, read_only)| idle.connection.has_open(name, read_only))
            };
            let mine = |idle: &Idle| idle.owner == owner;
            let position = state.idle.iter().position(|idle| mine(idle) && has(idle));
            let position = position.or_else(|| state.idle.iter().position(mine));
            position.map(|at| state.idle.swap_remove(at).connection)
        };
        (connection, self.reserve(owner, permits))
    }

    /// Counts one more for the account, and makes room by closing idle connections of its other sessions, then
    /// those of anybody that idled longest.
    fn reserve(&self, owner: Owner, permits: [OwnedSemaphorePermit; 2]) -> Reserved {
        let mut state = self.0.state();
        *state.lent.entry(owner.account).or_default() += 1;
        let lent = state.lent.get(&owner.account).copied().unwrap_or(0);
        let mut idle: Vec<usize> =
            (0..state.idle.len()).filter(|at| state.idle[*at].owner.account == owner.account).collect();
        idle.sort_by_key(|at| (state.idle[*at].owner == owner, state.idle[*at].since));
        let excess = (idle.len() + lent).saturating_sub(self.0.limits.per_account);
        let mut close: Vec<usize> = idle.into_iter().take(excess).collect();
        let open = state.idle.len() - close.len() + state.lent.values().sum::<usize>();
        let excess = open.saturating_sub(self.0.limits.total);
        let mut others: Vec<usize> = (0..state.idle.len()).filter(|at| !close.contains(at)).collect();
        others.sort_by_key(|at| state.idle[*at].since);
        close.extend(others.into_iter().take(excess));
        close.sort_unstable_by(|a, b| b.cmp(a));
        for at in close {
            state.idle.swap_remove(at);
        }
        drop(state);
        Reserved { pool: self.clone(), owner, _permits: permits }
    }

    async fn open(
        &self,
        backend: &Backend,
        credentials: &Credentials,
        client_ip: Option<IpAddr>,
    ) -> Result<Connection, Error> {
        let greeted = connect::connect(&backend.server, &backend.tls).await?;
        let client_ip = client_ip.filter(|_| backend.server.forward_client_ip);
        Connection::open(greeted, credentials, client_ip).await
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A place under the limits, given back when dropped.
struct Reserved {
    pool: Pool,
    owner: Owner,
    _permits: [OwnedSemaphorePermit; 2],
}

impl Reserved {
    fn loan(self, connection: Connection, reused: bool, backend: &Arc<Backend>) -> Loan {
        Loan { connection: Some(connection), reused, backend: backend.clone(), reserved: self }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.pool.0.state();
        if let Some(lent) = state.lent.get_mut(&self.owner.account) {
            *lent -= 1;
            if *lent == 0 {
                state.lent.remove(&self.owner.account);
            }
        }
        if state.lent.is_empty() {
            state.ended.clear();
        }
    }
}

/// A connection lent to one request; it goes back to its owner's idle ones when dropped, unless it broke or the
/// session ended meanwhile.
pub struct Loan {
    connection: Option<Connection>,
    /// It was idle before: should it turn out to be closed, another one is worth a try.
    pub reused: bool,
    pub backend: Arc<Backend>,
    reserved: Reserved,
}

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a loan holds its connection until it is dropped"),
        }
    }
}

impl Loan {
    /// Sends the commands in one write and waits for all their answers, within the deadline of the stage. A
    /// refused command is in the batch; every error closes the connection.
    pub async fn run(&self, stage: Stage, commands: Vec<Command>) -> Result<Batch, Error> {
        self.noted(Connection::run(self, stage, commands).await)
    }

    /// Opens a mailbox: EXAMINE for reading, SELECT for changes.
    pub async fn open_mailbox(&self, mailbox: &MailboxName, read_only: bool) -> Result<(View, Batch), Error> {
        self.noted(Connection::open_mailbox(self, mailbox, read_only).await)
    }

    /// The circuit hears how every exchange ended.
    fn noted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        self.backend.note(Some(self.account()), result.as_ref().map(drop));
        result
    }

    pub fn account(&self) -> AccountId {
        self.reserved.owner.account
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let owner = self.reserved.owner;
        let mut state = self.reserved.pool.0.state();
        let claimed = owner.session != NOBODY;
        if claimed && !connection.is_closed() && !state.ended.contains(&owner.session) {
            state.idle.push(Idle { owner, connection, since: Instant::now() });
        }
    }
}

/// A connection that proved a sign-in; it becomes the new session's first one.
pub struct Fresh(Loan);

impl Fresh {
    pub fn belongs_to(mut self, session: [u8; 32]) -> Loan {
        self.0.reserved.owner.session = session;
        self.0
    }
}
