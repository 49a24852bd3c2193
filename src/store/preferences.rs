//! The table `preferences`: what people chose for their account. What it says is the business of the room that asks.

use zeroize::Zeroizing;

use super::{AccountId, Error, Store, within};

/// Seconds after which unused ones go.
const UNUSED: i64 = 400 * 86_400;
const LABEL: &str = "relais preferences";

impl Store {
    /// What was kept for this account; what does not open counts as nothing.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn preferences(&self, account: &AccountId) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let select = sqlx::query_scalar::<_, Vec<u8>>("SELECT chosen FROM preferences WHERE account = $1")
            .bind(&account.0[..]);
        let sealed = within(select.fetch_optional(&self.pool)).await?;
        Ok(sealed.and_then(|sealed| self.keys.open(LABEL, None, &account.0, &sealed).ok()))
    }

    /// Keeps `chosen` in place of what there was; nothing at all when it is empty.
    ///
    /// # Errors
    /// As [`Store::preferences`], and [`Error::Random`].
    pub async fn set_preferences(&self, account: &AccountId, chosen: &[u8]) -> Result<(), Error> {
        if chosen.is_empty() {
            let delete = sqlx::query("DELETE FROM preferences WHERE account = $1").bind(&account.0[..]);
            within(delete.execute(&self.pool)).await?;
            return Ok(());
        }
        let upsert = sqlx::query(
            "INSERT INTO preferences (account, chosen, used) VALUES ($1, $2, unixepoch()) \
             ON CONFLICT (account) DO UPDATE SET chosen = excluded.chosen, used = excluded.used",
        )
        .bind(&account.0[..])
        .bind(self.keys.seal(LABEL, None, &account.0, chosen)?);
        within(upsert.execute(&self.pool)).await?;
        let purge = sqlx::query("DELETE FROM preferences WHERE used < unixepoch() - $1").bind(UNUSED);
        within(purge.execute(&self.pool)).await?;
        Ok(())
    }

    /// They are used: they stay for another 400 days. Written at most once a day.
    ///
    /// # Errors
    /// As [`Store::preferences`].
    pub async fn use_preferences(&self, account: &AccountId) -> Result<(), Error> {
        let update = sqlx::query(
            "UPDATE preferences SET used = unixepoch() WHERE account = $1 AND used < unixepoch() - 86400",
        )
        .bind(&account.0[..]);
        within(update.execute(&self.pool)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_account_has_its_own_and_they_are_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        let kept =
            async |account| store.preferences(account).await.expect("read").map(|plain| plain.to_vec());
        assert_eq!(kept(&me).await, None);
        store.set_preferences(&me, b"signature").await.expect("kept");
        store.set_preferences(&me, b"another").await.expect("kept");
        store.use_preferences(&me).await.expect("used");
        assert_eq!((kept(&me).await.as_deref(), kept(&other).await), (Some(&b"another"[..]), None));
        let raw: Vec<u8> =
            sqlx::query_scalar("SELECT chosen FROM preferences").fetch_one(&store.pool).await.expect("a row");
        assert!(!raw.windows(7).any(|w| w == b"another"));
        // A row that was moved to another account does not open there.
        sqlx::query("UPDATE preferences SET account = $1")
            .bind(&other.0[..])
            .execute(&store.pool)
            .await
            .expect("moved");
        assert_eq!(kept(&other).await, None);
        store.set_preferences(&other, b"").await.expect("deleted");
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM preferences")
            .fetch_one(&store.pool)
            .await
            .expect("a count");
        assert_eq!(left, 0);
    }
}
