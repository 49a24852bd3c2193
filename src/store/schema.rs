//! The tables, in two dialects of one meaning: `migrations/sqlite` and `migrations/postgres` hold the same versions.
//!
//! Expand, then contract: a version only adds what the version before can live with, so that gateways of both may run
//! side by side; what is no longer used goes one version later. A gateway that sees tables later than it knows goes on
//! showing pages, but claims no message: what the new one wrote may mean more than it understands.

use std::{sync::LazyLock, time::Duration};

use sqlx::{
    AnyPool,
    migrate::{MigrateError, Migrator},
};

use super::{Error, Kind, Store, within};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The latest version that this binary knows.
pub(super) static KNOWN: LazyLock<i64> =
    LazyLock::new(|| SQLITE.iter().map(|migration| migration.version).max().unwrap_or(0));

/// For the migrations of one start, the wait for another gateway's included.
const DEADLINE: Duration = Duration::from_secs(600);

/// Brings the tables to what this binary knows. PostgreSQL holds an advisory lock meanwhile: one gateway at a time.
pub(super) async fn prepare(kind: Kind, pool: &AnyPool) -> Result<(), Error> {
    let tables = match kind {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    };
    match tokio::time::timeout(DEADLINE, tables.run(pool)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(MigrateError::VersionMissing(_))) => Err(Error::Start(
            "the database was written by a later version of relais: start that version, or restore the copy made \
             before"
                .into(),
        )),
        Ok(Err(error)) => Err(Error::Start(format!("the tables of the database cannot be prepared: {error}"))),
        Err(_) => Err(Error::Deadline),
    }
}

impl Store {
    /// False once a later version of relais has prepared the tables: [`Store::claim`] then claims nothing.
    ///
    /// # Errors
    /// [`Error::Deadline`] or [`Error::Database`].
    pub async fn is_current(&self) -> Result<bool, Error> {
        let latest = sqlx::query_scalar::<_, i64>("SELECT coalesce(max(version), 0) FROM _sqlx_migrations");
        Ok(within(latest.fetch_one(&self.pool)).await? <= *KNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one thing that PostgreSQL lacks.
    const CLOCK: &str = "CREATE FUNCTION unixepoch()";

    /// The text in words that both have.
    fn plain(sql: &str, words: &[(&str, &str)]) -> Vec<String> {
        let text: String = sql.split_inclusive(";\n").filter(|part| !part.contains(CLOCK)).collect();
        let code =
            text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join(" ");
        let code = words.iter().fold(code, |code, (from, to)| code.replace(from, to));
        code.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn both_stores_have_the_same_tables() {
        let of = |tables: &Migrator, words: &[(&str, &str)]| -> Vec<(i64, String, Vec<String>)> {
            let one = |m: &sqlx::migrate::Migration| {
                (m.version, m.description.to_string(), plain(m.sql.as_str(), words))
            };
            tables.iter().map(one).collect()
        };
        let sqlite =
            of(&SQLITE, &[(") STRICT;", ");"), ("BLOB", "BYTEA"), ("INTEGER", "BIGINT"), ("x''", "'\\x'")]);
        let postgres = of(&POSTGRES, &[]);
        assert!(!postgres.is_empty());
        for (left, right) in sqlite.iter().zip(&postgres) {
            assert_eq!(left, right);
        }
        assert_eq!(sqlite.len(), postgres.len());
    }
}
