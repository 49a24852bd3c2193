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
    config::Config,
    locale::Tr,
    status::{Board, Measures, Notice, Notices},
    web::{app::App, page::level_title, reader::Reader},
};

const ATOM: HeaderValue = HeaderValue::from_static("application/atom+xml; charset=utf-8");

/// `notices`: what is said to everybody, the worst first, with everything that the administrator wrote, in both languages;
/// `notice`: the first of them, or `null`; `software`: the row of each access; and what is `measures`d.
pub async fn json(State(app): State<Arc<App>>) -> Response {
    json_of(&app.config, &app.notices, &app.measures)
}

pub fn json_of(config: &Config, notices: &Notices, measured: &Measures) -> Response {
    let (board, now) = (notices.board(), Timestamp::now());
    let notices = board.public(now);
    let software = board.software(&config.software, now);
    let measures = measures::json(&measured.shown_at(now));
    Json(json!({ "notice": notices.first(), "notices": notices, "software": software, "measures": measures }))
        .into_response()
}

/// An entry for each version of what is said to everybody, its end included, under an id that stays.
pub async fn atom(State(app): State<Arc<App>>, reader: Reader) -> Response {
    atom_of(&app.config, &app.notices, &reader.tr)
}

pub fn atom_of(config: &Config, notices: &Notices, tr: &Tr) -> Response {
    let base = config.public_url.as_ref().map_or("", |url| url.as_str().trim_end_matches('/'));
    let organisation = config.brand.name.as_deref().unwrap_or("Relais");
    let feed = feed(base, organisation, &notices.board(), Timestamp::now(), tr);
    ([(header::CONTENT_TYPE, ATOM)], feed.into_string()).into_response()
}

fn feed(base: &str, organisation: &str, board: &Board, now: Timestamp, tr: &Tr) -> Markup {
    let entries = board.told(now);
    let updated = entries.first().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at);
    html! {
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang=(tr.lang().code()) {
            id { (base) "/status" }
            title { (organisation) " · " (tr.t("status-title")) }
            updated { (updated) }
            author { name { (organisation) } }
            link rel="self" href={ (base) "/status.atom" } {}
            link href={ (base) "/status" } {}
            @for (at, version) in entries {
                entry {
                    id { (base) "/status#" (version.id) "-" (version.at.as_second()) }
                    title { (title(&version.notice, tr)) }
                    updated { (at) }
                    link href={ (base) "/status#" (version.id) } {}
                    content type="text" { (content(&version.notice, tr)) }
                }
            }
        }
    }
}

/// With whom it is about; what is over says so.
fn title(notice: &Notice, tr: &Tr) -> String {
    let lines = notice.title.lines(tr.lang().code());
    let words = if lines.is_empty() { level_title(notice.level, tr).to_owned() } else { lines.join(" ") };
    let words = if notice.ended { tr.t_with("notice-over", &[("title", (&words).into())]) } else { words };
    match notice.scope.names() {
        [] => words,
        names => tr.t_with("notice-of", &[("names", (&names.join(", ")).into()), ("title", (&words).into())]),
    }
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
    use crate::{
        locale::Lang,
        status::{NoticeId, Version},
    };

    #[test]
    fn a_feed_is_xml_and_tells_only_what_is_public_and_has_begun() {
        let zone = jiff::tz::TimeZone::UTC;
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let version = |id: &str, when: &str, text: &str| Version {
            id: id.parse().unwrap_or(NoticeId::FILE),
            at: at(when),
            notice: Notice::parse(text, &zone).expect("a notice"),
        };
        let first =
            "level = \"down\"\ntitle = { fr = \"<Panne> & «\\u0001\\u202e\", en = \"x\" }\nworks = \"a < b\"";
        let over = "level = \"down\"\nended = true\nfor = { software = [\"L & B\"] }";
        let later = "level = \"down\"\nsince = \"2026-11-22T00:00\"\ntitle = \"PLANNED\"";
        let own =
            format!("level = \"down\"\ntitle = \"OWN\"\nfor = {{ accounts = [\"{}\"] }}", "0".repeat(64));
        let board = Board::new(
            vec![
                version("aaaaaa", "2026-11-21T14:10:00Z", first),
                version("bbbbbb", "2026-11-21T15:10:00Z", over),
                version("cccccc", "2026-11-21T14:00:00Z", later),
                version("dddddd", "2026-11-21T14:00:00Z", &own),
            ],
            zone.clone(),
        );
        let fr = Tr::new(Lang::Fr, zone.clone(), Timestamp::now());
        let told = feed("https://x.test", "Clinique & Cie", &board, at("2026-11-21T16:00:00Z"), &fr);
        let told = told.into_string();
        let second = at("2026-11-21T14:10:00Z").as_second();
        assert!(told.contains(&format!("<id>https://x.test/status#aaaaaa-{second}</id>")), "{told}");
        assert!(
            told.contains("<title>&lt;Panne&gt; &amp; « </title>") && told.contains("a &lt; b"),
            "{told}"
        );
        assert!(told.contains("<updated>2026-11-21T15:10:00Z</updated>"), "{told}");
        assert!(told.contains("<title>L &amp; B\u{a0}: terminé\u{a0}: Service interrompu</title>"), "{told}");
        assert_eq!(told.matches("<entry>").count(), 2, "{told}");
        assert!(!told.contains("PLANNED") && !told.contains("OWN"));
        let told = feed("", "x", &board, at("2026-11-22T00:00:00Z"), &fr).into_string();
        assert!(
            told.contains("PLANNED") && told.contains("<updated>2026-11-22T00:00:00Z</updated>"),
            "{told}"
        );
        assert_eq!(told.matches("<entry>").count(), 3, "{told}");
        let json = serde_json::to_value(board.public(at("2026-11-21T16:00:00Z"))).expect("JSON");
        assert_eq!(json[0]["title"]["fr"][0], "<Panne> & « ");
        assert_eq!((&json[0]["id"], &json[0]["for"]), (&"aaaaaa".into(), &"everybody".into()));
        assert_eq!(json.as_array().map(Vec::len), Some(1));
        let quiet = feed("", "Relais", &Board::new(vec![], zone), Timestamp::now(), &fr).into_string();
        assert!(!quiet.contains("<entry>") && quiet.contains("<updated>1970-01-01T00:00:00Z</updated>"));
    }
}
