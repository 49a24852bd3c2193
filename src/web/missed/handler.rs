//! `GET /missed`: which span; with `?from=&to=` what arrived in it. What is typed leads to such a URL.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use futures::stream;
use jiff::{SignedDuration, Timestamp};

use super::{
    asked::{self, Asked},
    flow::Flow,
    view::{self, ChooseView, Known},
};
use crate::{
    mailbox::missed::Span,
    status::Incident,
    web::{
        answer::{self, Frame},
        app::App,
        form::Posted,
        page::level_title,
        problem::Kind,
        who::Who,
    },
};

/// How long what is over can be chosen from a list.
const CHOSEN: SignedDuration = SignedDuration::from_hours(90 * 24);

pub async fn show(State(app): State<Arc<App>>, who: Who, RawQuery(query): RawQuery) -> Response {
    let Some(asked) = Asked::of(&query.unwrap_or_default()) else {
        return page(&app, &who, Default::default(), false);
    };
    let Some(asked) = asked else { return answer::problem(&who.reader, &Kind::NotFound.into()) };
    let back = match asked.only {
        Some(_) => format!("/missed?{}", asked::part(asked.span)),
        None => "/missed".to_owned(),
    };
    let reader = who.reader.clone();
    let frame = Frame::column(reader.tr.t("missed-title"), Some(back));
    let known = is_known(&app, &who, asked.span);
    let pieces = stream::unfold(Flow::new(who, asked, known), async |flow| flow.step().await);
    answer::flow(&reader, &frame, pieces)
}

pub async fn choose(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let (from, to) = (fields.get("from").unwrap_or_default(), fields.get("to").unwrap_or_default());
    let tr = &who.reader.tr;
    let until = if to.trim().is_empty() { Some(Timestamp::now()) } else { asked::typed(tr, to, true) };
    let span = asked::typed(tr, from, false).zip(until).and_then(|(from, to)| asked::span(from, to));
    match span {
        Some(span) => Redirect::to(&format!("/missed?{}", asked::part(span))).into_response(),
        None => {
            let kept = |text: &str| text.chars().filter(|c| !c.is_control()).take(40).collect();
            page(&app, &who, (kept(from), kept(to)), true)
        }
    }
}

fn page(app: &App, who: &Who, typed: (String, String), wrong: bool) -> Response {
    let tr = &who.reader.tr;
    let known = incidents(app, who, CHOSEN).into_iter().filter_map(|incident| {
        let href = href(&incident)?;
        let lines = incident.title.lines(tr.lang().code());
        let title =
            if lines.is_empty() { level_title(incident.level, tr).to_owned() } else { lines.join(" ") };
        Some(Known { title, from: incident.from, to: incident.is_over.then_some(incident.to), href })
    });
    let token = who.signed.csrf.token().unwrap_or_default();
    let view = ChooseView { token, known: known.collect(), from: typed.0, to: typed.1, wrong };
    let frame = Frame::column(tr.t("missed-title"), Some("/mail/INBOX".to_owned()));
    answer::ready(&who.reader, &frame, view::choose(&view, tr))
}

/// Whether an incident that is over lasted that long.
pub(super) fn is_known(app: &App, who: &Who, span: Span) -> bool {
    incidents(app, who, CHOSEN).iter().any(|incident| incident.is_over && span_of(incident) == Some(span))
}

pub(super) fn incidents(app: &App, who: &Who, back: SignedDuration) -> Vec<Incident> {
    let now = Timestamp::now();
    app.notices.board().incidents((&who.signed.address, &who.signed.pooled), now - back, now)
}

/// In whole seconds, as addresses have it.
pub(super) fn span_of(incident: &Incident) -> Option<Span> {
    let second = |at: Timestamp| Timestamp::from_second(at.as_second()).ok();
    asked::span(second(incident.from)?, second(incident.to)?)
}

fn href(incident: &Incident) -> Option<String> {
    Some(format!("/missed?{}", asked::part(span_of(incident)?)))
}
