//! Who may hold how many connections. A connection belongs to one signed-in session and is lent to one request at
//! a time; at most a few for each account, a global number for all, fairly in turn.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{
    Stream,
    future::{BoxFuture, join_all},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{error::Elapsed, timeout},
};

use super::{
    Backend, Batch, Command, Connection, Credentials, Error, Kind, MailboxName, Stage, View, bounds,
    line::Line,
};
use crate::{net::bounds::patiently, store::AccountId};

/// Sign-ins under way at once, over all accounts and servers, of strangers and of the others ([`Unproved`]): a slow server
/// must not cost more sockets.
const UNPROVED: (usize, usize) = (128, 128);

/// The same of one account, which has [`Limits::per_account`] connections beside them: a mailbox that ten people share and
/// open at eight o'clock stays at what its server allows it (ten, as a rule).
const UNPROVED_OF_ONE: (usize, usize) = (3, 4);

/// The owner of a connection that only proved a password so far.
const NOBODY: [u8; 32] = [0; 32];

/// Whose connection it is: one account in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The digest of the session's id.
    pub session: [u8; 32],
    pub account: AccountId,
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
    /// A connection that nobody uses is closed after this.
    pub idle: Duration,
}

#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    limits: Limits,
    total: Arc<Semaphore>,
    line: Line,
    unproved: Unproved,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: HashMap<AccountId, Turns>,
    idle: Vec<Idle>,
    lent: HashMap<Owner, usize>,
    /// Sessions that ended while a connection of theirs was lent; forgotten when the last of these is back.
    ended: HashSet<[u8; 32]>,
}

/// What one account may have at once.
struct Turns {
    lent: Arc<Semaphore>,
    unproved: Unproved,
}

/// Turns of sign-ins under way. Those from where the account signed in before have their own: who guesses from elsewhere
/// keeps nobody out.
#[derive(Clone)]
struct Unproved {
    strangers: Arc<Semaphore>,
    familiar: Arc<Semaphore>,
}

impl Unproved {
    fn new((strangers, familiar): (usize, usize)) -> Unproved {
        Unproved {
            strangers: Arc::new(Semaphore::new(strangers)),
            familiar: Arc::new(Semaphore::new(familiar)),
        }
    }

    async fn turn(&self, familiar: bool) -> Result<OwnedSemaphorePermit, Error> {
        let turns = if familiar { &self.familiar } else { &self.strangers };
        let turn = timeout(bounds::deadline(Stage::Queue), turns.clone().acquire_owned()).await;
        // Semaphores here are never closed.
        turn.map_err(crowded)?.map_err(|_| Error::new(Stage::Queue, Kind::Crowded))
    }
}

impl State {
    fn turns(&mut self, account: AccountId, limits: Limits) -> &Turns {
        if self.accounts.len() > 10_000 {
            let in_use = |turns: &Turns| {
                let Turns { lent, unproved: Unproved { strangers, familiar } } = turns;
                [lent, strangers, familiar].map(Arc::strong_count) != [1; 3]
            };
            self.accounts.retain(|_, turns| in_use(turns));
        }
        self.accounts.entry(account).or_insert_with(|| Turns {
            lent: Arc::new(Semaphore::new(limits.per_account)),
            unproved: Unproved::new(UNPROVED_OF_ONE),
        })
    }

    fn lent_to(&self, account: AccountId) -> usize {
        self.lent.iter().filter(|(owner, _)| owner.account == account).map(|(_, n)| n).sum()
    }

    fn lend(&mut self, owner: Owner) {
        *self.lent.entry(owner).or_default() += 1;
    }

    fn take_back(&mut self, owner: Owner) {
        if let Some(lent) = self.lent.get_mut(&owner) {
            *lent -= 1;
            if *lent == 0 {
                self.lent.remove(&owner);
            }
        }
        if !self.lent.keys().any(|other| other.session == owner.session) {
            self.ended.remove(&owner.session);
        }
    }
}

struct Idle {
    owner: Owner,
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub fn new(limits: Limits) -> Pool {
        let total = Arc::new(Semaphore::new(limits.total));
        let unproved = Unproved::new(UNPROVED);
        Pool(Arc::new(Inner { limits, total, line: Line::default(), unproved, state: Mutex::default() }))
    }

    /// Those who wait while all connections are at work.
    pub fn line(&self) -> Line {
        self.0.line.clone()
    }

    /// A connection of this owner, preferably with this mailbox open: an idle one, else a new one.
    ///
    /// # Errors
    /// `Full` when none of the account's own came free within [`bounds::QUEUE`], `Crowded` when none at all did within
    /// [`bounds::LINE`]; `Circuit` at once while the server is known to be
    /// unreachable and no connection of this owner is left from before; else what connecting and signing in can meet.
    pub async fn lend(
        &self,
        owner: Owner,
        mailbox: Option<(&MailboxName, bool)>,
        opening: Opening<'_>,
    ) -> Result<Loan, Error> {
        if !self.has_idle(owner) {
            opening.backend.circuit.admit()?;
        }
        let permits = self.permits(owner, bounds::LINE).await?;
        let (kept, reserved, surplus) = self.take(owner, mailbox, permits);
        if let Some(connection) = kept {
            return Ok(reserved.loan(connection, true, opening.backend));
        }
        // Another request may have been quicker to take it, or the circuit opened in the queue.
        opening.backend.circuit.admit()?;
        join_all(surplus.into_iter().map(Connection::end)).await;
        let credentials = (opening.credentials)().await.ok_or(Error::new(Stage::SignIn, Kind::SignedOut))?;
        let opened = opening.backend.open(&credentials, opening.client_ip, self.0.limits.idle).await;
        opening.backend.note(Some(owner.account), None, opened.as_ref().map(|_| Stage::SignIn));
        Ok(reserved.loan(opened?, false, opening.backend))
    }

