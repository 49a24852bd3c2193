//! `GET /compose?draft=`, `/drafts`: what was kept, opened, listed, thrown away.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    copy::{self, Told},
    moment, read,
    view::{self, DraftsView, Line, Version},
};
use crate::{
    mailbox::drafts::Copy,
    outbox::BlobId,
    store::Error,
    web::{
        answer::{self, Frame},
        app::App,
        compose::{
            device::Device,
            filled::{Filled, Source},
            open::frame,
            sender,
            view::{self as form, ComposeView, Wrong},
        },
        form::Posted,
        list::place::place,
        problem::Kind,
        who::Who,
    },
};

/// The form with a draft in it.
pub async fn show(app: &App, who: &Who, id: &str, copied: Option<&str>) -> Response {
    let reader = &who.reader;
    let Ok(BlobId(key)) = id.parse() else { return answer::problem(reader, &Kind::NotFound.into()) };
    let draft = match app.store.draft(&who.signed.account, &key).await {
        Ok(Some(draft)) => draft,
        Ok(None) => return answer::problem(reader, &Kind::NotFound.into()),
        Err(error) => return answer::internal(reader, &error),
    };
    let mut filled = read(key, &draft);
    filled.tab = Filled::page().unwrap_or_default();
    filled.changed = 0;
    let files = match app.outbox.staged(&who.signed.account, &filled.files).await {
        Ok(files) => files,
        Err(error) => return answer::internal(reader, &error),
    };
    let gone = files.len() < filled.files.len();
    filled.files = files.iter().map(|file| file.id).collect();
    let view = ComposeView {
        files,
        wrong: if gone { vec![Wrong::FilesGone] } else { Vec::new() },
        saved: Some(moment(draft.saved)),
        copied: copied.and_then(Told::named),
        ..ComposeView::of(app, who, filled, sender::identities(app, who).await)
    };
    let frame = frame(who, view.filled.mode, view.filled.source.as_ref());
    answer::ready(reader, &frame, form::render(&view, &reader.tr))
}

/// The same letter, written in two tabs: both texts.
pub async fn beside(app: &App, who: &Who, ids: [&str; 2]) -> Response {
    let reader = &who.reader;
    let mut versions = Vec::new();
    for id in ids {
        let Ok(BlobId(key)) = id.parse() else { return answer::problem(reader, &Kind::NotFound.into()) };
        match app.store.draft(&who.signed.account, &key).await {
            Ok(Some(draft)) => {
                let filled = read(key, &draft);
                versions.push(Version { href: href(key), saved: moment(draft.saved), filled });
            }
            Ok(None) => {}
            Err(error) => return answer::internal(reader, &error),
        }
    }
    if versions.is_empty() {
        return answer::problem(reader, &Kind::NotFound.into());
    }
    let frame = Frame::column(reader.tr.t("drafts-two"), Some("/drafts".to_owned()));
    answer::ready(reader, &frame, view::both(&versions, &reader.tr))
}

fn href(key: [u8; 16]) -> String {
    format!("/compose?draft={}", BlobId(key))
}

/// How many there are. A page that cannot tell goes without.
pub async fn count(app: &App, who: &Who) -> usize {
    app.store.drafts(&who.signed.account).await.map_or(0, |heads| heads.len())
}

/// The draft of ours whose copy in the mailbox this is.
pub async fn known(app: &App, who: &Who, source: &Source) -> Option<BlobId> {
    let heads = app.store.drafts(&who.signed.account).await.ok()?;
    let copies = heads.iter().filter_map(|head| {
        let copy = copy::place_of(head.copy.as_ref().map(|copy| copy.as_slice()))?;
        Some((BlobId(head.id), copy))
    });
    let same = |copy: &Copy| copy.uidvalidity == source.uidvalidity && copy.uid == source.uid;
    let copies: Vec<_> = copies.filter(|(_, copy)| same(copy)).collect();
    if copies.is_empty() {
        return None;
    }
    let place = place(who, &source.folder).await.ok()?;
    copies.into_iter().find(|(_, copy)| copy.mailbox == place.mailbox.raw()).map(|(id, _)| id)
}

/// `GET /drafts`.
pub async fn list(State(app): State<Arc<App>>, who: Who) -> Response {
    let reader = &who.reader;
    let heads = match app.store.drafts(&who.signed.account).await {
        Ok(heads) => heads,
        Err(error) => return answer::internal(reader, &error),
    };
    let lines = heads.iter().map(|head| {
        let (to, subject) = serde_json::from_slice(&head.head).unwrap_or_default();
        Line { id: BlobId(head.id).to_string(), href: href(head.id), to, subject, saved: moment(head.saved) }
    });
    let view = DraftsView {
        token: who.signed.csrf.token().unwrap_or_default(),
        lines: lines.collect(),
        device: Device::of(&who),
    };
    let frame = Frame::column(reader.tr.t("drafts"), Some("/folders".to_owned()));
    answer::ready(reader, &frame, view::list(&view, &reader.tr))
}

/// `POST /drafts`: throws one away, with its uploads and its copy.
pub async fn act(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let account = &who.signed.account;
    let id = fields.get("id").and_then(|id| id.parse::<BlobId>().ok());
    let (Some(BlobId(key)), Some("delete")) = (id, fields.get("do")) else {
        return answer::problem(&who.reader, &Kind::BadRequest.into());
    };
    let draft = match app.store.draft(account, &key).await {
        Ok(draft) => draft,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let filled = draft.map_or_else(|| Filled { key, ..Filled::default() }, |draft| read(key, &draft));
    let shared = match in_others(&app, &who, key).await {
        Ok(shared) => shared,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    for file in filled.files.iter().filter(|file| !shared.contains(file)) {
        // Should it fail, the upload expires by itself.
        let _ = app.outbox.drop_staged(account, *file).await;
    }
    copy::forget(&app, &who, &filled, false).await;
    Redirect::to("/drafts").into_response()
}

/// Uploads that other drafts need: two versions of one letter share them.
async fn in_others(app: &App, who: &Who, key: [u8; 16]) -> Result<Vec<BlobId>, Error> {
    let (store, account) = (&app.store, &who.signed.account);
    let mut files = Vec::new();
    for head in store.drafts(account).await?.iter().filter(|head| head.id != key) {
        if let Some(draft) = store.draft(account, &head.id).await? {
            files.extend(read(head.id, &draft).files);
        }
    }
    Ok(files)
}
