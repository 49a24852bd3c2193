//! Who is signed in, until when, and what opens their mailbox.
//!
//! A browser holds two cookies: an id, kept here only as its SHA-256, and a key K, kept nowhere. The credentials
//! open with K *and* the key ring: neither a copy of the database and its keys nor one stolen cookie is enough.
//! Each sign-in is a row of its own that is never changed, only deleted; the IMAP connections belong to that row.

mod account;
mod attempts;
mod cookie;
mod csrf;
mod device;
mod live;
mod recent;
mod records;

use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::broadcast;
use tower_sessions::{Expiry, Session, SessionStore, cookie::time::OffsetDateTime, session::Id};
use zeroize::Zeroizing;

pub use account::{account_id, account_of, device_half, page_owner, pooled_id};
pub use attempts::{Attempt, Attempts, Try, Wait, site_of};
pub use cookie::{Cookies, Held, MOST_BESIDE, Presented};
pub use csrf::CsrfSecret;
pub use device::Device;
pub use live::Live;

use crate::{
    config::{Config, SessionTimes},
    imap::Credentials,
    store::{AccountId, Secret, Store},
};
use recent::Recent;
use records::{Records, row_id};

/// Why a session could not be made or read. An ended session is not an error, it is `None`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    #[error("the session store: {0}")]
    Session(#[from] tower_sessions::session::Error),
    #[error("the session store: {0}")]
    Record(#[from] tower_sessions::session_store::Error),
    /// The credentials do not open with this cookie, or are gone.
    #[error("the session's credentials do not open")]
    Sealed,
}

/// The end of an idle session moves at most once in this time.
const TOUCH_STEP: Duration = Duration::from_secs(60);
/// How often ended sessions are looked for, and so how late a connection of one may close.
const SWEEP_EVERY: Duration = Duration::from_secs(8);
/// Sessions deleted by one statement.
const SWEEP_MOST: i64 = 500;
/// Ended sessions that a slow listener may lag behind.
const ENDED_QUEUE: usize = 1024;
/// Live sessions of one account; one more ends the one that was idle longest.
pub const MOST_OF_ONE_ACCOUNT: i64 = 50;
/// Key of the record under tower-sessions.
const RECORD: &str = "sign_in";
const CREDENTIALS: &str = "relais session credentials";

/// Names a session row; the IMAP connections belong to it. Not the cookie: it signs nobody in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub(crate) [u8; 32]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "SessionKey({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// A sign-in that the mail server has just accepted.
pub struct NewSignIn {
    /// The name of the configured server.
    pub server: Arc<str>,
    /// The mailbox address.
    pub address: String,
    /// The login name on the server.
    pub login: String,
    pub password: Zeroizing<String>,
    pub shared_device: bool,
    /// The language chosen on the sign-in page, a BCP 47 tag.
    pub language: Option<String>,
    /// The access point is closed: it reads what became of sent mail, opens no mailbox, and its password is not kept.
    pub only_suivi: bool,
    pub device: Device,
    /// Where it comes from, coarsely ([`site_of`]).
    pub network: Option<IpAddr>,
}

/// `Set-Cookie` values for the answer to a sign-in.
pub struct SignedInCookies {
    pub set: [String; 2],
    pub key: SessionKey,
    pub account: AccountId,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    pub key: SessionKey,
    pub account: AccountId,
    /// The same for every spelling of the login name: what limits count by.
    pub pooled: AccountId,
    pub address: String,
    pub server: Arc<str>,
    pub shared_device: bool,
    pub language: Option<String>,
    /// It reads what became of sent mail, and nothing else; no mailbox opens to it.
    pub only_suivi: bool,
    pub csrf: CsrfSecret,
    login: String,
    /// SHA-256 of K.
    k: [u8; 32],
    /// Seconds since 1970.
    expires: i64,
    ends: i64,
}

// Nothing of a person is ever printed.

impl fmt::Debug for NewSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewSignIn(…)")
    }
}

impl fmt::Debug for SignedInCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedInCookies(…)")
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("key", &self.key)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What the record holds, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    server: Arc<str>,
    address: String,
    login: String,
    shared_device: bool,
    language: Option<String>,
    #[serde(default)]
    only_suivi: bool,
    csrf: [u8; 32],
    /// SHA-256 of K: an id without its K is nobody.
    k: [u8; 32],
    ends: i64,
    /// Absent in what an earlier version kept, as the two after it.
    #[serde(default)]
    since: Option<i64>,
    #[serde(default)]
    device: Device,
    #[serde(default)]
    network: Option<IpAddr>,
}

