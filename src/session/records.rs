//! The session store under tower-sessions.
//!
//! Stores published for it write with `INSERT … ON CONFLICT UPDATE`, so a slow request that saves after a
//! sign-out makes the session again. Here a row is inserted only by `create`, changed only where it exists, and a
//! delete wins over everything. The id is kept as its SHA-256 and the data sealed: a copy of the database signs
//! nobody in.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};

use super::{Kept, RECORD, now};
use crate::store::{self, SessionRow, Store};

const LABEL: &str = "relais session record";

#[derive(Debug, Clone)]
pub(super) struct Records(pub Arc<Store>);

/// What stands for the id wherever the browser's own value must not: the row, the logs, the IMAP pool.
pub(super) fn row_id(id: &Id) -> [u8; 32] {
    Sha256::digest(id.0.to_le_bytes()).into()
}

impl Records {
    /// What a row holds; `None` where it does not open.
    pub fn kept(&self, id: &[u8; 32], row: &SessionRow) -> Option<Kept> {
        let plain = self.0.keys().open(LABEL, None, id, &row.data).ok()?;
        let mut data: HashMap<String, serde_json::Value> = serde_json::from_slice(&plain).ok()?;
        serde_json::from_value(data.remove(RECORD)?).ok()
    }

    fn seal(&self, record: &Record) -> Result<([u8; 32], SessionRow)> {
        let id = row_id(&record.id);
        let plain = zeroize::Zeroizing::new(
            serde_json::to_vec(&record.data).map_err(|e| Error::Encode(e.to_string()))?,
        );
        let data = self.0.keys().seal(LABEL, None, &id, &plain).map_err(backend)?;
        Ok((id, SessionRow { data, expires: record.expiry_date.unix_timestamp() }))
    }
}

#[async_trait]
impl SessionStore for Records {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (id, row) = self.seal(record)?;
        match self.0.insert_session(&id, &row).await.map_err(backend)? {
            true => Ok(()),
            // 128 random bits: not chance, so not worth a second try.
            false => Err(Error::Backend("the session id is taken".into())),
        }
    }

    /// A session that ended meanwhile stays ended; that is no error.
    async fn save(&self, record: &Record) -> Result<()> {
        let (id, row) = self.seal(record)?;
        self.0.update_session(&id, &row, now()).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, session_id: &Id) -> Result<Option<Record>> {
        let id = row_id(session_id);
        let Some(row) = self.0.session(&id, now()).await.map_err(backend)? else { return Ok(None) };
        // Sealed under a key that is gone: as good as ended.
        let Ok(plain) = self.0.keys().open(LABEL, None, &id, &row.data) else { return Ok(None) };
        let data =
            serde_json::from_slice(&plain).map_err(|_| Error::Decode("not a session record".into()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires)
            .map_err(|_| Error::Decode("not a session record".into()))?;
        Ok(Some(Record { id: *session_id, data, expiry_date }))
    }

    async fn delete(&self, session_id: &Id) -> Result<()> {
        self.0.delete_session(&row_id(session_id)).await.map_err(backend)?;
        Ok(())
    }
}

fn backend(error: store::Error) -> Error {
    Error::Backend(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let expiry_date = OffsetDateTime::from_unix_timestamp(now() + 100).unwrap();
        Record { id: Id::default(), data: [("a".to_owned(), serde_json::json!(1))].into(), expiry_date }
    }

    #[tokio::test]
    async fn deletes_win_and_nothing_is_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("data"), &folder.path().join("key")).await.unwrap();
        let records = Records(Arc::new(store));
        let mut first = record();
        records.save(&first).await.unwrap();
        assert_eq!(records.load(&first.id).await.unwrap(), None, "saving creates nothing");
        records.create(&mut first).await.unwrap();
        assert_eq!(records.load(&first.id).await.unwrap(), Some(first.clone()));
        assert!(records.create(&mut first.clone()).await.is_err(), "an id is given once");

        first.data.insert("b".into(), serde_json::json!("é"));
        records.save(&first).await.unwrap();
        assert_eq!(records.load(&first.id).await.unwrap(), Some(first.clone()));

        records.delete(&first.id).await.unwrap();
        records.save(&first).await.unwrap();
        assert_eq!(records.load(&first.id).await.unwrap(), None, "a late save brings nothing back");
    }
}
