//! Sending again: one message from its trail, or several from a list that is shown first.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    locale::Tr,
    outbox::{AgainSent, Error, How, MessageId, SendAgain, Sent, Wish},
    web::{
        answer::{self, Frame},
        app::App,
        form::{Fields, Posted},
        icon::Icon,
        page::initials,
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// Messages looked at for the list.
const LISTED: usize = 200;

/// What its page says of sending it again.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    pub verdict: Option<SendAgain>,
    /// Where those are that it was sent again as.
    pub sent: Vec<(String, Timestamp)>,
}

pub fn render(offer: &Offer, href: &str, token: &str, tr: &Tr) -> Markup {
    let Some(verdict) = offer.verdict else { return html! {} };
    if matches!(verdict, SendAgain::Never | SendAgain::InFlight) && offer.sent.is_empty() {
        return html! {};
    }
    let form = |seen: usize, how: &str, label: &str| {
        html! {
            form method="post" action=(href) {
                input type="hidden" name="token" value=(token);
                input type="hidden" name="do" value="resend";
                input type="hidden" name="seen" value=(seen);
                button name="how" value=(how) { (label) }
            }
        }
    };
    html! {
        section.sheet {
            h3 { (tr.t("again-title")) }
            @for (href, at) in &offer.sent {
                p.meta { a href=(href) { (tr.t_with("again-sent", &[("moment", (&tr.moment(*at)).into())])) } }
            }
            @if let SendAgain::Now { recipients, seen } = verdict {
                p { (tr.t_with("again-what", &[("n", (recipients as u64).into())])) }
                div.acts.own { (form(seen, "new", tr.t("again-new"))) }
                details {
                    summary { (tr.t("again-other")) }
                    p { (tr.t("again-identical-what")) }
                    div.acts.own { (form(seen, "identical", tr.t("again-identical"))) }
                }
            } @else {
                p.meta { (why_not(verdict, tr)) }
            }
        }
    }
}

fn why_not(verdict: SendAgain, tr: &Tr) -> String {
    match verdict {
        SendAgain::Now { .. } => String::new(),
        SendAgain::Later(at) => tr.t_with("again-later", &[("moment", (&tr.moment(at)).into())]),
        SendAgain::InFlight => tr.t("again-in-flight").to_owned(),
        SendAgain::Often => tr.t("again-often").to_owned(),
        SendAgain::Never => tr.t("again-never").to_owned(),
    }
}

pub async fn offer(app: &App, who: &Who, id: MessageId) -> Result<Offer, Error> {
    let account = &who.signed.account;
    let family = app.outbox.sent_again(account, id).await?;
    let others = family.into_iter().filter(|(other, _)| *other != id);
    Ok(Offer {
        verdict: app.outbox.may_send_again(account, id).await?,
        sent: others.map(|(id, at)| (format!("/outbox/{id}"), at)).collect(),
    })
}

/// `do=resend` of one message: `seen`, `how=new|identical`.
pub async fn one(app: &App, who: &Who, id: MessageId, fields: &Fields) -> Response {
    let Some(seen) = fields.number("seen") else {
        return answer::problem(&who.reader, &Kind::BadRequest.into());
    };
    let identical = fields.get("how") == Some("identical");
    match send(app, who, id, seen as usize, identical).await {
        Ok(Some(AgainSent::Accepted(new))) => Redirect::to(&format!("/outbox/{new}")).into_response(),
        Ok(Some(AgainSent::Not(_))) => Redirect::to(&format!("/outbox/{id}?too=late")).into_response(),
        Ok(None) => answer::problem(&who.reader, &Kind::NotFound.into()),
        Err(error) => answer::problem(&who.reader, &trouble::of_outbox(&error)),
    }
}

async fn send(
    app: &App,
    who: &Who,
    id: MessageId,
    seen: usize,
    identical: bool,
) -> Result<Option<AgainSent>, Error> {
    let Some(credentials) = (who.account.credentials)().await else { return Ok(None) };
    let tr = &who.reader.tr;
    let account = &who.signed.account;
    let Some(detail) = app.outbox.get(account, id).await? else { return Ok(None) };
    let form = if identical {
        How::Identical
    } else {
        let moment = tr.moment(detail.sent.accepted);
        let line = tr.t_with("again-line", &[("moment", (&moment).into())]);
        How::New { line, date: tr.zoned(Timestamp::now()) }
    };
    let owns = who.account.backend.server.senders_of(&who.signed.address);
    let wish = Wish { form, seen, owns, login: credentials.login, password: credentials.password };
    app.outbox.send_again(account, id, wish).await
}

/// One line of the list of several.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    pub href: String,
    pub who: String,
    pub subject: String,
    pub when: Timestamp,
    pub verdict: SendAgain,
    /// Overdue, or said to be lost: ticked beforehand.
    pub wanted: bool,
}

#[derive(Debug, Clone, Default)]
pub struct SeveralView {
    pub lines: Vec<Line>,
    pub token: String,
    /// How many were just accepted, how many were not, and why those were not.
    pub done: Option<u64>,
    pub left: Option<u64>,
    pub problem: Option<Problem>,
}

