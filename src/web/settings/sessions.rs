//! `GET` and `POST /settings/sessions`: where one is signed in, and an end to it.

pub mod view;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use self::view::{Line, SessionsView};
use crate::{
    audit::{Event, What},
    session::Live,
    web::{
        answer::{self, Frame},
        app::App,
        asked::Query,
        form::Posted,
        who::Who,
    },
};

#[derive(Deserialize)]
pub struct SessionsQuery {
    /// So many were ended a moment ago.
    ended: Option<u64>,
}

pub async fn show(State(app): State<Arc<App>>, who: Who, Query(query): Query<SessionsQuery>) -> Response {
    let live = match app.sessions.live(&who.signed.pooled).await {
        Ok(live) => live,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let lines = live.iter().map(|one| Line {
        name: app.sessions.page_name(one.key),
        device: one.device.to_string(),
        shared: one.shared_device,
        network: one.network,
        since: time(one.since),
        used: time(one.used),
        or_later: one.or_later,
        here: one.key == who.signed.key,
    });
    let token = who.signed.csrf.token().unwrap_or_default();
    let view = SessionsView { token, lines: lines.collect(), ended: query.ended };
    let tr = &who.reader.tr;
    let frame = Frame::column(tr.t("sessions-title"), Some("/settings".to_owned()));
    answer::ready(&who.reader, &frame, view::render(&view, tr))
}

/// `end=` the name of one, or `others`. What has ended meanwhile is passed over; the one that asks signs out elsewhere.
pub async fn end(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let live = match app.sessions.live(&who.signed.pooled).await {
        Ok(live) => live,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let named = fields.get("end").unwrap_or_default();
    let wanted = |one: &&Live| named == "others" || app.sessions.page_name(one.key) == named;
    let mut ended = 0;
    for one in live.iter().filter(|one| one.key != who.signed.key).filter(wanted) {
        if let Err(error) = app.sessions.sign_out(one.key).await {
            return answer::internal(&who.reader, &error);
        }
        who.tell(Event::of(What::SessionEnded));
        ended += 1;
    }
    Redirect::to(&format!("/settings/sessions?ended={ended}")).into_response()
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
