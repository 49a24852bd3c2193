//! The notice file, read again when it changes. What pages ask for is always in memory.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use jiff::tz::TimeZone;

use super::Notice;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Largest notice file, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// The current notice. Clones share it.
#[derive(Debug, Clone)]
pub struct Notices(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: Option<PathBuf>,
    zone: TimeZone,
    current: RwLock<Option<Arc<Notice>>>,
    /// What was read last: time of change and length, `None` for no file.
    seen: Mutex<Option<Seen>>,
}

type Seen = (Option<SystemTime>, u64);

impl Notices {
    /// Reads the file once. Without a path there is never a notice.
    pub fn new(file: Option<PathBuf>, zone: TimeZone) -> Notices {
        let inner = Inner { file, zone, current: RwLock::default(), seen: Mutex::default() };
        let notices = Notices(Arc::new(inner));
        notices.look();
        notices
    }

    /// No I/O.
    pub fn current(&self) -> Option<Arc<Notice>> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks every second for as long as the process lives; spawn it once. A file system that hangs holds up
    /// one blocking thread, no page.
    pub async fn keep_current(self) {
        if self.0.file.is_none() {
            return;
        }
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let this = self.clone();
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }

    /// Looks at the file now, and reads it if it changed. No file is no notice; a broken one is told in the log
    /// and the last good one stays.
    pub fn look(&self) {
        let Some(file) = &self.0.file else { return };
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match std::fs::metadata(file) {
            Ok(found) => Some((found.modified().ok(), found.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, "the notice file cannot be looked at");
                return;
            }
        };
        if *seen == now {
            return;
        }
        *seen = now;
        let notice = match now.map(|_| read(file, &self.0.zone)) {
            None => None,
            Some(Ok(notice)) => Some(Arc::new(notice)),
            Some(Err(error)) => {
                tracing::warn!(error, "the notice file is broken; the last good notice stays");
                return;
            }
        };
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = notice;
    }
}

fn read(file: &Path, zone: &TimeZone) -> Result<Notice, String> {
    let mut text = String::new();
    let file = std::fs::File::open(file).map_err(|error| error.to_string())?;
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_FILE {
        return Err("larger than 64 KiB".into());
    }
    Notice::parse(&text, zone)
}
