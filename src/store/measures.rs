//! The tables `measure` and `probe`: how long things took, and what probes found. Counts of nobody: no query is about
//! an account.

use sqlx::Row;

use super::{Error, Store, within};

/// Rows read at once: three kinds, 67 slots and days, and as many gateways and restarts as any house has.
const MOST: i64 = 50_000;

/// Octets of one row's counts: a histogram has 1,280 at most.
pub(super) const MOST_OCTETS: i64 = 1280;

/// One count of one gateway, or of all: what the numbers mean is `status/`'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureRow {
    pub kind: i64,
    pub grain: i64,
    pub slot: i64,
    pub counts: Vec<u8>,
}

/// What was found of one server, in seconds since 1970; `awaited` in milliseconds: a letter is known by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProbeRow {
    pub at: Option<i64>,
    pub reads_down: Option<i64>,
    pub sends_down: Option<i64>,
    pub awaited: Option<i64>,
}

impl Store {
    /// Writes the counts of this gateway over those it wrote before.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn put_measures(&self, gateway: &[u8; 16], rows: &[MeasureRow]) -> Result<(), Error> {
        let mut write = within(self.pool.begin()).await?;
        for row in rows {
            let upsert = sqlx::query(
                "INSERT INTO measure (kind, grain, slot, gateway, counts) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (kind, grain, slot, gateway) DO UPDATE SET counts = excluded.counts",
            )
            .bind(row.kind)
            .bind(row.grain)
            .bind(row.slot)
            .bind(&gateway[..])
            .bind(&row.counts[..]);
            within(upsert.execute(&mut *write)).await?;
        }
        within(write.commit()).await
    }

    /// The counts of all gateways but this one, those of before its start included; the newest slots first.
    ///
    /// # Errors
    /// As [`Store::put_measures`].
    pub async fn measures_but_of(&self, gateway: &[u8; 16]) -> Result<Vec<MeasureRow>, Error> {
        let select = sqlx::query(
            "SELECT kind, grain, slot, counts FROM measure WHERE gateway <> $1 AND length(counts) <= $2 \
             ORDER BY slot DESC LIMIT $3",
        )
        .bind(&gateway[..])
        .bind(MOST_OCTETS)
        .bind(MOST);
        let rows = within(select.fetch_all(&self.pool)).await?;
        let row = |row: &sqlx::any::AnyRow| {
            Ok(MeasureRow {
                kind: row.try_get(0)?,
                grain: row.try_get(1)?,
                slot: row.try_get(2)?,
                counts: row.try_get(3)?,
            })
        };
        Ok(rows.iter().map(row).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Drops the rows of this grain before this slot, of delays too.
    ///
    /// # Errors
    /// As [`Store::put_measures`].
    pub async fn purge_measures(&self, grain: i64, before: i64) -> Result<(), Error> {
        for delete in [
            "DELETE FROM measure WHERE grain = $1 AND slot < $2",
            "DELETE FROM delay WHERE grain = $1 AND slot < $2",
        ] {
            within(sqlx::query(delete).bind(grain).bind(before).execute(&self.pool)).await?;
        }
        Ok(())
    }

    /// Takes or keeps the right to probe this server for so many seconds; false while another gateway has it.
    ///
    /// # Errors
    /// As [`Store::put_measures`].
    pub async fn hold_probe(&self, server: &str, gateway: &[u8; 16], seconds: i64) -> Result<bool, Error> {
        let upsert = sqlx::query(
            "INSERT INTO probe (server, gateway, lease) VALUES ($1, $2, unixepoch() + $3) \
             ON CONFLICT (server) DO UPDATE SET gateway = excluded.gateway, lease = excluded.lease \
             WHERE probe.gateway = excluded.gateway OR probe.lease < unixepoch()",
        )
        .bind(server)
        .bind(&gateway[..])
        .bind(seconds);
        Ok(within(upsert.execute(&self.pool)).await?.rows_affected() > 0)
    }

    /// Tells what was found, if this gateway still has the right to probe.
    ///
    /// # Errors
    /// As [`Store::put_measures`].
    pub async fn tell_probe(&self, server: &str, gateway: &[u8; 16], found: &ProbeRow) -> Result<(), Error> {
        let update = sqlx::query(
            "UPDATE probe SET at = $3, reads_down = $4, sends_down = $5, awaited = $6 \
             WHERE server = $1 AND gateway = $2",
        )
        .bind(server)
        .bind(&gateway[..])
        .bind(found.at)
        .bind(found.reads_down)
        .bind(found.sends_down)
        .bind(found.awaited);
        within(update.execute(&self.pool)).await?;
        Ok(())
    }

    /// What was found of each server.
    ///
    /// # Errors
    /// As [`Store::put_measures`].
    pub async fn probes(&self) -> Result<Vec<(String, ProbeRow)>, Error> {
        let select = sqlx::query("SELECT server, at, reads_down, sends_down, awaited FROM probe LIMIT 1000");
        let rows = within(select.fetch_all(&self.pool)).await?;
        let row = |row: &sqlx::any::AnyRow| {
            let found = ProbeRow {
                at: row.try_get(1)?,
                reads_down: row.try_get(2)?,
                sends_down: row.try_get(3)?,
                awaited: row.try_get(4)?,
            };
            Ok((row.try_get(0)?, found))
        };
        Ok(rows.iter().map(row).collect::<Result<_, sqlx::Error>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_gateway_writes_its_own_and_one_probes() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("key")).await.expect("a store");
        let (one, other) = ([1; 16], [2; 16]);
        let row = |slot, counts: &[u8]| MeasureRow { kind: 0, grain: 0, slot, counts: counts.to_vec() };
        store.put_measures(&one, &[row(7, b"a"), row(8, b"b")]).await.expect("kept");
        store.put_measures(&one, &[row(8, b"c")]).await.expect("kept");
        store.put_measures(&other, &[row(8, b"d")]).await.expect("kept");
        let of = async |gateway| store.measures_but_of(gateway).await.expect("read");
        assert_eq!(of(&other).await, [row(8, b"c"), row(7, b"a")]);
        assert_eq!(of(&one).await, [row(8, b"d")]);
        store.put_measures(&other, &[row(9, &[0; 1281])]).await.expect("kept");
        assert_eq!(of(&one).await, [row(8, b"d")], "what is larger than any of ours is not read");
        store.purge_measures(0, 8).await.expect("purged");
        assert_eq!(of(&other).await, [row(8, b"c")]);

        let hold = async |gateway, seconds| store.hold_probe("main", gateway, seconds).await.expect("asked");
        assert!(hold(&one, 60).await && !hold(&other, 60).await && hold(&one, 60).await);
        let found = ProbeRow { at: Some(5), reads_down: Some(4), sends_down: None, awaited: None };
        store.tell_probe("main", &other, &ProbeRow::default()).await.expect("not its own to tell");
        store.tell_probe("main", &one, &found).await.expect("told");
        assert!(hold(&one, -60).await && hold(&other, 60).await, "a lease that is over is anybody's");
        assert_eq!(store.probes().await.expect("read"), [("main".to_owned(), found)]);
    }
}
