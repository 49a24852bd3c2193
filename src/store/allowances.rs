//! The table `allowance`: tries to sign in, counted by all gateways together, on the database's clock.

use sqlx::Row;

use super::{Error, Store, within};

/// Names what is counted, and nobody.
pub type Name = [u8; 32];

impl Store {
    /// Of these, those that are not whole, and in how many seconds each will be.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn allowances(&self, names: &[Name]) -> Result<Vec<(Name, i64)>, Error> {
        let holders: Vec<String> = (1..=names.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "SELECT name, whole_at - unixepoch() FROM allowance WHERE whole_at > unixepoch() AND name IN ({})",
            holders.join(", ")
        );
        let mut select = sqlx::query(sqlx::AssertSqlSafe(text));
        for name in names {
            select = select.bind(name.to_vec());
        }
        let mut left = Vec::with_capacity(names.len());
        for row in within(select.fetch_all(&self.pool)).await? {
            let name: Vec<u8> = row.try_get(0)?;
            left.push((name.try_into().map_err(|_| sqlx::Error::RowNotFound)?, row.try_get(1)?));
        }
        Ok(left)
    }

    /// Moves each away from being whole by so many seconds; with fewer than none, back.
    pub async fn move_allowances(&self, moves: &[(Name, i64)]) -> Result<(), Error> {
        // In one order everywhere: two gateways that hold each other's next row would wait for ever.
        let mut moves = moves.to_vec();
        moves.sort_unstable();
        let mut write = within(self.pool.begin()).await?;
        for (name, seconds) in moves {
            let upsert = sqlx::query(
                "INSERT INTO allowance (name, whole_at) VALUES ($1, unixepoch() + $2) \
                 ON CONFLICT (name) DO UPDATE SET whole_at = $2 + CASE \
                 WHEN allowance.whole_at > unixepoch() THEN allowance.whole_at ELSE unixepoch() END",
            )
            .bind(name.to_vec())
            .bind(seconds);
            within(upsert.execute(&mut *write)).await?;
        }
        within(write.commit()).await
    }

    /// Drops those that are whole.
    pub async fn purge_allowances(&self) -> Result<(), Error> {
        let delete = sqlx::query("DELETE FROM allowance WHERE whole_at <= unixepoch()");
        within(delete.execute(&self.pool)).await?;
        Ok(())
    }
}
