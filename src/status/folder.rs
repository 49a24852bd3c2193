//! What a gateway keeps of notices in its data folder, so that it can tell them without the store: `notices/`, a TOML file
//! for each that was given with `--local`, and `notices.json`, what the store said last.
//!
//! Written aside, synced, renamed: a crash leaves the old or the new, never half of one.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{MAX_NOTICE, Notice, NoticeId, Version, When, notices::Accounts};

/// Files of `notices/` that are looked at.
const MOST_FILES: usize = 100;
/// Octets of `notices.json`: 250 notices.
const MAX_SNAPSHOT: u64 = 32 << 20;

pub fn local(data: &Path) -> PathBuf {
    data.join("notices")
}

fn file_of(data: &Path, id: NoticeId) -> PathBuf {
    local(data).join(format!("{id}.toml"))
}

fn snapshot(data: &Path) -> PathBuf {
    data.join("notices.json")
}

/// Time of change and length.
pub type Stamp = (Option<SystemTime>, u64);

/// The files of `notices/` that are notices by their names.
pub fn files(data: &Path) -> io::Result<Vec<(NoticeId, PathBuf, Stamp)>> {
    let entries = match fs::read_dir(local(data)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries.take(MOST_FILES) {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".toml"));
        let Some(id) = name.and_then(|name| name.parse().ok()) else { continue };
        match fs::metadata(&path) {
            Ok(meta) => found.push((id, path, (meta.modified().ok(), meta.len()))),
            // It went meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by_key(|(id, ..)| *id);
    Ok(found)
}

/// A file of one notice. Without `updated`, the file's own time is that of the version.
///
/// # Errors
/// Why it cannot be shown, in a sentence.
pub fn read(path: &Path, id: NoticeId, zone: &TimeZone, accounts: &Accounts) -> Result<Version, String> {
    let said = |error: io::Error| error.to_string();
    let mut text = String::new();
    let file = fs::File::open(path).map_err(said)?;
    let changed = file.metadata().and_then(|meta| meta.modified()).ok();
    file.take(MAX_NOTICE + 1).read_to_string(&mut text).map_err(said)?;
    let notice = Notice::parse_with(&text, zone, &**accounts)?;
    let at = notice.updated.or(notice.since).and_then(|when| when.start(zone));
    let at = at.or_else(|| Timestamp::try_from(changed?).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Version { id, at, notice })
}

/// Puts a version into `notices/`.
///
/// # Errors
/// The file system's.
pub fn write(data: &Path, version: &Version) -> io::Result<PathBuf> {
    let folder = local(data);
    if !folder.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        like_its_folder(data, &fs::File::open(&folder)?);
    }
    let mut notice = version.notice.clone();
    notice.updated = Some(When::Moment(version.at));
    let path = file_of(data, version.id);
    put(&path, notice.to_toml().as_bytes())?;
    Ok(path)
}

/// Takes one out of `notices/`, where it is there.
///
/// # Errors
/// The file system's.
pub fn remove(data: &Path, id: NoticeId) -> io::Result<bool> {
    match fs::remove_file(file_of(data, id)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    /// Seconds since 1970.
    at: i64,
    body: String,
}

/// Keeps what the store said.
///
/// # Errors
/// The file system's.
pub fn keep(data: &Path, versions: &[Version]) -> io::Result<()> {
    let kept: Vec<Kept> = versions
        .iter()
        .map(|v| Kept { id: v.id.to_string(), at: v.at.as_second(), body: v.notice.to_toml() })
        .collect();
    put(&snapshot(data), &serde_json::to_vec(&kept)?)
}

/// What the store said last; nothing where that is not known.
pub fn kept(data: &Path, zone: &TimeZone) -> Vec<Version> {
    let read = || -> io::Result<Vec<Kept>> {
        let mut text = Vec::new();
        fs::File::open(snapshot(data))?.take(MAX_SNAPSHOT).read_to_end(&mut text)?;
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

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.new", std::process::id()));
    let aside = PathBuf::from(aside);
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    like_its_folder(folder, &file);
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    fs::File::open(folder)?.sync_all()
}

/// A command that root runs must not leave files that the gateway cannot read. Whoever is not root changes nothing.
fn like_its_folder(folder: &Path, made: &fs::File) {
    let (Ok(folder), Ok(now)) = (fs::metadata(folder), made.metadata()) else { return };
    if folder.uid() != now.uid() {
        let _ = fchown(made, Some(folder.uid()), Some(folder.gid()));
    }
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
        fs::write(snapshot(data), "[{").expect("written");
        assert!(kept(data, &zone).is_empty());

        let accounts: Accounts = std::sync::Arc::new(|_| Err("none".into()));
        let path = write(data, &version).expect("written");
        fs::write(local(data).join("not a notice.txt"), "x").expect("written");
        let found = files(data).expect("listed");
        assert_eq!(
            found.iter().map(|(id, path, _)| (*id, path.clone())).collect::<Vec<_>>(),
            [(id, path.clone())]
        );
        let back = read(&path, id, &zone, &accounts).expect("read");
        assert_eq!((back.at, back.notice.phone), (at, Some("1".into())));
        fs::write(&path, "level = ").expect("written");
        assert!(read(&path, id, &zone, &accounts).is_err());
        assert!(remove(data, id).expect("removed") && !remove(data, id).expect("gone"));
    }
}
