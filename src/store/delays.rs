//! The table `delay`: how long mail took to arrive at each server. Counts of nobody: no query is about an account.

use sqlx::Row;

use super::{Error, Store, measures::MOST_OCTETS, within};

/// Rows read at once: some 67 slots and days of each server, and as many gateways and restarts as any house has.
const MOST: i64 = 20_000;

/// One count of one gateway: what the numbers mean is `status/`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelayRow {
    pub server: String,
    pub gateway: [u8; 16],
    pub grain: i64,
    pub slot: i64,
    pub counts: Vec<u8>,
}

impl Store {
    /// Writes counts of a gateway over those it wrote before.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn put_delays(&self, rows: &[DelayRow]) -> Result<(), Error> {
        let mut write = within(self.pool.begin()).await?;
        for row in rows {
            let upsert = sqlx::query(
                "INSERT INTO delay (server, grain, slot, gateway, counts) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (server, grain, slot, gateway) DO UPDATE SET counts = excluded.counts",
            )
            .bind(&row.server)
            .bind(row.grain)
            .bind(row.slot)
            .bind(&row.gateway[..])
            .bind(&row.counts[..]);
            within(upsert.execute(&mut *write)).await?;
        }
        within(write.commit()).await
    }

    /// The counts of all gateways but this one, those of before its start included; the newest slots first.
    ///
    /// # Errors
    /// As [`Store::put_delays`].
    pub async fn delays_but_of(&self, gateway: &[u8; 16]) -> Result<Vec<DelayRow>, Error> {
        let select = sqlx::query(
            "SELECT server, gateway, grain, slot, counts FROM delay \
             WHERE gateway <> $1 AND length(gateway) = 16 AND length(counts) <= $2 ORDER BY slot DESC LIMIT $3",
        )
        .bind(&gateway[..])
        .bind(MOST_OCTETS)
        .bind(MOST);
        let rows = within(select.fetch_all(&self.pool)).await?;
        let row = |row: &sqlx::any::AnyRow| {
            Ok(DelayRow {
                server: row.try_get(0)?,
                gateway: row.try_get::<Vec<u8>, _>(1)?.try_into().unwrap_or_default(),
                grain: row.try_get(2)?,
                slot: row.try_get(3)?,
                counts: row.try_get(4)?,
            })
        };
        Ok(rows.iter().map(row).collect::<Result<_, sqlx::Error>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_gateway_writes_its_own_and_reads_those_of_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("key")).await.expect("a store");
        let row = |server: &str, gateway, slot, counts: &[u8]| DelayRow {
            server: server.to_owned(),
            gateway: [gateway; 16],
            grain: 0,
            slot,
            counts: counts.to_vec(),
        };
        store.put_delays(&[row("a", 1, 7, b"a"), row("b", 1, 8, b"b")]).await.expect("kept");
        store.put_delays(&[row("b", 1, 8, b"c"), row("b", 2, 8, b"d")]).await.expect("kept");
        let of = async |gateway| store.delays_but_of(&[gateway; 16]).await.expect("read");
        assert_eq!(of(2).await, [row("b", 1, 8, b"c"), row("a", 1, 7, b"a")]);
        assert_eq!(of(1).await, [row("b", 2, 8, b"d")]);
        store.put_delays(&[row("b", 2, 9, &[0; 1281])]).await.expect("kept");
        assert_eq!(of(1).await, [row("b", 2, 8, b"d")], "what is larger than any of ours is not read");
        store.purge_measures(0, 8).await.expect("purged");
        assert_eq!(of(2).await, [row("b", 1, 8, b"c")]);
    }
}
