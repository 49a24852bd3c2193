//! The table `missed`: what accounts were told of a span in which something did not work.

use super::{AccountId, Error, Store, within};

/// Seconds after which a row goes.
const LIFE: i64 = 90 * 86_400;

/// Of all accounts that looked at what they missed in a span: numbers, and nobody's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    pub accounts: i64,
    /// Messages that nobody had opened when their owner looked, in the look that left out the fewest mailboxes.
    pub unopened: i64,
}

/// What one look at a span found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Messages that nobody had opened.
    pub unopened: u64,
    /// Mailboxes that could not be looked at.
    pub left_out: u64,
}

impl Store {
    /// The owner of this account looked. A look that left out more mailboxes than the one whose number is kept replaces it by a
    /// larger one alone: each is "at least". `span` in seconds since 1970, as in every call here.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn set_missed(&self, account: &AccountId, span: (i64, i64), look: Look) -> Result<(), Error> {
        self.forget_missed().await?;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let upsert = sqlx::query(
            "INSERT INTO missed (account, began, ended, unopened, left_out, hidden, looked) \
             VALUES ($1, $2, $3, $4, $5, 0, unixepoch()) \
             ON CONFLICT (account, began, ended) DO UPDATE SET \
             unopened = excluded.unopened, left_out = excluded.left_out, looked = excluded.looked \
             WHERE missed.unopened IS NULL OR excluded.left_out <= missed.left_out \
             OR excluded.unopened > missed.unopened",
        )
        .bind(&account.0[..])
        .bind(span.0)
        .bind(span.1)
        .bind(number(look.unopened))
        .bind(number(look.left_out));
        within(upsert.execute(&self.pool)).await?;
        Ok(())
    }

    /// The inbox of this account is to say no more of it.
    ///
    /// # Errors
    /// As [`Store::set_missed`].
    pub async fn hide_missed(&self, account: &AccountId, span: (i64, i64)) -> Result<(), Error> {
        self.forget_missed().await?;
        let upsert = sqlx::query(
            "INSERT INTO missed (account, began, ended, hidden, looked) VALUES ($1, $2, $3, 1, unixepoch()) \
             ON CONFLICT (account, began, ended) DO UPDATE SET hidden = 1, looked = excluded.looked",
        )
        .bind(&account.0[..])
        .bind(span.0)
        .bind(span.1);
        within(upsert.execute(&self.pool)).await?;
        Ok(())
    }

    async fn forget_missed(&self) -> Result<(), Error> {
        let old = sqlx::query("DELETE FROM missed WHERE looked < unixepoch() - $1").bind(LIFE);
        within(old.execute(&self.pool)).await?;
        Ok(())
    }

    /// Whether the inbox of this account is to say nothing of it.
    ///
    /// # Errors
    /// As [`Store::set_missed`].
    pub async fn missed_is_hidden(
        &self,
        account: &AccountId,
        (began, ended): (i64, i64),
    ) -> Result<bool, Error> {
        let select = sqlx::query_scalar::<_, i64>(
            "SELECT hidden FROM missed WHERE account = $1 AND began = $2 AND ended = $3",
        )
        .bind(&account.0[..])
        .bind(began)
        .bind(ended);
        Ok(within(select.fetch_optional(&self.pool)).await? == Some(1))
    }

    /// For the administrator.
    ///
    /// # Errors
    /// As [`Store::set_missed`].
    pub async fn missed_by_all(&self, (began, ended): (i64, i64)) -> Result<Looks, Error> {
        let select = sqlx::query_as::<_, (i64, i64)>(
            "SELECT count(*), CAST(coalesce(sum(unopened), 0) AS BIGINT) FROM missed \
             WHERE began = $1 AND ended = $2 AND unopened IS NOT NULL",
        )
        .bind(began)
        .bind(ended);
        let (accounts, unopened) = within(select.fetch_one(&self.pool)).await?;
        Ok(Looks { accounts, unopened })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_old_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let (me, span, later) = (AccountId([1; 32]), (100, 200), (300, 400));
        let looks = async |span| store.missed_by_all(span).await.expect("numbers");
        store.set_missed(&me, span, Look { unopened: 7, left_out: 0 }).await.expect("kept");
        assert_eq!(looks(span).await, Looks { accounts: 1, unopened: 7 });
        let old = sqlx::query("UPDATE missed SET looked = unixepoch() - $1").bind(LIFE + 60);
        old.execute(&store.pool).await.expect("aged");
        store.set_missed(&me, later, Look { unopened: 1, left_out: 0 }).await.expect("kept");
        assert_eq!(looks(span).await, Looks { accounts: 0, unopened: 0 });
    }
}
