//! `GET /compose`: an empty form, an answer, or what a link asks for. Nothing is kept or sent by it.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{
    drafts,
    filled::{Filled, Mode, Source},
    original, sender, taken,
    view::{self, ComposeView},
};
use crate::{
    message::compose::{MessageId, mailto},
    web::{
        answer::{self, Frame, Screen},
        app::App,
        asked::Query,
        problem::{Kind, Problem},
        settings::identity,
        who::Who,
    },
};

#[derive(Deserialize)]
pub struct ComposeQuery {
    /// `{folder}/{uidvalidity}-{uid}`, as of the four below.
    reply: Option<String>,
    all: Option<String>,
    forward: Option<String>,
    attach: Option<String>,
    edit: Option<String>,
    /// A draft kept here, and what became of its copy; another version of it.
    draft: Option<String>,
    copy: Option<String>,
    beside: Option<String>,
    /// Addresses, or a `mailto:` link.
    to: Option<String>,
    /// A message that was taken back, by its id.
    taken: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, who: Who, Query(query): Query<ComposeQuery>) -> Response {
    let reader = who.reader.clone();
    if let Some(id) = &query.draft {
        return match &query.beside {
            Some(other) => drafts::beside(&app, &who, [id, other]).await,
            None => drafts::show(&app, &who, id, query.copy.as_deref()).await,
        };
    }
    let named = [
        (query.reply, Mode::Reply),
        (query.all, Mode::All),
        (query.forward, Mode::Forward),
        (query.attach, Mode::Attach),
        (query.edit, Mode::Edit),
    ];
    let named = named.into_iter().find_map(|(text, mode)| Some((text?, mode)));
    let (source, mode) = match named {
        None => (None, Mode::New),
        Some((text, mode)) => match Source::parse(&text) {
            Some(source) => (Some(source), mode),
            None => return answer::problem(&reader, &Kind::NotFound.into()),
        },
    };
    if mode == Mode::Edit
        && let Some(source) = &source
        && let Some(id) = drafts::known(&app, &who, source).await
    {
        return drafts::show(&app, &who, &id.to_string(), None).await;
    }
    app.ask_largest(&who.signed.server);
    let frame = frame(&who, mode, source.as_ref());
    answer::page(reader, frame, async move {
        let mut filled = Filled::new(mode).map_err(|_| Problem::from(Kind::Internal))?;
        let mut view = ComposeView::default();
        let identities = sender::identities(&app, &who).await;
        match source {
            None if query.taken.is_some() => {
                view = taken::fill(&app, &who, query.taken.as_deref().unwrap_or_default()).await?;
                filled = std::mem::take(&mut view.filled);
            }
            Some(source) => filled = original::fill(&who, &identities, source, mode, filled).await?,
            None => {
                filled.opened_for = query.to.clone().unwrap_or_default().chars().take(200).collect();
                let link = mailto::parse(query.to.as_deref().unwrap_or_default());
                (filled.to, filled.cc, filled.bcc) = (link.to, link.cc, link.bcc);
                (filled.subject, filled.text) = (link.subject, link.body);
                filled.in_reply_to = MessageId::parse(&link.in_reply_to);
                filled.references = filled.in_reply_to.iter().cloned().collect();
                if let Some(own) = identities.first() {
                    filled.text.push_str(&identity::signed(&own.signature, ""));
                    filled.follow = own.follow;
                }
            }
        }
        let drafts = if filled.mode == Mode::New { drafts::count(&app, &who).await } else { 0 };
        let view = ComposeView {
            drafts,
            files: view.files,
            wrong: view.wrong,
            // Another letter that the tab remembers under the same name must not get these files.
            answer: query.taken.is_some(),
            ..ComposeView::of(&app, &who, filled, identities)
        };
        Ok(Screen::new(view::render(&view, &who.reader.tr)))
    })
    .await
}

/// What stands around the form. The way back leads to the message it answers.
pub fn frame(who: &Who, mode: Mode, source: Option<&Source>) -> Frame {
    let back = source.and_then(|source| {
        Some(crate::web::list::place::guess(who, &source.folder)?.message(source.uidvalidity, source.uid))
    });
    Frame::column(view::title(mode, &who.reader.tr), Some(back.unwrap_or_else(|| "/mail/INBOX".to_owned())))
}
