//! A mailbox in another order than that of arrival, when somebody asks for it.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use jiff::Timestamp;

use super::{
    asked::Asked,
    view::{self, SortView, Sorted, UnsortedView},
};
use crate::{
    imap::{Stage, bounds, fetch::Whom, sort::Key},
    mailbox::{
        sort::{self, Unsorted},
        window::Trouble,
    },
    web::{
        answer::{self, Frame, Screen},
        app::App,
        asked::Path,
        href::{self, Place},
        list::{
            frame::frame,
            handler::{Extras, screen, stale},
            place::{guess, of, place, whom},
            rows::rows_of,
            view::{Empty, ListView, PageOf, Row},
        },
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// `GET /mail/{folder}/sort`: the orders there are. Asks the mail server for nothing.
pub async fn choose(State(_): State<Arc<App>>, who: Who, Path(folder): Path<String>) -> Response {
    let Some(place) = guess(&who, &folder) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    let tr = &who.reader.tr;
    let frame = Frame::column(tr.t("sort-title"), Some(place.list()));
    let view = SortView { path: place.list(), whom: whom(&who, &place) };
    answer::ready(&who.reader, &frame, view::render(&view, tr))
}

/// `GET /mail/{folder}?sort=…`; `asked` is of the query, `None` for what no page of ours says.
pub async fn list(app: Arc<App>, who: Who, folder: String, asked: Option<Asked>, query: &str) -> Response {
    let reader = who.reader.clone();
    let (Some(asked), Some(guess)) = (asked, guess(&who, &folder)) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let who = who.with_outbox(&app).await;
    let extras = Extras::of(query);
    let shell = frame(&who, &guess, &extras);
    answer::page(reader, shell, async move {
        let place = place(&who, &folder).await.map_err(|p| p.with_retry(who.reader.here.clone()))?;
        let whom = whom(&who, &place);
        let order = (asked.order, whom);
        let most = app.config.limits.sort;
        let at = Timestamp::now();
        let view = match sort::page(&who.account, &place.mailbox, order, asked.page, most).await {
            Ok(Ok(sorted)) => view_of(&who, &place, asked, whom, at, sorted),
            Ok(Err(why)) => return Ok(unsorted(&who, &place, asked, why)),
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => {
                return Err(trouble::of_trouble(&who.account, &trouble).with_retry(who.reader.here.clone()));
            }
        };
        Ok(screen(&app, &who, (&guess, &place), extras, view).await)
    })
    .await
}

fn view_of(
    who: &Who,
    place: &Place,
    asked: Asked,
    whom: Whom,
    at: Timestamp,
    sorted: sort::Sorted,
) -> ListView {
    let uidvalidity = sorted.view.uidvalidity;
    let (exists, pages) = (sorted.view.exists, sorted.pages());
    let path = place.list();
    let messages = href::messages_in(&path, uidvalidity);
    let here = Asked { page: sorted.page, ..asked };
    let walk = |page| format!("{path}?{}&of={exists}", Asked { page, ..asked }.part());
    let by_size = asked.order.key == Key::Size;
    let sizes: Vec<Option<u64>> = sorted.rows.iter().map(|row| row.size.filter(|_| by_size)).collect();
    let rows =
        rows_of(sorted.rows, &path, &messages, true, false).into_iter().zip(sizes).map(|(row, size)| {
            // The way back leads here.
            Row { href: format!("{}?{}", row.href, here.part()), size, ..row }
        });
    ListView {
        uidvalidity,
        of: of(who, uidvalidity),
        rows: rows.collect(),
        older: (sorted.page < pages).then(|| walk(sorted.page + 1)),
        newer: (sorted.page > 1).then(|| walk(sorted.page - 1)),
        page: Some(PageOf { n: sorted.page.into(), of: pages.into() }),
        empty: (exists == 0).then_some(Empty::ServerSaidSo),
        alert: sorted.alerts.into_iter().next(),
        exists: exists.into(),
        sorted: Some(Sorted {
            order: asked.order,
            whom,
            at,
            by_address: sorted.by_address,
            moved: asked.of.is_some_and(|of| of != exists),
        }),
        path,
        ..ListView::default()
    }
}

fn unsorted(who: &Who, place: &Place, asked: Asked, why: Unsorted) -> Screen {
    let seconds = bounds::deadline(Stage::Sort).as_secs().max(1);
    let view = UnsortedView { path: place.list(), why, seconds, retry: asked.part() };
    let status = match why {
        Unsorted::TooMany { .. } | Unsorted::Unable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Unsorted::TooSlow => StatusCode::GATEWAY_TIMEOUT,
    };
    Screen { status, ..Screen::new(view::unsorted(&view, &who.reader.tr)) }
}
