//! SQLite: the folder, the lock, each connection as we want it.

use std::{fs, os::unix::fs::DirBuilderExt, path::Path};

use sqlx::{AnyConnection, AnyPool, any::AnyPoolOptions};

use super::{CALL_DEADLINE, Error, Kind, Store, filesystem, schema, within};

/// SQLite 3.7.0 to 3.51.2 can lose committed writes of the write-ahead log with two connections.
const SQLITE_LEAST: (u32, u32, u32) = (3, 51, 3);
/// Readers in parallel; writers queue behind one another in SQLite anyway.
const CONNECTIONS: u32 = 4;

impl Store {
    /// Opens the data folder, creating what is missing (the folder with mode 0700), and its key file.
    ///
    /// # Errors
    /// [`Error::Start`] where the administrator has something to do: the folder is in use by another server,
    /// SQLite is too old, the key file is lost or belongs to another store.
    pub async fn open(data: &Path, key_file: &Path) -> Result<Store, Error> {
        let cannot = |error: std::io::Error| {
            Error::Start(format!("the data folder {} cannot be used: {error}", data.display()))
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(cannot)?;
        let data = fs::canonicalize(data).map_err(cannot)?;
        if let Some(folder) = key_file.parent().and_then(|folder| fs::canonicalize(folder).ok())
            && folder.starts_with(&data)
        {
            return Err(Error::Start(format!(
                "the key file {} lies in the data folder: move it beside it",
                key_file.display()
            )));
        }
        if let Some(kind) = filesystem::network(&data) {
            return Err(Error::Start(format!(
                "the data folder {} is on a network file system ({kind}), where SQLite can lose what it wrote: use a \
                 local disk",
                data.display()
            )));
        }
        let lock = lock(&data)?;
        let pool = connect(&data.join("relais.db")).await?;
        schema::prepare(Kind::Sqlite, &pool).await?;
        Store::with_keys(pool, Kind::Sqlite, key_file, Some(lock)).await
    }
}

impl Store {
    /// Beside a server that may hold the data folder: for the administrator's commands. Prepares nothing.
    ///
    /// # Errors
    /// [`Error::Start`]: no database there, tables of another version, or not its key file.
    pub async fn open_beside(data: &Path, key_file: &Path) -> Result<Store, Error> {
        let file = data.join("relais.db");
        if !file.exists() {
            return Err(Error::Start(format!("there is no store of relais in {}", data.display())));
        }
        if !key_file.exists() {
            return Err(Error::Start(format!(
                "the key file {} is missing: put back the copy you kept",
                key_file.display()
            )));
        }
        let pool = connect(&fs::canonicalize(&file).unwrap_or(file)).await?;
        let store = Store::with_keys(pool, Kind::Sqlite, key_file, None).await?;
        if !store.is_current().await? {
            return Err(Error::Start("the database was written by a later version of relais".into()));
        }
        Ok(store)
    }
}

/// One server for each data folder. The lock is the operating system's, so none survives its process.
fn lock(data: &Path) -> Result<fs::File, Error> {
    let path = data.join("lock");
    let cannot = |error: std::io::Error| Error::Start(format!("cannot lock {}: {error}", path.display()));
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Start(format!(
            "the data folder {} is in use by another relais: stop it, give this one a folder of its own, or let \
             both share a PostgreSQL (database = …)",
            data.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(cannot(error)),
    }
}

async fn connect(file: &Path) -> Result<AnyPool, Error> {
    sqlx::any::install_default_drivers();
    let path = file.to_str().ok_or_else(|| Error::Start("the data folder's name must be UTF-8".into()))?;
    let escaped = percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC);
    let pool = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CALL_DEADLINE)
        // A file does not hang up: asking first would double the cost of every query.
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(prepare(connection)))
        .connect(&format!("sqlite:{escaped}?mode=rwc"))
        .await?;
    let version: String = within(sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&pool)).await?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_LEAST {
        return Err(Error::Start(format!(
            "SQLite {version} can lose committed writes: 3.51.3 or later is needed"
        )));
    }
    Ok(pool)
}

/// Every connection: write-ahead log, each commit on disk before it is reported, references enforced.
/// Read back, because a file system may refuse silently.
async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in [
        "PRAGMA busy_timeout = 4000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        // What is deleted is overwritten, not left in free pages.
        "PRAGMA secure_delete = ON",
    ] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    if unsafe_for_a_test() {
        sqlx::query("PRAGMA synchronous = OFF").execute(&mut *connection).await?;
        return Ok(());
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await?;
    let references: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(&mut *connection).await?;
    if journal != "wal" || synchronous != 2 || references != 1 {
        return Err(sqlx::Error::Configuration(
            "SQLite refused the write-ahead log on this file system; use a local disk".into(),
        ));
    }
    Ok(())
}

/// The test of durability must see itself fail: never in a release.
fn unsafe_for_a_test() -> bool {
    cfg!(debug_assertions) && std::env::var_os("TEST_RELAIS_SYNCHRONOUS_OFF").is_some()
}
