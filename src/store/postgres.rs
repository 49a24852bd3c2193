//! PostgreSQL: the connections as we want them. Several gateways share one database; what each may do is decided by
//! its rows, under READ COMMITTED: every change is one conditional statement, or begins with one that locks its row.

use std::path::Path;

use sqlx::{AnyConnection, AnyPool, Row, any::AnyPoolOptions};

use super::{CALL_DEADLINE, Error, Kind, Store, schema};
use crate::config::DatabaseUrl;

/// Of each gateway.
const CONNECTIONS: u32 = 10;
const POSTGRES_LEAST: i64 = 13;

impl Store {
    /// Connects, prepares the tables (one gateway at a time), and reads or creates the key file.
    ///
    /// # Errors
    /// [`Error::Start`] where the administrator has something to do: no such server, a setting that could lose what
    /// was accepted, a key file that is lost or belongs to another database.
    pub async fn connect(url: &DatabaseUrl, key_file: &Path) -> Result<Store, Error> {
        let cannot = |error| cannot(url, &error);
        // The migrations have a connection of their own: they may wait for another gateway's, and take their time.
        let first = one(url).await?;
        sqlx::query("SELECT set_config('lock_timeout', '0', false)").execute(&first).await.map_err(cannot)?;
        schema::prepare(Kind::Postgres, &first).await?;
        first.close().await;
        let pool = open(url).await.map_err(cannot)?;
        Store::with_keys(pool, Kind::Postgres, key_file, None).await
    }

    /// The database as it is, beside the gateways that use it: no table is made or changed, no key file made.
    ///
    /// # Errors
    /// As [`Store::connect`], and where there are no tables yet, or those of a later version.
    pub async fn connect_beside(url: &DatabaseUrl, key_file: &Path) -> Result<Store, Error> {
        if !Store::has_tables(url).await? {
            return Err(Error::Start(format!("the database {url} holds no store of relais")));
        }
        if !key_file.exists() {
            return Err(Error::Start(format!(
                "the key file {} is missing: put back the copy you kept",
                key_file.display()
            )));
        }
        let pool = open(url).await.map_err(|error| cannot(url, &error))?;
        let store = Store::with_keys(pool, Kind::Postgres, key_file, None).await?;
        if !store.is_current().await? {
            return Err(Error::Start("the database was written by a later version of relais".into()));
        }
        Ok(store)
    }

    /// Whether the database can be used, and whether a gateway ever did; changes nothing.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn has_tables(url: &DatabaseUrl) -> Result<bool, Error> {
        let first = one(url).await?;
        let there = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('key_ring')",
        );
        let there = there.fetch_one(&first).await?;
        first.close().await;
        Ok(there > 0)
    }
}

fn cannot(url: &DatabaseUrl, error: &sqlx::Error) -> Error {
    let said = format!("the database {url} cannot be used: {}", without_password(error));
    if super::is_absence(error) { Error::Unreachable(said) } else { Error::Start(said) }
}

/// One connection, to a server that is new enough and loses nothing.
async fn one(url: &DatabaseUrl) -> Result<AnyPool, Error> {
    sqlx::any::install_default_drivers();
    let cannot = |error| cannot(url, &error);
    let first = AnyPoolOptions::new().max_connections(1).acquire_timeout(CALL_DEADLINE);
    let first = first.connect(url.with_password()).await.map_err(cannot)?;
    let version: String =
        sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(&first).await?;
    let major: i64 =
        version.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).unwrap_or(0);
    if major < POSTGRES_LEAST {
        return Err(Error::Start(format!(
            "PostgreSQL {version} is too old: {POSTGRES_LEAST} or later is needed"
        )));
    }
    // Asked here, for the pool tries again and again and does not say why.
    prepare(&mut *first.acquire().await.map_err(cannot)?).await.map_err(cannot)?;
    Ok(first)
}

async fn open(url: &DatabaseUrl) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CALL_DEADLINE)
        .after_connect(|connection, _| Box::pin(prepare(connection)))
        .connect(url.with_password())
        .await
}

/// Every connection: a commit is reported when it is on disk (`remote_apply`, which is more, is left alone). Read back.
///
/// No `statement_timeout`: one that cuts the wait of a COMMIT for a standby lets it succeed unreplicated.
async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for set in [
        "SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') <> 'remote_apply'",
        "SELECT set_config('lock_timeout', '4s', false)",
        // A gateway frozen in the middle of a change keeps its rows from the others for no longer than this.
        "SELECT set_config('idle_in_transaction_session_timeout', '10s', false)",
        "SELECT set_config('default_transaction_isolation', 'read committed', false)",
    ] {
        sqlx::query(set).execute(&mut *connection).await?;
    }
    let read = "SELECT current_setting('synchronous_commit'), current_setting('fsync'), \
                current_setting('full_page_writes')";
    let row = sqlx::query(read).fetch_one(&mut *connection).await?;
    let (synchronous, fsync, pages): (String, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !matches!(&*synchronous, "on" | "remote_apply") || fsync != "on" || pages != "on" {
        return Err(sqlx::Error::Configuration(
            format!(
                "it could lose what was accepted (synchronous_commit = {synchronous}, fsync = {fsync}, \
                 full_page_writes = {pages}); all three must be on"
            )
            .into(),
        ));
    }
    Ok(())
}

/// A sentence of the server or the system; what could not be read of the address is not repeated.
fn without_password(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(why) if why.is::<url::ParseError>() => "its address cannot be read".into(),
        error => error.to_string(),
    }
}
