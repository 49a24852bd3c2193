//! What is kept: one database, the keys that seal what is in it, and nothing that has not been sealed.
//!
//! SQL is the portable part of SQLite and PostgreSQL: `$1` placeholders, integers of 64 bits, seconds for time, and
//! `unixepoch()`, which SQLite has and PostgreSQL is given.
//! Only this module names sqlx; each table's queries are methods of [`Store`] in a file of their own.

mod account_id;
mod allowances;
mod delays;
pub mod drafts;
mod familiar;
mod filesystem;
mod folder;
mod keys;
mod measures;
mod missed;
mod notices;
mod once;
mod open;
mod opened;
pub mod outbox;
mod postgres;
mod preferences;
mod schema;
mod seal;
mod senders;
mod sessions;
mod sqlite;
mod wipe;

use std::{future::Future, time::Duration};

use sqlx::AnyPool;

pub use account_id::AccountId;
pub use delays::DelayRow;
pub use folder::Folder;
pub use keys::{Keys, Secret};
pub use measures::{MeasureRow, ProbeRow};
pub use missed::{Look, Looks};
pub use notices::{NoticeMark, NoticeRow};
pub use once::Once;
pub use seal::SealError;
pub use senders::{LONGEST as LONGEST_SENDER, Sender};
pub use sessions::SessionRow;
pub use wipe::{destroy, destroy_beside};

/// Longest wait for one call to the database, the wait for a connection and for a writer included.
pub const CALL_DEADLINE: Duration = Duration::from_secs(5);

/// Why the store did not answer. Says nothing of what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// At start: what is wrong with the data folder or the key file, and what to do.
    #[error("{0}")]
    Start(String),
    #[error(
        "this store was closed for good by `relais close` and holds nothing: to begin anew, give it another data folder \
         or database"
    )]
    Retired,
    /// At start: the database cannot be reached, which may pass.
    #[error("{0}")]
    Unreachable(String),
    #[error("the database did not answer within {} s", CALL_DEADLINE.as_secs())]
    Deadline,
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the system gave no random bytes")]
    Random,
}

impl Error {
    /// At start: whether it is worth another try, nothing being wrong with what was configured as far as can be told.
    pub fn may_pass(&self) -> bool {
        match self {
            Error::Unreachable(_) | Error::Deadline => true,
            Error::Database(error) => is_absence(error),
            _ => false,
        }
    }
}

/// Nobody answers, or the server says that it is not ready (PostgreSQL, appendix A: shutting down, starting up, full).
fn is_absence(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, InvalidInput, PermissionDenied};
    match error {
        sqlx::Error::PoolTimedOut => true,
        // A certificate that is not believed comes as data that is not valid.
        sqlx::Error::Io(error) => !matches!(error.kind(), InvalidData | InvalidInput | PermissionDenied),
        sqlx::Error::Database(said) => {
            matches!(said.code().as_deref(), Some("57P01" | "57P02" | "57P03" | "53300"))
        }
        _ => false,
    }
}

/// Which database it is; asked only where the two differ in more than words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the data folder, which one process holds at a time.
    Sqlite,
    /// Shared by several gateways.
    Postgres,
}

/// The open store of this process.
#[derive(Debug)]
pub struct Store {
    pool: AnyPool,
    keys: Keys,
    kind: Kind,
    /// Of the data folder, held for as long as the store is: the operating system frees it even after a kill.
    _lock: Option<std::fs::File>,
}

impl Store {
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// True when other gateways may be at work on this store.
    pub fn is_shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// True when the database answers; for `/readyz`.
    pub async fn answers(&self) -> bool {
        within(sqlx::query("SELECT 1").execute(&self.pool)).await.is_ok()
    }

    /// Whether a commit is on disk when it is reported, as a connection of the pool says just now.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn commits_on_disk(&self) -> Result<bool, Error> {
        let text = match self.kind {
            Kind::Sqlite => "SELECT CASE synchronous WHEN 2 THEN 'on' ELSE 'off' END FROM pragma_synchronous",
            Kind::Postgres => "SELECT current_setting('synchronous_commit')",
        };
        let setting: String = within(sqlx::query_scalar(text).fetch_one(&self.pool)).await?;
        Ok(matches!(&*setting, "on" | "remote_apply"))
    }

    /// Closes the database and folds its journal in. Later calls are refused; what was accepted is kept either way.
    pub async fn close(&self) {
        let _ = tokio::time::timeout(CALL_DEADLINE, self.pool.close()).await;
    }
}

/// Every call to the database goes through here: none waits for ever.
async fn within<T>(call: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Error> {
    match tokio::time::timeout(CALL_DEADLINE, call).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Error::Deadline),
    }
}
