//! What is made of files, made again when they change.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock, TryLockError},
    time::{Duration, Instant},
};

use super::{pem, stamp::Stamp};

/// How often the files are looked at, at most.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);

type Make<T> = Box<dyn Fn() -> Result<T, pem::Error> + Send + Sync>;

pub(super) struct Fresh<T> {
    /// For the log.
    what: String,
    files: Vec<PathBuf>,
    make: Make<T>,
    current: RwLock<Arc<T>>,
    looked: Mutex<Looked>,
}

/// What the files were like.
struct Looked {
    at: Instant,
    used: Option<Stamp>,
    /// Those that could not be used, and whether that was told.
    refused: Option<(Option<Stamp>, bool)>,
}

impl<T> Fresh<T> {
    /// Makes it once.
    pub(super) fn new(what: String, files: Vec<PathBuf>, make: Make<T>) -> Result<Self, pem::Error> {
        // Before they are read: a change in between is seen at the next look.
        let used = stamp(&files);
        let current = RwLock::new(Arc::new(make()?));
        let looked = Mutex::new(Looked { at: Instant::now(), used, refused: None });
        Ok(Fresh { what, files, make, current, looked })
    }

    /// No I/O.
    pub(super) fn current(&self) -> Arc<T> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at the files and makes it anew where they changed. What cannot be used leaves the old one in use and is
    /// told once, if it is still so at the second look: two files are not written at one moment.
    pub(super) fn look(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.at = Instant::now();
        let now = stamp(&self.files);
        if now.is_some() && now == looked.used {
            looked.refused = None;
            return;
        }
        if matches!(&looked.refused, Some((stamp, true)) if *stamp == now) {
            return;
        }
        let what = &self.what;
        match (self.make)() {
            Ok(made) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
                (looked.used, looked.refused) = (now, None);
                tracing::info!("{what}: the change is in use");
            }
            Err(error) => {
                let again = matches!(&looked.refused, Some((stamp, _)) if *stamp == now);
                if again {
                    tracing::warn!("{what}: the change cannot be used, the old one stays: {error}");
                }
                looked.refused = Some((now, again));
            }
        }
    }
}

impl<T: Send + Sync + 'static> Fresh<T> {
    /// As the files are now, or were two seconds ago. Nobody waits behind somebody else who looks.
    pub(super) async fn up_to_date(self: &Arc<Self>) -> Arc<T> {
        let due = match self.looked.try_lock() {
            Ok(looked) => looked.at.elapsed() >= LOOK_EVERY,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Poisoned(_)) => true,
        };
        if due && !self.files.is_empty() {
            let this = self.clone();
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
        self.current()
    }
}

impl<T> fmt::Debug for Fresh<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fresh({})", self.what)
    }
}

fn stamp(files: &[PathBuf]) -> Option<Stamp> {
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    Stamp::of(&files).ok()
}
