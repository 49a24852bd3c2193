//! Writing a message down: all of it in one transaction, or nothing.

use sqlx::{AnyConnection, Row};

use super::Live;
use crate::store::{AccountId, Error, Store, within};

/// A message as it is accepted. Everything in it that is somebody's is sealed already.
pub struct NewMessage {
    pub id: [u8; 16],
    pub key: [u8; 16],
    pub digest: [u8; 32],
    pub server: String,
    pub sealed_key: Vec<u8>,
    pub head: Vec<u8>,
    pub form: Vec<u8>,
    pub line: Vec<u8>,
    pub envid: [u8; 16],
    pub size: i64,
    pub follow: bool,
    /// Seconds since 1970.
    pub not_before: i64,
    pub live: Live,
    /// Sealed addresses, in order.
    pub recipients: Vec<Vec<u8>>,
    /// What it consists of, in order.
    pub blobs: Vec<MessageBlob>,
}

/// A piece of a message.
pub enum MessageBlob {
    /// Staged and complete; its key sealed anew.
    Staged { id: [u8; 16], sealed_key: Vec<u8> },
    /// Written with the message: its sealed chunks.
    Fresh { id: [u8; 16], sealed_key: Vec<u8>, octets: i64, chunks: Vec<Vec<u8>> },
}

/// What [`Store::insert_message`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New,
    /// The key is taken by this message, with this digest. Nothing was written.
    Taken {
        id: [u8; 16],
        digest: [u8; 32],
    },
    /// One of the blobs is not there to be taken. Nothing was written.
    Missing,
}

impl Store {
    /// Returns only after COMMIT: what is `New` is on disk.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`]: written or not, which [`Store::message_by_key`] tells.
    pub async fn insert_message(&self, account: &AccountId, new: &NewMessage) -> Result<Inserted, Error> {
        // A write first: two that begin by reading could not both go on to write in SQLite. In PostgreSQL the second
        // of two with the same key waits here until the first is committed or gone.
        let mut write = within(self.pool.begin()).await?;
        let insert = sqlx::query(
            "INSERT INTO message (id, account, key, digest, server, sealed_key, head, line, envid, size, follow, \
             accepted, not_before, due, credential, credential_mark, credential_until, form) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, unixepoch(), $12, $13, $14, $15, $16, $17) \
             ON CONFLICT (account, key) DO NOTHING",
        )
        .bind(&new.id[..])
        .bind(&account.0[..])
        .bind(&new.key[..])
        .bind(&new.digest[..])
        .bind(&new.server)
        .bind(&new.sealed_key[..])
        .bind(&new.head[..])
        .bind(&new.line[..])
        .bind(&new.envid[..])
        .bind(new.size)
        .bind(i64::from(new.follow))
        .bind(new.not_before)
        .bind(new.live.due)
        .bind(new.live.credential.clone())
        .bind(new.live.credential_mark.clone())
        .bind(new.live.credential_until)
        .bind(&new.form[..]);
        if within(insert.execute(&mut *write)).await?.rows_affected() == 0 {
            within(write.rollback()).await?;
            let taken = self.message_by_key(account, &new.key).await?;
            // Purged in between: the next try is a new message.
            return Ok(taken.map_or(Inserted::Missing, |(id, digest)| Inserted::Taken { id, digest }));
        }
        for (n, address) in new.recipients.iter().enumerate() {
            let insert = sqlx::query("INSERT INTO recipient (message, n, address) VALUES ($1, $2, $3)")
                .bind(&new.id[..])
                .bind(n as i64)
                .bind(&address[..]);
            within(insert.execute(&mut *write)).await?;
        }
        for (position, blob) in new.blobs.iter().enumerate() {
            if !put(&mut write, account, new, position as i64, blob).await? {
                within(write.rollback()).await?;
                return Ok(Inserted::Missing);
            }
        }
        within(write.commit()).await?;
        Ok(Inserted::New)
    }

    /// The message accepted under this idempotency key, and its digest.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn message_by_key(
        &self,
        account: &AccountId,
        key: &[u8; 16],
    ) -> Result<Option<([u8; 16], [u8; 32])>, Error> {
        let select = sqlx::query("SELECT id, digest FROM message WHERE account = $1 AND key = $2")
            .bind(&account.0[..])
            .bind(&key[..]);
        let Some(row) = within(select.fetch_optional(&self.pool)).await? else { return Ok(None) };
        let (id, digest): (Vec<u8>, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(id.try_into().ok().zip(digest.try_into().ok()))
    }
}

/// False when there is no such staged blob.
async fn put(
    write: &mut AnyConnection,
    account: &AccountId,
    message: &NewMessage,
    position: i64,
    blob: &MessageBlob,
) -> Result<bool, Error> {
    match blob {
        MessageBlob::Staged { id, sealed_key } => {
            let take = sqlx::query(
                "UPDATE blob SET message = $1, position = $2, sealed_key = $3, expires = NULL \
                 WHERE id = $4 AND account = $5 AND message IS NULL AND complete = 1",
            )
            .bind(&message.id[..])
            .bind(position)
            .bind(&sealed_key[..])
            .bind(&id[..])
            .bind(&account.0[..]);
            Ok(within(take.execute(write)).await?.rows_affected() == 1)
        }
        MessageBlob::Fresh { id, sealed_key, octets, chunks } => {
            let insert = sqlx::query(
                "INSERT INTO blob (id, account, message, position, sealed_key, octets, wire_octets, complete) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6, 1)",
            )
            .bind(&id[..])
            .bind(&account.0[..])
            .bind(&message.id[..])
            .bind(position)
            .bind(&sealed_key[..])
            .bind(*octets);
            within(insert.execute(&mut *write)).await?;
            for (n, data) in chunks.iter().enumerate() {
                let insert =
                    sqlx::query("INSERT INTO blob_chunk (blob, n, last, data) VALUES ($1, $2, $3, $4)")
                        .bind(&id[..])
                        .bind(n as i64)
                        .bind(i64::from(n + 1 == chunks.len()))
                        .bind(&data[..]);
                within(insert.execute(&mut *write)).await?;
            }
            Ok(true)
        }
    }
}
