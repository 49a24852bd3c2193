//! How many messages of all accounts are where; for the metrics.

use sqlx::Row;

use crate::store::{AccountId, Error, Store, within};

/// Messages, and an age in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Not settled, and nobody's help is needed.
    pub waiting: i64,
    /// Of these, those that could leave now and that no recipient's own answer has put off: what is planned for later, or
    /// can still be taken back, waits for nobody; a mailbox that is greylisted or full makes only its own mail wait.
    pub due: i64,
    /// For how long the oldest of `due` could have left.
    pub due_oldest: i64,
    /// DATA has begun.
    pub sending: i64,
    /// Not settled before their author decides or signs in.
    pub author: i64,
    /// Settled otherwise than wished, and their author has not said that they know.
    pub failed: i64,
    /// For how long the oldest of `waiting` could have left.
    pub oldest: i64,
}

impl Store {
    /// Whether this writer had so many messages accepted in the last seconds, however their name was spelt.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn accepted_lately(&self, writer: &AccountId, seconds: i64, most: i64) -> Result<bool, Error> {
        let select = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM (SELECT id FROM message WHERE writer = $1 AND accepted >= unixepoch() - $2 LIMIT $3) \
             AS lately",
        )
        .bind(&writer.0[..])
        .bind(seconds)
        .bind(most);
        Ok(within(select.fetch_one(&self.pool)).await? >= most)
    }

    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn outbox_counts(&self) -> Result<Counts, Error> {
        let open = sqlx::query(
            "SELECT count(*) FILTER (WHERE in_data = 0 AND needs_user = 0), count(*) FILTER (WHERE in_data = 1), \
             count(*) FILTER (WHERE in_data = 0 AND needs_user = 1), \
             coalesce(unixepoch() - min(CASE WHEN needs_user = 0 THEN not_before END), 0), \
             count(*) FILTER (WHERE in_data = 0 AND needs_user = 0 AND put_off = 0 AND not_before <= unixepoch()), \
             coalesce(unixepoch() - min(CASE WHEN in_data = 0 AND needs_user = 0 AND put_off = 0 THEN not_before END), \
             0) \
             FROM message WHERE settled IS NULL",
        );
        let row = within(open.fetch_one(&self.pool)).await?;
        let failed = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM message WHERE needs_user = 1 AND settled IS NOT NULL",
        );
        let failed = within(failed.fetch_one(&self.pool)).await?;
        Ok(Counts {
            waiting: row.try_get(0)?,
            sending: row.try_get(1)?,
            author: row.try_get(2)?,
            failed,
            oldest: row.try_get::<i64, _>(3)?.max(0),
            due: row.try_get(4)?,
            due_oldest: row.try_get::<i64, _>(5)?.max(0),
        })
    }

    /// Sessions that live.
    ///
    /// # Errors
    /// As [`Store::outbox_counts`].
    pub async fn live_sessions(&self, now: i64) -> Result<i64, Error> {
        let count = sqlx::query_scalar("SELECT count(*) FROM session WHERE expires > $1").bind(now);
        within(count.fetch_one(&self.pool)).await
    }

    /// The accounts under which one writer has sent, however their name was spelt; at most 50.
    ///
    /// # Errors
    /// As [`Store::outbox_counts`].
    pub async fn accounts_of_writer(&self, pooled: &AccountId) -> Result<Vec<AccountId>, Error> {
        let select = sqlx::query_scalar::<_, Vec<u8>>(
            "SELECT DISTINCT account FROM message WHERE writer = $1 ORDER BY account LIMIT 50",
        )
        .bind(&pooled.0[..]);
        let accounts = within(select.fetch_all(&self.pool)).await?;
        Ok(accounts.into_iter().filter_map(|id| Some(AccountId(id.try_into().ok()?))).collect())
    }
}
