//! What a gateway keeps of notices in its data folder, so that it can tell them without the store: `notices/`, a TOML file
//! for each that was given with `--local`, and `notices.json`, what the store said last.
//!
//! Root may run a command there: no link is followed ([`Folder`]).

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    MAX_NOTICE, Notice, NoticeId, Version,
    notices::{Accounts, of_rows},
};
use crate::{
    config::Config,
    store::{Folder, NoticeRow},
};

/// Files of `notices/` that are looked at.
const MOST_FILES: usize = 100;
/// Octets of `notices.json`: 250 notices.
const MAX_SNAPSHOT: u64 = 32 << 20;
const LOCAL: &str = "notices";
const SNAPSHOT: &str = "notices.json";
/// What `measure` keeps beside it.
const MEASURES: &str = "measures.json";

/// Where those given with `--local` are, to be told.
pub fn local(data: &Path) -> PathBuf {
    data.join(LOCAL)
}

fn file_of(id: NoticeId) -> String {
    format!("{id}.toml")
}

/// `None` where there is none.
fn opened(data: &Path) -> io::Result<Option<Folder>> {
    match Folder::open(data).and_then(|data| data.inner(LOCAL)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        folder => folder.map(Some),
    }
}

/// Time of change and length.
pub type Stamp = (Option<SystemTime>, u64);

/// The files of `notices/` that are notices by their names.
///
/// # Errors
/// The file system's, as of all here.
pub fn files(data: &Path) -> io::Result<Vec<(NoticeId, Stamp)>> {
    let Some(folder) = opened(data)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for name in folder.names()?.take(MOST_FILES) {
        let name = name?;
        let id = name.to_str().and_then(|name| name.strip_suffix(".toml")?.parse().ok());
        let Some(id) = id else { continue };
        match folder.metadata(&file_of(id)) {
            Ok(meta) => found.push((id, (meta.modified().ok(), meta.len()))),
            // It went meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by_key(|(id, _)| *id);
    Ok(found)
}

/// One of `notices/`.
///
/// # Errors
/// Why it cannot be shown, in a sentence.
pub fn read(data: &Path, id: NoticeId, zone: &TimeZone, accounts: &Accounts) -> Result<Version, String> {
    let file = Folder::open(data).and_then(|data| data.inner(LOCAL)?.read(&file_of(id)));
    version(file, id, zone, accounts)
}

/// The notice file, wherever the configuration says that it is.
///
/// # Errors
/// As [`read`].
pub fn read_file(path: &Path, zone: &TimeZone, accounts: &Accounts) -> Result<Version, String> {
    version(fs::File::open(path), NoticeId::FILE, zone, accounts)
}

/// Without `updated`, the file's own time is that of the version.
fn version(
    file: io::Result<fs::File>,
    id: NoticeId,
    zone: &TimeZone,
    accounts: &Accounts,
) -> Result<Version, String> {
    let said = |error: io::Error| error.to_string();
    let mut text = String::new();
    let file = file.map_err(said)?;
    let changed = file.metadata().and_then(|meta| meta.modified()).ok();
    file.take(MAX_NOTICE + 1).read_to_string(&mut text).map_err(said)?;
    let notice = Notice::parse_with(&text, zone, &**accounts)?;
    let at = notice.updated.or(notice.since).and_then(|when| when.start(zone));
    let at = at.or_else(|| Timestamp::try_from(changed?).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Version { id, at, notice })
}

/// All notices that are known on this machine: those of the store (`None`: what it said last), of `notices/`, and of the
/// notice file. What cannot be read is told.
///
/// # Errors
/// The folder's.
pub fn all(
    config: &Config,
    stored: Option<Vec<NoticeRow>>,
    accounts: &Accounts,
    told: &mut dyn FnMut(&Path, String),
) -> io::Result<Vec<Version>> {
    let (data, zone) = (&config.data, &config.time_zone);
    let mut all = stored.map_or_else(|| kept(data, zone), |rows| of_rows(rows, zone));
    let files = files(data)?.into_iter();
    let files = files.map(|(id, _)| (local(data).join(file_of(id)), read(data, id, zone, accounts)));
    let own = config.notice_file.as_ref().filter(|file| file.exists());
    let own = own.map(|file| (file.clone(), read_file(file, zone, accounts)));
    for (path, read) in files.chain(own) {
        match read {
            Ok(version) => all.push(version),
            Err(error) => told(&path, error),
        }
    }
    Ok(all)
}

/// Puts a version into `notices/`.
///
/// # Errors
/// The file system's; what [`read`] would not read ([`Version::written`]).
pub fn write(data: &Path, version: &Version) -> io::Result<()> {
    let text = version.written().map_err(io::Error::other)?;
    Folder::made(data)?.make(LOCAL)?.put(&file_of(version.id), text.as_bytes())
}

/// Takes one out of `notices/`, where it is there.
///
/// # Errors
/// The file system's.
pub fn remove(data: &Path, id: NoticeId) -> io::Result<bool> {
    opened(data)?.map_or(Ok(false), |folder| folder.remove(&file_of(id)))
}

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    /// Seconds since 1970.
    at: i64,
    body: String,
}

/// Keeps what the store said to everybody. What is for accounts alone is told while the store answers: without it nobody is
/// signed in, and it lies nowhere in clear.
///
/// # Errors
/// The file system's.
pub fn keep(data: &Path, versions: &[Version]) -> io::Result<()> {
    // What was public once is not, where its last word is for accounts: it would be the last one here.
    let last = |id| versions.iter().filter(|version| version.id == id).max_by_key(|version| version.at);
    let is_public = |version: &Version| version.notice.scope.is_public();
    let kept: Vec<Kept> = versions
        .iter()
        .filter(|version| is_public(version) && last(version.id).is_some_and(is_public))
        .map(|v| Kept { id: v.id.to_string(), at: v.at.as_second(), body: v.notice.to_toml() })
        .collect();
    Folder::made(data)?.put(SNAPSHOT, &serde_json::to_vec(&kept)?)
}

/// What the store said last; nothing where that is not known.
pub fn kept(data: &Path, zone: &TimeZone) -> Vec<Version> {
    let read = || -> io::Result<Vec<Kept>> {
        let mut text = Vec::new();
        Folder::open(data)?.read(SNAPSHOT)?.take(MAX_SNAPSHOT).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    };
    let kept = match read() {
        Ok(kept) => kept,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "the notices that were kept cannot be read");
            }
            return Vec::new();
        }
    };
    let version = |kept: Kept| {
        let (at, notice) = (Timestamp::from_second(kept.at).ok()?, Notice::parse(&kept.body, zone).ok()?);
        Some(Version { id: kept.id.parse().ok()?, at, notice })
    };
    kept.into_iter().filter_map(version).collect()
}

