//! One message that was sent: what is known for each recipient, the trail step by step, what to do.

use jiff::Timestamp;
use maud::{Markup, html};

use super::again::view::{self as again, Offer};
use super::words::{draw_chip, foremost, meaning, said, step, todo};
use crate::{
    locale::Tr,
    outbox::{Answer, Fact, State},
    web::{
        compose::device::Device,
        door::view::{Visit, visit},
        icon::Icon,
        message::view::Act,
    },
};

#[derive(Debug, Clone)]
pub struct DetailView {
    /// `/outbox/{id}`.
    pub href: String,
    /// Empty when there is none, or no longer.
    pub subject: String,
    pub from: String,
    pub accepted: Timestamp,
    /// Octets in wire form.
    pub size: u64,
    pub message_id: String,
    pub recipients: Vec<Recipient>,
    /// More than are shown.
    pub more_recipients: u64,
    /// In the order they were written down.
    pub steps: Vec<Trail>,
    /// The next try that Relais makes by itself.
    pub due: Option<Timestamp>,
    /// When it will leave, for what was not to leave at once.
    pub departs: Option<Timestamp>,
    /// It leaves within this many seconds: the bar to undo it.
    pub undo: Option<u64>,
    /// It leaves so late that its author must sign in before.
    pub needs_sign_in: bool,
    /// A failure was announced without proof.
    pub doubted: bool,
    /// It has been waiting for hours.
    pub late: bool,
    /// Cancelled or given up, it may have arrived all the same.
    pub may_have_left: bool,
    /// It may still be opened again for editing.
    pub can_edit: bool,
    pub can_cancel: bool,
    pub can_retry: bool,
    /// It is held until its author says that it may leave.
    pub can_release: bool,
    /// It need not come first any more, if its author says so.
    pub can_dismiss: bool,
    /// The acknowledgement that is awaited, or said to be missing.
    pub awaited: Option<Awaited>,
    /// The operator says that it was lost.
    pub lost: bool,
    pub again: Offer,
    /// What was just asked for came too late.
    pub too_late: bool,
    /// The `token` of its forms.
    pub token: String,
    /// Nobody else uses this one.
    pub device: Option<Device>,
    /// The access point is closed: it is shown, and nothing can be done.
    pub visit: Option<Visit>,
    /// The message that it answers, which may be dealt with now.
    pub answered: Option<Act>,
}

