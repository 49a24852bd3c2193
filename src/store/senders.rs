//! The table `sender`: where people want what somebody writes to them. Rows are named by keyed digests; the address is sealed, for
//! its account alone.

use super::{AccountId, Error, Store, within};
use crate::message::lane::Lane;

/// Senders kept for one account; the one that was of no use for longest goes first.
const MOST: i64 = 2_000;
/// Seconds after which one that was of no use goes.
const UNUSED: i64 = 400 * 86_400;
/// Characters of an address (RFC 5321 §4.5.3.1 allows 64, `@` and 255).
pub const LONGEST: usize = 320;
const LABEL: &str = "relais sender";

/// A sender, and where it was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// In lower case.
    pub address: String,
    pub lane: Lane,
}

impl Store {
    /// All that were put somewhere, the last used first. What does not open counts as nothing.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn senders(&self, account: &AccountId) -> Result<Vec<Sender>, Error> {
        let select = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(
            "SELECT name, chosen FROM sender WHERE account = $1 ORDER BY used DESC, name LIMIT $2",
        )
        .bind(&account.0[..])
        .bind(MOST);
        let rows = within(select.fetch_all(&self.pool)).await?;
        Ok(rows.iter().filter_map(|(name, sealed)| self.opened_sender(account, name, sealed)).collect())
    }

    /// Where this one was put.
    ///
    /// # Errors
    /// As [`Store::senders`].
    pub async fn sender(&self, account: &AccountId, address: &str) -> Result<Option<Lane>, Error> {
        let name = self.sender_name(account, address);
        let select =
            sqlx::query_scalar::<_, Vec<u8>>("SELECT chosen FROM sender WHERE account = $1 AND name = $2")
                .bind(&account.0[..])
                .bind(&name[..]);
        let sealed = within(select.fetch_optional(&self.pool)).await?;
        Ok(sealed.and_then(|sealed| Some(self.opened_sender(account, &name, &sealed)?.lane)))
    }

    /// Puts it there, whatever was chosen before.
    ///
    /// # Errors
    /// As [`Store::senders`], and [`Error::Random`].
    pub async fn put_sender(&self, account: &AccountId, address: &str, lane: Lane) -> Result<(), Error> {
        let address = address.to_lowercase();
        let name = self.sender_name(account, &address);
        let plain = [&[word(lane)], address.as_bytes()].concat();
        let upsert = sqlx::query(
            "INSERT INTO sender (account, name, chosen, used) VALUES ($1, $2, $3, unixepoch()) \
             ON CONFLICT (account, name) DO UPDATE SET chosen = excluded.chosen, used = excluded.used",
        )
        .bind(&account.0[..])
        .bind(&name[..])
        .bind(self.keys.seal(LABEL, None, &context(account, &name), &plain)?);
        within(upsert.execute(&self.pool)).await?;
        let surplus = sqlx::query(
            "DELETE FROM sender WHERE used < unixepoch() - $1 OR account = $2 AND name NOT IN \
             (SELECT name FROM sender WHERE account = $2 ORDER BY used DESC, name = $4 DESC, name LIMIT $3)",
        )
        .bind(UNUSED)
        .bind(&account.0[..])
        .bind(MOST)
        .bind(&name[..]);
        within(surplus.execute(&self.pool)).await?;
        Ok(())
    }

    /// Forgets where this one was put; all of them where none is named.
    ///
    /// # Errors
    /// As [`Store::senders`].
    pub async fn forget_sender(&self, account: &AccountId, address: Option<&str>) -> Result<(), Error> {
        let name = address.map(|address| self.sender_name(account, address).to_vec());
        let delete = match name {
            Some(name) => sqlx::query("DELETE FROM sender WHERE account = $1 AND name = $2")
                .bind(&account.0[..])
                .bind(name),
            None => sqlx::query("DELETE FROM sender WHERE account = $1").bind(&account.0[..]),
        };
        within(delete.execute(&self.pool)).await?;
        Ok(())
    }

    /// They decided something: they stay for another 400 days. Written at most once a day.
    ///
    /// # Errors
    /// As [`Store::senders`].
    pub async fn use_senders(&self, account: &AccountId, addresses: &[String]) -> Result<(), Error> {
        if addresses.is_empty() {
            return Ok(());
        }
        let places: Vec<String> = (2..addresses.len() + 2).map(|n| format!("${n}")).collect();
        let text = format!(
            "UPDATE sender SET used = unixepoch() WHERE account = $1 AND used < unixepoch() - 86400 AND name IN ({})",
            places.join(", ")
        );
        let update = sqlx::query(sqlx::AssertSqlSafe(text)).bind(account.0.to_vec());
        let update =
            addresses.iter().fold(update, |q, address| q.bind(self.sender_name(account, address).to_vec()));
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    fn opened_sender(&self, account: &AccountId, name: &[u8], sealed: &[u8]) -> Option<Sender> {
        let plain = self.keys.open(LABEL, None, &context(account, name), sealed).ok()?;
        let (lane, address) = plain.split_first()?;
        Some(Sender { lane: lane_of(*lane)?, address: String::from_utf8(address.to_vec()).ok()? })
    }

    /// The same address has another digest for another account.
    fn sender_name(&self, account: &AccountId, address: &str) -> [u8; 32] {
        self.keys.digest(LABEL, &[&account.0, address.to_lowercase().as_bytes()])
    }
}

