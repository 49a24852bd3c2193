//! The live sign-ins of one account, for its owner to see and to end, and for the help desk to count.

use std::net::IpAddr;

use super::{Device, Error, SessionKey, Sessions, now, seconds};
use crate::store::AccountId;

/// One of them. All of it is kept sealed.
#[derive(Debug, Clone, Copy)]
pub struct Live {
    pub key: SessionKey,
    /// Seconds since 1970, as all times here.
    pub since: i64,
    /// The last click, to the minute.
    pub used: i64,
    /// The session nears its absolute end, where clicks are no longer written down: `used`, or any time after it.
    pub or_later: bool,
    pub shared_device: bool,
    pub device: Device,
    /// A /24 or /48.
    pub network: Option<IpAddr>,
}

impl Sessions {
    /// Those of an account, however its name was spelt, the last used first; at most 100.
    ///
    /// # Errors
    /// The store's.
    pub async fn live(&self, pooled: &AccountId) -> Result<Vec<Live>, Error> {
        let rows = self.store.sessions_of(pooled, now()).await?;
        let mut live: Vec<Live> = rows.iter().filter_map(|(id, row)| self.one(id, row)).collect();
        live.sort_by_key(|one| std::cmp::Reverse((one.used, one.since)));
        Ok(live)
    }

    /// `None` where it was sealed under a key that is gone.
    fn one(&self, id: &[u8; 32], row: &crate::store::SessionRow) -> Option<Live> {
        let kept = self.records().kept(id, row)?;
        let since = kept.since.unwrap_or(kept.ends - seconds(self.times.absolute));
        Some(Live {
            key: SessionKey(*id),
            since,
            used: (row.expires - self.idle(kept.shared_device)).max(since),
            or_later: row.expires >= kept.ends,
            shared_device: kept.shared_device,
            device: kept.device,
            network: kept.network,
        })
    }

    /// Names a session on a page of its owner, without what the row is found by.
    pub fn page_name(&self, key: SessionKey) -> String {
        let digest = self.store.keys().digest("relais session on a page", &[&key.0]);
        digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
