//! The end of a store: every table is emptied, its key ring is taken back, its key file destroyed.
//!
//! In steps, for what a store holds may be larger than one transaction should be. Whatever ends it early, the next run
//! begins where it stopped. The store that is left opens for nobody: see `open.rs`.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use super::{Error, Kind, Store, within};

/// What is emptied, in this order: the table, the column that a step goes by, rows of one step, what it holds. What
/// refers to `message` goes with it.
const TABLES: [(&str, &str, i64, &str); 20] = [
    ("session", "id", 500, "sign-ins"),
    ("credential", "session", 500, "passwords of sign-ins"),
    ("draft", "account", 20, "drafts"),
    ("blob_chunk", "blob", 4, "pieces of messages and uploads, of at most 256 KB"),
    ("blob", "id", 500, "messages and uploads"),
    ("message", "id", 50, "lines of the journal"),
    ("recipient", "message", 50, "recipients in the journal"),
    ("attempt", "message", 50, "steps in the journal"),
    ("message_name", "account", 50, "names of messages"),
    ("report", "account", 50, "reports that came back"),
    ("sent_again", "account", 50, "messages sent again"),
    ("lost", "account", 50, "messages said to be lost"),
    ("looked", "account", 50, "mailboxes looked at"),
    ("preferences", "account", 100, "settings"),
    ("sender", "account", 1, "senders put in a lane"),
    ("opened", "account", 50, "marks of opened messages"),
    ("familiar", "account", 100, "networks that accounts came from"),
    ("once", "account", 100, "forms of the last hour"),
    ("missed", "account", 100, "what accounts were told of incidents"),
    ("notice", "id", 20, "versions of notices"),
];
/// Emptied as well; these count tries and times, not what anybody did.
const COUNTERS: [(&str, &str, i64); 4] =
    [("allowance", "name", 500), ("measure", "slot", 500), ("delay", "slot", 500), ("probe", "server", 50)];
/// What stays: numbers that open nothing and name nobody.
#[cfg(test)]
const STAY: [&str; 3] = ["key_ring", "outbox_age", "_sqlx_migrations"];
/// A gateway that was stopped just now may still be seen for a moment.
const LEAVING: Duration = Duration::from_secs(3);

