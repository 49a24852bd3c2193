//! The table `once`: forms that would make something twice if they came twice (a double tap, a reload), whichever gateway
//! they come to.

use super::{AccountId, Error, Store, within};

/// Seconds after which a form is a new one.
const LIFE: i64 = 3_600;
const LABEL: &str = "relais once";

/// What is known of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It comes for the first time: whoever is told so does it.
    First,
    /// It came before; with what was answered, if that is known yet.
    Before(Option<Vec<u8>>),
    /// Another form came under this key.
    Other,
}

impl Store {
    /// Asks for the right to do what this form asks; `digest` is that of all it says.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn once(&self, account: &AccountId, key: u64, digest: &[u8; 32]) -> Result<Once, Error> {
        let old = sqlx::query("DELETE FROM once WHERE begun < unixepoch() - $1").bind(LIFE);
        within(old.execute(&self.pool)).await?;
        let insert = sqlx::query(
            "INSERT INTO once (account, key, digest, begun) VALUES ($1, $2, $3, unixepoch()) ON CONFLICT DO NOTHING",
        )
        .bind(&account.0[..])
        .bind(key.to_be_bytes().to_vec())
        .bind(&digest[..]);
        if within(insert.execute(&self.pool)).await?.rows_affected() == 1 {
            return Ok(Once::First);
        }
        let select = sqlx::query_as::<_, (Vec<u8>, Option<Vec<u8>>)>(
            "SELECT digest, answer FROM once WHERE account = $1 AND key = $2",
        )
        .bind(&account.0[..])
        .bind(key.to_be_bytes().to_vec());
        Ok(match within(select.fetch_optional(&self.pool)).await? {
            Some((before, answer)) if before == digest => Once::Before(
                answer
                    .and_then(|sealed| self.keys.open(LABEL, None, &account.0, &sealed).ok())
                    .map(|a| a.to_vec()),
            ),
            Some(_) => Once::Other,
            // Given up in this moment.
            None => Once::Before(None),
        })
    }

    /// What was answered.
    ///
    /// # Errors
    /// As [`Store::once`], and [`Error::Random`].
    pub async fn answer_once(&self, account: &AccountId, key: u64, answer: &[u8]) -> Result<(), Error> {
        let update = sqlx::query("UPDATE once SET answer = $3 WHERE account = $1 AND key = $2")
            .bind(&account.0[..])
            .bind(key.to_be_bytes().to_vec())
            .bind(self.keys.seal(LABEL, None, &account.0, answer)?);
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    /// Nothing was done: the form may come again.
    ///
    /// # Errors
    /// As [`Store::once`].
    pub async fn forget_once(&self, account: &AccountId, key: u64) -> Result<(), Error> {
        let delete = sqlx::query("DELETE FROM once WHERE account = $1 AND key = $2")
            .bind(&account.0[..])
            .bind(key.to_be_bytes().to_vec());
        within(delete.execute(&self.pool)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_is_done_once_and_answered_as_often_as_it_comes() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        let asked =
            async |account, key, digest| store.once(account, key, &[digest; 32]).await.expect("asked");
        assert_eq!(asked(&me, 7, 1).await, Once::First);
        assert_eq!(asked(&me, 7, 1).await, Once::Before(None));
        assert_eq!(asked(&me, 7, 2).await, Once::Other);
        assert_eq!(asked(&other, 7, 1).await, Once::First);
        store.answer_once(&me, 7, b"/mail/Archive").await.expect("kept");
        assert_eq!(asked(&me, 7, 1).await, Once::Before(Some(b"/mail/Archive".to_vec())));
        assert_eq!(asked(&other, 7, 1).await, Once::Before(None), "each account has its own");
        store.forget_once(&other, 7).await.expect("given up");
        assert_eq!(asked(&other, 7, 2).await, Once::First);
        sqlx::query("UPDATE once SET begun = begun - 4000").execute(&store.pool).await.expect("older");
        assert_eq!(asked(&me, 7, 1).await, Once::First, "after an hour it is a new form");
    }
}
