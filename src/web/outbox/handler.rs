//! The list of sent mail, and one of them. Both need the store and no mail server.

use std::{collections::HashMap, sync::Arc};

use axum::{extract::State as Shared, response::Response};
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use serde::Deserialize;

use super::{
    again::{self, view::Offer},
    detail::{self, Awaited, DetailView, Recipient, Trail},
    view::{self, OutboxView, Row},
    words::{foremost, reason},
};
use crate::{
    imap::MailboxName,
    mailbox::missed::Span,
    message::Address,
    outbox::{Answer, Attempt, Detail, Fact, MessageId, Sent, State},
    web::{
        answer::{self, Frame, FrameKind},
        app::App,
        asked::{Path, Query},
        compose::device::{self, Device},
        door::view::Visit,
        folders,
        href::Place,
        message::view::Act,
        missed::asked,
        page::{Bar, Here, main_dock},
        problem::Kind,
        who::Who,
    },
};

/// Rows of a page.
const PAGE: usize = 50;
/// Rows of a page that say why they were refused: each asks the store once more.
const REASONS: usize = 20;
/// Recipients of a message that are shown one by one.
const RECIPIENTS: usize = 200;
/// Steps of a trail that are shown: the latest.
const STEPS: usize = 200;
/// What leaves within this time has the bar to undo it; what leaves later a button.
const UNDO: SignedDuration = SignedDuration::from_secs(60);

const REPORT: &str = "/outbox/report.csv";

/// Sorts after every id.
const NEWEST: &str = "ffffffffffffffffffffffffffffffff";

#[derive(Deserialize)]
pub struct ListQuery {
    /// Those after this one: a message id.
    before: Option<String>,
    /// What was accepted in this time alone.
    from: Option<String>,
    to: Option<String>,
}

