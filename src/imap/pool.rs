//! Who may hold how many connections. A connection belongs to one signed-in session and is lent to one request at
//! a time; at most a few for each account, a global number for all, fairly in turn.

mod loan;
mod turns;

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use futures::future::{BoxFuture, join_all};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

pub use self::loan::{Fresh, Loan};
use self::{
    loan::Reserved,
    turns::{Turns, Unproved, crowded, full},
};
use super::{Backend, Connection, Credentials, Error, Kind, MailboxName, Stage, bounds, line::Line};
use crate::{net::bounds::patiently, store::AccountId};

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
    /// Sign-ins under way.
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

impl State {
    fn turns(&mut self, account: AccountId, limits: Limits) -> &Turns {
        if self.accounts.len() > 10_000 {
            self.accounts.retain(|_, turns| turns.in_use());
        }
        self.accounts.entry(account).or_insert_with(|| Turns::of_one(limits))
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
        let unproved = Unproved::of_all();
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
        (Reserved::new(self.clone(), owner, permits), surplus)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
