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
    /// As [`Store::message_name`] makes it.
    pub name: Vec<u8>,
    /// A keyed digest of what its envelope calls it.
    pub envid_name: [u8; 16],
    pub size: i64,
    pub follow: bool,
    /// Seconds since 1970.
    pub not_before: i64,
    /// It gives way to letters that are not.
    pub mass: bool,
    pub live: Live,
    /// Sealed addresses, in order.
    pub recipients: Vec<Vec<u8>>,
    /// Whose recipients are counted: the account, however its name is spelt.
    pub writer: AccountId,
    /// How many they may write to.
    pub allowance: Option<Allowance>,
    /// What it consists of, in order.
    pub blobs: Vec<MessageBlob>,
}

/// Recipients of one writer within an hour and within a day, this message's included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub hour: i64,
    pub day: i64,
}

impl Allowance {
    const HOUR: i64 = 3600;
    const DAY: i64 = 86_400;

    /// When `more` may be written to; `written`: when to how many, the oldest first. `None`: now.
    fn wait(self, written: &[(i64, i64)], more: i64, now: i64) -> Option<i64> {
        let window = |length: i64, most: i64| {
            let of_window = written.iter().filter(|(at, _)| *at > now - length);
            let mut over = of_window.clone().map(|(_, n)| n).sum::<i64>() + more - most;
            let mut free = None;
            for (at, n) in of_window {
                if over <= 0 {
                    break;
                }
                (over, free) = (over - n, Some(at + length));
            }
            free
        };
        window(Self::HOUR, self.hour).max(window(Self::DAY, self.day))
    }
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
    /// They wrote to so many that they may do so again then, in seconds since 1970. Nothing was written.
    TooMany {
        until: i64,
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
             accepted, not_before, due, credential, credential_mark, credential_until, form, writer, mass) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, unixepoch(), $12, $13, $14, $15, $16, $17, $18, $19) \
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
        .bind(&new.envid_name[..])
        .bind(new.size)
        .bind(i64::from(new.follow))
        .bind(new.not_before)
        .bind(new.live.due)
        .bind(new.live.credential.clone())
        .bind(new.live.credential_mark.clone())
        .bind(new.live.credential_until)
        .bind(&new.form[..])
        .bind(&new.writer.0[..])
        .bind(i64::from(new.mass));
        if within(insert.execute(&mut *write)).await?.rows_affected() == 0 {
            within(write.rollback()).await?;
            let taken = self.message_by_key(account, &new.key).await?;
            // Purged in between: the next try is a new message.
            return Ok(taken.map_or(Inserted::Missing, |(id, digest)| Inserted::Taken { id, digest }));
        }
        if let Some(allowance) = new.allowance {
            // Of several at once each counts those before it: this row is their lock.
            let lock = sqlx::query(
                "INSERT INTO allowance (name, whole_at) VALUES ($1, unixepoch() + $2) \
                 ON CONFLICT (name) DO UPDATE SET whole_at = excluded.whole_at",
            )
            .bind([b"outbox", &new.writer.0[..]].concat())
            .bind(Allowance::DAY);
            within(lock.execute(&mut *write)).await?;
            let (written, now) = lately(&mut write, &new.writer).await?;
            if let Some(until) = allowance.wait(&written, new.recipients.len() as i64, now) {
                within(write.rollback()).await?;
                return Ok(Inserted::TooMany { until });
            }
        }
        let name = sqlx::query("INSERT INTO message_name (message, account, name) VALUES ($1, $2, $3)")
            .bind(&new.id[..])
            .bind(&account.0[..])
            .bind(&new.name[..]);
        within(name.execute(&mut *write)).await?;
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

/// When somebody wrote to how many within a day, and the database's clock.
async fn lately(read: &mut AnyConnection, writer: &AccountId) -> Result<(Vec<(i64, i64)>, i64), Error> {
    let select = sqlx::query(
        "SELECT m.accepted, count(*) FROM message m JOIN recipient r ON r.message = m.id \
         WHERE m.writer = $1 AND m.accepted > unixepoch() - $2 GROUP BY m.id, m.accepted ORDER BY m.accepted",
    )
    .bind(&writer.0[..])
    .bind(Allowance::DAY);
    let rows = within(select.fetch_all(&mut *read)).await?;
    let written =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let now = within(sqlx::query_scalar("SELECT unixepoch()").fetch_one(read)).await?;
    Ok((written, now))
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

#[cfg(test)]
mod tests {
    use super::Allowance;

    #[test]
    fn an_hour_and_a_day_free_themselves() {
        let allowance = Allowance { hour: 10, day: 20 };
        let now = 1_000_000;
        let wait = |written: &[(i64, i64)], more| allowance.wait(written, more, now);
        assert_eq!(wait(&[], 10), None);
        assert_eq!(wait(&[(now - 10, 9)], 1), None);
        assert_eq!(wait(&[(now - 10, 9)], 2), Some(now - 10 + 3600));
        assert_eq!(wait(&[(now - 20, 3), (now - 10, 7)], 3), Some(now - 20 + 3600), "the oldest makes room");
        assert_eq!(wait(&[(now - 3600, 10)], 10), None, "an hour ago");
        assert_eq!(wait(&[(now - 50_000, 10), (now - 5_000, 8)], 2), None);
        assert_eq!(wait(&[(now - 50_000, 10), (now - 5_000, 8)], 3), Some(now - 50_000 + 86_400));
    }
}
