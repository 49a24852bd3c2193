//! SQLite's locks and its write-ahead log need a file system of this machine (sqlite.org/wal.html).

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

const NETWORK: [&str; 14] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

/// The kind of network file system under this (canonical) folder. None where it is local, or cannot be told.
pub(super) fn network(folder: &Path) -> Option<String> {
    let mounts = fs::read("/proc/self/mountinfo").ok()?;
    let kind = kind(&mounts, folder)?;
    NETWORK.contains(&kind.as_str()).then_some(kind)
}

/// `36 35 98:0 /root /mount options [optional …] - type source …` (proc(5)): the last line with the longest
/// mount point that holds the folder.
fn kind(mounts: &[u8], folder: &Path) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for line in mounts.split(|byte| *byte == b'\n') {
        let mut words = line.split(|byte| *byte == b' ');
        let Some(mount) = words.nth(4).map(unescape) else { continue };
        let Some(kind) = words.skip_while(|word| *word != b"-").nth(1) else { continue };
        if folder.starts_with(OsStr::from_bytes(&mount))
            && best.as_ref().is_none_or(|(length, _)| *length <= mount.len())
        {
            best = Some((mount.len(), String::from_utf8_lossy(kind).into_owned()));
        }
    }
    best.map(|(_, kind)| kind)
}

/// Spaces and the like are written `\040`.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&byte, after)) = rest.split_first() {
        let octal = |d: &u8| (b'0'..=b'7').contains(d);
        match after {
            [a, b, c, tail @ ..] if byte == b'\\' && [a, b, c].into_iter().all(octal) => {
                out.push([a, b, c].into_iter().fold(0_u8, |n, d| n.wrapping_mul(8).wrapping_add(d - b'0')));
                rest = tail;
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &[u8] = b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
        40 22 0:45 / /srv rw - nfs4 host:/srv rw\n\
        41 40 8:2 / /srv/local\\040disk rw shared:7 master:2 - xfs /dev/sdb rw\n\
        odd line\n";

    #[test]
    fn the_nearest_mount_counts() {
        let kind = |path: &str| kind(MOUNTS, Path::new(path)).unwrap();
        assert_eq!(kind("/var/lib/relais"), "ext4");
        assert_eq!(kind("/srv/relais"), "nfs4");
        assert_eq!(kind("/srv/local disk/relais"), "xfs");
        assert_eq!(kind("/srvx"), "ext4");
    }

    #[test]
    fn this_machine_is_local() {
        assert_eq!(network(Path::new("/proc")), None);
    }
}
