//! The largest message each server takes (SIZE, RFC 1870), as it last said. Known to this process alone: who asks in
//! vain is not bounded by it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

use super::{Carrier, Outbox};
use crate::smtp::Connection;

/// A server is asked for this alone no more often.
const EVERY: Duration = Duration::from_secs(3600);
/// A conversation of three lines.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Said {
    most: Option<u64>,
    /// When it was last heard, or last asked in vain.
    asked: Option<Instant>,
}

#[derive(Clone, Default)]
pub(super) struct Sizes(Arc<Mutex<HashMap<Arc<str>, Said>>>);

impl Sizes {
    fn with<T>(&self, server: &Arc<str>, what: impl FnOnce(&mut Said) -> T) -> T {
        let mut sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(sizes.entry(server.clone()).or_default())
    }
}

impl Outbox {
    /// In octets, on the wire. `None`: it takes any, or did not say yet.
    pub fn largest(&self, server: &str) -> Option<u64> {
        let sizes = self.sizes.0.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(server).and_then(|said| said.most)
    }

    /// It was heard in a conversation.
    pub(super) fn heard_largest(&self, server: &Arc<str>, most: Option<u64>) {
        self.sizes.with(server, |said| *said = Said { most, asked: Some(Instant::now()) });
    }

    /// Asks the server in the background, unless it was heard or asked within the hour.
    pub fn ask_largest(&self, carrier: &Carrier) {
        let now = Instant::now();
        let due = self.sizes.with(&carrier.name, |said| {
            let due = said.asked.is_none_or(|asked| now.duration_since(asked) >= EVERY);
            if due {
                said.asked = Some(now);
            }
            due
        });
        if !due {
            return;
        }
        let (outbox, carrier) = (self.clone(), carrier.clone());
        tokio::spawn(timeout(PATIENCE, async move {
            let Carrier { name, url, tls, hello, .. } = &carrier;
            match Connection::open(url, tls, hello).await {
                Ok(connection) => {
                    outbox.heard_largest(name, connection.limit());
                    connection.quit().await;
                }
                Err(error) => {
                    tracing::info!(server = %name, %error, "how large a message may be is not known")
                }
            }
        }));
    }
}
