//! The public state of the service. Asks nobody: it must answer when nothing else does.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use jiff::{Timestamp, tz::TimeZone};

use super::view::{self, Notice as NoticeView, Software, SoftwareState, StatusView};
use crate::{
    locale::Lang,
    status::{self, Notice, When},
    web::{
        answer::{self, Frame},
        app::App,
        reader::{self, Reader},
    },
};

pub async fn show(State(app): State<Arc<App>>, reader: Reader) -> Response {
    let tr = &reader.tr;
    let (lang, zone) = (tr.lang(), &app.config.time_zone);
    let notice = app.notices.current();
    let brand = &app.config.brand;
    let unprotected = app
        .config
        .servers
        .iter()
        .any(|s| s.imap.tls == crate::config::Tls::None && !crate::config::is_loopback(&s.imap.host));
    let view = StatusView {
        software: notice.iter().flat_map(|n| &n.software).map(|s| software(s, lang, zone)).collect(),
        phone: notice.as_ref().and_then(|n| n.phone.clone()).or(brand.phone.clone()),
        notice: notice.as_deref().map(|n| told(n, lang, zone)),
        organisation: brand.name.clone().unwrap_or_default(),
        remarks: unprotected.then(|| tr.t("status-plaintext").to_owned()).into_iter().collect(),
        other_language: reader.other_language(),
    };
    let frame = Frame::column(tr.t("status-title"), Some("/".to_owned()));
    answer::ready(&reader, &frame, view::render(&view, tr))
}

fn told(notice: &Notice, lang: Lang, zone: &TimeZone) -> NoticeView {
    let lines = |text: &status::Text| text.lines(lang.code()).to_vec();
    let at = |when: &Option<When>| moment(when.as_ref(), zone);
    NoticeView {
        level: reader::level(notice.level),
        title: lines(&notice.title).join(" "),
        works: lines(&notice.works),
        broken: lines(&notice.broken),
        todo: lines(&notice.todo),
        since: at(&notice.since),
        updated: at(&notice.updated),
        next_update: at(&notice.next_update),
        expected_end: at(&notice.expected_end),
    }
}

fn software(software: &status::Software, lang: Lang, zone: &TimeZone) -> Software {
    let since = moment(software.since.as_ref(), zone);
    Software {
        name: software.name.clone(),
        state: match software.state {
            status::SoftwareState::Ok => SoftwareState::Works,
            status::SoftwareState::Restored => SoftwareState::Restored(since),
            status::SoftwareState::Ongoing => SoftwareState::InProgress,
            status::SoftwareState::Down => SoftwareState::Broken,
        },
        note: Some(software.note.lines(lang.code()).join(" ")).filter(|note| !note.is_empty()),
    }
}

/// A day begins at midnight where the service is.
fn moment(when: Option<&When>, zone: &TimeZone) -> Option<Timestamp> {
    match when? {
        When::Moment(at) => Some(*at),
        When::Day(day) => day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp()),
    }
}