#[derive(Debug, Clone)]
pub struct Awaited {
    pub deadline: Timestamp,
    pub overdue: bool,
    /// When the author's mailbox was last looked at.
    pub looked: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Recipient {
    /// As the message names them, else the address.
    pub name: String,
    pub address: String,
    pub state: State,
    /// The server's last word about them, where they were refused.
    pub said: Option<Answer>,
}

#[derive(Debug, Clone)]
pub struct Trail {
    pub at: Timestamp,
    /// Whom it is about; nobody: everybody.
    pub whom: Vec<String>,
    pub fact: Fact,
}

impl DetailView {
    /// Where nothing can be done.
    pub fn without_acts(self) -> DetailView {
        DetailView {
            undo: None,
            can_edit: false,
            can_cancel: false,
            can_retry: false,
            can_release: false,
            can_dismiss: false,
            ..self
        }
    }
}

/// Addresses named in one step.
const NAMED: usize = 3;

pub fn render(view: &DetailView, tr: &Tr) -> Markup {
    let state = foremost(view.recipients.iter().map(|r| r.state));
    html! {
        @if let Some(device) = &view.device { (device.tidy()) }
        @if let Some(visitor) = &view.visit { (visit(visitor, tr)) }
        @if view.too_late { p.alert role="alert" { (tr.t("outbox-too-late")) } }
        section.sheet {
            h2 dir="auto" { @if view.subject.is_empty() { (tr.t("no-subject")) } @else { (view.subject) } }
            p.meta {
                (tr.t_with("outbox-accepted-at", &[("moment", (&tr.moment(view.accepted)).into())]))
                " · " (tr.size(view.size))
            }
            @if let Some(state) = state { (now(view, state, tr)) }
        }
        @if let Some(act) = &view.answered {
            form.quiet method="post" action=(act.href) data-answered {
                input type="hidden" name="token" value=(act.token);
                input type="hidden" name="uidvalidity" value=(act.uidvalidity);
                input type="hidden" name="uid" value=(act.uid);
                span { (tr.t("outbox-answered")) }
                button name="do" value="done" { (Icon::Check.draw()) (tr.t("act-done")) }
            }
        }
        section.sheet {
            h3 { (tr.t("outbox-recipients")) }
            ul.sent { @for r in &view.recipients { (recipient(r, tr)) } }
            @if view.more_recipients > 0 {
                p.meta { (tr.t_with("recipients-left-out", &[("n", view.more_recipients.into())])) }
            }
        }
        @if let Some(awaited) = &view.awaited {
            section.sheet {
                h3 { (tr.t("outbox-ack-title")) }
                p.quiet { span { (awaited_line(awaited, tr)) " " (looked(awaited.looked, tr)) } }
            }
        }
        (again::render(&view.again, &view.href, &view.token, tr))
        section.sheet {
            h3 { (tr.t("outbox-trail")) }
            (trail(view, tr))
            p.meta { (tr.t("outbox-reference")) " " code { (view.message_id) } }
        }
        @if let Some(seconds) = view.undo.filter(|_| view.can_cancel) {
            (undo(form(&view.href, &view.token, if view.can_edit { "edit" } else { "cancel" }, html! { button { (tr.t("outbox-undo")) } }), seconds, tr))
         }
    }
}

fn awaited_line(awaited: &Awaited, tr: &Tr) -> String {
    let key = if awaited.overdue { "outbox-overdue" } else { "outbox-awaited" };
    tr.t_with(key, &[("moment", (&tr.moment(awaited.deadline)).into())])
}

/// "No acknowledgement" is worth as much as the last look.
pub fn looked(at: Option<Timestamp>, tr: &Tr) -> String {
    match at {
        Some(at) => tr.t_with("outbox-looked", &[("moment", (&tr.moment(at)).into())]),
        None => tr.t("outbox-never-looked").to_owned(),
    }
}

/// Where something else is to be done, "nothing to do" is not said.
fn advice(view: &DetailView, state: State, tr: &Tr) -> Option<&'static str> {
    match state {
        // It is for a place where something can be done.
        _ if view.visit.is_some() => None,
        State::Cancelled | State::GivenUp if view.may_have_left => Some(tr.t("do-perhaps")),
        State::Waiting | State::Sending if view.late => Some(tr.t("do-late")),
        state if view.doubted && state.is_out() => Some(tr.t("do-doubted")),
        _ if view.lost || view.awaited.as_ref().is_some_and(|awaited| awaited.overdue) => None,
        state => Some(todo(state, tr)),
    }
}

