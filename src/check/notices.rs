//! What was promised to people: a notice says when more will be said, and then more should be said.

use std::sync::Arc;

use jiff::{Timestamp, Unit};

use super::Notes;
use crate::{
    config::Config,
    session::account_of,
    status::{Accounts, Board, Version, folder, remedy},
    store::{Keys, Store},
};

pub async fn look(notes: &mut Notes<'_>, config: &Config) {
    let board = Board::new(all(config).await, config.time_zone.clone());
    let now = Timestamp::now();
    for (due, version) in board.late(now) {
        let at = due.to_zoned(config.time_zone.clone()).strftime("%F %H:%M");
        let past = now.since((Unit::Hour, due)).map(|span| span.get_hours()).unwrap_or_default();
        let (past, id) =
            (if past < 1 { "less than an hour ago".into() } else { format!("{past} h ago") }, version.id);
        notes.warn(
            "notice-late",
            format!("notice {id} promised people more for {at}, {past}, and nothing was said since"),
            remedy(id, &config.flag()),
        );
    }
    if let live @ 1.. = board.live().count() {
        notes.note("notices", format!("{live} notice(s) hold"), "relais notice list shows them");
    }
}

/// Of the store where it answers (what it says of itself is told elsewhere), of this machine, of the notice file.
async fn all(config: &Config) -> Vec<Version> {
    let store = match &config.database {
        Some(url) => Store::connect_beside(url, &config.key_file).await,
        None => Store::open_beside(&config.data, &config.key_file).await,
    };
    let stored = match store {
        Ok(store) => {
            let rows = store.notices().await;
            store.close().await;
            rows.ok()
        }
        Err(_) => None,
    };
    let keys = Keys::read(&config.key_file);
    let names = config.clone();
    let accounts: Accounts = Arc::new(move |address| match &keys {
        Ok(keys) => account_of(&names, keys, address),
        Err(error) => Err(error.to_string()),
    });
    folder::all(config, stored, &accounts, &mut |_, _| {}).unwrap_or_default()
}
