//! What is done with messages: what counts as read and as opened, and *Bien reçu*.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::acknowledge;
use crate::{
    config::MarkRead,
    mailbox::act::{self, Mark},
    web::{answer, app::App, form::Posted, list::handler::place, problem::Kind, trouble},
};

/// `POST /mail/{folder}/act`: `uidvalidity`, `uid` repeated, `do=read|unread|opened`;
/// `do=acknowledge` of one.
pub async fn act(
    State(app): State<Arc<App>>,
    Path(folder): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = who.reader.clone();
    let uids: Option<Vec<u32>> = fields.all("uid").map(|v| v.parse().ok().filter(|uid| *uid > 0)).collect();
    let marks: &[Mark] = match fields.get("do") {
        Some("read") => &[Mark::Read],
        Some("unread") => &[Mark::Unread],
        Some("opened") if app.config.mark_read == MarkRead::Server => &[Mark::Opened, Mark::Read],
        Some("opened") => &[Mark::Opened],
        _ => &[],
    };
    let (Some(uids), Some(uidvalidity)) = (uids, fields.number("uidvalidity")) else {
        return answer::problem(&reader, &Kind::BadRequest.into());
    };
    let acknowledges = fields.get("do") == Some("acknowledge");
    if uids.is_empty() || uids.len() > act::MOST || marks.is_empty() && !acknowledges {
        return answer::problem(&reader, &Kind::BadRequest.into());
    }
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&reader, &problem),
    };
    if acknowledges {
        return match uids.as_slice() {
            [uid] => acknowledge::send(&app, &who, &place, uidvalidity, *uid).await,
            _ => answer::problem(&reader, &Kind::BadRequest.into()),
        };
    }
    if let Err(trouble) = act::mark(&who.account, &place.mailbox, uidvalidity, &uids, marks).await {
        return answer::problem(&reader, &trouble::of_trouble(&who.account, &trouble));
    }
    let back = match uids.as_slice() {
        // What is shown counts as read again a second later: "unread" leads back to the list.
        [uid] if marks == [Mark::Unread] => format!("{}#u{uid}", place.list()),
        [uid] => place.message(uidvalidity, *uid),
        _ => place.list(),
    };
    Redirect::to(&back).into_response()
}
