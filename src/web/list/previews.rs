//! One line of each message, which a script fetches once the list is there.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::place::place;
use crate::{
    mailbox::preview as mailbox_preview,
    web::{app::App, asked::Path, who::Who},
};

/// `GET /mail/{folder}/previews?uidvalidity=&uid=…`: one line of each, for the script.
pub async fn previews(
    State(_): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let (mut uidvalidity, mut uids) = (0, Vec::new());
    for (name, value) in
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).take(mailbox_preview::MOST + 1)
    {
        match (&*name, value.parse::<u32>()) {
            ("uidvalidity", Ok(n)) => uidvalidity = n,
            ("uid", Ok(uid)) if uid > 0 => uids.push(uid),
            _ => return StatusCode::BAD_REQUEST.into_response(),
        }
    }
    let Ok(place) = place(&who, &folder).await else { return StatusCode::BAD_GATEWAY.into_response() };
    match mailbox_preview::previews(&who.account, &place.mailbox, uidvalidity, &uids).await {
        Ok(found) => Json(found).into_response(),
        // The list is there; its previews are a courtesy.
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
