//! How far this store's outbox has come: a number that only grows, and whose it is.

use sqlx::Row;

use super::Claim;
use crate::store::{Error, Store, within};

/// Which store, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Random, the same for as long as the store lives, and in every copy of it.
    pub store: [u8; 16],
    pub age: i64,
}

impl Store {
    /// The age as it is; `fresh` names the store where nobody did before.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn outbox_age(&self, fresh: [u8; 16]) -> Result<Age, Error> {
        let name = sqlx::query("UPDATE outbox_age SET store = $1 WHERE one = 1 AND store IS NULL")
            .bind(fresh.to_vec());
        within(name.execute(&self.pool)).await?;
        let select = sqlx::query("SELECT store, age FROM outbox_age WHERE one = 1");
        let row = within(select.fetch_one(&self.pool)).await?;
        let store: Vec<u8> = row.try_get(0)?;
        Ok(Age { store: store.try_into().map_err(|_| sqlx::Error::RowNotFound)?, age: row.try_get(1)? })
    }

    /// Makes it one more than it is and than `least`; returns what it is now.
    pub async fn grow_outbox_age(&self, least: i64) -> Result<i64, Error> {
        let update = sqlx::query_scalar(
            "UPDATE outbox_age SET age = CASE WHEN age > $1 THEN age ELSE $1 END + 1 WHERE one = 1 RETURNING age",
        )
        .bind(least);
        within(update.fetch_one(&self.pool)).await
    }

    /// Messages of all accounts that are not settled, in the order of their ids, at most 100: those after this one that
    /// were accepted until `until` (seconds since 1970).
    pub async fn unsettled_of_all(&self, after: Option<[u8; 16]>, until: i64) -> Result<Vec<Claim>, Error> {
        let select = sqlx::query(
            "SELECT account, id, epoch FROM message WHERE settled IS NULL AND accepted <= $1 AND id > $2 \
             ORDER BY id LIMIT 100",
        )
        .bind(until)
        .bind(after.unwrap_or_default().to_vec());
        super::courier::claims(within(select.fetch_all(&self.pool)).await?)
    }

    /// Messages of all accounts with something left to do, by the courier or by their author, in the order of their ids,
    /// at most 100: those after this one.
    pub async fn undone_of_all(&self, after: Option<[u8; 16]>) -> Result<Vec<Claim>, Error> {
        let select = sqlx::query(
            "SELECT account, id, epoch FROM message WHERE (settled IS NULL OR needs_user = 1 OR due IS NOT NULL) \
             AND id > $1 ORDER BY id LIMIT 100",
        )
        .bind(after.unwrap_or_default().to_vec());
        super::courier::claims(within(select.fetch_all(&self.pool)).await?)
    }

    /// The database's clock, in seconds since 1970.
    pub async fn clock(&self) -> Result<i64, Error> {
        within(sqlx::query_scalar("SELECT unixepoch()").fetch_one(&self.pool)).await
    }
}
