//! The octets of a message, read one chunk at a time.

use std::{io, ops::Range, sync::Mutex};

use bytes::Bytes;
use futures::{Stream, stream};

use crate::{
    outbox::{
        BlobId, Cause, Error, MessageId, Outbox,
        journal::Loaded,
        points::{Point, reach},
        seal,
    },
    store::{AccountId, Secret, outbox::BlobRow},
};

/// Where they are, and what opens them.
pub(in crate::outbox) struct Content {
    outbox: Outbox,
    account: AccountId,
    id: MessageId,
    key: Secret,
    blobs: Vec<BlobRow>,
    trouble: Mutex<Option<Cause>>,
}

impl Content {
    pub async fn of(outbox: &Outbox, account: &AccountId, loaded: &Loaded) -> Result<Content, Error> {
        let blobs = outbox.store.blobs_of(account, &loaded.id().0).await?;
        // Pieces that are gone would be a shorter message.
        if blobs.iter().map(|blob| blob.wire_octets).sum::<i64>() != loaded.row.size {
            return Err(Error::Sealed);
        }
        Ok(Content {
            outbox: outbox.clone(),
            account: *account,
            id: loaded.id(),
            key: loaded.key(outbox, account)?,
            blobs,
            trouble: Mutex::default(),
        })
    }

    /// The message as it goes out. What does not open, or is not there, ends it with an error: without the dot.
    pub fn chunks(&self) -> impl Stream<Item = io::Result<Bytes>> + '_ {
        self.chunks_of(0..self.blobs.len())
    }

    pub fn blobs(&self) -> &[BlobRow] {
        &self.blobs
    }

    /// The same of some of its blobs.
    pub fn chunks_of(&self, blobs: Range<usize>) -> impl Stream<Item = io::Result<Bytes>> + '_ {
        let (first, some) = (blobs.start, &self.blobs[..blobs.end]);
        stream::try_unfold((first, 0i64), move |(blob, n)| async move {
            if (blob, n) != (first, 0) {
                reach(Point::MidData).await;
            }
            let Some(row) = some.get(blob) else { return Ok(None) };
            match self.chunk(row, n).await {
                Ok((last, bytes)) => Ok(Some((bytes, if last { (blob + 1, 0) } else { (blob, n + 1) }))),
                Err(error) => {
                    let cause = match error {
                        Error::Sealed => Cause::Unreadable,
                        _ => Cause::Store,
                    };
                    if let Ok(mut trouble) = self.trouble.lock() {
                        *trouble = Some(cause);
                    }
                    Err(io::Error::other("the kept message cannot be read"))
                }
            }
        })
    }

    /// Why [`Content::chunks`] ended early, where it did.
    pub fn trouble(&self) -> Option<Cause> {
        self.trouble.lock().map_or(None, |trouble| trouble.clone())
    }

    async fn chunk(&self, row: &BlobRow, n: i64) -> Result<(bool, Bytes), Error> {
        let keys = self.outbox.store.keys();
        let (blob, place) = (BlobId(row.id), seal::Place { account: &self.account, id: self.id });
        let key = seal::open_blob_key(keys, place, &self.key, blob, &row.sealed_key)?;
        let (last, sealed) =
            self.outbox.store.chunk(&self.account, &row.id, n).await?.ok_or(Error::Sealed)?;
        let plain = seal::open_chunk(keys, blob, &key, (n, last), &sealed)?;
        Ok((last, Bytes::copy_from_slice(&plain)))
    }
}
