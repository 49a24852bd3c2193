//! The table `draft`: what people are writing, sealed per account.
//!
//! A draft's id is the idempotency key of its form. Once a message was accepted under that key there is no such draft
//! any more, whatever order saving and sending arrive in.

use sqlx::Row;
use zeroize::Zeroizing;

use super::{AccountId, Error, Store, within};

/// Drafts of one account.
pub const MOST: i64 = 50;
/// Their octets in all.
const MOST_OCTETS: i64 = 16 << 20;
/// Seconds that a draft is kept after it was saved last.
const LIFE: i64 = 30 * 86_400;
/// Rows of one purge.
const STEP: i64 = 100;

const HEAD: &str = "relais draft head";
const DATA: &str = "relais draft";
const COPY: &str = "relais draft copy";

/// One line of the list; `head` and `copy` are as they were given.
pub struct DraftHead {
    pub id: [u8; 16],
    pub version: i64,
    pub head: Zeroizing<Vec<u8>>,
    pub copy: Option<Zeroizing<Vec<u8>>>,
    /// Seconds since 1970.
    pub saved: i64,
}

/// A draft as it was saved last.
pub struct Draft {
    pub version: i64,
    pub data: Zeroizing<Vec<u8>>,
    pub copy: Option<Zeroizing<Vec<u8>>>,
    /// Seconds since 1970.
    pub saved: i64,
}

/// What is to be saved.
pub struct NewDraft<'a> {
    pub id: [u8; 16],
    /// The version it was based on; 0: none.
    pub based: i64,
    pub head: &'a [u8],
    pub data: &'a [u8],
    /// Uploads that it needs: they stay as long as it does.
    pub files: &'a [[u8; 16]],
}

/// What became of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The version that is kept now.
    Kept(i64),
    /// Somebody saved another one since; nothing was written.
    Changed,
    /// It was sent meanwhile; nothing was written.
    Sent,
    /// The account has too many drafts, or too large ones; nothing was written.
    Full,
}

impl Store {
    /// Saves a draft, unless it was changed since the version it is based on. A draft that was deleted meanwhile is
    /// there again: somebody goes on writing it.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`]; [`Error::Random`].
    pub async fn save_draft(&self, account: &AccountId, new: &NewDraft<'_>) -> Result<Saved, Error> {
        let bound = bound(account, &new.id);
        let head = self.keys.seal(HEAD, None, &bound, new.head)?;
        let data = self.keys.seal(DATA, None, &bound, new.data)?;
        let version = new.based + 1;
        let mut write = within(self.pool.begin()).await?;
        // A write first: two that begin by reading could not both go on to write.
        let insert = sqlx::query(
            "INSERT INTO draft (account, id, version, head, data, size, saved) \
             SELECT $1, $2, $3, $4, $5, $6, unixepoch() \
             WHERE NOT EXISTS (SELECT 1 FROM message WHERE account = $1 AND key = $2) \
             ON CONFLICT (account, id) DO UPDATE SET version = excluded.version, head = excluded.head, \
             data = excluded.data, size = excluded.size, saved = excluded.saved \
             WHERE draft.version = $7",
        )
        .bind(&account.0[..])
        .bind(&new.id[..])
        .bind(version)
        .bind(head)
        .bind(data)
        .bind(new.data.len() as i64)
        .bind(new.based);
        if within(insert.execute(&mut *write)).await?.rows_affected() == 0 {
            within(write.rollback()).await?;
            let sent = self.message_by_key(account, &new.id).await?.is_some();
            return Ok(if sent { Saved::Sent } else { Saved::Changed });
        }
        let count = sqlx::query(
            "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM draft WHERE account = $1",
        )
        .bind(&account.0[..]);
        let row = within(count.fetch_one(&mut *write)).await?;
        if row.try_get::<i64, _>(0)? > MOST || row.try_get::<i64, _>(1)? > MOST_OCTETS {
            within(write.rollback()).await?;
            return Ok(Saved::Full);
        }
        for file in new.files {
            let extend = sqlx::query(
                "UPDATE blob SET expires = unixepoch() + $1 WHERE id = $2 AND account = $3 AND message IS NULL",
            )
            .bind(LIFE)
            .bind(&file[..])
            .bind(&account.0[..]);
            within(extend.execute(&mut *write)).await?;
        }
        within(write.commit()).await?;
        Ok(Saved::Kept(version))
    }

