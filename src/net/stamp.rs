//! Whether files were changed since they were read.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// Device, inode, length, time of change (of what is in it, or of who may read it) in seconds and nanoseconds of each file: whoever writes a file anew, or puts
/// another one in its place, changes one of them. Links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(Vec<(u64, u64, u64, i64, i64)>);

impl Stamp {
    /// # Errors
    /// When one of them cannot be looked at.
    pub fn of(files: &[&Path]) -> io::Result<Stamp> {
        let one = |file: &&Path| {
            let found = fs::metadata(file)?;
            Ok((found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
        };
        files.iter().map(one).collect::<io::Result<_>>().map(Stamp)
    }
}
