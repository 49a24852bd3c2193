//! The table `opened`: the marks "a person opened it here" where the mail server takes none.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{AccountId, Error, Store, within};

/// Marks kept for one mailbox; the lowest UIDs are forgotten first.
const MOST: usize = 4_000;
/// Seconds after which unused marks go.
const UNUSED: i64 = 400 * 86_400;
const LABEL: &str = "relais opened marks";

impl Store {
    /// The UIDs marked in this mailbox, ascending. What does not open counts as no mark.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn opened(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
    ) -> Result<Vec<u32>, Error> {
        let place = self.place(account, mailbox, uidvalidity);
        let select =
            sqlx::query_scalar::<_, Vec<u8>>("SELECT uids FROM opened WHERE account = $1 AND place = $2")
                .bind(&account.0[..])
                .bind(&place[..]);
        let sealed = within(select.fetch_optional(&self.pool)).await?;
        let plain = sealed.and_then(|sealed| self.keys.open(LABEL, None, &place, &sealed).ok());
        let bytes = plain.as_deref().map_or(&[][..], |bytes| bytes);
        Ok(bytes
            .chunks_exact(4)
            .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
            .collect())
    }

    /// Adds marks; two writers at once may lose one of them, never what was there before.
    ///
    /// # Errors
    /// As [`Store::opened`], and [`Error::Random`].
    pub async fn add_opened(
        &self,
        account: &AccountId,
        mailbox: &[u8],
        uidvalidity: u32,
        uids: &[u32],
    ) -> Result<(), Error> {
        let place = self.place(account, mailbox, uidvalidity);
        let mut all = self.opened(account, mailbox, uidvalidity).await?;
        all.extend_from_slice(uids);
        all.sort_unstable();
        all.dedup();
        let kept = &all[all.len().saturating_sub(MOST)..];
        let plain: Vec<u8> = kept.iter().flat_map(|uid| uid.to_be_bytes()).collect();
        let sealed = self.keys.seal(LABEL, None, &place, &plain)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
        let upsert = sqlx::query(
            "INSERT INTO opened (account, place, uids, used) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, place) DO UPDATE SET uids = excluded.uids, used = excluded.used",
        )
        .bind(&account.0[..])
        .bind(&place[..])
        .bind(sealed)
        .bind(now);
        within(upsert.execute(&self.pool)).await?;
        let purge = sqlx::query("DELETE FROM opened WHERE used < $1").bind(now - UNUSED);
        within(purge.execute(&self.pool)).await?;
        Ok(())
    }

    fn place(&self, account: &AccountId, mailbox: &[u8], uidvalidity: u32) -> [u8; 32] {
        self.keys.digest(LABEL, &[&account.0, &uidvalidity.to_be_bytes(), mailbox])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn marks_are_kept_apart_bounded_and_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let store = Store::open(&data, &folder.path().join("data.key")).await.expect("a store");
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        store.add_opened(&me, b"INBOX", 7, &[9, 3]).await.expect("kept");
        store.add_opened(&me, b"INBOX", 7, &[3, 5]).await.expect("kept");
        assert_eq!(store.opened(&me, b"INBOX", 7).await.expect("read"), [3, 5, 9]);
        assert_eq!(store.opened(&me, b"INBOX", 8).await.expect("read"), [0u32; 0]);
        assert_eq!(store.opened(&other, b"INBOX", 7).await.expect("read"), [0u32; 0]);
        let many: Vec<u32> = (1..=5_000).collect();
        store.add_opened(&me, b"INBOX", 7, &many).await.expect("kept");
        let kept = store.opened(&me, b"INBOX", 7).await.expect("read");
        assert_eq!((kept.len(), kept[0], kept[kept.len() - 1]), (MOST, 1_001, 5_000));
    }
}
