//! Who is asking, and what is remembered of their mailboxes between two requests.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::{
    folders::Folders,
    missed::{Counts, Span},
    written::Written,
};
use crate::{
    imap::{
        Backend, Batch, Command, CredentialSource, Error, Kind, Loan, MailboxName, Opening, Owner, Pool,
        Stage, View, list, rights::Rights,
    },
    session::{SessionKey, Sessions},
    store::{AccountId, Store},
};

/// One account in one session, for the time of one request.
#[derive(Clone)]
pub struct Account {
    pub pool: Pool,
    pub owner: Owner,
    /// Asked before each loan whether the owner is still signed in.
    pub sessions: Sessions,
    /// Names the account in the store.
    pub id: AccountId,
    pub backend: Arc<Backend>,
    pub credentials: CredentialSource,
    pub client_ip: Option<IpAddr>,
    pub places: Places,
    /// Marks that the mail server does not take are kept here.
    pub store: Arc<Store>,
}

/// How long counts of unread messages hold.
const COUNTED: Duration = Duration::from_secs(60);

/// How long numbers of what was missed do, and of how many they are remembered.
const MISSED: Duration = Duration::from_secs(180);
const MOST_MISSED: usize = 10_000;

/// How long it is remembered what an account wrote, and of how many: 12 KB of each at most.
const WRITTEN: Duration = Duration::from_secs(600);
const MOST_WRITTEN: usize = 2_000;
/// How long it is not asked again where the server did not tell.
const UNTOLD: Duration = Duration::from_secs(60);

/// A mailbox as it is open now: shown, never changed (EXAMINE).
pub struct Examined {
    pub loan: Loan,
    pub view: View,
    /// It was open before: what we know of it may be a little old.
    pub warm: bool,
    pub alerts: Vec<String>,
}

/// A mailbox open for changes (SELECT).
pub struct Selected {
    pub loan: Loan,
    pub view: View,
}

impl Account {
    /// A connection for questions that need no open mailbox.
    pub async fn lend(&self) -> Result<Loan, Error> {
        self.still_signed_in().await?;
        self.pool.lend(self.owner, None, self.opening()).await
    }

    /// The mailbox, for reading. An idle connection that turns out to be gone is replaced once.
    pub async fn examine(&self, mailbox: &MailboxName) -> Result<Examined, Error> {
        let (loan, view, warm, alerts) = self.open(mailbox, true, false).await?;
        Ok(Examined { loan, view, warm, alerts })
    }

    /// The mailbox, for changes; read-only mailboxes are refused.
    pub async fn select(&self, mailbox: &MailboxName) -> Result<Selected, Error> {
        self.selected(mailbox, false).await
    }

    /// The same, opened anew in any case: a server may go on showing what another client deleted and made again (Dovecot
    /// does), under the UIDVALIDITY of before.
    pub async fn select_anew(&self, mailbox: &MailboxName) -> Result<Selected, Error> {
        self.selected(mailbox, true).await
    }

    async fn selected(&self, mailbox: &MailboxName, anew: bool) -> Result<Selected, Error> {
        let (loan, view, ..) = self.open(mailbox, false, anew).await?;
        if view.read_only {
            return Err(Error::new(Stage::Act, Kind::Unsupported("changes in a read-only mailbox")));
        }
        Ok(Selected { loan, view })
    }

    /// Runs commands that change nothing; on a connection that idled and is gone, once more on a new one.
    pub async fn ask(&self, stage: Stage, commands: Vec<Command>) -> Result<(Loan, Batch), Error> {
        loop {
            let loan = self.lend().await?;
            match loan.run(stage, commands.clone()).await {
                Ok(batch) => return Ok((loan, batch)),
                Err(e) if e.is_of_the_connection() && loan.reused => drop(loan),
                Err(e) => return Err(e),
            }
        }
    }

    /// The separator, where it was asked for before.
    pub fn known_separator(&self) -> Option<Option<u8>> {
        self.places.separator(&self.owner)
    }

