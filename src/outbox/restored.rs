//! A store that was put back from an old copy knows of messages that may have left since. It is recognised by a number
//! that it shares with a small file beside the key file, and what it would send is held until somebody says so.
//!
//! The number grows at every start, and every 10 s in which the outbox changed: in the database first, committed, then
//! in the file. So the file is never ahead of its own database, whatever crashes between the two, and a number that is
//! ahead is that of a later life of the store. What cannot be told: a copy of the file that was put back with the
//! store, a file that is lost, and a copy so young that the number did not grow after it before the gateway died.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use super::{
    BlobId, Error, Fact, MessageId, Outbox, State,
    journal::{Change, each},
    random,
};
use crate::store::{
    AccountId,
    outbox::{Age, Live},
};

const HEADER: &str = "relais-outbox-age 1";
/// Octets of the file that are read.
const MOST: u64 = 1000;

/// A message that is held, as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub account: AccountId,
    pub id: MessageId,
    pub accepted: jiff::Timestamp,
    /// The envelope sender.
    pub from: String,
    /// Recipients for whom it is held.
    pub recipients: usize,
}

impl Outbox {
    /// Watches for a store that was put back, by a file beside the key file. Without it nothing is ever held.
    #[must_use]
    pub fn beside(self, key_file: &Path) -> Outbox {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".age");
        Outbox { age_file: Some(PathBuf::from(path).into()), ..self }
    }

    /// At start, before anything is claimed: holds what is not settled if the store was put back. Returns how many
    /// messages are held by it.
    ///
    /// # Errors
    /// The store's: then nothing may be claimed yet.
    pub async fn look_back(&self) -> Result<usize, Error> {
        let Some(file) = &self.age_file else { return Ok(0) };
        let last = read(file).unwrap_or_else(|error| {
            let file = file.display();
            tracing::warn!(%error, %file, "whether the store was put back from an old copy cannot be told");
            None
        });
        // A store that has no name yet is a new one, which holds nothing, or a copy from before there were names.
        let name = last.map_or_else(random, |last| Ok(last.store))?;
        let mut age = self.store.outbox_age(name).await?;
        let last = last.filter(|last| last.store == age.store);
        let mut held = 0;
        if let Some(last) = last.filter(|last| last.age > age.age) {
            held = self.hold_all().await?;
            tracing::warn!(
                held,
                "the store was put back from an old copy: what it would send is held; see `relais outbox release`"
            );
            // Until this is written, the next start holds again.
            age.age = last.age;
        }
        age.age = self.store.grow_outbox_age(age.age).await?;
        note(file, age);
        Ok(held)
    }

    /// Lets the number grow if the outbox changed since it last did.
    pub(super) async fn grow_older(&self) -> Result<(), Error> {
        let Some(file) = &self.age_file else { return Ok(()) };
        if self.changed.swap(false, Ordering::Relaxed) {
            let store = self.store.outbox_age(random()?).await?.store;
            note(file, Age { store, age: self.store.grow_outbox_age(0).await? });
        }
        Ok(())
    }

    async fn hold_all(&self) -> Result<usize, Error> {
        let (now, mut after, mut held) = (self.store.clock().await?, None, 0);
        loop {
            let some = self.store.unsettled_of_all(after, now).await?;
            let Some(last) = some.last() else { return Ok(held) };
            after = Some(last.id);
            for one in some {
                let states = [State::Waiting, State::SignIn, State::Sending, State::Uncertain];
                let changed = self.change(&one.account, MessageId(one.id), |loaded| {
                    let those = loaded.those(&states);
                    (!those.is_empty()).then(|| Change {
                        live: Live {
                            owner: None,
                            lease: 0,
                            in_data: false,
                            due: None,
                            ..loaded.row.live.clone()
                        },
                        facts: each(those, || Fact::Held),
                    })
                });
                match changed.await {
                    Ok(changed) => held += usize::from(changed.is_some()),
                    // It cannot be sent either.
                    Err(Error::Sealed) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Everything that is held, of all accounts, the oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn held(&self) -> Result<Vec<Held>, Error> {
        let (mut after, mut held) = (None, Vec::new());
        loop {
            let some = self.store.unsettled_of_all(after, i64::MAX).await?;
            let Some(last) = some.last() else { return Ok(held) };
            after = Some(last.id);
            for one in some {
                let id = MessageId(one.id);
                let Ok(Some(loaded)) = self.load(&one.account, id).await else { continue };
                let recipients = loaded.those(&[State::Held]).len();
                let accepted = jiff::Timestamp::from_second(loaded.row.accepted).unwrap_or_default();
                if recipients > 0 {
                    held.push(Held {
                        account: one.account,
                        id,
                        accepted,
                        from: loaded.line.from,
                        recipients,
                    });
                }
            }
        }
    }

    /// It may leave, although it perhaps did before. False when it is not held.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn release(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let released = self.change(account, id, |loaded| {
            let those = loaded.those(&[State::Held]);
            (!those.is_empty()).then(|| Change {
                live: Live {
                    due: Some(loaded.row.now.max(loaded.row.not_before)),
                    tries: 0,
                    ..loaded.row.live.clone()
                },
                facts: each(those, || Fact::Released),
            })
        });
        let released = released.await?.is_some();
        self.wake();
        Ok(released)
    }
}

/// `None` where there is no file, or none of ours.
fn read(path: &Path) -> io::Result<Option<Age>> {
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let text = io::read_to_string(io::Read::take(file, MOST))?;
    let mut words = text.strip_prefix(HEADER).unwrap_or_default().split_whitespace();
    let store = words.next().and_then(|word| word.parse::<BlobId>().ok());
    let age = words.next().and_then(|word| word.parse().ok());
    Ok(store.zip(age).map(|(BlobId(store), age)| Age { store, age }))
}

/// Whole or not at all. Where it cannot be written, the one before stays, which is lower: nothing is held for that.
fn note(path: &Path, age: Age) {
    let write = || {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let mut file =
            fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
        writeln!(file, "{HEADER} {} {}", BlobId(age.store), age.age)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    if let Err(error) = write() {
        tracing::warn!(%error, file = %path.display(), "the age of the outbox could not be noted: should the store be put back from an old copy, that may not be seen");
    }
}
