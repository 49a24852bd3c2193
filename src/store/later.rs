//! A store whose database is not to be reached when the gateway starts: status, notices and measures are shown all the
//! same, everything else says that it is not to be had just now.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Error, Keys, Kind, Store, postgres};
use crate::config::DatabaseUrl;

/// How often it is tried again.
const AGAIN: Duration = Duration::from_secs(3);

impl Store {
    /// A store that answers nothing until what comes with it has resolved to `Ok`: then the database was reached, its
    /// tables are prepared, and the keys are its own, as [`Store::connect`] makes sure of. Only where a gateway was
    /// before, with its key file.
    ///
    /// # Errors
    /// Those of the key file. Of the future: whatever trying again does not mend.
    pub fn connect_later(
        url: &DatabaseUrl,
        key_file: &Path,
    ) -> Result<(Store, impl Future<Output = Result<(), Error>> + Send + use<>), Error> {
        let keys = Keys::read(key_file)?;
        let fingerprints: Vec<_> = keys.fingerprints().collect();
        let sound = Arc::new(AtomicBool::new(false));
        let gate = sound.clone();
        let pool = postgres::options()
            .after_connect(move |connection, _| {
                let sound = gate.load(Ordering::Acquire);
                Box::pin(async move {
                    match sound {
                        true => postgres::prepare(connection).await,
                        // Nobody uses it before it was judged.
                        false => Err(sqlx::Error::PoolClosed),
                    }
                })
            })
            .connect_lazy(url.with_password())
            .map_err(|error| postgres::cannot(url, &error))?;
        let (url, key_file) = (url.clone(), key_file.to_owned());
        let later = async move {
            loop {
                match Store::connect(&url, &key_file).await {
                    Ok(reached) if reached.keys.fingerprints().eq(fingerprints.iter().copied()) => {
                        reached.close().await;
                        sound.store(true, Ordering::Release);
                        return Ok(());
                    }
                    Ok(_) => {
                        return Err(Error::Start("the key file was changed meanwhile: start again".into()));
                    }
                    Err(Error::Away(_) | Error::Deadline | Error::Database(_)) => {
                        tokio::time::sleep(AGAIN).await;
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        Ok((Store { pool, keys, kind: Kind::Postgres, _lock: None }, later))
    }
}
