//! Who did what, for whoever must answer for it later: one line of JSON for each sign-in, opened message, fetched file,
//! send, export and act of an administrator. Never an address, a subject, a file name: what names somebody or something
//! is a digest under a key of that day, so that lines of two days cannot be joined without the key file.
//!
//! Files in the data folder, one a day (UTC), kept for [`KEPT`] days. Nobody waits for them: a queue of bounded length
//! and one thread that writes. What could not be written is counted, and told.

mod event;
mod files;
mod flood;
mod line;
mod search;
mod writer;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::store::{Keys, Store};

use event::Day;
pub use event::Event;
pub use files::{KEPT, can_write};
use flood::{Flood, Told};
pub use line::{Digest, Line, What, Word};
pub use search::{Found, search};
use writer::Writer;

/// Below the data folder.
const FOLDER: &str = "audit";

/// Where the files are.
pub fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// The day of a moment, everywhere the same.
fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The audit of a server. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    store: Arc<Store>,
    writer: Arc<Writer>,
    flood: Arc<Flood>,
}

impl Audit {
    /// Begins to write below this data folder. Never fails: what cannot be written is told.
    pub fn start(store: Arc<Store>, data: &Path) -> Audit {
        Audit { store, writer: Arc::new(Writer::start(folder(data))), flood: Arc::default() }
    }

    /// Has it written down; does not wait.
    pub fn tell(&self, event: &Event<'_>) {
        let at = Timestamp::now();
        if event.costs_nothing() {
            match self.flood.one_more(at) {
                Told::Alone => {}
                Told::After(untold) => self.writer.put(Line::untold(at, untold)),
                Told::Not => return,
            }
        }
        self.writer.put(event.line(at, &Day::new(self.store.keys(), day_of(at))));
    }

    /// Lines that were not written since the start: the queue was full, or the file could not be written.
    pub fn lost(&self) -> u64 {
        self.writer.lost()
    }

    /// The last lines went to disk.
    pub fn is_written(&self) -> bool {
        self.writer.is_written()
    }

    /// Waits, for 2 s at most, until what was told is written.
    pub async fn settle(&self) {
        self.writer.settle().await;
    }
}

/// Writes one line before it returns: for commands, which do nothing that was not written down.
///
/// # Errors
/// The file's.
pub fn write(keys: &Keys, data: &Path, event: &Event<'_>) -> io::Result<()> {
    let at = Timestamp::now();
    let line = event.line(at, &Day::new(keys, day_of(at)));
    files::append(&folder(data), day_of(at), line.text().as_bytes())
}

/// Who runs a command: the one who called `sudo`, else the user of the process.
pub fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let sudo = std::env::var("SUDO_UID").ok().and_then(|id| id.parse().ok());
    sudo.or_else(|| Some(std::fs::metadata("/proc/self").ok()?.uid()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::AccountId;

    #[tokio::test]
    async fn lines_hold_no_names_and_days_cannot_be_joined() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, key_file) = (folder.path().join("data"), folder.path().join("data.key"));
        let store = Arc::new(Store::open(&data, &key_file).await.expect("a store"));
        let account = AccountId([7; 32]);
        let event = Event::of(What::MessageOpened)
            .account(account)
            .network(Some([192, 0, 2, 0].into()))
            .received(b"Secret-mailbox", 1, 2)
            .failed("a\r\nb", "no spaces")
            .reference(Some("../../etc"));
        let day = |date: &str| Day::new(store.keys(), date.parse().expect("a day"));
        let at = Timestamp::UNIX_EPOCH;
        let (one, other) = (event.line(at, &day("2026-11-22")), event.line(at, &day("2026-11-23")));
        for line in [&one, &other] {
            let text = line.text();
            assert!(!text.contains("Secret") && !text.contains("192.0"), "{text}");
            assert_eq!((text.matches('\n').count(), text.ends_with('\n')), (1, true));
            assert_eq!((line.stage, line.why, line.reference), (None, None, None));
        }
        assert_eq!(one.account, Some(day("2026-11-22").account(&account)));
        for (one, other) in [
            (one.account, other.account),
            (one.network, other.network),
            (one.mailbox, other.mailbox),
            (one.message, other.message),
        ] {
            assert!(one.is_some() && one != other);
        }
    }

    #[tokio::test]
    async fn what_was_told_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, key_file) = (folder.path().join("data"), folder.path().join("data.key"));
        let store = Arc::new(Store::open(&data, &key_file).await.expect("a store"));
        let audit = Audit::start(store.clone(), &data);
        let (me, other) = (AccountId([1; 32]), AccountId([2; 32]));
        audit.tell(&Event::of(What::SignIn).account(me).took(Duration::from_millis(12)));
        audit.tell(&Event::of(What::SignIn).account(other));
        audit.tell(&Event::of(What::SignInFailed).account(me).failed("sign-in", "refused"));
        audit.settle().await;
        write(store.keys(), &data, &Event::of(What::AdminWhy).account(me).by(Some(0))).expect("written");
        let mut lines = Vec::new();
        let found = search(&super::folder(&data), store.keys(), &me, None, |line| lines.push(line));
        assert_eq!(found.expect("read").unreadable, 0);
        let what: Vec<What> = lines.iter().map(|line| line.what).collect();
        assert_eq!(what, [What::SignIn, What::SignInFailed, What::AdminWhy]);
        assert_eq!((lines[0].ms, lines[2].by), (Some(12), Some(0)));
        assert_eq!(lines[1].stage.map(|word| word.to_string()).as_deref(), Some("sign-in"));
        assert_eq!((audit.lost(), audit.is_written()), (0, true));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_stops_nobody_and_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, key_file) = (folder.path().join("data"), folder.path().join("data.key"));
        let store = Arc::new(Store::open(&data, &key_file).await.expect("a store"));
        // Root may write anywhere, but not below a file.
        std::fs::write(super::folder(&data), b"").expect("written");
        let audit = Audit::start(store.clone(), &data);
        for _ in 0..3 {
            audit.tell(&Event::of(What::SignIn));
        }
        audit.settle().await;
        assert_eq!((audit.lost(), audit.is_written()), (3, false));
        assert!(can_write(&super::folder(&data)).is_err());
        std::fs::remove_file(super::folder(&data)).expect("removed");
        audit.tell(&Event::of(What::SignOut));
        audit.settle().await;
        assert_eq!((audit.lost(), audit.is_written()), (3, true));
        let day = super::folder(&data).join(format!("{}.jsonl", day_of(Timestamp::now())));
        let text = std::fs::read_to_string(day).expect("a file");
        assert!(text.contains("\"lost\":3") && text.contains("sign-out"), "{text}");
    }
}
