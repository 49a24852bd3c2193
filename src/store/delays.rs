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
