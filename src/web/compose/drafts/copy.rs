//! The copy in the mailbox for drafts: made when somebody saves by hand or leaves, and gone when the letter is.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::super::{
    filled::{Filled, Mode},
    sender,
};
use crate::{
    mailbox::{
        Account,
        drafts::{self, Copy, Kept},
    },
    message::compose::{Draft, File, MediaType, Person, Piece},
    outbox::{Outbox, Staged},
    store::{AccountId, Store},
    web::{app::App, list::place::place, who::Who},
};

/// How long a page waits to hear of the copy; it is made all the same.
const WAIT: Duration = Duration::from_secs(5);

/// What a page can say of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Made,
    NoMailbox,
    /// The server refused, is dead, or takes long.
    Not,
}

impl Told {
    const NAMES: [(Told, &'static str); 3] =
        [(Told::Made, "yes"), (Told::NoMailbox, "none"), (Told::Not, "no")];

    pub fn name(self) -> &'static str {
        Told::NAMES.iter().find(|(told, _)| *told == self).map_or("no", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Told> {
        Told::NAMES.iter().find(|(_, n)| *n == name).map(|(told, _)| *told)
    }
}

/// Everything a copy needs; it outlives the request.
struct Work {
    outbox: Outbox,
    store: Arc<Store>,
    account: Account,
    id: AccountId,
    key: [u8; 16],
    draft: Draft,
    files: Vec<Staged>,
    /// A draft of the mailbox that this one takes the place of.
    source: Option<Copy>,
}

/// Begins to make the copy of a draft that was just kept, and waits a little for it.
pub async fn make(app: &App, who: &Who, filled: &Filled, files: Vec<Staged>) -> Told {
    let Some(work) = prepare(app, who, filled, files).await else { return Told::Not };
    match tokio::time::timeout(WAIT, tokio::spawn(work.run())).await {
        Ok(Ok(told)) => told,
        _ => Told::Not,
    }
}

async fn prepare(app: &App, who: &Who, filled: &Filled, files: Vec<Staged>) -> Option<Work> {
    let identities = sender::identities(app, who).await;
    // An address that is no longer the account's is refused as it is sent; until then its own stands there.
    let own = sender::chosen(&identities, &filled.from).or(identities.first())?;
    let people = [&filled.to, &filled.cc, &filled.bcc].map(|field| Person::list(field).0);
    let written = filled.draft(sender::fields(own)?, people, who.reader.tr.zoned(Timestamp::now())).ok()?;
    let file = |f: &Staged| File { name: f.name.clone(), kind: MediaType::of_upload(&f.kind) };
    let draft = Draft { receipt: false, files: files.iter().map(file).collect(), ..written };
    Some(Work {
        outbox: app.outbox.clone(),
        store: app.store.clone(),
        account: who.account.clone(),
        id: who.signed.account,
        key: filled.key,
        draft,
        files,
        source: if filled.needs_source() { None } else { source(who, filled).await },
    })
}

impl Work {
    async fn run(self) -> Told {
        let pieces = self.draft.pieces_to_keep();
        let octets = pieces.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File(n) => self.files.get(*n).map_or(0, |file| file.wire_octets),
        });
        let octets = octets.sum();
        let pieces = stream::iter(pieces).flat_map(|piece| match piece {
            Piece::Bytes(bytes) => stream::iter([Ok(bytes.into())]).boxed(),
            Piece::File(n) => match self.files.get(n) {
                Some(file) => self.outbox.staged_lines(self.id, file.id).boxed(),
                None => stream::empty().boxed(),
            },
        });
        let kept = match drafts::keep(&self.account, octets, pieces).await {
            Ok(kept) => kept,
            Err(trouble) => {
                tracing::info!(?trouble, "a draft was not copied to its mailbox");
                return Told::Not;
            }
        };
        let new = match kept {
            Kept::NoMailbox => return Told::NoMailbox,
            Kept::Somewhere => return Told::Made,
            Kept::At(copy) => copy,
        };
        let before = self.store.draft(&self.id, &self.key).await;
        let known = serde_json::to_vec(&new).unwrap_or_default();
        match self.store.set_draft_copy(&self.id, &self.key, &known).await {
            Ok(true) => {
                let before = before
                    .ok()
                    .flatten()
                    .and_then(|draft| place_of(draft.copy.as_ref().map(|copy| copy.as_slice())));
                remove(&self.account, before).await;
                remove(&self.account, self.source.clone()).await;
            }
            // Sent or deleted meanwhile.
            Ok(false) => remove(&self.account, Some(new)).await,
            Err(error) => tracing::warn!(%error, "where a draft was copied to was not kept"),
        }
        Told::Made
    }
}

/// What was kept of a copy's place.
pub fn place_of(copy: Option<&[u8]>) -> Option<Copy> {
    serde_json::from_slice(copy?).ok()
}

/// The draft in the mailbox that the form goes on with.
pub async fn source(who: &Who, filled: &Filled) -> Option<Copy> {
    let source = filled.source.as_ref().filter(|_| filled.mode == Mode::Resume)?;
    let place = place(who, &source.folder).await.ok()?;
    Some(Copy { mailbox: place.mailbox.raw().to_vec(), uidvalidity: source.uidvalidity, uid: source.uid })
}

/// Removes a copy that is no longer needed. Should it fail, one draft too many is no loss.
pub async fn remove(account: &Account, copy: Option<Copy>) {
    let Some(copy) = copy else { return };
    if let Err(trouble) = drafts::remove(account, &copy).await {
        tracing::info!(?trouble, "the copy of a draft was not removed");
    }
}

/// The draft is no more: sent, or thrown away. The mail server is not waited for.
pub async fn forget(app: &App, who: &Who, filled: &Filled, source: bool) {
    let (store, id) = (&app.store, &who.signed.account);
    let copy = match store.draft_copy(id, &filled.key).await {
        Ok(copy) => place_of(copy.as_ref().map(|copy| copy.as_slice())),
        Err(_) => None,
    };
    if let Err(error) = store.delete_draft(id, &filled.key).await {
        tracing::warn!(%error, "a draft was not deleted: it is no longer shown, and goes in time");
    }
    let source = if source { self::source(who, filled).await } else { None };
    let account = who.account.clone();
    tokio::spawn(async move {
        remove(&account, copy).await;
        remove(&account, source).await;
    });
}
