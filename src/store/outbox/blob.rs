//! Blobs: pieces of messages in chunks of at most 256 KB, written as they come and read one at a time.

use sqlx::Row;

use crate::store::{AccountId, Error, Store, within};

/// A blob before its first chunk.
pub struct NewBlob {
    pub id: [u8; 16],
    pub sealed_key: Vec<u8>,
    pub label: Option<Vec<u8>>,
    /// Seconds that it may wait for a message.
    pub life: i64,
}

/// A blob without its content.
#[derive(Clone)]
pub struct BlobRow {
    pub id: [u8; 16],
    pub sealed_key: Vec<u8>,
    pub label: Option<Vec<u8>>,
    pub octets: i64,
    pub wire_octets: i64,
}

const COLUMNS: &str = "id, sealed_key, label, octets, wire_octets";

impl Store {
    /// How many blobs of the account wait for a message, and their octets in all.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn staged_blobs(&self, account: &AccountId) -> Result<(i64, i64), Error> {
        let select = sqlx::query(
            "SELECT count(*), CAST(coalesce(sum(wire_octets), 0) AS BIGINT) FROM blob \
             WHERE account = $1 AND message IS NULL",
        )
        .bind(&account.0[..]);
        let row = within(select.fetch_one(&self.pool)).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Begins one, incomplete.
    pub async fn insert_blob(&self, account: &AccountId, new: &NewBlob) -> Result<(), Error> {
        let insert = sqlx::query(
            "INSERT INTO blob (id, account, sealed_key, label, octets, wire_octets, complete, expires) \
             VALUES ($1, $2, $3, $4, 0, 0, 0, unixepoch() + $5)",
        )
        .bind(&new.id[..])
        .bind(&account.0[..])
        .bind(&new.sealed_key[..])
        .bind(new.label.clone())
        .bind(new.life);
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// Adds the next chunk and counts it; the last one completes the blob. False when the blob is gone or complete.
    pub async fn add_chunk(
        &self,
        account: &AccountId,
        blob: &[u8; 16],
        n: i64,
        last: bool,
        data: &[u8],
        (octets, wire_octets): (i64, i64),
    ) -> Result<bool, Error> {
        let mut write = within(self.pool.begin()).await?;
        let count = sqlx::query(
            "UPDATE blob SET octets = octets + $1, wire_octets = wire_octets + $2, complete = $3 \
             WHERE id = $4 AND account = $5 AND complete = 0",
        )
        .bind(octets)
        .bind(wire_octets)
        .bind(i64::from(last))
        .bind(&blob[..])
        .bind(&account.0[..]);
        if within(count.execute(&mut *write)).await?.rows_affected() == 0 {
            within(write.rollback()).await?;
            return Ok(false);
        }
        let insert = sqlx::query("INSERT INTO blob_chunk (blob, n, last, data) VALUES ($1, $2, $3, $4)")
            .bind(&blob[..])
            .bind(n)
            .bind(i64::from(last))
            .bind(data);
        within(insert.execute(&mut *write)).await?;
        within(write.commit()).await?;
        Ok(true)
    }

    /// One complete blob that waits for a message.
    pub async fn staged_blob(&self, account: &AccountId, id: &[u8; 16]) -> Result<Option<BlobRow>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM blob WHERE id = $1 AND account = $2 AND message IS NULL AND complete = 1"
        );
        let select = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&id[..]).bind(&account.0[..]);
        within(select.fetch_optional(&self.pool)).await?.map(|row| blob(&row)).transpose()
    }

    /// The blobs of a message, in order.
    pub async fn blobs_of(&self, account: &AccountId, message: &[u8; 16]) -> Result<Vec<BlobRow>, Error> {
        let text =
            format!("SELECT {COLUMNS} FROM blob WHERE message = $1 AND account = $2 ORDER BY position");
        let select = sqlx::query(sqlx::AssertSqlSafe(text)).bind(&message[..]).bind(&account.0[..]);
        within(select.fetch_all(&self.pool)).await?.iter().map(blob).collect()
    }

    /// Chunk `n` of a blob, and whether it is marked as the last.
    pub async fn chunk(
        &self,
        account: &AccountId,
        blob: &[u8; 16],
        n: i64,
    ) -> Result<Option<(bool, Vec<u8>)>, Error> {
        let select = sqlx::query(
            "SELECT c.last, c.data FROM blob_chunk c JOIN blob b ON b.id = c.blob \
             WHERE c.blob = $1 AND c.n = $2 AND b.account = $3",
        )
        .bind(&blob[..])
        .bind(n)
        .bind(&account.0[..]);
        let Some(row) = within(select.fetch_optional(&self.pool)).await? else { return Ok(None) };
        Ok(Some((row.try_get::<i64, _>(0)? == 1, row.try_get(1)?)))
    }

    /// Takes a blob out of a message again: it waits for another one. False when the message does not have it.
    pub async fn restage_blob(
        &self,
        account: &AccountId,
        message: &[u8; 16],
        blob: &[u8; 16],
        sealed_key: &[u8],
        life: i64,
    ) -> Result<bool, Error> {
        let update = sqlx::query(
            "UPDATE blob SET message = NULL, position = NULL, sealed_key = $1, expires = unixepoch() + $2 \
             WHERE id = $3 AND message = $4 AND account = $5",
        )
        .bind(sealed_key.to_vec())
        .bind(life)
        .bind(&blob[..])
        .bind(&message[..])
        .bind(&account.0[..]);
        Ok(within(update.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// Drops a blob that no message has. False when there is none.
    pub async fn delete_blob(&self, account: &AccountId, id: &[u8; 16]) -> Result<bool, Error> {
        let delete = sqlx::query("DELETE FROM blob WHERE id = $1 AND account = $2 AND message IS NULL")
            .bind(&id[..])
            .bind(&account.0[..]);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected() == 1)
    }
}

fn blob(row: &sqlx::any::AnyRow) -> Result<BlobRow, Error> {
    let id: Vec<u8> = row.try_get(0)?;
    Ok(BlobRow {
        id: id.try_into().map_err(|_| sqlx::Error::RowNotFound)?,
        sealed_key: row.try_get(1)?,
        label: row.try_get(2)?,
        octets: row.try_get(3)?,
        wire_octets: row.try_get(4)?,
    })
}
