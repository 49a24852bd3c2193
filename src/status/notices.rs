//! The notices that hold, from three places: the notice file, the folder of those given with `--local`, and the store.
//! What pages ask for is always in memory, and what the store said last also on disk.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Board, Notice, NoticeId, Version,
    folder::{self, Stamp},
};
use crate::store::{AccountId, Error, NoticeMark, NoticeRow, Store};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the store is asked whether there is something new.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// How often a late update is told in the log, for each notice.
const NAG_EVERY: Duration = Duration::from_secs(15 * 60);

/// Finds the account of an address, or says why there is none.
pub type Accounts = Arc<dyn Fn(&str) -> Result<AccountId, String> + Send + Sync>;

/// The current notices. Clones share them.
#[derive(Clone)]
pub struct Notices(Arc<Inner>);

struct Inner {
    file: Option<PathBuf>,
    data: Option<PathBuf>,
    zone: TimeZone,
    accounts: Accounts,
    board: RwLock<Arc<Board>>,
    known: Mutex<Known>,
}

/// What was read last, place by place.
#[derive(Default)]
struct Known {
    file: Option<Version>,
    /// `None` for no file.
    file_stamp: Option<Stamp>,
    local: HashMap<NoticeId, Version>,
    local_stamps: Vec<(NoticeId, Stamp)>,
    stored: Vec<Version>,
    nagged: HashMap<NoticeId, Instant>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

impl Notices {
    /// The notice file alone, read once.
    pub fn new(file: Option<PathBuf>, zone: TimeZone) -> Notices {
        Notices::of(file, None, zone, Arc::new(|_| Err("accounts cannot be named by address here".into())))
    }

    /// The notice file, and what lies in the data folder: what was given there, and what the store said last.
    pub fn of(file: Option<PathBuf>, data: Option<&Path>, zone: TimeZone, accounts: Accounts) -> Notices {
        let stored = data.map(|data| folder::kept(data, &zone)).unwrap_or_default();
        let board = RwLock::new(Arc::new(Board::new(Vec::new(), zone.clone())));
        let known = Mutex::new(Known { stored, ..Known::default() });
        let data = data.map(Path::to_owned);
        let notices = Notices(Arc::new(Inner { file, data, zone, accounts, board, known }));
        notices.look();
        notices.post(&notices.known());
        notices
    }

    /// No I/O.
    pub fn board(&self) -> Arc<Board> {
        self.0.board.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The worst of what is said to everybody. No I/O.
    pub fn current(&self) -> Option<Notice> {
        self.board().public(Timestamp::now()).first().map(|version| version.notice.clone())
    }

    /// Looks at the files every second for as long as the process lives; spawn it once. A file system that hangs holds up
    /// one blocking thread, no page.
    pub async fn keep_current(self) {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let this = self.clone();
            let _ = tokio::task::spawn_blocking(move || {
                this.look();
                this.nag(Instant::now(), Timestamp::now());
            })
            .await;
        }
    }

    /// Asks the store every few seconds for as long as the process lives; spawn it once. While it does not answer, what it
    /// said last holds.
    pub async fn follow(self, store: Arc<Store>) {
        let mut tick = tokio::time::interval(ASK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut mark, mut answers) = (None, true);
        loop {
            tick.tick().await;
            match self.ask(&store, &mut mark).await {
                Ok(()) => answers = true,
                Err(error) if answers => {
                    answers = false;
                    tracing::warn!(%error, "new notices are not known; the last ones hold");
                }
                Err(_) => {}
            }
        }
    }