fn context(account: &AccountId, name: &[u8]) -> Vec<u8> {
    [&account.0[..], name].concat()
}

/// As it is kept: the two lanes that people put senders in.
fn word(lane: Lane) -> u8 {
    if lane == Lane::Advertising { b'a' } else { b'p' }
}

fn lane_of(word: u8) -> Option<Lane> {
    match word {
        b'a' => Some(Lane::Advertising),
        b'p' => Some(Lane::People),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn choices_are_an_account_s_own_sealed_and_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        store.put_sender(&me, "News@Shop.example", Lane::People).await.expect("kept");
        store.put_sender(&me, "news@shop.example", Lane::Advertising).await.expect("kept");
        let of = async |account| store.senders(account).await.expect("read");
        let shop = Sender { address: "news@shop.example".into(), lane: Lane::Advertising };
        assert_eq!((of(&me).await, of(&other).await), (vec![shop], vec![]));
        let lane = |account, address| store.sender(account, address);
        assert_eq!(lane(&me, "NEWS@shop.example").await.expect("read"), Some(Lane::Advertising));
        assert_eq!(lane(&other, "news@shop.example").await.expect("read"), None);
        // Neither in clear, nor of use elsewhere.
        let all = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>("SELECT name, chosen FROM sender");
        let (name, chosen) = all.fetch_one(&store.pool).await.expect("a row");
        assert!(![name, chosen].concat().windows(4).any(|w| w == b"shop"));
        store.run_for_test("UPDATE sender SET account = x'02'".into()).await;
        assert_eq!(of(&AccountId([2; 32])).await, []);
        store.run_for_test("DELETE FROM sender".into()).await;

        // The one that was of no use for longest goes.
        for address in ["used@x.example", "old@x.example"] {
            store.put_sender(&me, address, Lane::People).await.expect("kept");
        }
        store.run_for_test("UPDATE sender SET used = used - 300000".into()).await;
        store.use_senders(&me, &["Used@x.example".into()]).await.expect("used");
        store.use_senders(&me, &[]).await.expect("none");
        let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1998) \
                    INSERT INTO sender SELECT a.account, CAST(i AS BLOB), x'00', unixepoch() - 100000 FROM n, \
                    (SELECT DISTINCT account FROM sender) AS a";
        assert_eq!(store.run_for_test(many.into()).await, 1_998);
        let there = async |address| store.sender(&me, address).await.expect("read").is_some();
        assert!(there("old@x.example").await && there("used@x.example").await, "there is room for 2,000");
        store.put_sender(&me, "new@x.example", Lane::Advertising).await.expect("kept");
        assert!(
            !there("old@x.example").await && there("used@x.example").await && there("new@x.example").await
        );
        assert_eq!(store.run_for_test("UPDATE sender SET used = 0".into()).await as i64, MOST);
        store.put_sender(&me, "a@b.example", Lane::People).await.expect("kept");
        assert_eq!(
            store.run_for_test("DELETE FROM sender".into()).await,
            1,
            "what was of no use for 400 days is gone"
        );
    }
}
