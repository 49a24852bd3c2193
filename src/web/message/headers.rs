//! All header fields of a message, as they came.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use maud::{Markup, html};

use super::about;
use crate::{
    audit::{Event, What},
    locale::Tr,
    mailbox::opened,
    message::{whole, words},
    web::{app::App, asked::Path, who::Who},
};

pub async fn show(State(_): State<Arc<App>>, who: Who, Path(at): Path<(String, String)>) -> Response {
    about::page(who, at, "message-headers", |who, message| async move {
        let about::Message { place, uidvalidity, uid } = message;
        let raw = opened::header(&who.account, &place.mailbox, uidvalidity, uid).await?;
        who.tell(Event::of(What::MessageOpened).received(place.mailbox.raw(), uidvalidity, uid));
        let all = whole::fields(&raw);
        let shown = all.iter().take(opened::FIELDS);
        let fields: Vec<(String, String)> =
            shown.map(|field| (words::decode(field.name), words::decode(field.value))).collect();
        let subject = all.iter().find(|field| field.name.eq_ignore_ascii_case(b"subject"));
        let view = HeadersView {
            subject: subject.map(|field| words::subject(field.value)).unwrap_or_default(),
            cut: all.len() > fields.len() || raw.len() as u64 >= opened::HEADER,
            fields,
            raw_href: format!("{}/raw", place.message(uidvalidity, uid)),
        };
        Ok(Some(render(&view, &who.reader.tr)))
    })
    .await
}

#[derive(Debug, Clone, Default)]
pub struct HeadersView {
    pub subject: String,
    /// Name and value of each field in the order they came, unfolded.
    pub fields: Vec<(String, String)>,
    /// There are more; they are in the downloaded message.
    pub cut: bool,
    pub raw_href: String,
}

pub fn render(view: &HeadersView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 dir="auto" { @if view.subject.is_empty() { (tr.t("no-subject")) } @else { (view.subject) } }
            p.meta { (tr.t("headers-what")) }
            dl.headers {
                @for (name, value) in &view.fields { dt { (name) } dd dir="auto" { (value) } }
            }
            @if view.cut { p.quiet { (tr.t("headers-cut")) } }
            p.acts { a.button href=(view.raw_href) download { (tr.t("message-download")) } }
        }
    }
}