    async fn ask(&self, store: &Store, mark: &mut Option<NoticeMark>) -> Result<(), Error> {
        // First, so that what is written meanwhile is read again.
        let now = store.notice_mark().await?;
        if *mark == Some(now) {
            return Ok(());
        }
        let stored = of_rows(store.notices().await?, &self.0.zone);
        let this = self.clone();
        let _ = tokio::task::spawn_blocking(move || {
            if let Some(data) = &this.0.data
                && let Err(error) = folder::keep(data, &stored)
            {
                tracing::warn!(%error, "notices are not kept for a start without the store");
            }
            let mut known = this.known();
            known.stored = stored;
            this.tidy(&mut known);
            this.post(&known);
        })
        .await;
        *mark = Some(now);
        Ok(())
    }

    /// Looks at the files now, and reads those that changed. No file is no notice; a broken one is told in the log and the
    /// last good one stays.
    pub fn look(&self) {
        let mut known = self.known();
        let changed = [self.look_at_file(&mut known), self.look_into_folder(&mut known)];
        if changed.contains(&true) {
            self.tidy(&mut known);
            self.post(&known);
        }
    }

    fn look_at_file(&self, known: &mut Known) -> bool {
        let Some(file) = &self.0.file else { return false };
        let now = match std::fs::metadata(file) {
            Ok(found) => Some((found.modified().ok(), found.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, "the notice file cannot be looked at");
                return false;
            }
        };
        if known.file_stamp == now {
            return false;
        }
        known.file_stamp = now;
        match now.map(|_| folder::read_file(file, &self.0.zone, &self.0.accounts)) {
            None => known.file = None,
            Some(Ok(version)) => known.file = Some(version),
            Some(Err(error)) => {
                let error = sayable(&error);
                tracing::warn!(error, "the notice file is broken; the last good notice stays");
                return false;
            }
        }
        true
    }

    fn look_into_folder(&self, known: &mut Known) -> bool {
        let Some(data) = &self.0.data else { return false };
        let now = match folder::files(data) {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(%error, "the folder of local notices cannot be looked at");
                return false;
            }
        };
        if known.local_stamps == now {
            return false;
        }
        for (id, stamp) in &now {
            if known.local_stamps.contains(&(*id, *stamp)) {
                continue;
            }
            match folder::read(data, *id, &self.0.zone, &self.0.accounts) {
                Ok(version) => drop(known.local.insert(*id, version)),
                Err(error) => {
                    let error = sayable(&error);
                    tracing::warn!(notice = %id, error, "a local notice is broken; the last good one stays");
                }
            }
        }
        known.local.retain(|id, _| now.iter().any(|(there, _)| there == id));
        known.local_stamps = now;
        true
    }

    /// Takes away what was given here and the store has a later word of: once that is forgotten there, this one would be
    /// the last again.
    fn tidy(&self, known: &mut Known) {
        let Some(data) = &self.0.data else { return };
        let Known { local, local_stamps, stored, .. } = known;
        local.retain(|id, here| {
            let is_overtaken = stored.iter().any(|there| there.id == *id && there.at >= here.at);
            if !is_overtaken {
                return true;
            }
            if let Err(error) = folder::remove(data, *id) {
                tracing::warn!(notice = %id, %error, "a local notice that the store has too stays where it is");
                return true;
            }
            local_stamps.retain(|(other, _)| other != id);
            false
        });
    }

    /// Tells in the log what was promised and has not come.
    fn nag(&self, at: Instant, now: Timestamp) {
        let board = self.board();
        let late = board.late(now);
        if late.is_empty() {
            return;
        }
        let mut known = self.known();
        known.nagged.retain(|_, last| at.saturating_duration_since(*last) < NAG_EVERY);
        for (due, version) in late {
            if let Entry::Vacant(free) = known.nagged.entry(version.id) {
                free.insert(at);
                tracing::warn!(notice = %version.id, %due, "the next word of a notice is late: {}", remedy(version.id, ""));
            }
        }
    }