    /// The separator of this account's mailbox names; asked for once.
    pub async fn separator(&self) -> Result<Option<u8>, Error> {
        if let Some(separator) = self.known_separator() {
            return Ok(separator);
        }
        let (_, batch) = self.ask(Stage::Folders, vec![list::root()]).await?;
        batch.ok(0)?;
        let separator = list::root_separator(&batch);
        self.places.set_separator(self.owner, separator);
        Ok(separator)
    }

    async fn open(
        &self,
        mailbox: &MailboxName,
        read_only: bool,
        anew: bool,
    ) -> Result<(Loan, View, bool, Vec<String>), Error> {
        loop {
            self.still_signed_in().await?;
            let loan = self.pool.lend(self.owner, Some((mailbox, read_only)), self.opening()).await?;
            if !anew
                && loan.has_open(mailbox, read_only)
                && let Some(view) = loan.view()
            {
                return Ok((loan, view, true, Vec::new()));
            }
            match loan.open_mailbox(mailbox, read_only).await {
                Ok((view, batch)) => return Ok((loan, view, false, batch.alerts)),
                Err(e) if e.is_of_the_connection() && loan.reused => drop(loan),
                Err(e) => return Err(e),
            }
        }
    }

    /// A request may outlive its session by far, as a large download does. A moment ago is soon enough: what this
    /// gateway ended is known at once, what another one did within 5 s.
    async fn still_signed_in(&self) -> Result<(), Error> {
        let alive = self.sessions.is_alive(SessionKey(self.owner.session)).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "whether a session lives is not known: it gets no connection");
            false
        });
        if alive { Ok(()) } else { Err(Error::new(Stage::Queue, Kind::SignedOut)) }
    }

    fn opening(&self) -> Opening<'_> {
        Opening { backend: &self.backend, credentials: &self.credentials, client_ip: self.client_ip }
    }
}

/// The mailboxes of each signed-in account as they were listed last. Bounded: the accounts that were not seen for
/// longest are forgotten, and asked for again.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    places: HashMap<Owner, Place>,
    /// Mailboxes remembered, over all accounts.
    folders: usize,
    /// What may be done in mailboxes, as far as it was asked or met.
    rights: HashMap<(Owner, MailboxName), (Instant, Rights)>,
    /// What was missed in one mailbox of each, in numbers, and whether there is more.
    missed: HashMap<Owner, (Instant, MailboxName, Span, (Counts, bool))>,
    written: HashMap<Owner, (Instant, Option<Arc<Written>>)>,
}

impl Known {
    fn forget(&mut self, owner: &Owner) {
        if let Some(place) = self.places.remove(owner) {
            self.folders -= place.size();
        }
    }

    /// Makes room for an account with so many mailboxes.
    fn make_room(&mut self, folders: usize) {
        while self.places.len() >= Places::MAX || self.folders + folders > Places::MAX_FOLDERS {
            let Some(oldest) = self.places.iter().min_by_key(|(_, p)| p.used).map(|(owner, _)| *owner) else {
                return;
            };
            self.forget(&oldest);
        }
    }
}

struct Place {
    used: Instant,
    separator: Option<u8>,
    folders: Option<(Instant, Arc<Folders>)>,
}

impl Place {
    fn size(&self) -> usize {
        self.folders.as_ref().map_or(0, |(_, folders)| folders.list.len())
    }
}

impl Places {
    const MAX: usize = 20_000;
    /// About 100 MB at most.
    const MAX_FOLDERS: usize = 400_000;
    /// Whose mailbox it is may have given more of them since.
    const RIGHTS: Duration = Duration::from_secs(300);

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn separator(&self, owner: &Owner) -> Option<Option<u8>> {
        let mut known = self.known();
        let place = known.places.get_mut(owner)?;
        place.used = Instant::now();
        Some(place.separator)
    }

    fn set_separator(&self, owner: Owner, separator: Option<u8>) {
        let mut known = self.known();
        if let Some(place) = known.places.get_mut(&owner) {
            place.separator = separator;
            return;
        }
        known.make_room(0);
        known.places.insert(owner, Place { used: Instant::now(), separator, folders: None });
    }

