//! Fresh credentials for what waits.

use super::{Error, Fact, MessageId, Outbox, State, journal::Change, seal};
use crate::store::{AccountId, outbox::Live};

/// Seconds for which credentials should still live when what is planned for later is due.
const SPARE: i64 = 3600;

impl Outbox {
    /// After a good sign-in: what waits for one goes on, and what waits otherwise gets these credentials too. Returns
    /// how many messages go on.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn reseal(
        &self,
        account: &AccountId,
        server: &str,
        login: &str,
        password: &str,
    ) -> Result<usize, Error> {
        let keys = self.store.keys();
        let mark = seal::credential_mark(keys, account, server, (login, password));
        self.store.forgive_credential(account, &mark).await?;
        let mut woken = 0;
        for row in self.store.unsettled(account, server).await? {
            let id = MessageId(row.id);
            let mut failed = None;
            let changed = self.change(account, id, |loaded| {
                let live = &loaded.row.live;
                let waits = !loaded.those(&[State::SignIn]).is_empty();
                let same = live.credential_mark.as_ref() == Some(&mark) && self.has_password(account, loaded);
                // Planned for later: they must live until then, and are not taken where they would not.
                let departs = loaded.row.not_before;
                let too_early = departs > loaded.row.now + self.passwords.life;
                let outlive = live.credential_until.is_some_and(|until| until > departs + SPARE);
                let same = same && (outlive || departs <= loaded.row.now);
                if live.in_data || live.settled.is_some() || too_early || same && !waits {
                    return None;
                }
                let place = seal::Place { account, id };
                let sealed = loaded.key(self, account).and_then(|key| {
                    self.passwords.seal(keys, place, &key, &loaded.envelope(), (login, password))
                });
                let credential = match sealed {
                    Ok(sealed) => Some(sealed),
                    Err(error) => {
                        failed = Some(error);
                        return None;
                    }
                };
                Some(Change {
                    live: Live {
                        credential,
                        credential_mark: Some(mark.clone()),
                        credential_until: Some(loaded.row.now + self.passwords.life),
                        due: match waits {
                            true => Some(loaded.row.now.max(loaded.row.not_before)),
                            false => live.due,
                        },
                        ..live.clone()
                    },
                    facts: if waits { vec![(None, Fact::SignedIn)] } else { Vec::new() },
                })
            });
            // One message that does not open keeps no other from going on.
            match changed.await {
                Ok(Some(loaded)) => woken += usize::from(loaded.row.live.due.is_some()),
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
            if let Some(error) = failed {
                tracing::warn!(%id, %error, "a message that waits could not be given the new credentials");
            }
        }
        if woken > 0 {
            self.wake();
        }
        Ok(woken)
    }
}
