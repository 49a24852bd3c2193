//! What was promised to people: a notice says when more will be said, and then more should be said.

use std::sync::Arc;

use jiff::{Timestamp, Unit};

use super::Notes;
use crate::{
    config::Config,
    session::account_of,
    status::{Accounts, Board, NoticeId, Version, folder, of_rows, remedy},
    store::{Keys, Store},
};

pub async fn look(notes: &mut Notes<'_>, config: &Config) {
    let board = Board::new(all(config).await, config.time_zone.clone());
    let now = Timestamp::now();
    for (due, version) in board.late(now) {
        let at = due.to_zoned(config.time_zone.clone()).strftime("%F %H:%M");
        let past = now.since((Unit::Hour, due)).map(|span| span.get_hours()).unwrap_or_default();
        let (past, id) =
            (if past < 1 { "within the hour".into() } else { format!("{past} h ago") }, version.id);
        notes.warn(
            "notice-late",
            format!("notice {id} promised people more for {at}, {past}, and nothing was said since"),
            remedy(id),
        );
    }
    if let live @ 1.. = board.live().count() {
        notes.note("notices", format!("{live} notice(s) hold"), "relais notice list shows them");
    }
}

/// Of the store where it answers (what it says of itself is told elsewhere), of this machine, of the notice file.
async fn all(config: &Config) -> Vec<Version> {
    let zone = &config.time_zone;
    let store = match &config.database {
        Some(url) => Store::connect_beside(url, &config.key_file).await,
        None => Store::open_beside(&config.data, &config.key_file).await,
    };
    let mut all = match store {
        Ok(store) => {
            let rows = store.notices().await;
            store.close().await;
            // Tables of before there were notices hold none.
            rows.map(|rows| of_rows(rows, zone)).unwrap_or_default()
        }
        Err(_) => folder::kept(&config.data, zone),
    };
    let keys = Keys::read(&config.key_file);
    let names = config.clone();
    let accounts: Accounts = Arc::new(move |address| match &keys {
        Ok(keys) => account_of(&names, keys, address),
        Err(error) => Err(error.to_string()),
    });
    let files = folder::files(&config.data).unwrap_or_default();
    let files = files.into_iter().map(|(id, path, _)| (id, path));
    let own = config.notice_file.clone().map(|file| (NoticeId::FILE, file));
    all.extend(files.chain(own).filter_map(|(id, path)| folder::read(&path, id, zone, &accounts).ok()));
    all
}
