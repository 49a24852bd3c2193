//! For how long, and where, the password waits that a message is sent with.

use std::{sync::Arc, time::Duration};

use super::{Error, Outbox, journal::Loaded, seal};
use crate::store::{AccountId, Keys, Secret};

/// What an administrator decides of them; see `config`.
#[derive(Clone)]
pub(super) struct Passwords {
    /// Seconds after acceptance, or after the last sign-in.
    pub life: i64,
    /// Known to this process alone: what is sealed under it is lost with the process, wherever it lies.
    here: Option<Arc<Secret>>,
}

impl Passwords {
    /// # Errors
    /// Without random bytes.
    pub fn new(life: Duration, only_here: bool) -> Result<Passwords, Error> {
        Ok(Passwords {
            life: i64::try_from(life.as_secs()).unwrap_or(i64::MAX / 2),
            here: only_here.then(Secret::random).transpose()?.map(Arc::new),
        })
    }

    pub fn seal(
        &self,
        keys: &Keys,
        place: seal::Place<'_>,
        message_key: &Secret,
        envelope: &[u8; 32],
        credentials: (&str, &str),
    ) -> Result<Vec<u8>, Error> {
        seal::credentials(keys, place, self.key(message_key), envelope, credentials)
    }

    /// `None`: none is kept, or none that this process can open.
    pub fn open(
        &self,
        keys: &Keys,
        account: &AccountId,
        loaded: &Loaded,
        message_key: &Secret,
    ) -> Option<seal::Credentials> {
        let place = seal::Place { account, id: loaded.id() };
        let sealed = loaded.row.live.credential.as_deref()?;
        seal::open_credentials(keys, place, self.key(message_key), &loaded.envelope(), sealed).ok()
    }

    fn key<'a>(&'a self, message_key: &'a Secret) -> &'a Secret {
        self.here.as_deref().unwrap_or(message_key)
    }
}

impl Outbox {
    /// Whether the message has a password that this process can open. Where the message itself does not open, that is
    /// what is to be said of it.
    pub(super) fn has_password(&self, account: &AccountId, loaded: &Loaded) -> bool {
        let opens = |key| self.passwords.open(self.store.keys(), account, loaded, &key).is_some();
        loaded.row.live.credential.is_some() && loaded.key(self, account).map_or(true, opens)
    }
}

impl Default for Passwords {
    /// Two days, as long as a message waits before its author has to be told more than that it is late.
    fn default() -> Passwords {
        Passwords { life: 48 * 3600, here: None }
    }
}
