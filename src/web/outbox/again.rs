//! Sending again: one message from its trail, or several from a list that is shown first.

pub mod view;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use self::view::{Line, Offer, SeveralView};
use crate::{
    audit::{Event, What},
    mailbox::missed::Span,
    outbox::{AgainSent, Error, How, MessageId, SendAgain, Sent, Wish},
    web::{
        answer::{self, Frame},
        app::App,
        asked::Query,
        form::{Fields, Posted},
        missed::asked,
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// Messages looked at for the list.
const LISTED: usize = 200;

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
    let sent = app.outbox.send_again(account, id, wish).await;
    if let Ok(Some(AgainSent::Accepted(new))) = &sent {
        who.tell(Event::of(What::SentAgain).sent(new.0));
    }
    sent
}

#[derive(Deserialize)]
pub struct DoneQuery {
    done: Option<u64>,
    left: Option<u64>,
    /// All that was accepted in this time is offered.
    from: Option<String>,
    to: Option<String>,
    /// Of it those before this one: a message id.
    before: Option<String>,
}

/// `GET /outbox/again`: what is overdue, announced as failed or said to be lost, or with `?from=&to=` all that was sent
/// then; and whether it can be sent again.
pub async fn show(State(app): State<Arc<App>>, who: Who, Query(query): Query<DoneQuery>) -> Response {
    let span = asked::given(query.from.as_deref(), query.to.as_deref());
    if span == Some(None) {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    }
    let Ok(before) = query.before.as_deref().map(str::parse).transpose() else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    let span = span.flatten();
    let view = SeveralView { done: query.done, left: query.left, span, ..SeveralView::default() };
    page(&app, &who, view, before).await
}

/// The list, under what was just done.
async fn page(app: &App, who: &Who, view: SeveralView, before: Option<MessageId>) -> Response {
    let account = who.signed.account;
    let found = match view.span {
        Some(Span { from, to }) => app.outbox.list_between(&account, (from, to), before, LISTED).await,
        None => app.outbox.list(&account, None, LISTED).await,
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let mut lines = Vec::new();
    for sent in found.iter().filter(|sent| sent.needs_user || view.span.is_some()) {
        match app.outbox.may_send_again(&account, sent.id).await {
            Ok(None | Some(SendAgain::Never)) => {}
            Ok(Some(verdict)) => lines.push(line(sent, verdict)),
            Err(error) => return answer::internal(&who.reader, &error),
        }
    }
    let older = found
        .last()
        .filter(|_| found.len() == LISTED)
        .zip(view.span)
        .map(|(last, span)| format!("/outbox/again?{}&before={}", asked::part(span), last.id));
    let token = who.signed.csrf.token().unwrap_or_default();
    let view = SeveralView { lines, listed: found.len() as u64, older, token, ..view };
    let tr = &who.reader.tr;
    let back = view.span.map(|span| format!("/outbox?{}", asked::part(span)));
    let frame = Frame::column(tr.t("again-several"), Some(back.unwrap_or_else(|| "/outbox".to_owned())));
    answer::ready(&who.reader, &frame, view::several(&view, tr))
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
    let span = asked::given(fields.get("from"), fields.get("to")).flatten();
    let all = named.len() as u64;
    let mut done = 0;
    for (id, seen) in named {
        match send(&app, &who, id, seen, false).await {
            Ok(Some(AgainSent::Accepted(_))) => done += 1,
            Ok(_) => {}
            Err(error) => {
                let problem = Some(trouble::of_outbox(&error));
                let left = Some(all - done);
                let view = SeveralView { done: Some(done), left, problem, span, ..SeveralView::default() };
                return page(&app, &who, view, None).await;
            }
        }
    }
    let left = if done < all { format!("&left={}", all - done) } else { String::new() };
    let part = span.map(|span| format!("&{}", asked::part(span))).unwrap_or_default();
    Redirect::to(&format!("/outbox/again?done={done}{left}{part}")).into_response()
}
