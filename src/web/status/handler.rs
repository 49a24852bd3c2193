//! The public state of the service. Asks nobody: it must answer when nothing else does.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};

use jiff::Timestamp;

use super::view::{self, Notice as NoticeView, Software, StatusView};
use crate::{
    config::{self, Config},
    locale::{Lang, Tr},
    status::{self, Board, Measures, Notices, Text, Version},
    web::{
        answer::{self, Frame},
        app::App,
        form,
        login::handler::set_cookie,
        reader::Reader,
        who,
    },
};

pub async fn show(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // Without random bytes the page has no other language, which is better than no page.
    let (token, set) = form::pre_session(&app, who::presented(&parts, &app).form).unwrap_or_default();
    let tr = &reader.tr;
    let view = StatusView { token, ..view_of(&app.config, &app.notices, &app.measures, tr) };
    let frame = Frame::column(tr.t("status-title"), Some("/".to_owned()));
    let mut response = answer::ready(&reader, &frame, view::render(&view, tr));
    if let Some(set) = set {
        set_cookie(&mut response, &set);
    }
    response
}

/// What is known without asking anybody.
pub fn view_of(config: &Config, notices: &Notices, measures: &Measures, tr: &Tr) -> StatusView {
    let (board, now, lang) = (notices.board(), Timestamp::now(), tr.lang());
    let unprotected =
        config.servers.iter().any(|s| s.imap.tls == config::Tls::None && !config::is_loopback(&s.imap.host));
    let measures = measures.shown_at(now);
    let silent = |at| tr.t_with("status-trouble-since", &[("moment", (&tr.moment(at)).into())]);
    StatusView {
        trouble: measures.as_of.map(silent),
        software: board.software(&config.software, now).iter().map(|s| software(s, lang)).collect(),
        phone: config.brand.phone.clone(),
        notices: board.public(now).into_iter().map(|version| told(version, &board, now, lang)).collect(),
        measures,
        organisation: config.brand.name.clone().unwrap_or_default(),
        remarks: unprotected.then(|| tr.t("status-plaintext").to_owned()).into_iter().collect(),
        token: String::new(),
    }
}

/// In the reader's language.
pub fn told(version: &Version, board: &Board, now: Timestamp, lang: Lang) -> NoticeView {
    let notice = &version.notice;
    let lines = |text: &Text| text.lines(lang.code()).to_vec();
    NoticeView {
        id: version.id.to_string(),
        level: notice.level,
        title: lines(&notice.title).join(" "),
        about: notice.scope.names().to_vec(),
        works: lines(&notice.works),
        broken: lines(&notice.broken),
        todo: lines(&notice.todo),
        since: notice.since,
        updated: notice.updated,
        next_update: notice.next_update,
        late: notice.late(now, board.zone()).is_some(),
        expected_end: notice.expected_end,
        phone: notice.phone.clone(),
    }
}

fn software(software: &status::Software, lang: Lang) -> Software {
    Software {
        name: software.name.clone(),
        state: software.state,
        since: software.since,
        note: Some(software.note.lines(lang.code()).join(" ")).filter(|note| !note.is_empty()),
    }
}
