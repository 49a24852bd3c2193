//! The public state for programs: `/status.json`, and `/status.atom` (RFC 4287) for who wants to be told of changes.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::json;

use super::measures;
use crate::{
    locale::Tr,
    status::{Notice, When},
    web::{app::App, page::level_title, reader::Reader},
};

const ATOM: HeaderValue = HeaderValue::from_static("application/atom+xml; charset=utf-8");

/// `{"notice": …}`, with everything the administrator wrote, in both languages; `null` when there is none. And what is
/// `measures`d.
pub async fn json(State(app): State<Arc<App>>) -> Response {
    Json(json!({ "notice": app.notices.current(), "measures": measures::json(&app.measures.shown()) }))
        .into_response()
}

/// One entry: the notice, under a new id each time it is updated. None when all is well.
pub async fn atom(State(app): State<Arc<App>>, reader: Reader) -> Response {
    let base = app.config.public_url.as_ref().map_or("", |url| url.as_str().trim_end_matches('/'));
    let organisation = app.config.brand.name.as_deref().unwrap_or("Relais");
    let feed = feed(base, organisation, app.notices.current().as_deref(), &reader.tr);
    ([(header::CONTENT_TYPE, ATOM)], feed.into_string()).into_response()
}

fn feed(base: &str, organisation: &str, notice: Option<&Notice>, tr: &Tr) -> Markup {
    let updated = notice.and_then(changed).unwrap_or(Timestamp::UNIX_EPOCH);
    html! {
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang=(tr.lang().code()) {
            id { (base) "/status" }
            title { (organisation) " · " (tr.t("status-title")) }
            updated { (updated) }
            author { name { (organisation) } }
            link rel="self" href={ (base) "/status.atom" } {}
            link href={ (base) "/status" } {}
            @if let Some(notice) = notice {
                entry {
                    id { (base) "/status#" (updated.as_second()) }
                    title { (title(notice, tr)) }
                    updated { (updated) }
                    link href={ (base) "/status" } {}
                    content type="text" { (content(notice, tr)) }
                }
            }
        }
    }
}

fn changed(notice: &Notice) -> Option<Timestamp> {
    let moment = |when: When| match when {
        When::Moment(at) => Some(at),
        When::Day(day) => day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp()),
    };
    notice.updated.or(notice.since).and_then(moment)
}

fn title(notice: &Notice, tr: &Tr) -> String {
    let lines = notice.title.lines(tr.lang().code());
    if lines.is_empty() { level_title(notice.level, tr).to_owned() } else { lines.join(" ") }
}

fn content(notice: &Notice, tr: &Tr) -> String {
    let told =
        [("status-works", &notice.works), ("status-broken", &notice.broken), ("status-todo", &notice.todo)];
    let lines = told.into_iter().flat_map(|(key, text)| {
        text.lines(tr.lang().code()).iter().map(move |line| format!("{} {line}\n", tr.t(key)))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Lang;

    #[test]
    fn a_feed_is_xml_whatever_the_notice_says() {
        let zone = jiff::tz::TimeZone::UTC;
        let text = "level = \"down\"\ntitle = { fr = \"<Panne> & «\", en = \"x\" }\nupdated = \"2026-11-21T14:10\"\nworks = \"a < b\"";
        let notice = Notice::parse(text, &zone).expect("a notice");
        let fr = Tr::new(Lang::Fr, zone, Timestamp::now());
        let told = feed("https://x.test", "Clinique & Cie", Some(&notice), &fr).into_string();
        let second = "2026-11-21T14:10:00Z".parse::<Timestamp>().expect("a time").as_second();
        assert!(told.contains(&format!("<id>https://x.test/status#{second}</id>")), "{told}");
        assert!(told.contains("<title>&lt;Panne&gt; &amp; «</title>") && told.contains("a &lt; b"), "{told}");
        assert!(told.contains("<updated>2026-11-21T14:10:00Z</updated>"), "{told}");
        assert!(told.contains("<link href=\"https://x.test/status\"></link>"), "{told}");
        let json = serde_json::to_value(&notice).expect("JSON");
        assert_eq!(json["title"]["fr"][0], "<Panne> & «");
        assert_eq!((&json["level"], &json["updated"]), (&"down".into(), &"2026-11-21T14:10:00Z".into()));
        let quiet = feed("", "Relais", None, &fr).into_string();
        assert!(!quiet.contains("<entry>") && quiet.contains("<updated>1970-01-01T00:00:00Z</updated>"));
    }
}
