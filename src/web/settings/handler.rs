//! `GET` and `POST /settings`.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    identity::{self, Identity},
    view::{self, SettingsView},
};
use crate::web::{
    answer::{self, Frame},
    app::App,
    asked::Query,
    form::Posted,
    who::Who,
};

#[derive(Deserialize)]
pub struct SettingsQuery {
    saved: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, who: Who, Query(query): Query<SettingsQuery>) -> Response {
    let kept = identity::of(&app.store, &who.signed.account, &who.addresses()).await;
    let identities = match kept {
        Ok(identities) => identities,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    page(&who, SettingsView { identities, saved: query.saved.is_some(), ..SettingsView::default() })
}

pub async fn save(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let filled = who.addresses().into_iter().enumerate().map(|(n, address)| {
        let text = |name: &str| fields.get(&format!("{name}-{n}")).unwrap_or_default().to_owned();
        let follow = !text("follow").is_empty();
        let (name, signature, reply_to) = (text("name"), text("signature"), text("reply_to"));
        Identity { address, name, signature, reply_to, follow }.tidy()
    });
    let identities: Vec<Identity> = filled.collect();
    let flaws: Vec<_> =
        identities.iter().enumerate().filter_map(|(n, identity)| Some((n, identity.flaw()?))).collect();
    if !flaws.is_empty() {
        let mut response = page(&who, SettingsView { identities, flaws, ..SettingsView::default() });
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return response;
    }
    match identity::keep(&app.store, &who.signed.account, &identities).await {
        Ok(()) => Redirect::to("/settings?saved=1").into_response(),
        Err(error) => answer::internal(&who.reader, &error),
    }
}

fn page(who: &Who, view: SettingsView) -> Response {
    let tr = &who.reader.tr;
    let view = SettingsView { token: who.signed.csrf.token().unwrap_or_default(), ..view };
    let frame = Frame::column(tr.t("settings-title"), Some("/folders".to_owned()));
    answer::ready(&who.reader, &frame, view::render(&view, tr))
}
