//! From one message that was missed to the next that nobody opened: looked for when somebody goes there.

use axum::{
    extract::RawQuery,
    response::{IntoResponse, Redirect, Response},
};

use super::asked::Asked;
use crate::{
    mailbox::{
        missed::{self, Missed},
        search::Direction,
    },
    web::{
        answer,
        asked::Path,
        href::{Place, value},
        list::place::{anchor, place},
        problem::Kind,
        trouble,
        who::Who,
    },
};

pub fn href(place: &Place, asked: &Asked, direction: Direction, uidvalidity: u32, uid: u32) -> String {
    let word = match direction {
        Direction::Older => "below",
        Direction::Newer => "above",
    };
    format!("{}/missed?{word}={uidvalidity}-{uid}&{}", place.list(), asked.part())
}

/// `GET /mail/{folder}/missed?from=&to=&below=<uidvalidity>-<uid>`, or `above`: leads to the next one on that side, or back to
/// all that was missed.
pub async fn show(who: Who, Path(folder): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let from = |name, direction| Some((direction, anchor(&value(&query, name)?)?));
    let from = from("below", Direction::Older).or_else(|| from("above", Direction::Newer));
    let (Some((direction, (uidvalidity, uid))), Some(Some(asked))) = (from, Asked::of(&query)) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let found = match missed::missed(&who.account, &place.mailbox, asked.span).await {
        Ok(found) => found,
        Err(trouble) => {
            let problem = trouble::of_trouble(&who.account, &trouble);
            return answer::problem(&who.reader, &problem.with_retry(who.reader.here.clone()));
        }
    };
    let next = Some(&found).filter(|found| found.uidvalidity == uidvalidity);
    let part = asked.part();
    let href = match next.and_then(|found| beside(found, uid, direction)) {
        Some(next) => format!("{}?{part}", place.message(uidvalidity, next)),
        None => format!("/missed?{part}"),
    };
    Redirect::to(&href).into_response()
}

/// The next one that nobody opened. What was listed first may have arrived last: below the oldest comes the newest, where
/// this one was opened; else who opens none would never come to an end.
fn beside(found: &Missed, uid: u32, direction: Direction) -> Option<u32> {
    let at = found.arrived.iter().position(|arrival| arrival.uid == uid)?;
    let (newer, older) = (&found.arrived[..at], &found.arrived[at + 1..]);
    let next = match direction {
        Direction::Older => {
            let again = if found.arrived[at].opened { newer } else { &[] };
            older.iter().chain(again).find(|arrival| !arrival.opened)
        }
        Direction::Newer => newer.iter().rev().find(|arrival| !arrival.opened),
    };
    next.map(|arrival| arrival.uid)
}
