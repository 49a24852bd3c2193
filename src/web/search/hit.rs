//! From one hit to the next: looked for when somebody goes there, so that opening a message costs no search.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::asked::Asked;
use crate::{
    mailbox::{
        search::{Direction, End, Hunt},
        window::Trouble,
    },
    web::{
        answer::{self, Frame},
        app::App,
        asked::Path,
        href::{Place, value},
        list::{
            handler::stale,
            place::{anchor, place, whom},
        },
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// No window is begun after that long.
const TIME: Duration = Duration::from_secs(5);

/// The way from this hit to the next one.
pub fn href(place: &Place, asked: &Asked, direction: Direction, uidvalidity: u32, uid: u32) -> String {
    let word = match direction {
        Direction::Older => "older",
        Direction::Newer => "newer",
    };
    format!("{}/hit?{word}={uidvalidity}-{uid}&{}", place.list(), asked.part)
}

/// `GET /mail/{folder}/hit?s=…&older=<uidvalidity>-<uid>`, or `newer`: leads to the next hit on that side.
pub async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let from = |name, direction| Some((direction, anchor(&value(&query, name)?)?));
    let from = from("older", Direction::Older).or_else(|| from("newer", Direction::Newer));
    let asked = Asked::of(app.store.keys(), &who.account.id, &query).flatten();
    let (Some((direction, from)), Some(asked)) = (from, asked) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let whom = whom(&who, &place);
    let mut hunt =
        Hunt::new(who.account.clone(), place.mailbox.clone(), asked.query.clone(), whom, Some(from), 1, TIME)
            .towards(direction);
    loop {
        match hunt.next().await {
            Ok(Some(rows)) => {
                if let Some(uid) = rows.first().and_then(|row| row.uid) {
                    let message = place.message(hunt.uidvalidity(), uid);
                    return Redirect::to(&format!("{message}?{}", asked.part)).into_response();
                }
            }
            Ok(None) => return ended(&who, &place, &asked, direction, &hunt),
            Err(Trouble::Rebuilt) => {
                let frame = Frame::column(who.reader.tr.t("search-results"), Some(place.list()));
                return answer::ready(&who.reader, &frame, stale(&who, &place).body);
            }
            Err(trouble) => {
                let problem = trouble::of_trouble(&who.account, &trouble);
                return answer::problem(&who.reader, &problem.with_retry(who.reader.here.clone()));
            }
        }
    }
}

/// There is no other hit on this side, or none was found yet: the page says which.
fn ended(who: &Who, place: &Place, asked: &Asked, direction: Direction, hunt: &Hunt) -> Response {
    let tr = &who.reader.tr;
    let results = format!("{}?{}", place.list(), asked.part);
    let whole = hunt.end() == Some(End::Whole) && !hunt.is_doubtful();
    let further = hunt.from().filter(|_| !whole);
    let frame = Frame::column(tr.t("search-results"), Some(results.clone()));
    let body = html! {
        section.card data-end=(if whole { "whole" } else { "more" }) {
            h2 { (match (whole, direction) {
                (true, Direction::Older) => tr.t("hit-no-older"),
                (true, Direction::Newer) => tr.t("hit-no-newer"),
                (false, _) => tr.t("search-none-yet"),
            }) }
            @if asked.is_everywhere() { p { (tr.t("hit-here-alone")) } }
            @if let Some(at) = hunt.back_to() && !whole {
                p { (tr.t_with("search-back-to", &[("date", (&tr.date(at)).into())])) }
            }
            p.acts {
                @if let Some((uidvalidity, uid)) = further {
                    a.button.primary href=(href(place, asked, direction, uidvalidity, uid)) { (tr.t("search-go-on")) }
                }
                a.button href=(results) { (tr.t("hit-results")) }
            }
        }
    };
    answer::ready(&who.reader, &frame, body)
}
