//! Who is asking, and what is remembered of their mailboxes between two requests.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Instant,
};

use super::folders::Folders;
use crate::{
    imap::{
        Backend, Batch, Command, CredentialSource, Error, Kind, Loan, MailboxName, Opening, Owner, Pool,
        Stage, View, list,
    },
    store::Store,
};

/// One account in one session, for the time of one request.
#[derive(Clone)]
pub struct Account {
    pub pool: Pool,
    pub owner: Owner,
    pub backend: Arc<Backend>,
    pub credentials: CredentialSource,
    pub client_ip: Option<IpAddr>,
    pub places: Places,
    /// Marks that the mail server does not take are kept here.
    pub store: Arc<Store>,
}

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
        self.pool.lend(self.owner, None, self.opening()).await
    }

    /// The mailbox, for reading. An idle connection that turns out to be gone is replaced once.
    pub async fn examine(&self, mailbox: &MailboxName) -> Result<Examined, Error> {
        let (loan, view, warm, alerts) = self.open(mailbox, true).await?;
        Ok(Examined { loan, view, warm, alerts })
    }

    /// The mailbox, for changes; read-only mailboxes are refused.
    pub async fn select(&self, mailbox: &MailboxName) -> Result<Selected, Error> {
        let (loan, view, ..) = self.open(mailbox, false).await?;
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

    /// The separator of this account's mailbox names; asked for once.
    pub async fn separator(&self) -> Result<Option<u8>, Error> {
        if let Some(separator) = self.places.separator(&self.owner) {
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
    ) -> Result<(Loan, View, bool, Vec<String>), Error> {
        loop {
            let loan = self.pool.lend(self.owner, Some((mailbox, read_only)), self.opening()).await?;
            if loan.has_open(mailbox, read_only)
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

    fn opening(&self) -> Opening<'_> {
        Opening { backend: &self.backend, credentials: &self.credentials, client_ip: self.client_ip }
    }
}

/// The mailboxes of each signed-in account as they were listed last. Bounded: the accounts that were not seen for
/// longest are forgotten, and asked for again.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<Owner, Place>>>);

struct Place {
    used: Instant,
    separator: Option<u8>,
    folders: Option<(Instant, Arc<Folders>)>,
}

impl Places {
    const MAX: usize = 20_000;

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Owner, Place>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn separator(&self, owner: &Owner) -> Option<Option<u8>> {
        self.with(|places| {
            let place = places.get_mut(owner)?;
            place.used = Instant::now();
            Some(place.separator)
        })
    }

    fn set_separator(&self, owner: Owner, separator: Option<u8>) {
        self.with(|places| {
            if places.len() >= Self::MAX
                && let Some(oldest) = places.iter().min_by_key(|(_, p)| p.used).map(|(o, _)| *o)
            {
                places.remove(&oldest);
            }
            let place = Place { used: Instant::now(), separator, folders: None };
            places.entry(owner).or_insert(place).separator = separator;
        });
    }

    /// The folders as listed last, and how long ago.
    pub fn folders(&self, owner: &Owner) -> Option<(std::time::Duration, Arc<Folders>)> {
        self.with(|places| places.get(owner)?.folders.as_ref().map(|(at, f)| (at.elapsed(), f.clone())))
    }

    pub fn set_folders(&self, owner: Owner, folders: Arc<Folders>) {
        self.set_separator(owner, folders.separator);
        self.with(|places| {
            if let Some(place) = places.get_mut(&owner) {
                place.folders = Some((Instant::now(), folders));
            }
        });
    }

    pub fn forget_session(&self, session: &[u8; 32]) {
        self.with(|places| places.retain(|owner, _| owner.session != *session));
    }
}