    /// A draft that was not sent.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn draft(&self, account: &AccountId, id: &[u8; 16]) -> Result<Option<Draft>, Error> {
        let select = sqlx::query(
            "SELECT version, data, copy, saved FROM draft d WHERE account = $1 AND id = $2 AND NOT EXISTS \
             (SELECT 1 FROM message m WHERE m.account = d.account AND m.key = d.id)",
        )
        .bind(&account.0[..])
        .bind(&id[..]);
        let Some(row) = within(select.fetch_optional(&self.pool)).await? else { return Ok(None) };
        let bound = bound(account, id);
        let data: Vec<u8> = row.try_get(1)?;
        let Ok(data) = self.keys.open(DATA, None, &bound, &data) else { return Ok(None) };
        Ok(Some(Draft {
            version: row.try_get(0)?,
            data,
            copy: self.copy(&bound, &row, 2)?,
            saved: row.try_get(3)?,
        }))
    }

    /// The drafts of an account, the latest first.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn drafts(&self, account: &AccountId) -> Result<Vec<DraftHead>, Error> {
        let select = sqlx::query(
            "SELECT id, version, head, copy, saved FROM draft d WHERE account = $1 AND NOT EXISTS \
             (SELECT 1 FROM message m WHERE m.account = d.account AND m.key = d.id) ORDER BY saved DESC, id",
        )
        .bind(&account.0[..]);
        let mut heads = Vec::new();
        for row in within(select.fetch_all(&self.pool)).await? {
            let id: Vec<u8> = row.try_get(0)?;
            let Ok(id) = <[u8; 16]>::try_from(id) else { continue };
            let bound = bound(account, &id);
            let head: Vec<u8> = row.try_get(2)?;
            let Ok(head) = self.keys.open(HEAD, None, &bound, &head) else { continue };
            let copy = self.copy(&bound, &row, 3)?;
            heads.push(DraftHead { id, version: row.try_get(1)?, head, copy, saved: row.try_get(4)? });
        }
        Ok(heads)
    }

    fn copy(
        &self,
        bound: &[u8],
        row: &sqlx::any::AnyRow,
        at: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let sealed: Option<Vec<u8>> = row.try_get(at)?;
        Ok(sealed.and_then(|sealed| self.keys.open(COPY, None, bound, &sealed).ok()))
    }

    /// Where the copy of a draft is, also of one that was sent just now.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn draft_copy(
        &self,
        account: &AccountId,
        id: &[u8; 16],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let select = sqlx::query("SELECT copy FROM draft WHERE account = $1 AND id = $2")
            .bind(&account.0[..])
            .bind(&id[..]);
        let row = within(select.fetch_optional(&self.pool)).await?;
        row.map_or(Ok(None), |row| self.copy(&bound(account, id), &row, 0))
    }

    /// Where the copy of a draft is now. False when there is no such draft.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn set_draft_copy(
        &self,
        account: &AccountId,
        id: &[u8; 16],
        copy: &[u8],
    ) -> Result<bool, Error> {
        let sealed = self.keys.seal(COPY, None, &bound(account, id), copy)?;
        let update = sqlx::query("UPDATE draft SET copy = $1 WHERE account = $2 AND id = $3")
            .bind(sealed)
            .bind(&account.0[..])
            .bind(&id[..]);
        Ok(within(update.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// Drops a draft. False when there is none.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn delete_draft(&self, account: &AccountId, id: &[u8; 16]) -> Result<bool, Error> {
        let delete = sqlx::query("DELETE FROM draft WHERE account = $1 AND id = $2")
            .bind(&account.0[..])
            .bind(&id[..]);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected() == 1)
    }

    /// Drops drafts that nobody touched for 30 days, and returns how many.
    ///
    /// # Errors
    /// As [`Store::save_draft`].
    pub async fn purge_drafts(&self) -> Result<u64, Error> {
        let delete = sqlx::query(
            "DELETE FROM draft WHERE saved < unixepoch() - $1 AND (account, id) IN \
             (SELECT account, id FROM draft WHERE saved < unixepoch() - $1 LIMIT $2)",
        )
        .bind(LIFE)
        .bind(STEP);
        Ok(within(delete.execute(&self.pool)).await?.rows_affected())
    }
}