    /// A connection of nobody's yet, to find out whether the credentials are right. It counts for its account. `familiar`:
    /// asked for from where this account signed in before.
    ///
    /// # Errors
    /// As [`Pool::lend`].
    pub async fn sign_in(
        &self,
        (account, familiar): (AccountId, bool),
        backend: &Arc<Backend>,
        credentials: &Credentials,
        client_ip: Option<IpAddr>,
    ) -> Result<Fresh, Error> {
        backend.circuit.admit()?;
        // Whoever has not proved a password takes nothing from those who have, not even from the same account.
        let of_one = self.0.state().turns(account, self.0.limits).unproved.clone();
        let unproved = (of_one.turn(familiar).await?, self.0.unproved.turn(familiar).await?);
        let opened = backend.open(credentials, client_ip, self.0.limits.idle).await;
        backend.note(Some(account), None, opened.as_ref().map(|_| Stage::SignIn));
        let connection = opened?;
        // Its page cannot tell a place, and it has a connection already that others would wait for.
        let permits = self.permits(Owner { session: NOBODY, account }, bounds::QUEUE).await?;
        let (reserved, surplus) = self.reserve(Owner { session: NOBODY, account }, permits);
        join_all(surplus.into_iter().map(Connection::end)).await;
        drop(unproved);
        Ok(Fresh(reserved.loan(connection, false, backend)))
    }

    /// Closes every connection: those that are lent, when they come back.
    pub fn close_all(&self) {
        let mut state = self.0.state();
        state.idle.clear();
        let lent: Vec<_> = state.lent.keys().map(|owner| owner.session).collect();
        state.ended.extend(lent);
    }

    /// Closes the idle connections of this account: a server may refuse to change a mailbox that is open, and a name may
    /// soon be another mailbox's.
    pub fn close_idle(&self, account: AccountId) {
        self.0.state().idle.retain(|idle| idle.owner.account != account);
    }

    /// Closes what this session holds. A connection that is lent is closed when it comes back.
    pub fn end_session(&self, session: [u8; 32]) {
        let mut state = self.0.state();
        state.idle.retain(|idle| idle.owner.session != session);
        if state.lent.keys().any(|owner| owner.session == session) {
            state.ended.insert(session);
        }
    }

    /// Connections open now: lent and idle.
    pub fn open_connections(&self) -> usize {
        let mut state = self.0.state();
        state.idle.retain(|idle| !idle.connection.is_closed());
        state.idle.len() + state.lent.values().sum::<usize>()
    }

    async fn permits(&self, owner: Owner, line: Duration) -> Result<[OwnedSemaphorePermit; 2], Error> {
        let per_account = self.0.state().turns(owner.account, self.0.limits).lent.clone();
        // The account's turn first: one who asks a lot waits for himself, not in everybody's way.
        let mine = per_account.acquire_owned();
        let mine = timeout(bounds::deadline(Stage::Queue), mine).await.map_err(full)?;
        let all = match self.0.total.clone().try_acquire_owned() {
            Ok(all) => Ok(all),
            Err(_) => {
                let _standing = (owner.session != NOBODY).then(|| self.0.line.join(owner));
                timeout(patiently(line), self.0.total.clone().acquire_owned()).await.map_err(crowded)?
            }
        };
        match (mine, all) {
            (Ok(mine), Ok(all)) => Ok([mine, all]),
            // Semaphores here are never closed.
            _ => std::future::pending().await,
        }
    }

    /// What was open before a server went out of reach may work on: it is still lent.
    fn has_idle(&self, owner: Owner) -> bool {
        self.0.state().idle.iter().any(|idle| idle.owner == owner && !idle.connection.is_closed())
    }

    fn take(
        &self,
        owner: Owner,
        mailbox: Option<(&MailboxName, bool)>,
        permits: [OwnedSemaphorePermit; 2],
    ) -> (Option<Connection>, Reserved, Vec<Connection>) {
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
        let (reserved, surplus) = self.reserve(owner, permits);
        (connection, reserved, surplus)
    }