pub fn several(view: &SeveralView, tr: &Tr) -> Markup {
    let some = view.lines.iter().any(|line| matches!(line.verdict, SendAgain::Now { .. }));
    html! {
        @if let Some(n) = view.done { p.quiet.told role="status" { (Icon::Check.draw()) span { (tr.t_with("again-done", &[("n", n.into())])) } } }
        @if let Some(n) = view.left.filter(|n| *n > 0) {
            div.trouble role="alert" data-problem {
                p { b { (tr.t_with("again-not-done", &[("n", n.into())])) } }
                @if let Some(problem) = &view.problem { p { (problem.what(tr)) " " (problem.todo(tr)) } }
                @if let Some(reference) = view.problem.as_ref().and_then(|problem| problem.reference.as_ref()) {
                    p.meta { (tr.t("problem-reference")) " " code { (reference) } }
                }
            }
        }
        form method="post" action="/outbox/again" {
            input type="hidden" name="token" value=(view.token);
            section.sheet {
                p { @if view.lines.is_empty() { (tr.t("again-none")) } @else { (tr.t("again-several-what")) } }
            }
            @if !view.lines.is_empty() { ul.rows.again { @for line in &view.lines { (line_of(line, tr)) } } }
            @if some { section.sheet { button.primary { (tr.t("again-send")) } } }
        }
    }
}

fn line_of(line: &Line, tr: &Tr) -> Markup {
    let name = if line.subject.is_empty() { tr.t("no-subject") } else { &line.subject };
    html! {
        li.row {
            @if let SendAgain::Now { seen, .. } = line.verdict {
                label.pick {
                    input type="checkbox" name="id" value={ (line.id) "-" (seen) } checked[line.wanted]
                        aria-label=(tr.t_with("again-pick", &[("who", (&line.who).into()), ("subject", name.into())]));
                }
            } @else {
                span.pick { span.face aria-hidden="true" { (initials(&line.who)) } }
            }
            a.open href=(line.href) {
                span.who dir="auto" { (line.who) }
                time datetime=(tr.machine_time(line.when)) { (tr.row_time(line.when)) }
                span.subject dir="auto" { (name) }
                @if !matches!(line.verdict, SendAgain::Now { .. }) {
                    span.tail { span.preview { (why_not(line.verdict, tr)) } }
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub struct DoneQuery {
    done: Option<u64>,
    left: Option<u64>,
}

/// `GET /outbox/again`: what is overdue, announced as failed or said to be lost, and whether it can be sent again.
pub async fn show(State(app): State<Arc<App>>, who: Who, Query(query): Query<DoneQuery>) -> Response {
    let view = SeveralView { done: query.done, left: query.left, ..SeveralView::default() };
    page(&app, &who, view).await
}

/// The list, under what was just done.
async fn page(app: &App, who: &Who, view: SeveralView) -> Response {
    let account = who.signed.account;
    let found = match app.outbox.list(&account, None, LISTED).await {
        Ok(found) => found,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let mut lines = Vec::new();
    for sent in found.iter().filter(|sent| sent.needs_user) {
        match app.outbox.may_send_again(&account, sent.id).await {
            Ok(None | Some(SendAgain::Never)) => {}
            Ok(Some(verdict)) => lines.push(line(sent, verdict)),
            Err(error) => return answer::internal(&who.reader, &error),
        }
    }
    let view = SeveralView { lines, token: who.signed.csrf.token().unwrap_or_default(), ..view };
    let tr = &who.reader.tr;
    let frame = Frame::column(tr.t("again-several"), Some("/outbox".to_owned()));
    answer::ready(&who.reader, &frame, several(&view, tr))
}

fn line(sent: &Sent, verdict: SendAgain) -> Line {
    Line {
        id: sent.id.to_string(),
        href: format!("/outbox/{}", sent.id),
        who: sent.recipients.iter().take(3).map(|r| r.address.as_str()).collect::<Vec<_>>().join(", "),
        subject: sent.about.as_ref().map(|about| about.subject.clone()).unwrap_or_default(),
        when: sent.accepted,
        verdict,
        wanted: sent.followed.lost || sent.followed.overdue,
    }
}

/// `POST /outbox/again`: `id` repeated, each with how often it had been sent when it was shown. What has become
/// impossible meanwhile is passed over; what failed once would fail again, and ends it.
pub async fn send_several(State(app): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let named = fields.all("id").take(LISTED).map(|named| {
        let (id, seen) = named.split_once('-')?;
        Some((id.parse().ok()?, seen.parse().ok()?))
    });
    let Some(named) = named.collect::<Option<Vec<(MessageId, usize)>>>() else {
        return answer::problem(&who.reader, &Kind::BadRequest.into());
    };
    let all = named.len() as u64;
    let mut done = 0;
    for (id, seen) in named {
        match send(&app, &who, id, seen, false).await {
            Ok(Some(AgainSent::Accepted(_))) => done += 1,
            Ok(_) => {}
            Err(error) => {
                let problem = Some(trouble::of_outbox(&error));
                let left = Some(all - done);
                let view = SeveralView { done: Some(done), left, problem, ..SeveralView::default() };
                return page(&app, &who, view).await;
            }
        }
    }
    let left = if done < all { format!("&left={}", all - done) } else { String::new() };
    Redirect::to(&format!("/outbox/again?done={done}{left}")).into_response()
}