/// The sessions of this gateway.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Arc<Store>,
    times: SessionTimes,
    /// When the access point closes, in seconds since 1970; and to sessions that only read what became of sent mail.
    closes: [i64; 2],
    cookies: Cookies,
    recent: Arc<Recent>,
    ended: broadcast::Sender<SessionKey>,
}

impl Sessions {
    pub fn new(store: Arc<Store>, config: &Config) -> Sessions {
        Sessions {
            store,
            times: config.session,
            closes: [false, true].map(|only| config.access.ends(only).map_or(i64::MAX, |at| at.as_second())),
            cookies: Cookies::new(config.is_https(), config.session.absolute),
            recent: Arc::default(),
            ended: broadcast::Sender::new(ENDED_QUEUE),
        }
    }

    pub fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Keeps a sign-in. Its id and its K are fresh, whatever the browser presented.
    ///
    /// # Errors
    /// The store's; nobody is signed in then.
    pub async fn sign_in(&self, new: NewSignIn) -> Result<SignedInCookies, Error> {
        let (k, csrf) = (Secret::random()?, Secret::random()?);
        let account = account_id(self.store.keys(), &new.server, &new.login);
        let pooled = pooled_id(self.store.keys(), &new.server, &new.login);
        let now = now();
        let ends = (now + seconds(self.times.absolute)).min(self.latest(new.only_suivi));
        let kept = Kept {
            server: new.server,
            address: new.address,
            login: new.login,
            shared_device: new.shared_device,
            language: new.language,
            only_suivi: new.only_suivi,
            csrf: *csrf.as_bytes(),
            k: Sha256::digest(k.as_bytes()).into(),
            ends,
            since: Some(now),
            device: new.device,
            network: new.network,
        };
        let expires = (now + self.idle(new.shared_device)).min(ends);
        let session = Session::new(None, Arc::new(self.records()), Some(Expiry::AtDateTime(time(expires))));
        session.insert(RECORD, &kept).await?;
        session.save().await?;
        let id = session.id().ok_or(Error::Sealed)?;
        let key = SessionKey(row_id(&id));
        // A session without credentials is harmless: its cookies are given only after they are kept.
        let sealed = match new.only_suivi {
            true => Vec::new(),
            false => self.store.keys().seal(
                CREDENTIALS,
                Some(&k),
                &bound_to(key, account),
                new.password.as_bytes(),
            )?,
        };
        self.store.insert_credential(&key.0, &account, &pooled, &sealed).await?;
        for surplus in self.store.surplus_sessions(&pooled, &key.0, MOST_OF_ONE_ACCOUNT - 1, now).await? {
            self.sign_out(SessionKey(surplus)).await?;
        }
        Ok(SignedInCookies { set: self.cookies.set_session(id, &k, new.shared_device), key, account })
    }

    /// Who presents these two cookies. Extends nothing. What another gateway ended may be found for 5 s more.
    ///
    /// # Errors
    /// The store's.
    pub async fn find(&self, id: &Id, k: &Secret) -> Result<Option<SignedIn>, Error> {
        let key = SessionKey(row_id(id));
        let who = match self.recent.get(key, Instant::now(), now()) {
            Some(who) => who,
            None => {
                let (mark, at) = (self.recent.mark(), Instant::now());
                let Some(who) = self.load(id).await? else { return Ok(None) };
                self.recent.remember(mark, &who, at);
                who
            }
        };
        let hash: [u8; 32] = Sha256::digest(k.as_bytes()).into();
        Ok(bool::from(hash.ct_eq(&who.k)).then_some(who))
    }

    /// A person did something: the idle time begins anew, never past the absolute end. For pages and forms;
    /// live updates and prefetch must not call it.
    ///
    /// # Errors
    /// The store's.
    pub async fn touch(&self, who: &SignedIn) -> Result<(), Error> {
        let now = now();
        let expires = (now + self.idle(who.shared_device)).min(who.ends);
        let step = seconds(TOUCH_STEP);
        if expires - who.expires >= step && self.store.extend_session(&who.key.0, expires, step, now).await? {
            self.recent.extend(who.key, expires);
        }
        Ok(())
    }

    /// The login name and password of a sign-in, for a new connection of it.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the session ended or `k` is another's.
    pub async fn credentials(&self, who: &SignedIn, k: &Secret) -> Result<Credentials, Error> {
        let sealed = self.store.credential(&who.key.0, &who.account, now()).await?.ok_or(Error::Sealed)?;
        let plain = self
            .store
            .keys()
            .open(CREDENTIALS, Some(k), &bound_to(who.key, who.account), &sealed)
            .map_err(|_| Error::Sealed)?;
        let password = std::str::from_utf8(&plain).map_err(|_| Error::Sealed)?;
        Ok(Credentials { login: who.login.clone(), password: Zeroizing::new(password.to_owned()) })
    }

