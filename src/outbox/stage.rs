//! Uploads: kept at once in wire form (base64 in lines of 76 columns, RFC 2045 §6.8), a chunk at a time.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use super::{BlobId, Error, Outbox, Staged, random, seal};
use crate::store::{
    AccountId, Secret,
    outbox::{BlobRow, NewBlob},
};

/// Octets of a line before and after encoding.
const LINE: usize = 57;
/// Octets of a file in one chunk: 3,360 lines, so that the sealed chunk stays within 256 KB.
pub(super) const FILE_CHUNK: usize = 3360 * LINE;
/// Seconds that an upload waits for its message.
pub(super) const LIFE: i64 = 24 * 3600;
/// Uploads of one account that wait.
const MOST_WAITING: i64 = 100;
/// Their octets in all, in wire form.
const MOST_OCTETS: i64 = 400 << 20;
/// Octets of a name or a type that are kept.
const LONGEST_NAME: usize = 255;

#[derive(Serialize, Deserialize)]
pub(super) struct Label {
    pub name: String,
    pub kind: String,
}

impl Outbox {
    /// Keeps an upload of at most `most` octets for 24 h, as it comes: one chunk is in memory at a time.
    ///
    /// # Errors
    /// [`Error::TooBig`], [`Error::Quota`], [`Error::Body`] when the stream fails, and the store's. Nothing of the
    /// upload stays then.
    pub async fn stage<E>(
        &self,
        account: &AccountId,
        name: &str,
        kind: &str,
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Staged, Error> {
        self.keep(account, (name, kind), body, most, |plain, _| Ok(lines(&plain))).await
    }

    /// An upload in the form that `wire` gives each chunk of it, which is told whether it is the last.
    pub(super) async fn keep<E>(
        &self,
        account: &AccountId,
        (name, kind): (&str, &str),
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
        wire: impl FnMut(Vec<u8>, bool) -> Result<Vec<u8>, Error>,
    ) -> Result<Staged, Error> {
        let (id, key) = (BlobId(random()?), Secret::random()?);
        let keys = self.store.keys();
        let label = Label { name: capped(name), kind: capped(kind) };
        let new = NewBlob {
            id: id.0,
            sealed_key: seal::staged_key(keys, account, id, &key)?,
            label: Some(seal::label(keys, id, &key, &label)?),
            life: LIFE,
        };
        self.store.insert_blob(account, &new).await?;
        // Dropped in the middle, as when the browser goes away, what came of it expires.
        match self.write(account, (id, &key), body, most, wire).await {
            Ok((octets, wire_octets)) => {
                Ok(Staged { id, name: label.name, kind: label.kind, octets, wire_octets })
            }
            Err(error) => {
                let _ = self.store.delete_blob(account, &id.0).await;
                Err(error)
            }
        }
    }

    /// What waits for a message, counted with what was just written: of several uploads at once the later one sees it.
    async fn bounded(&self, account: &AccountId) -> Result<(), Error> {
        let (waiting, octets) = self.store.staged_blobs(account).await?;
        if waiting > MOST_WAITING || octets > MOST_OCTETS { Err(Error::Quota) } else { Ok(()) }
    }

    async fn write<E>(
        &self,
        account: &AccountId,
        (id, key): (BlobId, &Secret),
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
        mut wire: impl FnMut(Vec<u8>, bool) -> Result<Vec<u8>, Error>,
    ) -> Result<(u64, u64), Error> {
        let mut body = std::pin::pin!(body);
        self.bounded(account).await?;
        let (mut buffer, mut octets, mut wire_octets, mut n) = (Vec::new(), 0u64, 0u64, 0);
        loop {
            let next = body.next().await.transpose().map_err(|_| Error::Body)?;
            let last = next.is_none();
            if let Some(bytes) = next {
                octets += bytes.len() as u64;
                if octets > most {
                    return Err(Error::TooBig { most });
                }
                buffer.extend_from_slice(&bytes);
            }
            // One chunk stays back until it is known whether it is the last.
            while buffer.len() > FILE_CHUNK || last {
                let plain: Vec<u8> = buffer.drain(..buffer.len().min(FILE_CHUNK)).collect();
                let ends = last && buffer.is_empty();
                let length = plain.len() as i64;
                let wire = wire(plain, ends)?;
                wire_octets += wire.len() as u64;
                let sealed = seal::chunk(self.store.keys(), id, key, (n, ends), &wire)?;
                let counts = (length, wire.len() as i64);
                if !self.store.add_chunk(account, &id.0, n, ends, &sealed, counts).await? {
                    return Err(Error::Missing);
                }
                self.bounded(account).await?;
                n += 1;
                if ends {
                    return Ok((octets, wire_octets));
                }
            }
        }
    }

    /// The uploads of these ids that still wait, in that order; the others are gone.
    ///
    /// # Errors
    /// The store's.
    pub async fn staged(&self, account: &AccountId, ids: &[BlobId]) -> Result<Vec<Staged>, Error> {
        let mut found = Vec::new();
        for id in ids.iter().take(MOST_WAITING as usize) {
            if let Some(row) = self.store.staged_blob(account, &id.0).await? {
                found.push(self.describe(account, *id, &row)?);
            }
        }
        Ok(found)
    }

    fn describe(&self, account: &AccountId, id: BlobId, row: &BlobRow) -> Result<Staged, Error> {
        let key = seal::open_staged_key(self.store.keys(), account, id, &row.sealed_key)?;
        let sealed = row.label.as_deref().ok_or(Error::Sealed)?;
        let Label { name, kind } = seal::open_label(self.store.keys(), id, &key, sealed)?;
        let (octets, wire_octets) = (row.octets as u64, row.wire_octets as u64);
        Ok(Staged { id, name, kind, octets, wire_octets })
    }

    /// Drops an upload that waits. False when it is gone, or in a message.
    ///
    /// # Errors
    /// The store's.
    pub async fn drop_staged(&self, account: &AccountId, id: BlobId) -> Result<bool, Error> {
        Ok(self.store.delete_blob(account, &id.0).await?)
    }
}

fn lines(plain: &[u8]) -> Vec<u8> {
    let mut wire = String::with_capacity(plain.len().div_ceil(LINE) * 78);
    for line in plain.chunks(LINE) {
        BASE64.encode_string(line, &mut wire);
        wire.push_str("\r\n");
    }
    wire.into_bytes()
}

pub(super) fn capped(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text[..text.floor_char_boundary(LONGEST_NAME)].to_owned()
}
