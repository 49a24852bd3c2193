//! The page of one message.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    letter::MAX_NESTED,
    render::{self, Source},
    view,
};
use crate::{
    config::MarkRead,
    mailbox::{
        opened::{self, Opened},
        window::Trouble,
    },
    message::plan::{Body, Plan},
    web::{
        answer::{self, Frame, FrameKind, Screen},
        app::App,
        folders, href,
        list::handler::{anchor, place, stale},
        make::make,
        page::Bar,
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

#[derive(Deserialize)]
pub struct MessageQuery {
    /// `text`: the plain form of a message that also has an HTML one.
    #[serde(rename = "as")]
    form: Option<String>,
    /// `1`: the reader wants the images that are kept elsewhere.
    images: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path((folder, id)): Path<(String, String)>,
    Query(query): Query<MessageQuery>,
) -> Response {
    let reader = who.reader.clone();
    let Some((uidvalidity, uid)) = anchor(&id) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&reader, &problem.with_retry(reader.here.clone())),
    };
    let frame = Frame {
        title: reader.tr.t("message-title").to_owned(),
        kind: FrameKind::Message {
            // Until the message gives the page its heading; it stays when there is a problem instead.
            bar: Bar::Titled { back: Some(place.list()), title: reader.tr.t("message-title").to_owned() },
            rail: folders::handler::rail(&who, &place.mailbox),
            dock: maud::html! {},
        },
    };
    let as_text = query.form.as_deref() == Some("text");
    let images = query.images.as_deref() == Some("1");
    let own_host = app.own_host.clone();
    answer::page(reader, frame, async move {
        let wanted = move |plan: &Plan| wanted(plan, as_text);
        let opened = opened::open(&who.account, &place.mailbox, uidvalidity, uid, wanted).await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => {
                return Err(trouble::of_trouble(&who.account, &trouble).with_retry(who.reader.here.clone()));
            }
        };
        let mark_on_server = app.config.mark_read == MarkRead::Server;
        let source = Source { who, place, uidvalidity, uid, as_text, images, own_host, mark_on_server };
        screen(source, opened).await
    })
    .await
}

/// The texts that the page itself shows, those of forwarded messages after its own.
fn wanted(plan: &Plan, as_text: bool) -> Vec<Body> {
    let main = if as_text { plan.alternative.as_ref().or(plan.body.as_ref()) } else { plan.body.as_ref() };
    let mut texts: Vec<Body> = main.into_iter().chain(&plan.more).cloned().collect();
    // Should the HTML turn out to be unfit, its plain twin is at hand.
    if !as_text && let Some(alternative) = &plan.alternative {
        texts.push(alternative.clone());
    }
    inner_texts(plan, 0, &mut texts);
    texts
}

fn inner_texts(plan: &Plan, depth: usize, texts: &mut Vec<Body>) {
    if depth < MAX_NESTED {
        for inner in &plan.nested {
            texts.extend(render::inner_text(&inner.plan).chain(&inner.plan.more).cloned());
            inner_texts(&inner.plan, depth + 1, texts);
        }
    }
}

async fn screen(source: Source, opened: Opened) -> Result<Screen, Problem> {
    let (source, view) = make(move || {
        let view = render::view(&source, &opened);
        (source, view)
    })
    .await?;
    let tr = &source.who.reader.tr;
    let title = if view.content.subject.is_empty() { tr.t("no-subject") } else { &view.content.subject };
    let frame = Frame {
        title: title.to_owned(),
        kind: FrameKind::Message {
            bar: Bar::Message {
                back: view.list_href.clone(),
                newer: view.newer.clone(),
                older: view.older.clone(),
            },
            rail: folders::handler::rail(&source.who, &source.place.mailbox),
            dock: view::dock(&view, tr),
        },
    };
    Ok(Screen { frame: Some(frame), ..Screen::new(view::render(&view, tr)) })
}

/// All header fields of a message.
pub async fn headers(
    State(_): State<Arc<App>>,
    who: Who,
    Path((folder, id)): Path<(String, String)>,
) -> Response {
    use super::headers::{HeadersView, render};
    use crate::message::whole;
    let reader = who.reader.clone();
    let Some((uidvalidity, uid)) = anchor(&id) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&reader, &problem),
    };
    let message = place.message(uidvalidity, uid);
    let frame = Frame::column(reader.tr.t("message-headers"), Some(message.clone()));
    answer::page(reader, frame, async move {
        let found = opened::header(&who.account, &place.mailbox, uidvalidity, uid).await;
        let raw = match found {
            Ok(raw) => raw,
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => return Err(trouble::of_trouble(&who.account, &trouble)),
        };
        let all = whole::fields(&raw);
        let text = |bytes: &[u8]| crate::message::words::decode(bytes);
        let fields: Vec<(String, String)> =
            all.iter().take(opened::FIELDS).map(|f| (text(f.name), text(f.value))).collect();
        let subject = all
            .iter()
            .find(|f| f.name.eq_ignore_ascii_case(b"subject"))
            .map(|f| crate::message::words::subject(f.value));
        let view = HeadersView {
            subject: subject.unwrap_or_default(),
            cut: all.len() > fields.len() || raw.len() as u64 >= opened::HEADER,
            fields,
            raw_href: format!("{message}/raw"),
        };
        Ok(Screen::new(render(&view, &who.reader.tr)))
    })
    .await
}

/// The path of this message's page in its plain form, or with its images.
pub fn variant(message: &str, name: &str, value: &str) -> String {
    href::with(message, name, value)
}
