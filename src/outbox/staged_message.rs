//! A whole message as an upload: kept as it is, for no transfer encoding is allowed on it (RFC 2046 §5.2.1).

use bytes::Bytes;
use futures::{Stream, StreamExt};

use super::{BlobId, Error, Outbox, Staged, random, seal, stage};
use crate::store::{AccountId, Secret, outbox::NewBlob};

/// The kind of such an upload; no other has it.
pub const MESSAGE: &str = "message/rfc822";
/// Octets of a line without its CRLF (RFC 5322 §2.1.1).
const LINE: usize = 998;

impl Outbox {
    /// Keeps a message of at most `most` octets. `None`, and nothing is kept, where it cannot go over every wire as it
    /// is: 8-bit, line ends other than CRLF, long lines.
    ///
    /// # Errors
    /// As [`Outbox::stage`].
    pub async fn stage_message<E>(
        &self,
        account: &AccountId,
        name: &str,
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Option<Staged>, Error> {
        let room = self.room(account).await?;
        let (id, key) = (BlobId(random()?), Secret::random()?);
        let label = stage::Label { name: stage::capped(name), kind: MESSAGE.to_owned() };
        let keys = self.store.keys();
        let new = NewBlob {
            id: id.0,
            sealed_key: seal::staged_key(keys, account, id, &key)?,
            label: Some(seal::label(keys, id, &key, &label)?),
            life: stage::LIFE,
        };
        self.store.insert_blob(account, &new).await?;
        let wrote = self.write_as_is(account, (id, &key), body, most.min(room as u64)).await;
        match wrote {
            Ok(Some(octets)) => {
                let (name, kind) = (label.name, label.kind);
                Ok(Some(Staged { id, name, kind, octets, wire_octets: octets }))
            }
            unfit => {
                let _ = self.store.delete_blob(account, &id.0).await;
                unfit.map(|_| None)
            }
        }
    }

    async fn write_as_is<E>(
        &self,
        account: &AccountId,
        (id, key): (BlobId, &Secret),
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Option<u64>, Error> {
        let mut body = std::pin::pin!(body);
        let (mut buffer, mut octets, mut n) = (Vec::new(), 0u64, 0);
        let mut lines = Lines::default();
        loop {
            let next = body.next().await.transpose().map_err(|_| Error::Body)?;
            let last = next.is_none();
            if let Some(bytes) = next {
                octets += bytes.len() as u64;
                if octets > most {
                    return Err(Error::TooBig { most });
                }
                if !lines.fit(&bytes) {
                    return Ok(None);
                }
                buffer.extend_from_slice(&bytes);
            }
            if last && !lines.ended() {
                return Ok(None);
            }
            while buffer.len() > stage::FILE_CHUNK || last {
                let plain: Vec<u8> = buffer.drain(..buffer.len().min(stage::FILE_CHUNK)).collect();
                let ends = last && buffer.is_empty();
                let sealed = seal::chunk(self.store.keys(), id, key, (n, ends), &plain)?;
                let counts = (plain.len() as i64, plain.len() as i64);
                if !self.store.add_chunk(account, &id.0, n, ends, &sealed, counts).await? {
                    return Err(Error::Missing);
                }
                n += 1;
                if ends {
                    return Ok(Some(octets));
                }
            }
        }
    }
}

/// 7-bit without NUL, in lines that end with CRLF and are not too long.
#[derive(Default)]
struct Lines {
    column: usize,
    cr: bool,
    any: bool,
}

impl Lines {
    fn fit(&mut self, bytes: &[u8]) -> bool {
        self.any |= !bytes.is_empty();
        bytes.iter().all(|byte| {
            match (byte, self.cr) {
                (b'\n', true) => (self.column, self.cr) = (0, false),
                (b'\n', false) | (_, true) | (0 | 0x80.., _) => return false,
                (b'\r', false) => self.cr = true,
                _ => self.column += 1,
            }
            self.column <= LINE
        })
    }

    fn ended(&self) -> bool {
        self.any && self.column == 0 && !self.cr
    }
}
