//! A message that is taken back before it has gone to anybody is a letter again: what was filled in, and its uploads.

use super::{
    Error, Fact, MessageId, Outbox, State,
    journal::{Change, Loaded, each},
    seal,
    stage::LIFE,
    state::Standing,
};
use crate::store::{AccountId, outbox::Live};

/// The fields of a form and what they hold, in order.
pub type Form = Vec<(String, String)>;

/// It has not left, and may be taken back.
pub(super) const HERE: [State; 3] = [State::Waiting, State::SignIn, State::Held];

impl Outbox {
    /// Cancels a message that has gone to nobody, and gives back what its author filled in; its uploads wait again, for
    /// 24 h. Asked twice it says the same. `None` when it has left for somebody, is leaving, or nothing is kept of it.
    ///
    /// # Errors
    /// The store's, and [`Error::Sealed`].
    pub async fn take_back(&self, account: &AccountId, id: MessageId) -> Result<Option<Form>, Error> {
        self.change(account, id, |loaded| {
            can_edit(loaded).then(|| Change {
                live: Live { owner: None, lease: 0, due: None, ..loaded.row.live.clone() },
                facts: each(loaded.those(&HERE), || Fact::Cancelled),
            })
        })
        .await?;
        let form = self.taken_back(account, id).await?;
        if form.is_some() {
            self.restage(account, id).await?;
        }
        Ok(form)
    }

    /// What was filled in for a message that was taken back.
    ///
    /// # Errors
    /// As [`Outbox::take_back`].
    pub async fn taken_back(&self, account: &AccountId, id: MessageId) -> Result<Option<Form>, Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(None) };
        // It never was anywhere else.
        let back = |standing: Standing| standing.state == State::Cancelled && !standing.may_have_left;
        let gone = !loaded.standings().into_iter().all(back);
        if gone || loaded.row.sealed_key.is_none() {
            return Ok(None);
        }
        let Some(sealed) = self.store.message_form(account, &id.0).await? else { return Ok(None) };
        let key = loaded.key(self, account)?;
        let form: Form = seal::open_filled(self.store.keys(), seal::Place { account, id }, &key, &sealed)?;
        Ok((!form.is_empty()).then_some(form))
    }

    /// Its files, as they were before the message took them.
    async fn restage(&self, account: &AccountId, id: MessageId) -> Result<(), Error> {
        let Some(loaded) = self.load(account, id).await? else { return Ok(()) };
        let (keys, key) = (self.store.keys(), loaded.key(self, account)?);
        let place = seal::Place { account, id };
        for row in self.store.blobs_of(account, &id.0).await? {
            if row.label.is_none() {
                continue;
            }
            let blob = super::BlobId(row.id);
            let own = seal::open_blob_key(keys, place, &key, blob, &row.sealed_key)?;
            let sealed = seal::staged_key(keys, account, blob, &own)?;
            self.store.restage_blob(account, &id.0, &row.id, &sealed, LIFE).await?;
        }
        Ok(())
    }
}

/// It has gone to nobody, and can be opened.
pub(super) fn can_edit(loaded: &Loaded) -> bool {
    let here = |standing: Standing| HERE.contains(&standing.state) && !standing.may_have_left;
    loaded.standings().into_iter().all(here) && !loaded.row.live.in_data && loaded.row.sealed_key.is_some()
}