pub async fn list(Shared(app): Shared<Arc<App>>, who: Who, Query(query): Query<ListQuery>) -> Response {
    let before: Option<MessageId> = match query.before.as_deref().map(str::parse).transpose() {
        Ok(before) => before,
        Err(()) => return answer::problem(&who.reader, &Kind::NotFound.into()),
    };
    let span = match asked::given(query.from.as_deref(), query.to.as_deref()) {
        Some(None) => return answer::problem(&who.reader, &Kind::NotFound.into()),
        span => span.flatten(),
    };
    let account = who.signed.account;
    let found = match span {
        Some(Span { from, to }) => app.outbox.list_between(&account, (from, to), before, PAGE).await,
        None => app.outbox.list(&account, before, PAGE).await,
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    // Counted after the rows were read: the heading never says less than they do.
    let attention = match app.outbox.attention(&account).await {
        Ok(attention) => attention as u64,
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let who = Who { attention, ..who };
    let reader = &who.reader;
    let now = Timestamp::now();
    let mut rows = Vec::with_capacity(found.len());
    let mut asked = 0;
    for sent in &found {
        let mut row = row_of(sent, now);
        if row.state == State::Refused && asked < REASONS {
            asked += 1;
            // Without it the row says a little less.
            let detail = app.outbox.get(&account, sent.id).await.ok().flatten();
            row.reason =
                detail.and_then(|detail| Some(reason(refusals(&detail.attempts).last()?.1, &reader.tr)));
        }
        rows.push(row);
    }
    let full = found.len() == PAGE;
    let looked = app.outbox.last_looked(&account).await.unwrap_or_default();
    let view = OutboxView {
        attention: who.attention,
        looked,
        rows,
        older: found.last().filter(|_| full).map(|last| older(last, span)),
        span,
        further: before.is_some(),
        visit: visit(&app, &who, Some(REPORT)),
    };
    let (title, back) = (reader.tr.t("outbox-title"), "/mail/INBOX".to_owned());
    let kind = match view.visit {
        // None of the other places is open.
        Some(_) => FrameKind::Column { bar: Bar::Titled { back: None, title: title.to_owned() } },
        None => {
            let bar = Bar::Sent { back, title: title.to_owned(), save: REPORT.to_owned() };
            FrameKind::List { bar, rail: folders::handler::rail(&who, None), dock: dock(&who) }
        }
    };
    answer::ready(reader, &Frame { title: title.to_owned(), kind }, view::render(&view, &reader.tr))
}

/// After a page of what needs its author alone, history begins at its beginning.
fn older(last: &Sent, span: Option<Span>) -> String {
    if let Some(span) = span {
        return format!("/outbox?{}&before={}", asked::part(span), last.id);
    }
    if last.needs_user { format!("/outbox?before={NEWEST}") } else { format!("/outbox?before={}", last.id) }
}

#[derive(Deserialize)]
pub struct DetailQuery {
    /// `late`: what was asked for came too late.
    #[serde(rename = "too")]
    too: Option<String>,
}

pub async fn show(
    Shared(app): Shared<Arc<App>>,
    who: Who,
    Path(id): Path<String>,
    Query(query): Query<DetailQuery>,
) -> Response {
    let who = who.with_outbox(&app).await;
    let reader = &who.reader;
    let found = match id.parse::<MessageId>() {
        Ok(id) => app.outbox.get(&who.signed.account, id).await,
        Err(()) => Ok(None),
    };
    let detail = match found {
        Ok(Some(detail)) => detail,
        Ok(None) => return answer::problem(reader, &Kind::NotFound.into()),
        Err(error) => return answer::internal(reader, &error),
    };
    let looked = app.outbox.last_looked(&who.signed.account).await.unwrap_or_default();
    let title = reader.tr.t("outbox-one");
    let bar = Bar::Titled { back: Some("/outbox".to_owned()), title: title.to_owned() };
    if let Some(visit) = visit(&app, &who, None) {
        let awaited = awaited(&detail.sent, looked);
        let view = view_of(&detail, app.outbox.passwords_live(), Timestamp::now());
        let view = DetailView { awaited, visit: Some(visit), ..view }.without_acts();
        let frame = Frame { title: title.to_owned(), kind: FrameKind::Column { bar } };
        return answer::ready(reader, &frame, detail::render(&view, &reader.tr));
    }
    let again = match again::offer(&app, &who, detail.sent.id).await {
        Ok(again) => again,
        Err(error) => return answer::internal(reader, &error),
    };
    let view = DetailView {
        awaited: awaited(&detail.sent, looked),
        again,
        too_late: query.too.as_deref() == Some("late"),
        token: who.signed.csrf.token().unwrap_or_default(),
        device: Device::of(&who),
        answered: answered(&who, &detail.sent),
        ..view_of(&detail, app.outbox.passwords_live(), Timestamp::now())
    };
    let kind = FrameKind::Message { bar, rail: folders::handler::rail(&who, None), dock: dock(&who) };
    answer::ready(reader, &Frame { title: title.to_owned(), kind }, detail::render(&view, &reader.tr))
}

/// Of somebody who reads it after closing.
fn visit(app: &App, who: &Who, save: Option<&str>) -> Option<Visit> {
    let access = &app.config.access;
    let (closed, until) = access.closes.zip(access.ends(true)).filter(|_| who.signed.only_suivi)?;
    Some(Visit {
        closed,
        until,
        address: who.signed.address.clone(),
        token: who.signed.csrf.token().unwrap_or_default(),
        wipe: device::name(who),
        save: save.map(str::to_owned),
    })
}

/// The message that this one answers. Whether it is dealt with already only the mail server knows: it is not asked here.
fn answered(who: &Who, sent: &Sent) -> Option<Act> {
    let original = sent.about.as_ref()?.original.as_ref().filter(|original| !original.forwarded)?;
    let mailbox = MailboxName::from_raw(&original.mailbox)?;
    let place = Place { mailbox, separator: who.account.known_separator().flatten() };
    Some(Act {
        href: format!("{}/act", place.list()),
        token: who.signed.csrf.token().unwrap_or_default(),
        uidvalidity: original.uidvalidity,
        uid: original.uid,
        back: place.message(original.uidvalidity, original.uid),
    })
}

fn dock(who: &Who) -> Markup {
    main_dock(&who.reader.tr, Here::Outbox, who.attention)
}

/// Everybody the message names, by address.
fn names(sent: &Sent) -> HashMap<String, &Address> {
    let about = sent.about.iter();
    let people = about.flat_map(|about| about.to.iter().chain(&about.cc).chain(&about.bcc));
    people.map(|person| (person.email.to_lowercase(), person)).collect()
}

/// It is held back on purpose until then.
fn departs(sent: &Sent, now: Timestamp) -> Option<Timestamp> {
    let held = sent.not_before > now && sent.recipients.iter().any(|r| r.state == State::Waiting);
    held.then_some(sent.not_before)
}

fn row_of(sent: &Sent, now: Timestamp) -> Row {
    let names = names(sent);
    let shown = sent.recipients.iter().take(3);
    let who: Vec<String> = shown
        .map(|r| names.get(&r.address.to_lowercase()).map_or_else(|| r.address.clone(), |a| a.display()))
        .collect();
    // Only what was purged of its recipients too has none.
    let state = foremost(sent.recipients.iter().map(|r| r.state)).unwrap_or(State::Accepted);
    let some = sent.recipients.iter().filter(|r| r.state == state).count() as u64;
    Row {
        href: format!("/outbox/{}", sent.id),
        who: who.join(", "),
        when: sent.accepted,
        subject: sent.about.as_ref().map(|about| about.subject.clone()).unwrap_or_default(),
        needs_user: sent.needs_user,
        state,
        share: (some, sent.recipients.len() as u64),
        reason: None,
        departs: departs(sent, now),
        overdue: sent.followed.overdue.then(|| hours_since(sent, now)),
        lost: sent.followed.lost,
        receipt: sent.from.is_empty(),
        claim: sent.followed.claim.clone(),
        due: sent.due.filter(|due| *due > now),
    }
}

/// Once every recipient is settled by proof, nothing is awaited.
fn awaited(sent: &Sent, looked: Option<Timestamp>) -> Option<Awaited> {
    let deadline = sent.followed.deadline?;
    let some = sent.recipients.iter().any(|r| r.state.is_out() && !r.state.is_acknowledged());
    some.then_some(Awaited { deadline, overdue: sent.followed.overdue, looked })
}

fn hours_since(sent: &Sent, now: Timestamp) -> u64 {
    let since = now.duration_since(sent.accepted.max(sent.not_before)).as_hours();
    u64::try_from(since).unwrap_or(0)
}

/// The final refusals and whom they are about.
fn refusals(attempts: &[Attempt]) -> impl DoubleEndedIterator<Item = (Option<usize>, &Answer)> {
    attempts.iter().filter_map(|attempt| match &attempt.fact {
        Fact::Refused { answer, .. } | Fact::Failed(answer) | Fact::NotProcessed(answer) => {
            Some((attempt.recipient, answer))
        }
        _ => None,
    })
}

fn view_of(detail: &Detail, passwords: SignedDuration, now: Timestamp) -> DetailView {
    let sent = &detail.sent;
    let names = names(sent);
    let name = |address: &str| {
        names.get(&address.to_lowercase()).map_or_else(|| address.to_owned(), |a| a.display())
    };
    let refused = |at: usize| {
        let mut about = refusals(&detail.attempts).rev();
        about.find(|(whom, _)| whom.is_none_or(|n| n == at)).map(|(_, answer)| answer.clone())
    };
    let mut order: Vec<usize> = (0..sent.recipients.len()).collect();
    // Those that matter most are never among those left out.
    order.sort_by_key(|at| !sent.recipients[*at].state.needs_user());
    let recipients = order.iter().take(RECIPIENTS).map(|at| {
        let recipient = &sent.recipients[*at];
        Recipient {
            name: name(&recipient.address),
            address: recipient.address.clone(),
            state: recipient.state,
            said: if recipient.state == State::Refused { refused(*at) } else { None },
        }
    });
    let departs = departs(sent, now);
    DetailView {
        href: format!("/outbox/{}", sent.id),
        subject: sent.about.as_ref().map(|about| about.subject.clone()).unwrap_or_default(),
        from: sent.from.clone(),
        accepted: sent.accepted,
        size: sent.size,
        message_id: sent.message_id.clone(),
        recipients: recipients.collect(),
        more_recipients: sent.recipients.len().saturating_sub(RECIPIENTS) as u64,
        steps: steps(detail),
        due: sent.due.filter(|due| *due > now),
        departs,
        // It was to leave soon from the beginning: what was planned for later keeps its buttons to the end.
        undo: departs
            .filter(|at| at.duration_since(sent.accepted) <= UNDO + SignedDuration::from_secs(2))
            .map(|at| u64::try_from(at.duration_since(now).as_secs()).unwrap_or(0) + 1),
        needs_sign_in: departs.is_some_and(|at| at.duration_since(sent.accepted) > passwords),
        doubted: detail.doubted,
        late: detail.late,
        may_have_left: detail.may_have_left,
        can_edit: detail.can_edit,
        can_cancel: detail.can_cancel,
        can_release: detail.can_release,
        can_retry: detail.can_retry,
        can_dismiss: detail.can_dismiss,
        awaited: None,
        again: Offer::default(),
        lost: sent.followed.lost,
        too_late: false,
        token: String::new(),
        device: None,
        visit: None,
        answered: None,
    }
}

/// What was written down of several recipients one after the other, and says the same, is one step.
fn steps(detail: &Detail) -> Vec<Trail> {
    let alone = detail.sent.recipients.len() == 1;
    let mut steps: Vec<Trail> = Vec::new();
    for attempt in &detail.attempts {
        let address = attempt.recipient.and_then(|at| detail.sent.recipients.get(at)).filter(|_| !alone);
        let address = address.map(|recipient| recipient.address.clone());
        let same = |last: &&mut Trail| {
            last.fact == attempt.fact
                && !last.whom.is_empty()
                && attempt.at.duration_since(last.at).as_secs() < 60
        };
        match (steps.last_mut().filter(same), address) {
            (Some(last), Some(address)) => last.whom.push(address),
            (_, address) => {
                steps.push(Trail {
                    at: attempt.at,
                    whom: address.into_iter().collect(),
                    fact: attempt.fact.clone(),
                });
            }
        }
    }
    steps.split_off(steps.len().saturating_sub(STEPS))
}
