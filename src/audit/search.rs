//! What one account did: its digest is made anew for each day that is kept.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    path::Path,
};

use jiff::civil::Date;

use super::{Day, Line, files};
use crate::store::{AccountId, Keys};

/// What was looked through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// Days that have a file.
    pub days: usize,
    /// Lines that are none: a disk that was full leaves halves.
    pub unreadable: usize,
    /// Lines that the gateway could not write.
    pub lost: u64,
}

/// Hands out each line of this account since that day, the oldest first.
///
/// # Errors
/// A file that cannot be read.
pub fn search(
    folder: &Path,
    keys: &Keys,
    account: &AccountId,
    since: Option<Date>,
    mut each: impl FnMut(Line),
) -> io::Result<Found> {
    let mut found = Found::default();
    for (date, path) in files::days(folder)?.into_iter().filter(|(date, _)| since.is_none_or(|s| *date >= s))
    {
        found.days += 1;
        let wanted = Some(Day::new(keys, date).account(account));
        for line in BufReader::new(fs::File::open(path)?).split(b'\n') {
            let line = line?;
            if line.is_empty() {
                continue;
            }
            match std::str::from_utf8(&line).ok().and_then(Line::parse) {
                Some(line) => {
                    found.lost += line.lost.unwrap_or(0);
                    if line.account == wanted {
                        each(line);
                    }
                }
                None => found.unreadable += 1,
            }
        }
    }
    Ok(found)
}
