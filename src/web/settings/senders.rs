//! `GET` and `POST /settings/senders`: which senders one put where, and an end to it.

pub mod view;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use self::view::SendersView;
use crate::web::{
    answer::{self, Frame},
    app::App,
    form::Posted,
    href,
    lane::why::{PLACES, is_sender},
    problem::Kind,
    who::Who,
};

const HERE: &str = "/settings/senders";

pub async fn show(State(app): State<Arc<App>>, who: Who) -> Response {
    let senders = match app.store.senders(&who.account.id).await {
        Ok(senders) => senders,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let view = SendersView { token: who.signed.csrf.token().unwrap_or_default(), senders };
    let tr = &who.reader.tr;
    let frame = Frame::column(tr.t("senders-title"), Some("/settings".to_owned()));
    answer::ready(&who.reader, &frame, view::render(&view, tr))
}

/// `to=` a place, or `nowhere`, for one `sender`; `forget=` one of them by its address, or `all`.
pub async fn put(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let id = &who.account.id;
    let sender = fields.get("sender").or(fields.get("forget")).map(str::to_lowercase).unwrap_or_default();
    let to = fields.get("to").and_then(|to| PLACES.iter().find(|(_, word)| *word == to));
    let done = match (to, fields.get("to"), fields.get("forget")) {
        (_, _, Some("all")) => app.store.forget_sender(id, None).await,
        _ if !is_sender(&sender) => return answer::problem(&who.reader, &Kind::BadRequest.into()),
        (Some((lane, _)), ..) => app.store.put_sender(id, &sender, *lane).await,
        (None, Some("nowhere"), _) | (None, None, Some(_)) => {
            app.store.forget_sender(id, Some(&sender)).await
        }
        _ => return answer::problem(&who.reader, &Kind::BadRequest.into()),
    };
    match done {
        // Where what was chosen is told.
        Ok(()) => match fields.get("back").and_then(href::own) {
            Some(back) => {
                Redirect::to(&format!("{}#why", back.split('#').next().unwrap_or(back))).into_response()
            }
            None => Redirect::to(HERE).into_response(),
        },
        Err(error) => answer::internal(&who.reader, &error),
    }
}
