//! `POST /outbox/{id}`: `do=cancel|retry`. Both may be sent twice.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    outbox::MessageId,
    web::{answer, app::App, form::Posted, problem::Kind},
};

pub async fn act(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = &who.reader;
    let Ok(id) = id.parse::<MessageId>() else {
        return answer::problem(reader, &Kind::NotFound.into());
    };
    let account = who.signed.account;
    let done = match fields.get("do") {
        Some("cancel") => app.outbox.cancel(account, id).await,
        Some("retry") => app.outbox.retry(account, id).await,
        _ => return answer::problem(reader, &Kind::BadRequest.into()),
    };
    match done {
        Ok(true) => Redirect::to(&format!("/outbox/{id}")).into_response(),
        // It left meanwhile, or there is nothing to try again: its page says how it is now.
        Ok(false) => Redirect::to(&format!("/outbox/{id}?too=late")).into_response(),
        Err(error) => answer::internal(reader, &error),
    }
}
