//! `GET /outbox/report.csv`: what of one's own was never acknowledged.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    audit::{Event, What},
    outbox::losses::table,
    web::{answer, app::App, who::Who},
};

/// As long as the journal is kept.
const BACK: SignedDuration = SignedDuration::from_hours(180 * 24);

pub async fn show(State(app): State<Arc<App>>, who: Who) -> Response {
    let now = Timestamp::now();
    let found = app.outbox.losses(&who.signed.account, now - BACK, now + SignedDuration::from_hours(1)).await;
    let (losses, more) = match found {
        Ok(found) => found,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    who.tell(Event::of(What::ReportExported));
    let zone = who.reader.tr.zoned(now).time_zone().clone();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"relais-suivi.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    // A spreadsheet takes it for UTF-8 by its mark.
    let rest = if more { format!("\"{}\"\r\n", who.reader.tr.t("losses-more")) } else { String::new() };
    (headers, format!("\u{feff}{}{rest}", table::csv(&losses, &zone))).into_response()
}
