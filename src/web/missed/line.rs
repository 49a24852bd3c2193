//! What the inbox says after an incident: that it was, and, once the line was in sight, how much arrived meanwhile and how
//! much of that nobody opened. The list asks the mail server for nothing of it.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::{
    asked::{self, Asked},
    handler::{incidents, is_known, span_of},
};
use crate::{
    imap::MailboxName,
    locale::Tr,
    mailbox::missed::{self, Counts, Span},
    web::{
        answer::{self, Frame, Screen},
        app::App,
        form::Posted,
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// How long the inbox tells of what is over.
const TOLD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Incidents of that time that are looked at.
const MOST: usize = 5;

#[derive(Debug, Clone)]
pub struct LineView {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The span, and what of it is shown, as in a URL.
    pub part: String,
    /// Where the reader is looking through it, there is only the way back.
    pub token: Option<String>,
}

/// The last incident that is over and of which the reader still wants to hear.
pub async fn of(app: &App, who: &Who) -> Option<LineView> {
    let over = incidents(app, who, TOLD).into_iter().filter(|incident| incident.is_over);
    for span in over.filter_map(|over| span_of(&over)).take(MOST) {
        // Where the store does not tell, once too often is better than never.
        if !app.store.missed_is_hidden(&who.signed.pooled, seconds(span)).await.unwrap_or(false) {
            let token = who.signed.csrf.token().unwrap_or_default();
            let Span { from, to } = span;
            return Some(LineView { from, to, part: asked::part(span), token: Some(token) });
        }
    }
    None
}

/// Of a mailbox where something was just done with a message that was missed.
pub fn going_on(query: &str) -> Option<LineView> {
    let asked = Asked::of(query).flatten()?;
    let Span { from, to } = asked.span;
    Some(LineView { from, to, part: asked.part(), token: None })
}

pub(super) fn seconds(span: Span) -> (i64, i64) {
    (span.from.as_second(), span.to.as_second())
}

/// `GET /missed/line?from=&to=`: the same with its numbers, of the inbox alone; for what was announced.
pub async fn show(State(app): State<Arc<App>>, who: Who, RawQuery(query): RawQuery) -> Response {
    let reader = who.reader.clone();
    let asked = Asked::of(&query.unwrap_or_default()).flatten();
    let Some(asked) = asked.filter(|asked| is_known(&app, &who, asked.span)) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let shell = Frame::column(reader.tr.t("missed-title"), Some("/mail/INBOX".to_owned()));
    answer::page(reader, shell, async move {
        let found = missed::counts(&who.account, &MailboxName::inbox(), asked.span).await;
        let (counts, cut) = found.map_err(|trouble| trouble::of_trouble(&who.account, &trouble))?;
        Ok(Screen::new(numbers(asked.span, counts, cut, &who.reader.tr)))
    })
    .await
}

/// `POST /missed/hide`: the inbox is to say no more of it.
pub async fn hide(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let span = asked::given(fields.get("from"), fields.get("to")).flatten();
    let Some(span) = span.filter(|span| is_known(&app, &who, *span)) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    match app.store.hide_missed(&who.signed.pooled, seconds(span)).await {
        Ok(()) => Redirect::to("/mail/INBOX").into_response(),
        Err(error) => answer::internal(&who.reader, &error),
    }
}

pub fn line(view: &LineView, tr: &Tr) -> Markup {
    // Any link can name a span: only of what was announced it is said that something did not work.
    if view.token.is_none() {
        return html! { div.quiet.missed data-missed { span { (way(&view.part, "missed-line-back", tr)) } } };
    }
    let (from, to) = (tr.moment(view.from), tr.moment(view.to));
    let said = tr.t_with("missed-line", &[("from", (&from).into()), ("to", (&to).into())]);
    html! {
        div.quiet.missed data-missed {
            span data-place="missed" data-lazy={ "/missed/line?" (view.part) } { (said) " " (way(&view.part, "missed-line-what", tr)) }
            @if let Some(token) = &view.token {
                form method="post" action="/missed/hide" {
                    input type="hidden" name="token" value=(token);
                    input type="hidden" name="from" value=(view.from);
                    input type="hidden" name="to" value=(view.to);
                    button { (tr.t("missed-line-hide")) }
                }
            }
        }
    }
}

/// `cut`: there were more than are counted.
pub fn numbers(span: Span, counts: Counts, cut: bool, tr: &Tr) -> Markup {
    let (from, to) = (tr.moment(span.from), tr.moment(span.to));
    let between = [("from", (&from).into()), ("to", (&to).into())];
    let key = if cut { "missed-line-most" } else { "missed-line-n" };
    let unopened = match (cut, counts.arrived) {
        (true, _) => "missed-line-unopened-least",
        (false, 1) => "missed-line-unopened-one",
        (false, _) => "missed-line-unopened",
    };
    let n = |key, n: u64| tr.t_with(key, &[("n", n.into())]);
    html! {
        p data-found="missed" {
            (tr.t_with(key, &[&between[..], &[("n", counts.arrived.into())]].concat()))
            @if counts.arrived > 0 { " " (n(unopened, counts.to_read)) }
            @let see = if counts.arrived > 0 { "missed-line-see" } else { "missed-line-what" };
            " " (way(&asked::part(span), see, tr))
        }
    }
}

fn way(part: &str, key: &'static str, tr: &Tr) -> Markup {
    html! { a href={ "/missed?" (part) } { (tr.t(key)) } }
}