    /// The folders as listed last, and whether their counts may be old.
    pub fn folders(&self, owner: &Owner) -> Option<(bool, Arc<Folders>)> {
        self.known().places.get(owner)?.folders.as_ref().map(|(at, f)| (at.elapsed() >= COUNTED, f.clone()))
    }

    pub fn set_folders(&self, owner: Owner, folders: Arc<Folders>) {
        let mut known = self.known();
        known.forget(&owner);
        known.make_room(folders.list.len());
        known.folders += folders.list.len();
        let (used, separator) = (Instant::now(), folders.separator);
        known.places.insert(owner, Place { used, separator, folders: Some((used, folders)) });
    }

    /// What is unread changed.
    pub fn count_again(&self, owner: &Owner) {
        let mut known = self.known();
        let counted = known.places.get_mut(owner).and_then(|place| place.folders.as_mut());
        if let Some((at, _)) = counted {
            *at = at.checked_sub(COUNTED).unwrap_or(*at);
        }
    }

    /// Numbers of what was missed, where they were counted a short while ago.
    pub fn missed(&self, owner: &Owner, mailbox: &MailboxName, span: Span) -> Option<(Counts, bool)> {
        let known = self.known();
        let (at, of, within, counts) = known.missed.get(owner)?;
        (at.elapsed() < MISSED && of == mailbox && *within == span).then_some(*counts)
    }

    /// Something of it was opened, or went.
    pub fn forget_missed(&self, owner: &Owner) {
        self.known().missed.remove(owner);
    }

    pub fn set_missed(&self, owner: Owner, mailbox: MailboxName, span: Span, counts: (Counts, bool)) {
        let mut known = self.known();
        if known.missed.len() >= MOST_MISSED {
            known.missed.clear();
        }
        known.missed.insert(owner, (Instant::now(), mailbox, span, counts));
    }

    /// What the account wrote, where that was asked a short while ago; inside, `None` where the server did not tell.
    pub fn written(&self, owner: &Owner) -> Option<Option<Arc<Written>>> {
        let known = self.known();
        let (at, written) = known.written.get(owner)?;
        let life = if written.is_some() { WRITTEN } else { UNTOLD };
        (at.elapsed() < life).then(|| written.clone())
    }

    pub fn set_written(&self, owner: Owner, written: Option<Arc<Written>>) {
        let mut known = self.known();
        if known.written.len() >= MOST_WRITTEN {
            known.written.clear();
        }
        known.written.insert(owner, (Instant::now(), written));
    }

    /// They changed: listed anew when they are needed.
    pub fn forget(&self, owner: &Owner) {
        let mut known = self.known();
        known.forget(owner);
        known.missed.remove(owner);
        known.written.remove(owner);
        known.rights.retain(|(of, _), _| of != owner);
    }

    /// What may be done in this mailbox, where it is known.
    pub fn rights(&self, owner: &Owner, mailbox: &MailboxName) -> Option<Rights> {
        let known = self.known();
        let (asked, rights) = known.rights.get(&(*owner, mailbox.clone()))?;
        (asked.elapsed() < Self::RIGHTS).then_some(*rights)
    }

    pub fn set_rights(&self, owner: Owner, mailbox: &MailboxName, rights: Rights) {
        let mut known = self.known();
        // Asked for again when needed: cheaper than keeping track of who was seen when.
        if known.rights.len() >= Self::MAX {
            known.rights.clear();
        }
        known.rights.insert((owner, mailbox.clone()), (Instant::now(), rights));
    }

    pub fn forget_session(&self, session: &[u8; 32]) {
        let mut known = self.known();
        let owners: Vec<Owner> =
            known.places.keys().filter(|owner| owner.session == *session).copied().collect();
        owners.iter().for_each(|owner| known.forget(owner));
        known.missed.retain(|owner, _| owner.session != *session);
        known.written.retain(|owner, _| owner.session != *session);
        known.rights.retain(|(owner, _), _| owner.session != *session);
    }
}