fn bound(account: &AccountId, id: &[u8; 16]) -> Vec<u8> {
    [&id[..], &account.0[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::outbox::NewBlob;

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store")
    }

    fn new(id: u8, based: i64, data: &[u8]) -> NewDraft<'_> {
        NewDraft { id: [id; 16], based, head: b"head", data, files: &[] }
    }

    const ME: AccountId = AccountId([1; 32]);
    const OTHER: AccountId = AccountId([2; 32]);

    #[tokio::test]
    async fn an_older_tab_overwrites_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder).await;
        let save = async |account, new| store.save_draft(account, &new).await.expect("saved");
        assert_eq!(save(&ME, new(7, 0, b"one")).await, Saved::Kept(1));
        assert_eq!(save(&ME, new(7, 1, b"two")).await, Saved::Kept(2));
        assert_eq!(save(&ME, new(7, 1, b"older")).await, Saved::Changed);
        assert_eq!(save(&ME, new(7, 0, b"fresh")).await, Saved::Changed);
        let kept = store.draft(&ME, &[7; 16]).await.expect("read").expect("a draft");
        assert_eq!((kept.version, &kept.data[..]), (2, &b"two"[..]));
        assert!(store.draft(&OTHER, &[7; 16]).await.expect("read").is_none());
        assert!(!store.delete_draft(&OTHER, &[7; 16]).await.expect("asked"));
        assert!(store.set_draft_copy(&ME, &[7; 16], b"there").await.expect("kept"));
        let heads = store.drafts(&ME).await.expect("read");
        let copy = heads[0].copy.as_ref().map(|copy| copy.to_vec());
        assert_eq!((heads.len(), &heads[0].head[..], copy), (1, &b"head"[..], Some(b"there".to_vec())));
        // Deleted elsewhere, and somebody goes on writing.
        assert!(store.delete_draft(&ME, &[7; 16]).await.expect("deleted"));
        assert_eq!(save(&ME, new(7, 2, b"three")).await, Saved::Kept(3));
    }

    #[tokio::test]
    async fn bounded_for_each_account_and_in_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder).await;
        for n in 0..MOST {
            let kept = store.save_draft(&ME, &new(n as u8, 0, b"x")).await.expect("saved");
            assert_eq!(kept, Saved::Kept(1));
        }
        assert_eq!(store.save_draft(&ME, &new(200, 0, b"x")).await.expect("asked"), Saved::Full);
        assert_eq!(store.save_draft(&ME, &new(1, 1, b"y")).await.expect("saved"), Saved::Kept(2));
        let large = vec![0; MOST_OCTETS as usize + 1];
        assert_eq!(store.save_draft(&OTHER, &new(1, 0, &large)).await.expect("asked"), Saved::Full);
        assert!(store.drafts(&OTHER).await.expect("read").is_empty());
        let age = "UPDATE draft SET saved = saved - 31 * 86400 WHERE id <> $1";
        sqlx::query(age).bind(&[1u8; 16][..]).execute(&store.pool).await.expect("aged");
        assert_eq!(store.purge_drafts().await.expect("purged"), MOST as u64 - 1);
        assert_eq!(store.drafts(&ME).await.expect("read").len(), 1);
    }

    #[tokio::test]
    async fn its_uploads_stay_and_nothing_is_in_clear() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder).await;
        let blob = NewBlob { id: [9; 16], sealed_key: vec![1], label: None, life: 60 };
        store.insert_blob(&ME, &blob).await.expect("staged");
        let draft = NewDraft { files: &[[9; 16], [8; 16]], ..new(1, 0, b"very secret words") };
        store.save_draft(&ME, &draft).await.expect("saved");
        let left: i64 = sqlx::query_scalar("SELECT expires - unixepoch() FROM blob")
            .fetch_one(&store.pool)
            .await
            .expect("a blob");
        assert!(left > LIFE - 60, "{left}");
        store.close().await;
        for name in ["relais.db", "relais.db-wal"] {
            let bytes = std::fs::read(folder.path().join("data").join(name)).unwrap_or_default();
            assert!(!bytes.windows(11).any(|w| w == b"very secret"), "{name}");
        }
    }
}