impl Store {
    /// How many rows of what there are.
    ///
    /// # Errors
    /// As every call here: [`Error::Deadline`] or [`Error::Database`].
    pub async fn holdings(&self) -> Result<Vec<(&'static str, i64)>, Error> {
        let mut held = Vec::with_capacity(TABLES.len());
        for (table, _, _, what) in TABLES {
            let text = format!("SELECT count(*) FROM {table}");
            let count = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(text)).fetch_one(&self.pool);
            held.push((what, within(count).await?));
        }
        Ok(held)
    }

    /// Ends every session, and tells how many there were. Gateways at work notice within 10 s.
    ///
    /// # Errors
    /// As [`Store::holdings`].
    pub async fn end_sessions(&self) -> Result<u64, Error> {
        self.empty("session", "id", 500).await
    }

    /// Empties every table.
    ///
    /// # Errors
    /// As [`Store::holdings`]; what is gone is gone, and another call goes on.
    pub async fn wipe(&self) -> Result<(), Error> {
        for (table, column, step) in
            TABLES.into_iter().map(|(table, column, step, _)| (table, column, step)).chain(COUNTERS)
        {
            self.empty(table, column, step).await?;
        }
        if self.kind == Kind::Sqlite {
            // Pages of before are in the write-ahead log until it is folded in. (What is deleted is overwritten.)
            within(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool)).await?;
        }
        Ok(())
    }

    /// Takes the key ring back: no key file opens this store any more ([`Error::Retired`]).
    ///
    /// # Errors
    /// As [`Store::holdings`].
    pub async fn retire(&self) -> Result<(), Error> {
        let retire = sqlx::query("UPDATE key_ring SET fingerprint = $1").bind(vec![0; 32]);
        within(retire.execute(&self.pool)).await?;
        Ok(())
    }

    async fn empty(&self, table: &str, column: &str, step: i64) -> Result<u64, Error> {
        let text =
            format!("DELETE FROM {table} WHERE {column} IN (SELECT {column} FROM {table} LIMIT {step})");
        let mut gone = 0;
        loop {
            let delete = sqlx::query(sqlx::AssertSqlSafe(text.clone())).execute(&self.pool);
            match within(delete).await?.rows_affected() {
                0 => return Ok(gone),
                some => gone += some,
            }
        }
    }

    /// The id and the fingerprint of each key; 0 is the one that names accounts.
    pub fn fingerprints(&self) -> Vec<(u32, [u8; 32])> {
        self.keys.fingerprints().collect()
    }

    /// Who else is connected to the database: gateways, or an administrator. A data folder has one server by its lock.
    ///
    /// # Errors
    /// As [`Store::holdings`].
    pub async fn others(&self) -> Result<i64, Error> {
        if self.kind == Kind::Sqlite {
            return Ok(0);
        }
        let until = tokio::time::Instant::now() + LEAVING;
        loop {
            let all = sqlx::query_scalar::<_, i64>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'",
            );
            let all = within(all.fetch_one(&self.pool)).await?;
            let others = all - i64::from(self.pool.size());
            if others <= 0 || tokio::time::Instant::now() > until {
                return Ok(others.max(0));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Overwrites a key file and removes it. Where it is already gone there is nothing to do. (A file system that writes
/// elsewhere what is overwritten keeps the old octets until it needs their place.)
///
/// # Errors
/// What stood in the way; the file may be there still.
pub fn destroy(path: &Path) -> io::Result<()> {
    // What a link leads to is the file.
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        path => overwrite(&path?),
    }
}

/// The same for what stands beside a key file: a link there is not ours, and what it leads to stays.
///
/// # Errors
/// As [`destroy`].
pub fn destroy_beside(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(found) if found.is_symlink() => fs::remove_file(path),
        found => found.and_then(|_| overwrite(path)),
    }
}

fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    file.write_all(&vec![0; length])?;
    file.sync_all()?;
    fs::remove_file(path)?;
    fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_table_is_emptied_or_named_as_one_that_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&folder.path().join("data"), &folder.path().join("key")).await.expect("a store");
        let tables = sqlx::query_scalar::<_, String>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        );
        let tables = tables.fetch_all(&store.pool).await.expect("names");
        let mut named: Vec<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
        named.extend(COUNTERS.iter().map(|(table, ..)| *table).chain(STAY));
        named.sort_unstable();
        assert_eq!(tables, named);
    }

    #[tokio::test]
    async fn what_was_wiped_opens_for_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, key) = (folder.path().join("data"), folder.path().join("key"));
        let store = Store::open(&data, &key).await.expect("a store");
        let account = crate::store::AccountId([7; 32]);
        for n in 0..120 {
            let row = crate::store::SessionRow { data: vec![1; 3000], expires: i64::MAX };
            assert!(store.insert_session(&[n; 32], &row).await.expect("kept"));
        }
        store.set_preferences(&account, b"MARK of somebody").await.expect("kept");
        let held = |held: Vec<(&str, i64)>| -> Vec<i64> { held.into_iter().map(|(_, n)| n).collect() };
        assert_eq!(held(store.holdings().await.expect("counts")).iter().sum::<i64>(), 121);
        assert_eq!(store.end_sessions().await.expect("ended"), 120);
        // Twice is once.
        for _ in 0..2 {
            store.wipe().await.expect("wiped");
            assert_eq!(held(store.holdings().await.expect("counts")).iter().sum::<i64>(), 0);
        }
        store.retire().await.expect("retired");
        store.close().await;
        drop(store);
        let copy = folder.path().join("copy");
        fs::copy(&key, &copy).expect("copied");
        destroy(&key).expect("destroyed");
        destroy(&key).expect("it is gone already");
        assert!(!key.exists());
        fs::rename(&copy, &key).expect("put back");
        let refused = Store::open(&data, &key).await.expect_err("closed for good").to_string();
        assert!(refused.contains("relais close"), "{refused}");
        fs::remove_file(&key).expect("removed");
        let refused = Store::open(&data, &key).await.expect_err("closed for good").to_string();
        assert!(refused.contains("relais close") && !key.exists(), "{refused}");
    }

    #[test]
    fn what_a_link_beside_the_key_leads_to_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), "mine").expect("written");
        fs::write(at("real.key"), "secret").expect("written");
        std::os::unix::fs::symlink(at("victim"), at("data.key.age")).expect("a link");
        std::os::unix::fs::symlink(at("real.key"), at("data.key")).expect("a link");
        destroy_beside(&at("data.key.age")).expect("the link is removed");
        assert!(fs::symlink_metadata(at("data.key.age")).is_err());
        assert_eq!(fs::read_to_string(at("victim")).expect("read"), "mine");
        destroy_beside(&at("data.key.new")).expect("there is none");
        // The key itself may be kept elsewhere: what the link leads to is the key.
        destroy(&at("data.key")).expect("destroyed");
        assert!(!at("real.key").exists());
    }
}
