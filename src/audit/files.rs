//! The files: one a day, readable by their owner alone, appended to, deleted when their time is over.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, ToSpan, civil::Date};

use super::day_of;
use crate::store::Folder;

/// Days for which a file is kept.
pub const KEPT: i64 = 180;
/// Octets of one day, some millions of lines: whoever can make lines must not fill the disk that the outbox needs.
const MOST: u64 = 2 << 30;
const SUFFIX: &str = ".jsonl";

fn file_name(day: Date) -> String {
    format!("{day}{SUFFIX}")
}

/// Appends whole lines by one write. Several processes may do so: the gateway, and an administrator's commands.
pub(super) fn append(folder: &Path, day: Date, lines: &[u8]) -> io::Result<()> {
    let (parent, name) = split(folder)?;
    let mut file = Folder::made(parent)?.make(name)?.append(&file_name(day))?;
    if file.metadata()?.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file of the day is full"));
    }
    file.write_all(lines)
}

/// The data folder, and the name of ours in it.
fn split(folder: &Path) -> io::Result<(&Path, &str)> {
    let name = folder.file_name().and_then(|name| name.to_str());
    folder.parent().zip(name).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Whether a line could be written today, as far as can be told without leaving anything behind.
///
/// # Errors
/// Why not.
pub fn can_write(folder: &Path) -> io::Result<()> {
    let (parent, name) = split(folder)?;
    let folder = match Folder::open(parent).and_then(|data| data.inner(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        folder => folder?,
    };
    let today = file_name(day_of(Timestamp::now()));
    if folder.metadata(&today).is_ok() {
        return folder.append(&today).map(drop);
    }
    let probe = format!(".check-{}", std::process::id());
    folder.append(&probe)?;
    folder.remove(&probe).map(drop)
}

/// The days that have a file, in their order.
pub(super) fn days(folder: &Path) -> io::Result<Vec<(Date, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut days = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)?.parse().ok());
        days.extend(day.map(|day: Date| (day, entry.path())));
    }
    days.sort();
    Ok(days)
}

/// Deletes what was kept for long enough. Files that are not ours stay.
pub(super) fn forget(folder: &Path, today: Date) -> io::Result<()> {
    let Ok(first) = today.checked_sub(KEPT.days()) else { return Ok(()) };
    for (_, path) in days(folder)?.into_iter().filter(|(day, _)| *day < first) {
        match fs::remove_file(path) {
            // Another gateway beside this one was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn path(folder: &Path, day: Date) -> PathBuf {
        folder.join(file_name(day))
    }

    #[test]
    fn one_file_a_day_for_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("audit");
        let today: Date = "2026-11-22".parse().expect("a day");
        for back in [0, 1, KEPT, KEPT + 1, 400] {
            append(&folder, today.checked_sub(back.days()).expect("a day"), b"{}\n").expect("written");
        }
        append(&folder, today, b"{}\n").expect("written");
        fs::write(folder.join("notes.txt"), "mine").expect("written");
        forget(&folder, today).expect("deleted");
        let names: Vec<String> =
            days(&folder).expect("listed").iter().map(|(day, _)| day.to_string()).collect();
        assert_eq!(names, ["2026-05-26", "2026-11-21", "2026-11-22"]);
        assert!(folder.join("notes.txt").exists());
        assert_eq!(fs::read(path(&folder, today)).expect("read"), b"{}\n{}\n");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path(&folder, today))), (0o700, 0o600));
    }

    #[test]
    fn no_link_leads_elsewhere() {
        let home = tempfile::tempdir().expect("a folder");
        let today: Date = "2026-11-22".parse().expect("a day");
        let (folder, victim) = (home.path().join("audit"), home.path().join("victim"));
        fs::write(&victim, "mine").expect("written");
        append(&folder, today, b"{}\n").expect("written");
        let tomorrow = today.tomorrow().expect("a day");
        std::os::unix::fs::symlink(&victim, path(&folder, tomorrow)).expect("a link");
        append(&folder, tomorrow, b"{}\n").expect_err("a link is not a file of ours");
        assert_eq!(fs::read_to_string(&victim).expect("read"), "mine");
        // Nor is one that leads nowhere made into a file.
        let nowhere = home.path().join("nowhere");
        fs::remove_file(path(&folder, tomorrow)).expect("removed");
        std::os::unix::fs::symlink(&nowhere, path(&folder, tomorrow)).expect("a link");
        append(&folder, tomorrow, b"{}\n").expect_err("a link is not a file of ours");
        assert!(!nowhere.exists());
    }
}
