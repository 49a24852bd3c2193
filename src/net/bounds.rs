//! The deadlines of getting connected, and the patience that stretches every deadline.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::Stage;

/// Looking up the server's name.
pub const RESOLVE: Duration = Duration::from_secs(5);
/// One TCP connection attempt; every address of the server gets one, within [`CONNECT_ALL`].
pub const CONNECT: Duration = Duration::from_secs(4);
pub const CONNECT_ALL: Duration = Duration::from_secs(10);
pub const TLS: Duration = Duration::from_secs(8);
/// Bytes of the server's own words shown to people.
pub const SERVER_WORDS: usize = 400;

/// What the deadlines are multiplied with, in percent. One for the process: it is an admin's word about the network.
static PATIENCE: AtomicU32 = AtomicU32::new(100);

/// Stretches or shortens every deadline to mail servers; `percent` is `limits.patience` of the configuration.
pub fn set_patience(percent: u32) {
    PATIENCE.store(percent, Ordering::Relaxed);
}

/// A deadline as the admin's patience makes it.
pub fn patiently(deadline: Duration) -> Duration {
    deadline * PATIENCE.load(Ordering::Relaxed) / 100
}

pub fn deadline(stage: Stage) -> Duration {
    patiently(match stage {
        Stage::Resolve => RESOLVE,
        Stage::Connect => CONNECT_ALL,
        Stage::Tls => TLS,
    })
}
