//! The tables of the outbox: `message`, `recipient`, `attempt`, `blob`, `blob_chunk`. Rows alone: what they mean, and
//! what opens them, is `outbox/`'s.
//!
//! Every query takes an `AccountId`, but for the courier's claims and the purges, which serve all accounts.

mod accept;
mod again;
mod age;
mod blob;
mod count;
mod courier;
mod following;
mod purge;
mod read;

pub use accept::{Allowance, Inserted, MessageBlob, NewMessage};
pub use age::Age;
pub use blob::{BlobRow, NewBlob};
pub use count::Counts;
pub use courier::{Claim, Turn};
pub use following::Patience;
pub use read::{FactRow, MessageRow, RecipientRow};

/// What changes in the life of a message; written whole, and only over the version that was read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// Seconds since 1970 on the database's clock; `None`: nothing to do without a person.
    pub due: Option<i64>,
    pub owner: Option<[u8; 16]>,
    pub epoch: i64,
    pub lease: i64,
    pub in_data: bool,
    pub tries: i64,
    pub credential: Option<Vec<u8>>,
    pub credential_mark: Option<Vec<u8>>,
    pub credential_until: Option<i64>,
    pub needs_user: bool,
    pub settled: Option<i64>,
    /// A recipient's own answer has put it off.
    pub put_off: bool,
}

/// One more piece of evidence, sealed.
pub struct NewFact {
    /// `None`: of all recipients.
    pub recipient: Option<i64>,
    pub sealed: Vec<u8>,
}

#[cfg(test)]
impl crate::store::Store {
    /// From now on the file cannot grow, and it is full: SQLITE_FULL is real.
    pub(crate) async fn fill_disk_for_test(&self) {
        self.every_connection("PRAGMA max_page_count = 1").await;
        // What is left of the last pages too.
        for octets in [2000, 200, 20] {
            let text = format!(
                "INSERT INTO attempt (message, n, epoch, at, fact) SELECT id, (SELECT coalesce(max(n), 0) + 1 FROM \
                 attempt WHERE message = m.id), 0, 0, zeroblob({octets}) FROM message m WHERE due > unixepoch() LIMIT 1"
            );
            while sqlx::query(sqlx::AssertSqlSafe(text.clone())).execute(&self.pool).await.is_ok() {}
        }
    }

    pub(crate) async fn empty_disk_for_test(&self) {
        self.every_connection("PRAGMA max_page_count = 1073741823").await;
    }

    async fn every_connection(&self, text: &'static str) {
        let mut all = Vec::new();
        for _ in 0..self.pool.options().get_max_connections() {
            all.push(self.pool.acquire().await.expect("a connection"));
        }
        for connection in &mut all {
            sqlx::query(text).execute(&mut **connection).await.expect("it runs");
        }
    }

    /// A statement as only a test may say it; the rows it changed.
    pub(crate) async fn run_for_test(&self, text: String) -> u64 {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&self.pool).await.expect("it runs").rows_affected()
    }
}
