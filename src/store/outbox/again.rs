//! The tables `sent_again` and `lost`.

use sqlx::Row;

use super::read::id;
use crate::store::{AccountId, Error, Store, within};

impl Store {
    /// The first message of those that this one was sent again as; itself where it is the first.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn first_sent(&self, account: &AccountId, message: &[u8; 16]) -> Result<[u8; 16], Error> {
        let select = sqlx::query("SELECT original FROM sent_again WHERE account = $1 AND message = $2")
            .bind(&account.0[..])
            .bind(&message[..]);
        let found = within(select.fetch_optional(&self.pool)).await?;
        found.map_or(Ok(*message), |row| id(&row, 0))
    }

    /// The messages that this first one was sent again as, and when, the oldest first; at most 1,000.
    pub async fn sent_again(
        &self,
        account: &AccountId,
        original: &[u8; 16],
    ) -> Result<Vec<([u8; 16], i64)>, Error> {
        let select = sqlx::query(
            "SELECT message, at FROM sent_again WHERE account = $1 AND original = $2 ORDER BY message LIMIT 1000",
        )
        .bind(&account.0[..])
        .bind(&original[..]);
        let rows = within(select.fetch_all(&self.pool)).await?;
        rows.iter().map(|row| Ok((id(row, 0)?, row.try_get(1)?))).collect()
    }

    pub async fn add_sent_again(
        &self,
        account: &AccountId,
        original: &[u8; 16],
        message: &[u8; 16],
    ) -> Result<(), Error> {
        let insert = sqlx::query(
            "INSERT INTO sent_again (message, account, original, at) VALUES ($1, $2, $3, unixepoch()) \
             ON CONFLICT (message) DO NOTHING",
        )
        .bind(&message[..])
        .bind(&account.0[..])
        .bind(&original[..]);
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// The operator says that it was lost. False when that is known, or there is no such message.
    pub async fn add_lost(&self, account: &AccountId, message: &[u8; 16]) -> Result<bool, Error> {
        let insert = sqlx::query(
            "INSERT INTO lost (message, account, at) SELECT id, account, unixepoch() FROM message \
             WHERE id = $1 AND account = $2 AND NOT EXISTS (SELECT 1 FROM lost l WHERE l.message = $1)",
        )
        .bind(&message[..])
        .bind(&account.0[..]);
        Ok(within(insert.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// The author heard what the operator says.
    pub async fn forget_lost(&self, account: &AccountId, message: &[u8; 16]) -> Result<(), Error> {
        let delete = sqlx::query("DELETE FROM lost WHERE message = $1 AND account = $2")
            .bind(&message[..])
            .bind(&account.0[..]);
        within(delete.execute(&self.pool)).await?;
        Ok(())
    }

    /// Accounts that had something accepted between these seconds. For the administrator's reports alone.
    pub async fn accounts_between(&self, from: i64, to: i64) -> Result<Vec<AccountId>, Error> {
        let select = sqlx::query_scalar::<_, Vec<u8>>(
            "SELECT DISTINCT account FROM message WHERE accepted >= $1 AND accepted <= $2 ORDER BY account",
        )
        .bind(from)
        .bind(to);
        let accounts = within(select.fetch_all(&self.pool)).await?;
        Ok(accounts.into_iter().filter_map(|id| id.try_into().ok().map(AccountId)).collect())
    }
}