    fn post(&self, known: &Known) {
        let all = known.file.iter().chain(known.local.values()).chain(&known.stored).cloned().collect();
        let board = Arc::new(Board::new(all, self.0.zone.clone()));
        *self.0.board.write().unwrap_or_else(PoisonError::into_inner) = board;
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the administrator does about a late update; `flag` finds the configuration ([`crate::config::Config::flag`]).
pub fn remedy(id: NoticeId, flag: &str) -> String {
    match id {
        NoticeId::FILE => "write another next_update into the notice file, or remove the file".into(),
        id => format!("relais notice update {id}{flag} --next-update HH:MM, or relais notice end {id}{flag}"),
    }
}

/// What the store keeps, as versions; what cannot be read by this version of relais is left out. Time and end are believed
/// as they were sealed: the columns beside the body are in clear.
pub fn of_rows(rows: Vec<NoticeRow>, zone: &TimeZone) -> Vec<Version> {
    let version = |row: NoticeRow| {
        let notice = Notice::parse(&row.body, zone)
            .inspect_err(|error| {
                tracing::warn!(notice = row.id, error = sayable(error), "a notice cannot be read")
            })
            .ok()?;
        let at = notice.updated.and_then(|when| when.start(zone))?;
        Some(Version { id: row.id.parse().ok()?, at, notice })
    };
    rows.into_iter().filter_map(version).collect()
}

/// What may stand in the log: what is wrong with a notice may quote an address.
fn sayable(error: &str) -> &str {
    if error.contains('@') {
        "it names an address that cannot be used here: relais notice list tells which"
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn version(id: &str, second: i64, toml: &str) -> Version {
        let notice = Notice::parse(toml, &TimeZone::UTC).expect("a notice");
        Version { id: id.parse().expect("an id"), at: at(second), notice }
    }

    #[test]
    fn a_local_file_goes_once_the_store_has_a_later_word() {
        let home = tempfile::tempdir().expect("a folder");
        let data = home.path();
        let (down, over) = ("level = \"down\"", "level = \"down\"\nended = true");
        folder::write(data, &version("aaaaaa", 1000, down)).expect("written");
        folder::write(data, &version("bbbbbb", 1000, down)).expect("written");
        folder::keep(data, &[version("aaaaaa", 2000, over), version("bbbbbb", 900, down)]).expect("kept");
        let accounts: Accounts = Arc::new(|_| Err("none".into()));
        Notices::of(None, Some(data), TimeZone::UTC, accounts.clone());
        // The store has forgotten what is over.
        folder::keep(data, &[]).expect("kept");
        let later = Notices::of(None, Some(data), TimeZone::UTC, accounts);
        let said: Vec<String> = later.board().said(at(9000)).iter().map(|v| v.id.to_string()).collect();
        assert_eq!(said, ["bbbbbb"]);
    }

    #[test]
    fn an_address_is_not_for_the_log() {
        let accounts = |address: &str| Err(format!("“{address}”: no server serves it"));
        let toml = "level = \"info\"\nfor = { accounts = [\"alice@example.org\"] }";
        let error = Notice::parse_with(toml, &TimeZone::UTC, &accounts).expect_err("nobody serves her");
        assert!(error.contains("alice@") && !sayable(&error).contains("alice"));
        assert_eq!(sayable("level: unknown"), "level: unknown");
    }

    #[test]
    fn what_is_in_clear_in_the_store_is_not_believed() {
        let row = |number, second, toml: &str| NoticeRow {
            id: "aaaaaa".into(),
            version: number,
            at: second,
            ended: false,
            body: version("aaaaaa", 1000 + number, toml).written().expect("short"),
        };
        // Somebody said of the end that it is none, and of the first word that it is the last.
        let rows = vec![row(1, 9000, "level = \"down\""), row(2, 10, "level = \"down\"\nended = true")];
        let versions = of_rows(rows, &TimeZone::UTC);
        assert_eq!(versions.iter().map(|v| v.at).collect::<Vec<_>>(), [at(1001), at(1002)]);
        assert!(Board::new(versions, TimeZone::UTC).said(at(20_000)).is_empty());
    }
}
