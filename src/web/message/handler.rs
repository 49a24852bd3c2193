//! The page of one message.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use maud::Markup;
use serde::Deserialize;

use super::{
    acknowledge,
    among::Among,
    frame,
    letter::MAX_NESTED,
    render::{self, Made, Source},
    view,
};
use crate::{
    audit::{Event, What},
    config::MarkRead,
    mailbox::{
        act,
        opened::{self, Opened},
        window::Trouble,
    },
    message::plan::{Body, Plan},
    web::{
        act::told::ToldView,
        answer::{self, Frame, FrameKind, Screen},
        app::App,
        asked::{Path, Query},
        folders,
        href::Place,
        lane,
        list::{
            handler::stale,
            place::{anchor, guess, has_lanes, place},
        },
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
    /// The outbox's id of the acknowledgement that was just accepted.
    acknowledged: Option<String>,
    /// What was done with it a moment ago, sealed.
    done: Option<String>,
}

/// A message as its URL names it.
pub(super) struct Asked {
    folder: String,
    pub uidvalidity: u32,
    pub uid: u32,
    /// For the shell: see [`guess`].
    pub guess: Place,
}

impl Asked {
    /// `None` for what can be no message.
    pub fn new(who: &Who, folder: String, id: &str) -> Option<Asked> {
        let (uidvalidity, uid) = anchor(id)?;
        let guess = guess(who, &folder)?;
        Some(Asked { folder, uidvalidity, uid, guess })
    }

    /// Where it really is; the mail server may have to be asked.
    pub async fn place(&self, who: &Who) -> Result<Place, Problem> {
        place(who, &self.folder).await.map_err(|problem| problem.with_retry(who.reader.here.clone()))
    }
}

pub(super) fn troubled(who: &Who, trouble: &Trouble) -> Problem {
    trouble::of_trouble(&who.account, trouble).with_retry(who.reader.here.clone())
}

pub async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path((folder, id)): Path<(String, String)>,
    Query(query): Query<MessageQuery>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let begun = Instant::now();
    let reader = who.reader.clone();
    let who = who.with_outbox(&app).await;
    let Some(asked) = Asked::new(&who, folder, &id) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    // Until the message gives the page its heading; it stays when there is a problem instead.
    let title = reader.tr.t("message-title");
    let raw = raw.unwrap_or_default();
    // Opened from the results of a search, it stands among them; from a sorted list or a lane, the way back leads there.
    let among = Among::of(&app, &who, &raw);
    let back = among.back(&asked.guess);
    let bar = Bar::Titled { back: Some(back), title: title.to_owned() };
    let shell = shell(&who, &asked.guess, title, bar, maud::html! {});
    let as_text = query.form.as_deref() == Some("text");
    let images = query.images.as_deref() == Some("1");
    let origin = app.public_origin.of(&headers).unwrap_or_default();
    let own_host = app.own_host.clone();
    answer::page(reader, shell, async move {
        let place = asked.place(&who).await?;
        let Asked { uidvalidity, uid, .. } = asked;
        let wanted = move |plan: &Plan| wanted(plan, as_text);
        let opened = opened::open(&who.account, &place.mailbox, uidvalidity, uid, wanted).await;
        let opened = match opened {
            Ok(opened) => opened,
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => return Err(troubled(&who, &trouble)),
        };
        let event = Event::of(What::MessageOpened).took(begun.elapsed());
        who.tell(event.received(place.mailbox.raw(), uidvalidity, uid));
        let lang = who.reader.tr.lang();
        let mark_on_server = app.config.mark_read == MarkRead::Server;
        let frame = frame::Frame { place, uidvalidity, uid, images, origin, own_host, lang };
        let acknowledged = match &query.acknowledged {
            Some(id) => acknowledge::told(&app, &who, id).await,
            None => None,
        };
        let rights = act::rights(&who.account, &frame.place.mailbox).await;
        let here = frame.place.message(uidvalidity, uid) + &among.query();
        let why = match has_lanes(&who, &frame.place) {
            true => Some(lane::why::of(&app, &who, &opened, &here).await),
            false => None,
        };
        let told = query.done.and_then(|done| ToldView::of(&app, &who, &frame.place, &done, here));
        let source = Source { who, frame, as_text, mark_on_server, acknowledged, rights, told, why };
        screen(&app, source, opened, &among).await
    })
    .await
}

fn shell(who: &Who, place: &Place, title: &str, bar: Bar, dock: Markup) -> Frame {
    let rail = folders::handler::rail(who, Some(&place.mailbox));
    Frame { title: title.to_owned(), kind: FrameKind::Message { bar, rail, dock } }
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

async fn screen(app: &App, source: Source, opened: Opened, among: &Among) -> Result<Screen, Problem> {
    let (source, Made { mut view, document }) = make(move || {
        let made = render::make(&source, &opened);
        (source, made)
    })
    .await?;
    let Source { who, frame, .. } = &source;
    if let Some((section, document)) = document {
        app.waiting.put(frame.key(who.account.owner, &section), document);
    }
    among.lead(&mut view, &frame.place, frame.uidvalidity, frame.uid);
    let tr = &who.reader.tr;
    let title = if view.content.subject.is_empty() { tr.t("no-subject") } else { &view.content.subject };
    let bar =
        Bar::Message { back: view.list_href.clone(), newer: view.newer.clone(), older: view.older.clone() };
    let shell = shell(who, &frame.place, title, bar, view::dock(&view, tr));
    Ok(Screen { frame: Some(shell), ..Screen::new(view::render(&view, tr)) })
}