    /// Asked before each loan of a connection. What another gateway ended may live for 5 s more.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_alive(&self, key: SessionKey) -> Result<bool, Error> {
        let now = now();
        Ok(self.recent.is_alive(key, Instant::now(), now) || self.store.session(&key.0, now).await?.is_some())
    }

    /// Ends a session for good, whatever else is writing, and tells the listeners.
    ///
    /// # Errors
    /// The store's; the session then still lives.
    pub async fn sign_out(&self, key: SessionKey) -> Result<(), Error> {
        self.store.delete_session(&key.0).await?;
        self.end(key);
        Ok(())
    }

    /// Hears of every session that ends. Who lags must ask [`Sessions::is_alive`] of all it holds.
    pub fn ended(&self) -> broadcast::Receiver<SessionKey> {
        self.ended.subscribe()
    }

    /// Deletes what has ended by time or by closing, and tells the listeners.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<(), Error> {
        // Those that were to last longer were made by another configuration.
        while now() >= self.latest(false) {
            let ended = self.store.delete_sessions_with_password(SWEEP_MOST).await?;
            if ended.is_empty() {
                break;
            }
            ended.into_iter().for_each(|id| self.end(SessionKey(id)));
        }
        loop {
            let ended = self.store.delete_ended_sessions(now(), SWEEP_MOST).await?;
            let more = ended.len() as i64 == SWEEP_MOST;
            for id in ended {
                self.end(SessionKey(id));
            }
            if !more {
                self.recent.tidy(Instant::now());
                return Ok(());
            }
        }
    }

    /// Ends here what another gateway has ended, and tells the listeners.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow_others(&self) -> Result<(), Error> {
        for some in self.recent.held().chunks(100) {
            let ids: Vec<[u8; 32]> = some.iter().map(|key| key.0).collect();
            let living = self.store.living_sessions(&ids, now()).await?;
            for gone in ids.into_iter().filter(|id| !living.contains(id)) {
                self.end(SessionKey(gone));
            }
        }
        Ok(())
    }

    /// Sweeps for as long as the process lives; spawn it once.
    pub async fn keep_swept(self) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if self.store.is_shared() {
                let followed = self.follow_others().await;
                if let Err(error) = followed.and(self.store.purge_allowances().await.map_err(Into::into)) {
                    tracing::warn!(%error, "what other gateways ended is not known");
                }
            }
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "ended sessions were not swept");
            }
        }
    }

    fn records(&self) -> Records {
        Records(self.store.clone())
    }

    fn end(&self, key: SessionKey) {
        self.recent.forget(key);
        // Nobody may be listening.
        let _ = self.ended.send(key);
    }

    async fn load(&self, id: &Id) -> Result<Option<SignedIn>, Error> {
        let Some(mut record) = self.records().load(id).await? else { return Ok(None) };
        let kept = record.data.remove(RECORD).and_then(|value| serde_json::from_value::<Kept>(value).ok());
        let Some(kept) = kept else { return Ok(None) };
        let latest = self.latest(kept.only_suivi);
        Ok((now() < latest).then(|| SignedIn {
            key: SessionKey(row_id(id)),
            account: account_id(self.store.keys(), &kept.server, &kept.login),
            pooled: pooled_id(self.store.keys(), &kept.server, &kept.login),
            address: kept.address,
            server: kept.server,
            shared_device: kept.shared_device,
            language: kept.language,
            only_suivi: kept.only_suivi,
            csrf: CsrfSecret(kept.csrf.into()),
            login: kept.login,
            k: kept.k,
            expires: record.expiry_date.unix_timestamp().min(latest),
            ends: kept.ends.min(latest),
        }))
    }

    /// When the access point closes to such a session, in seconds since 1970.
    fn latest(&self, only_suivi: bool) -> i64 {
        self.closes[usize::from(only_suivi)]
    }

    fn idle(&self, shared_device: bool) -> i64 {
        seconds(if shared_device { self.times.idle_shared } else { self.times.idle_own })
    }
}

/// Credentials open in their own row alone.
fn bound_to(key: SessionKey, account: AccountId) -> [u8; 64] {
    let mut context = [0; 64];
    context[..32].copy_from_slice(&key.0);
    context[32..].copy_from_slice(account.as_bytes());
    context
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, seconds)
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn time(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
