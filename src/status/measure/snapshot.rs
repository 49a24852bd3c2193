//! What was known last, in a file: after a restart with the store down there is something to show, with its hour.
//! Whole or not at all.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Found, Queue,
    histogram::Histogram,
    kind::Kind,
    table::{Grain, Moment, Place, Table},
};
use crate::store::{DelayRow, Folder, ProbeRow};

const NAME: &str = "measures.json";
/// Largest file, in bytes; a full one has some 150 KB for each server.
const MAX_FILE: u64 = 4 << 20;
/// Rows of delays that are noted, the newest first: as many as fit even if each is as long as it can be.
const MOST_DELAYS: usize = 500;

/// As much of it as a restart needs.
#[derive(Debug, Default, PartialEq)]
pub struct Snapshot {
    pub told: Option<Timestamp>,
    pub table: Table,
    pub queue: Option<Queue>,
    pub found: BTreeMap<String, Found>,
    pub delays: Vec<DelayRow>,
}

/// Times are seconds since 1970.
#[derive(Serialize, Deserialize)]
struct File {
    told: Option<i64>,
    /// Kind, grain, slot, counts as in the store.
    rows: Vec<(i64, i64, i64, Vec<u8>)>,
    /// Waiting, the oldest's seconds, when.
    queue: Option<(u64, u64, i64)>,
    /// At, reads down, sends down, awaited: as in the store.
    found: BTreeMap<String, [Option<i64>; 4]>,
    #[serde(default)]
    delays: Vec<Delay>,
}

/// Server, gateway, grain, slot, counts: as in the store.
type Delay = (String, [u8; 16], i64, i64, Vec<u8>);

/// Nothing where there is none, or none of ours.
pub fn read(data: &Path, now: Moment) -> Snapshot {
    let mut text = String::new();
    let opened = Folder::open(data)
        .and_then(|data| data.read(NAME))
        .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text));
    match opened {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Snapshot::default(),
        Err(error) => {
            tracing::warn!(%error, "the measures of before cannot be read");
            return Snapshot::default();
        }
    }
    let Ok(file) = serde_json::from_str::<File>(&text) else {
        tracing::warn!("the measures of before cannot be read: the file is damaged");
        return Snapshot::default();
    };
    let mut table = Table::default();
    for (kind, grain, n, counts) in file.rows {
        if let Some((kind, grain)) = Kind::from_code(kind).zip(Grain::from_code(grain)) {
            table.put(Place { kind, grain, n }, &Histogram::decode(&counts), now);
        }
    }
    let time = |second: Option<i64>| Timestamp::from_second(second?).ok();
    let found = |[at, reads_down, sends_down, awaited]: [Option<i64>; 4]| {
        Found::from(ProbeRow { at, reads_down, sends_down, awaited })
    };
    let queue = |(waiting, oldest, at)| Some(Queue { waiting, oldest, at: time(Some(at))? });
    Snapshot {
        told: time(file.told),
        table,
        queue: file.queue.and_then(queue),
        found: file.found.into_iter().map(|(server, one)| (server, found(one))).collect(),
        delays: file
            .delays
            .into_iter()
            .map(|(server, gateway, grain, slot, counts)| DelayRow { server, gateway, grain, slot, counts })
            .collect(),
    }
}

/// # Errors
/// What the file system says; the file of before stays.
pub fn write(data: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let row = |(place, counts): (Place, &Histogram)| {
        (place.kind.code(), place.grain.code(), place.n, counts.encode())
    };
    let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
    let found = |found: &Found| {
        let ProbeRow { at, reads_down, sends_down, awaited } = found.row();
        [at, reads_down, sends_down, awaited]
    };
    let mut delays: Vec<&DelayRow> = snapshot.delays.iter().collect();
    delays.sort_by_key(|row| std::cmp::Reverse(row.slot));
    delays.truncate(MOST_DELAYS);
    let delay = |row: &DelayRow| (row.server.clone(), row.gateway, row.grain, row.slot, row.counts.clone());
    let file = File {
        told: second(snapshot.told),
        rows: snapshot.table.rows().map(row).collect(),
        queue: snapshot.queue.map(|queue| (queue.waiting, queue.oldest, queue.at.as_second())),
        found: snapshot.found.iter().map(|(server, one)| (server.clone(), found(one))).collect(),
        delays: delays.into_iter().map(delay).collect(),
    };
    Folder::made(data)?.put(NAME, &serde_json::to_vec(&file)?)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn what_was_known_is_known_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, path) = (folder.path(), folder.path().join(NAME));
        let at: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        let now = Moment::of(at, &TimeZone::UTC);
        assert_eq!(read(data, now), Snapshot::default());
        let mut table = Table::default();
        table.add(Kind::Open, Duration::from_secs(2), now);
        // To the millisecond: a letter is known by it.
        let awaited = Some(at + jiff::SignedDuration::from_millis(123));
        let found = Found { at: Some(at), reads_down: Some(at), awaited, ..Found::default() };
        let snapshot = Snapshot {
            told: Some(at),
            table,
            queue: Some(Queue { waiting: 3, oldest: 40, at }),
            found: [("main".to_owned(), found)].into(),
            delays: vec![DelayRow {
                server: "main".to_owned(),
                gateway: [7; 16],
                grain: 0,
                slot: now.slot,
                counts: vec![1, 0, 0, 0, 1],
            }],
        };
        // What somebody left where it is written aside is not followed.
        let (elsewhere, aside) =
            (folder.path().join("elsewhere"), format!("{NAME}.{}.new", std::process::id()));
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(aside)).expect("a link");
        write(data, &snapshot).expect("written");
        assert!(!elsewhere.exists());
        assert_eq!(read(data, now), snapshot);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        for damaged in ["", "{", "[]", "{\"rows\":[[9,9,9,[1]]]}"] {
            fs::write(&path, damaged).expect("written");
            assert_eq!(read(data, now), Snapshot::default(), "{damaged}");
        }
    }
}
