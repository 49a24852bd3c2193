//! What is being written is kept at the gateway, sealed: it outlives the tab, the session and the mail server.

mod copy;
mod open;
mod save;
pub mod view;

pub use copy::Told;
pub(super) use copy::forget;
pub use open::{act, list};
pub(super) use open::{beside, count, known, show};
pub(super) use save::By;

use jiff::Timestamp;

use super::filled::Filled;
use crate::{
    store::{
        AccountId, Error, Store,
        drafts::{Draft, NewDraft, Saved},
    },
    web::form::Fields,
};

/// Characters of a subject or of recipients in the list.
const SHORT: usize = 200;

/// Keeps the form. What is there already, and what this very page saved before, is no conflict.
///
/// # Errors
/// The store's.
pub(super) async fn keep(store: &Store, account: &AccountId, filled: &Filled) -> Result<Saved, Error> {
    let mut pairs = filled.content();
    pairs.extend([("tab", filled.tab.clone()), ("changed", filled.changed.to_string())]);
    let data = serde_json::to_vec(&pairs).unwrap_or_default();
    let short = |text: &str| text.chars().take(SHORT).collect::<String>();
    let head = serde_json::to_vec(&(short(&filled.to), short(&filled.subject))).unwrap_or_default();
    let files: Vec<[u8; 16]> = filled.files.iter().map(|id| id.0).collect();
    let mut new = NewDraft { id: filled.key, based: filled.based, head: &head, data: &data, files: &files };
    let saved = store.save_draft(account, &new).await?;
    if saved != Saved::Changed {
        return Ok(saved);
    }
    // Its answer may have been lost on the way to the page.
    let Some(draft) = store.draft(account, &filled.key).await? else { return Ok(saved) };
    let there = read(filled.key, &draft);
    if there.content() == filled.content() {
        return Ok(Saved::Kept(draft.version));
    }
    if filled.tab.is_empty() || there.tab != filled.tab {
        return Ok(Saved::Changed);
    }
    new.based = draft.version;
    store.save_draft(account, &new).await
}

/// The form as it was kept.
pub(super) fn read(key: [u8; 16], draft: &Draft) -> Filled {
    let pairs: Vec<(String, String)> = serde_json::from_slice(&draft.data).unwrap_or_default();
    Filled { key, based: draft.version, ..Filled::read(&Fields::new(pairs)) }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
