//! The table `familiar`: from which networks an account has signed in, so that an attack from elsewhere does not
//! keep its owner out. Keyed digests alone: a row tells neither who nor from where.

use std::net::IpAddr;

use super::{AccountId, Error, Store, within};

/// Networks kept for one account; the one that was not used for longest is forgotten first.
const MOST: i64 = 20;
/// Seconds after which an unused one goes.
const UNUSED: i64 = 90 * 86_400;
const LABEL: &str = "relais familiar network";

impl Store {
    /// Whether this account signed in from this network before.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn is_familiar(&self, account: &AccountId, network: IpAddr) -> Result<bool, Error> {
        let select =
            sqlx::query_scalar::<_, i64>("SELECT used FROM familiar WHERE account = $1 AND network = $2")
                .bind(&account.0[..])
                .bind(self.network(account, network));
        Ok(within(select.fetch_optional(&self.pool)).await?.is_some())
    }

    /// It has signed in from there, at `now` (seconds since 1970).
    ///
    /// # Errors
    /// As [`Store::is_familiar`].
    pub async fn add_familiar(&self, account: &AccountId, network: IpAddr, now: i64) -> Result<(), Error> {
        let upsert = sqlx::query(
            "INSERT INTO familiar (account, network, used) VALUES ($1, $2, $3) \
             ON CONFLICT (account, network) DO UPDATE SET used = excluded.used",
        )
        .bind(&account.0[..])
        .bind(self.network(account, network))
        .bind(now);
        within(upsert.execute(&self.pool)).await?;
        let surplus = sqlx::query(
            "DELETE FROM familiar WHERE used < $1 OR account = $2 AND network NOT IN \
             (SELECT network FROM familiar WHERE account = $2 ORDER BY used DESC LIMIT $3)",
        )
        .bind(now - UNUSED)
        .bind(&account.0[..])
        .bind(MOST);
        within(surplus.execute(&self.pool)).await?;
        Ok(())
    }

    /// The same network has another digest for another account.
    fn network(&self, account: &AccountId, network: IpAddr) -> Vec<u8> {
        let octets = match network {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        self.keys.digest(LABEL, &[&account.0, &octets]).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn networks_are_kept_for_an_account_bounded_and_for_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await.expect("a store");
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        let network = |n: u8| IpAddr::from([192, 0, n, 0]);
        let knows = async |account, n| store.is_familiar(account, network(n)).await.expect("read");
        store.add_familiar(&me, network(0), 1_000).await.expect("kept");
        assert!(knows(&me, 0).await && !knows(&me, 1).await && !knows(&other, 0).await);
        store.add_familiar(&other, network(0), 1_000).await.expect("kept");
        for n in 1..=20 {
            store.add_familiar(&me, network(n), 1_000 + i64::from(n)).await.expect("kept");
        }
        assert!(!knows(&me, 0).await && knows(&me, 1).await && knows(&me, 20).await);
        assert!(knows(&other, 0).await, "one account's many networks cost nobody else's");
        store.add_familiar(&me, network(1), 1_010 + UNUSED).await.expect("kept");
        assert!(
            knows(&me, 1).await && knows(&me, 10).await && !knows(&me, 9).await && !knows(&other, 0).await
        );
    }
}
