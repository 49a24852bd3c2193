//! `/mail/{folder}/{message}/way`: where a message was on its way, and for how long.

pub mod view;

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::{
    about,
    letter::{Late, Where},
};
use crate::{
    mailbox::opened,
    message::way::{Operator, Way},
    web::{app::App, asked::Path, who::Who},
};

pub async fn show(State(_): State<Arc<App>>, who: Who, Path(at): Path<(String, String)>) -> Response {
    about::page(who, at, "way-title", |who, message| async move {
        let about::Message { place, uidvalidity, uid } = message;
        let opened = opened::open(&who.account, &place.mailbox, uidvalidity, uid, |_| Vec::new()).await?;
        let operator = Operator::of(&who.account.backend.server);
        let way = opened.way(operator);
        let envelope = opened.message.envelope.as_ref();
        let view = view::WayView {
            subject: envelope.and_then(|envelope| envelope.subject.clone()).unwrap_or_default(),
            late: late(&way, String::new()),
            operator_is_known: operator.is_known(),
            way,
        };
        Ok(Some(view::render(&view, &who.reader.tr)))
    })
    .await
}

/// `None` where it came in time, as far as anybody can tell.
pub fn late(way: &Way, href: String) -> Option<Late> {
    let delay = way.delay.filter(|delay| delay.is_late())?;
    let at = match way.longest() {
        // Theirs is what passed from their first server on, whichever of them it was.
        _ if delay.own * 2 >= delay.whole => Where::Operator,
        Some(stop) => stop.host.clone().map_or(Where::Unknown, Where::Host),
        None => Where::Unknown,
    };
    Some(Late { by: delay.whole, at, href })
}