/// Destroys what this machine keeps of notices, and of measures. Files that are not ours stay.
///
/// # Errors
/// The file system's; what is gone is gone.
pub fn wipe(data: &Path) -> io::Result<()> {
    let data = match Folder::open(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        data => data?,
    };
    let destroy = |folder: &Folder, is_ours: &dyn Fn(&str) -> bool| -> io::Result<()> {
        let names = folder.names()?.collect::<io::Result<Vec<_>>>()?;
        for name in names.iter().filter_map(|name| name.to_str()).filter(|name| is_ours(name)) {
            folder.destroy(name)?;
        }
        Ok(())
    };
    // What is no folder is none of ours.
    if let Ok(folder) = data.inner(LOCAL) {
        // With what was written aside.
        destroy(&folder, &|name| name.ends_with(".toml") || name.contains(".toml."))?;
        match data.remove_inner(LOCAL) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error),
            _ => {}
        }
    }
    destroy(&data, &|name| [SNAPSHOT, MEASURES].iter().any(|ours| name.starts_with(ours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_broken_costs_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, zone) = (folder.path(), TimeZone::UTC);
        assert!(kept(data, &zone).is_empty() && files(data).expect("none").is_empty());
        let id = NoticeId::random().expect("an id");
        let at = Timestamp::from_second(1_700_000_000).expect("a time");
        let notice = Notice { phone: Some("1".into()), ..Notice::default() };
        let version = Version { id, at, notice };
        keep(data, std::slice::from_ref(&version)).expect("kept");
        assert_eq!(kept(data, &zone), std::slice::from_ref(&version));
        fs::write(data.join(SNAPSHOT), "[{").expect("written");
        assert!(kept(data, &zone).is_empty());

        let accounts: Accounts = std::sync::Arc::new(|_| Err("none".into()));
        write(data, &version).expect("written");
        fs::write(local(data).join("not a notice.txt"), "x").expect("written");
        let found = files(data).expect("listed");
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id]);
        let back = read(data, id, &zone, &accounts).expect("read");
        assert_eq!((back.at, back.notice.phone), (at, Some("1".into())));
        fs::write(local(data).join(file_of(id)), "level = ").expect("written");
        assert!(read(data, id, &zone, &accounts).is_err());
        assert!(remove(data, id).expect("removed") && !remove(data, id).expect("gone"));
    }

    #[test]
    fn what_is_for_accounts_is_not_kept_and_what_is_kept_is_wiped() {
        let home = tempfile::tempdir().expect("a folder");
        let (data, zone) = (home.path(), TimeZone::UTC);
        let version = |id: &str, second, toml: &str| Version {
            id: id.parse().expect("an id"),
            at: Timestamp::from_second(second).expect("a time"),
            notice: Notice::parse(toml, &zone).expect("a notice"),
        };
        let own =
            format!("level = \"info\"\ntitle = \"OWN\"\nfor = {{ accounts = [\"{}\"] }}", "0".repeat(64));
        let public = version("aaaaaa", 5, "level = \"info\"\nphone = \"1\"");
        let others = [
            version("bbbbbb", 5, &own),
            version("cccccc", 5, "level = \"down\"\ntitle = \"BEFORE\""),
            version("cccccc", 6, &own),
        ];
        let all: Vec<Version> = others.into_iter().chain([public.clone()]).collect();
        keep(data, &all).expect("kept");
        let text = fs::read_to_string(data.join(SNAPSHOT)).expect("read");
        assert!(!text.contains("OWN") && !text.contains("BEFORE"), "{text}");
        let kept: Vec<NoticeId> = kept(data, &zone).iter().map(|version| version.id).collect();
        assert_eq!(kept, [public.id]);

        write(data, &public).expect("written");
        fs::write(local(data).join("aaaaaa.toml.7.new"), "x").expect("written");
        fs::write(data.join("measures.json"), "{}").expect("written");
        fs::write(data.join("relais.db"), "x").expect("written");
        for _ in 0..2 {
            wipe(data).expect("wiped");
            let left: Vec<_> = fs::read_dir(data).expect("listed").flatten().map(|e| e.file_name()).collect();
            assert_eq!(left, ["relais.db"]);
        }
        // A link is not followed, and what is not ours stays.
        let elsewhere = tempfile::tempdir().expect("a folder");
        fs::write(elsewhere.path().join("aaaaaa.toml"), "mine").expect("written");
        std::os::unix::fs::symlink(elsewhere.path(), local(data)).expect("a link");
        wipe(data).expect("wiped");
        assert!(elsewhere.path().join("aaaaaa.toml").exists());
    }

    #[test]
    fn no_link_in_the_data_folder_leads_elsewhere() {
        let home = tempfile::tempdir().expect("a folder");
        let (data, elsewhere) = (home.path().join("data"), home.path().join("elsewhere"));
        fs::create_dir(&data).expect("made");
        fs::create_dir(&elsewhere).expect("made");
        let link = |to: &Path, from: &Path| std::os::unix::fs::symlink(to, from);
        let id = NoticeId::random().expect("an id");
        let at = Timestamp::from_second(1_700_000_000).expect("a time");
        let version = Version { id, at, notice: Notice::default() };
        let accounts: Accounts = std::sync::Arc::new(|_| Err("none".into()));
        // The folder is one; it leads nowhere.
        for target in [&elsewhere, &home.path().join("nowhere")] {
            link(target, &local(&data)).expect("a link");
            assert!(write(&data, &version).is_err() && files(&data).is_err());
            fs::remove_file(local(&data)).expect("removed");
        }
        assert!(!home.path().join("nowhere").exists());
        assert_eq!(fs::read_dir(&elsewhere).expect("listed").count(), 0);
        // A notice is one, or what is written aside.
        write(&data, &version).expect("written");
        let (file, victim) = (local(&data).join(file_of(id)), elsewhere.join("victim.toml"));
        fs::write(&victim, "level = \"info\"").expect("written");
        fs::remove_file(&file).expect("removed");
        link(&victim, &file).expect("a link");
        assert!(read(&data, id, &TimeZone::UTC, &accounts).is_err());
        write(&data, &version).expect("in its place");
        assert_eq!(fs::read_to_string(&victim).expect("read"), "level = \"info\"");
        assert!(read(&data, id, &TimeZone::UTC, &accounts).is_ok());
    }
}