    /// Counts one more for the account, and makes room: idle connections of its other sessions, then those of anybody
    /// that idled longest, are taken out, to be ended before another one is opened.
    fn reserve(&self, owner: Owner, permits: [OwnedSemaphorePermit; 2]) -> (Reserved, Vec<Connection>) {
        let mut state = self.0.state();
        state.lend(owner);
        let lent = state.lent_to(owner.account);
        let mut idle: Vec<usize> =
            (0..state.idle.len()).filter(|at| state.idle[*at].owner.account == owner.account).collect();
        idle.sort_by_key(|at| (state.idle[*at].owner == owner, state.idle[*at].since));
        let excess = (idle.len() + lent).saturating_sub(self.0.limits.per_account);
        let mut close: Vec<usize> = idle.into_iter().take(excess).collect();
        let open = state.idle.len() - close.len() + state.lent.values().sum::<usize>();
        let excess = open.saturating_sub(self.0.limits.total);
        if excess > 0 {
            let mut others: Vec<usize> = (0..state.idle.len()).filter(|at| !close.contains(at)).collect();
            others.sort_by_key(|at| state.idle[*at].since);
            close.extend(others.into_iter().take(excess));
        }
        close.sort_unstable_by(|a, b| b.cmp(a));
        let surplus = close.into_iter().map(|at| state.idle.swap_remove(at).connection).collect();
        drop(state);
        (Reserved { pool: self.clone(), owner, given_back: false, _permits: permits }, surplus)
    }
}

/// None of the account's own came free in time.
fn full(_: Elapsed) -> Error {
    Error::new(Stage::Queue, Kind::Full)
}

/// Nothing of the gateway's did: what others do is before it.
fn crowded(_: Elapsed) -> Error {
    Error::new(Stage::Queue, Kind::Crowded)
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
    given_back: bool,
    _permits: [OwnedSemaphorePermit; 2],
}

impl Reserved {
    fn loan(self, connection: Connection, reused: bool, backend: &Arc<Backend>) -> Loan {
        Loan { held: Some((connection, self)), reused, backend: backend.clone() }
    }

    /// Makes the connection an idle one of its owner, unless it broke or the session ended meanwhile.
    fn give_back(mut self, connection: Connection) {
        let owner = self.owner;
        let mut state = self.pool.0.state();
        let kept =
            owner.session != NOBODY && !connection.is_closed() && !state.ended.contains(&owner.session);
        state.take_back(owner);
        self.given_back = true;
        if kept {
            state.idle.push(Idle { owner, connection, since: Instant::now() });
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.pool.0.line.served();
        if !self.given_back {
            self.pool.0.state().take_back(self.owner);
        }
    }
}

/// A connection lent to one request; it goes back to its owner's idle ones when dropped. If the request left before
/// its answer came, the place stays taken until the answer was read: an impatient reader cannot pile up questions.
pub struct Loan {
    /// `None` only while it is dropped.
    held: Option<(Connection, Reserved)>,
    /// It was idle before: should it turn out to be closed, another one is worth a try.
    pub reused: bool,
    pub backend: Arc<Backend>,
}

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.held {
            Some((connection, _)) => connection,
            None => unreachable!("a loan holds its connection until it is dropped"),
        }
    }
}

impl Loan {
    /// Sends the commands in one write and waits for all their answers, within the deadline of the stage. A
    /// refused command is in the batch; every error closes the connection.
    pub async fn run(&self, stage: Stage, commands: Vec<Command>) -> Result<Batch, Error> {
        self.noted(stage, self.backend.timed(stage, Connection::run(self, stage, commands)).await)
    }

    /// Sends one command whose literal is streamed; see [`Connection::upload`].
    pub(super) async fn upload(
        &self,
        command: Command,
        octets: u64,
        body: impl Stream<Item = std::io::Result<Bytes>>,
    ) -> Result<Batch, Error> {
        let sent = Connection::upload(self, command, octets, body);
        self.noted(Stage::Append, self.backend.timed(Stage::Append, sent).await)
    }

    /// Opens a mailbox: EXAMINE for reading, SELECT for changes.
    pub async fn open_mailbox(&self, mailbox: &MailboxName, read_only: bool) -> Result<(View, Batch), Error> {
        let opened = Connection::open_mailbox(self, mailbox, read_only);
        self.noted(Stage::Open, self.backend.timed(Stage::Open, opened).await)
    }

    /// The circuit hears how every exchange ended.
    fn noted<T>(&self, stage: Stage, result: Result<T, Error>) -> Result<T, Error> {
        let account = self.held.as_ref().map(|(_, reserved)| reserved.owner.account);
        self.backend.note(account, Some(self.opened), result.as_ref().map(|_| stage));
        result
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some((connection, reserved)) = self.held.take() else { return };
        if connection.is_busy()
            && !connection.is_closed()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                connection.settle().await;
                reserved.give_back(connection);
            });
        } else {
            reserved.give_back(connection);
        }
    }
}

/// A connection that proved a sign-in; it becomes the new session's first one.
pub struct Fresh(Loan);

impl Fresh {
    /// For work that nobody waits for in a session; the connection ends with it.
    pub fn of_nobody(self) -> Loan {
        self.0
    }

    pub fn belongs_to(mut self, session: [u8; 32]) -> Loan {
        if let Some((_, reserved)) = &mut self.0.held {
            let mut state = reserved.pool.0.state();
            state.take_back(reserved.owner);
            reserved.owner.session = session;
            state.lend(reserved.owner);
        }
        self.0
    }
}
