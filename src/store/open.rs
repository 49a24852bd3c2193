//! What every store needs before it is one: the right keys.

use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use sqlx::{AnyPool, Row};

use super::{Error, Keys, Kind, Store, within};

impl Store {
    pub(super) async fn with_keys(
        pool: AnyPool,
        kind: Kind,
        key_file: &Path,
        lock: Option<fs::File>,
    ) -> Result<Store, Error> {
        let keys = keys(&pool, key_file).await?;
        Ok(Store { pool, keys, kind, _lock: lock })
    }
}

/// The right keys, or none: those the store knows by id and fingerprint. Created only while it knows none.
async fn keys(pool: &AnyPool, key_file: &Path) -> Result<Keys, Error> {
    let ring = known(pool).await?;
    if ring.iter().any(|(_, print)| print.iter().all(|octet| *octet == 0)) {
        return Err(Error::Retired);
    }
    let fresh = ring.is_empty();
    let keys = match fresh && !key_file.exists() {
        // Another gateway of this machine may just have made it.
        true => Keys::create(key_file)
            .or_else(|error| if key_file.exists() { Keys::read(key_file) } else { Err(error) })?,
        false => Keys::read(key_file)?,
    };
    let in_file: Vec<(i64, [u8; 32])> =
        keys.fingerprints().map(|(id, print)| (i64::from(id), print)).collect();
    let refuse = |known: &[(i64, Vec<u8>)]| {
        let strange = known
            .iter()
            .find(|(id, print)| !in_file.iter().any(|(other, found)| other == id && found[..] == print[..]));
        match strange {
            None => Ok(()),
            Some((id, _)) => Err(Error::Start(format!(
                "the key file {} is not the one of this database (key {id}): put back the copy you kept, or, for a \
                 second gateway, a copy of the first one's",
                key_file.display()
            ))),
        }
    };
    refuse(&known(pool).await?)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut write = within(pool.begin()).await?;
    for (id, print) in &in_file {
        // Whoever comes first; who comes second reads below whose keys they are.
        let insert = sqlx::query(
            "INSERT INTO key_ring (id, fingerprint, created) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(*id)
        .bind(&print[..])
        .bind(now as i64);
        within(insert.execute(&mut *write)).await?;
    }
    within(write.commit()).await?;
    refuse(&known(pool).await?)?;
    Ok(keys)
}

async fn known(pool: &AnyPool) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let rows =
        within(sqlx::query("SELECT id, fingerprint FROM key_ring ORDER BY id").fetch_all(pool)).await?;
    let row = |row: &sqlx::any::AnyRow| Ok((row.try_get::<i64, _>(0)?, row.try_get::<Vec<u8>, _>(1)?));
    Ok(rows.iter().map(row).collect::<Result<_, sqlx::Error>>()?)
}
