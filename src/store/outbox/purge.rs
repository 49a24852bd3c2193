//! What goes by time. Nothing that did not come back to its author is ever purged.
//!
//! Each statement says its condition twice: inside, to find rows, and outside, where PostgreSQL asks it again of a row
//! that somebody changed meanwhile. An upload that a message takes at this very moment stays.

use crate::store::{Error, Store, within};

/// Rows of one statement: a purge never holds the writer for long.
const STEP: i64 = 100;
/// The same of blobs: each may be of tens of megabytes, and what is deleted is overwritten.
const BLOBS: i64 = 4;

impl Store {
    /// Drops uploads whose time is over, and returns how many.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn purge_blobs(&self) -> Result<u64, Error> {
        let delete = sqlx::query(
            "DELETE FROM blob WHERE expires < unixepoch() AND message IS NULL AND id IN \
             (SELECT id FROM blob WHERE expires < unixepoch() AND message IS NULL LIMIT $1)",
        )
        .bind(BLOBS);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected())
    }

    /// Destroys the keys of what settled more than `age` seconds ago, and then its content.
    pub async fn purge_contents(&self, age: i64) -> Result<u64, Error> {
        let update = sqlx::query(
            "UPDATE message SET sealed_key = NULL, head = NULL, form = NULL, credential = NULL, credential_mark = NULL, \
             credential_until = NULL, version = version + 1 \
             WHERE settled < unixepoch() - $1 AND needs_user = 0 AND id IN (SELECT id FROM message \
             WHERE settled < unixepoch() - $1 AND needs_user = 0 AND sealed_key IS NOT NULL LIMIT $2)",
        )
        .bind(age)
        .bind(STEP);
        let purged = within(update.execute(&self.pool)).await?.rows_affected();
        let delete = sqlx::query(
            "DELETE FROM blob WHERE id IN (SELECT b.id FROM blob b JOIN message m ON m.id = b.message \
             WHERE m.sealed_key IS NULL LIMIT $1)",
        )
        .bind(BLOBS);
        Ok(purged + within(delete.execute(&self.pool)).await?.rows_affected())
    }

    /// Drops the journal of what settled more than `age` seconds ago.
    pub async fn purge_journal(&self, age: i64) -> Result<u64, Error> {
        let delete = sqlx::query(
            "DELETE FROM message WHERE settled < unixepoch() - $1 AND needs_user = 0 AND id IN (SELECT id FROM message \
             WHERE settled < unixepoch() - $1 AND needs_user = 0 LIMIT $2)",
        )
        .bind(age)
        .bind(STEP);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected())
    }
}
