//! An upload that waits, read back: for a copy of the draft it belongs to.

use std::io;

use bytes::Bytes;
use futures::{Stream, stream};

use super::{BlobId, Error, Outbox, seal};
use crate::store::AccountId;

impl Outbox {
    /// Its base64 lines, a chunk at a time. One that is gone or does not open ends it with an error.
    pub fn staged_lines(
        &self,
        account: AccountId,
        id: BlobId,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send {
        let outbox = self.clone();
        stream::try_unfold(Some(0i64), move |next| {
            let outbox = outbox.clone();
            async move {
                let Some(n) = next else { return Ok(None) };
                let (last, bytes) = outbox.staged_chunk(&account, id, n).await.map_err(io::Error::other)?;
                Ok(Some((bytes, (!last).then_some(n + 1))))
            }
        })
    }

    async fn staged_chunk(&self, account: &AccountId, id: BlobId, n: i64) -> Result<(bool, Bytes), Error> {
        let keys = self.store.keys();
        let row = self.store.staged_blob(account, &id.0).await?.ok_or(Error::Missing)?;
        let key = seal::open_staged_key(keys, account, id, &row.sealed_key)?;
        let (last, sealed) = self.store.chunk(account, &id.0, n).await?.ok_or(Error::Missing)?;
        let plain = seal::open_chunk(keys, id, &key, (n, last), &sealed)?;
        Ok((last, Bytes::copy_from_slice(&plain)))
    }
}