/// What it comes to, and the buttons.
fn now(view: &DetailView, state: State, tr: &Tr) -> Markup {
    let buttons =
        view.can_release || view.can_retry || view.can_dismiss || (view.can_cancel && view.undo.is_none());
    html! {
        p.quiet {
            (draw_chip(state, tr))
            span {
                @if let Some(at) = view.departs {
                    (tr.t_with("outbox-departs", &[("moment", (&tr.moment(at)).into())]))
                    @if view.needs_sign_in { " " (tr.t("outbox-departs-sign-in")) }
                } @else {
                    (meaning(state, tr))
                    @if let Some(what) = advice(view, state, tr) { " " (what) }
                }
            }
        }
        @if view.lost {
            p.alert { (if view.visit.is_none() { tr.t("outbox-lost") } else { tr.t("outbox-lost-only") }) }
        }
        @if buttons {
            div.acts.own {
                @if view.can_release { (form(&view.href, &view.token, "release", html! { button { (tr.t("outbox-release")) } })) }
                @if view.can_retry { (form(&view.href, &view.token, "retry", html! { button { (tr.t("outbox-retry")) } })) }
                @if view.can_dismiss { (form(&view.href, &view.token, "dismiss", html! { button { (tr.t("outbox-dismiss")) } })) }
                @if view.can_edit && view.undo.is_none() {
                    (form(&view.href, &view.token, "edit", html! { button { (tr.t("outbox-edit")) } }))
                }
                @if view.can_cancel && view.undo.is_none() {
                    (form(&view.href, &view.token, "cancel", html! { button { (tr.t("outbox-cancel")) } }))
                }
            }
            @if view.can_release { p.meta { (tr.t("outbox-release-what")) } }
            @if view.can_retry && state == State::Uncertain { p.meta { (tr.t("outbox-retry-twice")) } }
        }
    }
}

fn recipient(recipient: &Recipient, tr: &Tr) -> Markup {
    html! {
        li {
            span.name dir="auto" { (recipient.name) }
            (draw_chip(recipient.state, tr))
            @if recipient.name != recipient.address { small dir="auto" { (recipient.address) } }
            @if let Some(answer) = &recipient.said { small { (said(answer, tr)) } }
        }
    }
}

fn trail(view: &DetailView, tr: &Tr) -> Markup {
    html! {
        ol.trail {
            li {
                span { (tr.t("trail-kept")) }
                time datetime=(tr.machine_time(view.accepted)) { (tr.moment(view.accepted)) }
            }
            @let first = view.steps.iter().position(|one| matches!(one.fact, Fact::Claimed(_)));
            @for (n, one) in view.steps.iter().enumerate() { (trail_step(one, first == Some(n), tr)) }
            @if let Some(at) = view.departs.or(view.due) {
                li.next {
                    span { @if view.departs.is_some() { (tr.t("trail-departs")) } @else { (tr.t("trail-next")) } }
                    time datetime=(tr.machine_time(at)) { (tr.moment(at)) }
                }
            }
        }
    }
}

/// `first`: what lacks proof is explained once.
fn trail_step(one: &Trail, first: bool, tr: &Tr) -> Markup {
    let Some(drawn) = step(&one.fact, tr) else { return html! {} };
    let others = one.whom.len().saturating_sub(NAMED) as u64;
    html! {
        li class=[drawn.class] {
            span { (drawn.what) @if let Some(why) = drawn.why { " " (why) } }
            time datetime=(tr.machine_time(one.at)) { (tr.moment(one.at)) }
            @if !one.whom.is_empty() {
                small dir="auto" {
                    (one.whom.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "))
                    @if others > 0 { " " (tr.t_with("recipients-left-out", &[("n", others.into())])) }
                }
            }
            @if let Some(answer) = drawn.said { small { (said(answer, tr)) } }
            @if drawn.claimed { small { @if first { (tr.t("trail-claimed")) } @else { (tr.t("trail-claimed-too")) } } }
        }
    }
}

/// Where the thumb is, for as long as it can be undone. `act`: what undoes it.
pub fn undo(act: Markup, seconds: u64, tr: &Tr) -> Markup {
    // Without script too it goes when it is of no more use, within ten seconds.
    let gone = ["s10", "s20", "s30", "s40", "s50", "s60"][(seconds.saturating_sub(1) / 10).min(5) as usize];
    html! {
        div class={ "undo " (gone) } role="status" {
            span { (Icon::Check.draw()) (tr.t_with("outbox-leaves-in", &[("n", seconds.into())])) }
            (act)
        }
    }
}

fn form(href: &str, token: &str, verb: &str, inner: Markup) -> Markup {
    html! {
        form method="post" action=(href) {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="do" value=(verb);
            (inner)
        }
    }
}
