//! The tables `session` and `credential`. Inserted in one place, updated only where they exist: a deleted
//! session is never made again.

use sqlx::Row;

use super::{AccountId, Error, Store, within};

/// A row of `session`.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Sealed.
    pub data: Vec<u8>,
    /// Seconds since 1970.
    pub expires: i64,
}

impl Store {
    /// False when the id is taken.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn insert_session(&self, id: &[u8; 32], row: &SessionRow) -> Result<bool, Error> {
        let insert = sqlx::query(
            "INSERT INTO session (id, data, expires) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&id[..])
        .bind(&row.data[..])
        .bind(row.expires);
        Ok(within(insert.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// False when there is no such session any more.
    pub async fn update_session(&self, id: &[u8; 32], row: &SessionRow, now: i64) -> Result<bool, Error> {
        let update = sqlx::query("UPDATE session SET data = $1, expires = $2 WHERE id = $3 AND expires > $4")
            .bind(&row.data[..])
            .bind(row.expires)
            .bind(&id[..])
            .bind(now);
        Ok(within(update.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// Moves the end of a live session, only forward by at least `step` seconds. False when nothing was moved.
    pub async fn extend_session(
        &self,
        id: &[u8; 32],
        expires: i64,
        step: i64,
        now: i64,
    ) -> Result<bool, Error> {
        let update =
            sqlx::query("UPDATE session SET expires = $1 WHERE id = $2 AND expires > $3 AND expires <= $4")
                .bind(expires)
                .bind(&id[..])
                .bind(now)
                .bind(expires - step);
        Ok(within(update.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// The live session of this id.
    pub async fn session(&self, id: &[u8; 32], now: i64) -> Result<Option<SessionRow>, Error> {
        let select = sqlx::query("SELECT data, expires FROM session WHERE id = $1 AND expires > $2")
            .bind(&id[..])
            .bind(now);
        let row = within(select.fetch_optional(&self.pool)).await?;
        row.map(|row| Ok(SessionRow { data: row.try_get(0)?, expires: row.try_get(1)? })).transpose()
    }

    /// Of these, at most 100, those that live.
    pub async fn living_sessions(&self, ids: &[[u8; 32]], now: i64) -> Result<Vec<[u8; 32]>, Error> {
        let holders: Vec<String> = (2..102).map(|n| format!("${n}")).collect();
        let text = format!("SELECT id FROM session WHERE expires > $1 AND id IN ({})", holders.join(", "));
        let mut select = sqlx::query_scalar::<_, Vec<u8>>(sqlx::AssertSqlSafe(text)).bind(now);
        // Always the same statement, which the database then knows.
        for n in 0..100 {
            select = select.bind(ids.get(n).map_or_else(Vec::new, |id| id.to_vec()));
        }
        let ids = within(select.fetch_all(&self.pool)).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// Deletes the session and its credentials. False when there was none.
    pub async fn delete_session(&self, id: &[u8; 32]) -> Result<bool, Error> {
        let delete = sqlx::query("DELETE FROM session WHERE id = $1").bind(&id[..]);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// Deletes the sessions that ended, at most `most` of them, and tells which.
    pub async fn delete_ended_sessions(&self, now: i64, most: i64) -> Result<Vec<[u8; 32]>, Error> {
        let delete = sqlx::query_scalar::<_, Vec<u8>>(
            "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires <= $1 LIMIT $2) RETURNING id",
        )
        .bind(now)
        .bind(most);
        let ids = within(delete.fetch_all(&self.pool)).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// Deletes sessions that hold credentials, at most `most` of them, and tells which.
    pub async fn delete_sessions_with_password(&self, most: i64) -> Result<Vec<[u8; 32]>, Error> {
        let delete = sqlx::query_scalar::<_, Vec<u8>>(
            "DELETE FROM session WHERE id IN (SELECT session FROM credential WHERE length(sealed) > 0 LIMIT $1) \
             RETURNING id",
        )
        .bind(most);
        let ids = within(delete.fetch_all(&self.pool)).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// Keeps the sealed credentials of a session that exists; empty for one that opens no mailbox. Never updated.
    pub async fn insert_credential(
        &self,
        session: &[u8; 32],
        account: &AccountId,
        pooled: &AccountId,
        sealed: &[u8],
    ) -> Result<(), Error> {
        let insert =
            sqlx::query("INSERT INTO credential (session, account, pooled, sealed) VALUES ($1, $2, $3, $4)")
                .bind(&session[..])
                .bind(&account.0[..])
                .bind(&pooled.0[..])
                .bind(sealed);
        within(insert.execute(&self.pool)).await?;
        Ok(())
    }

    /// The sessions of an account beside this one, but for those `keep` that would live longest; at most 100.
    pub async fn surplus_sessions(
        &self,
        pooled: &AccountId,
        beside: &[u8; 32],
        keep: i64,
        now: i64,
    ) -> Result<Vec<[u8; 32]>, Error> {
        let select = sqlx::query_scalar::<_, Vec<u8>>(
            "SELECT s.id FROM credential c JOIN session s ON s.id = c.session \
             WHERE c.pooled = $1 AND c.session <> $2 AND s.expires > $3 \
             ORDER BY s.expires DESC LIMIT 100 OFFSET $4",
        )
        .bind(&pooled.0[..])
        .bind(&beside[..])
        .bind(now)
        .bind(keep);
        let ids = within(select.fetch_all(&self.pool)).await?;
        Ok(ids.into_iter().filter_map(|id| id.try_into().ok()).collect())
    }

    /// The sealed credentials of a live session.
    pub async fn credential(
        &self,
        session: &[u8; 32],
        account: &AccountId,
        now: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let select = sqlx::query_scalar(
            "SELECT c.sealed FROM credential c JOIN session s ON s.id = c.session \
             WHERE c.session = $1 AND c.account = $2 AND s.expires > $3",
        )
        .bind(&session[..])
        .bind(&account.0[..])
        .bind(now);
        within(select.fetch_optional(&self.pool)).await
    }
}
