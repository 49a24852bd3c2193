//! The tables of the outbox: `message`, `recipient`, `attempt`, `blob`, `blob_chunk`. Rows alone: what they mean, and
//! what opens them, is `outbox/`'s.
//!
//! Every query takes an `AccountId`, but for the courier's claims and the purges, which serve all accounts.

mod accept;
mod again;
mod blob;
mod courier;
mod following;
mod purge;
mod read;

pub use accept::{Inserted, MessageBlob, NewMessage};
pub use blob::{BlobRow, NewBlob};
pub use courier::Claim;
pub use following::Beside;
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
}

/// One more piece of evidence, sealed.
pub struct NewFact {
    /// `None`: of all recipients.
    pub recipient: Option<i64>,
    pub sealed: Vec<u8>,
}

#[cfg(test)]
impl crate::store::Store {
    /// A statement as only a test may say it; the rows it changed.
    pub(crate) async fn run_for_test(&self, text: String) -> u64 {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&self.pool).await.expect("it runs").rows_affected()
    }
}
