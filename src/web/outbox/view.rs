//! The list of sent mail.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    detail::looked,
    words::{chip, claim, meaning},
};
use crate::{
    locale::Tr,
    mailbox::missed::Span,
    outbox::{Fact, State},
    web::{
        door::view::{Visit, visit},
        icon::Icon,
        missed::asked::part,
        page::initials,
    },
};

#[derive(Debug, Clone, Default)]
pub struct OutboxView {
    /// What needs its author, over all pages.
    pub attention: u64,
    /// At most one page; those that need their author first.
    pub rows: Vec<Row>,
    /// The next page.
    pub older: Option<String>,
    /// When the author's mailbox was last looked at, where that matters.
    pub looked: Option<Timestamp>,
    /// They are all that was accepted from then to then.
    pub span: Option<Span>,
    /// Not the first page: its history goes on here.
    pub further: bool,
    /// The access point is closed: it is shown, and nothing can be done.
    pub visit: Option<Visit>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub href: String,
    /// The recipients; empty when nobody is named.
    pub who: String,
    /// When it was accepted.
    pub when: Timestamp,
    /// Empty when there is none, or no longer.
    pub subject: String,
    pub needs_user: bool,
    /// Of the recipient who matters most now.
    pub state: State,
    /// How many recipients are in this state, of how many.
    pub share: (u64, u64),
    /// Why, where the server's answer tells it.
    pub reason: Option<&'static str>,
    /// A receipt that its author agreed to: of interest only where it did not leave.
    pub receipt: bool,
    /// Followed, and for so many hours without an acknowledgement.
    pub overdue: Option<u64>,
    /// The operator says that it was lost.
    pub lost: bool,
    /// The last thing that was claimed of it, without proof.
    pub claim: Option<(Timestamp, Fact)>,
    /// The next try that Relais makes by itself.
    pub due: Option<Timestamp>,
    /// When it will leave, for what was not to leave at once.
    pub departs: Option<Timestamp>,
}

pub fn render(view: &OutboxView, tr: &Tr) -> Markup {
    if let Some(span) = view.span {
        return between(view, span, tr);
    }
    let (urgent, calm): (Vec<&Row>, Vec<&Row>) = view.rows.iter().partition(|row| row.needs_user);
    html! {
        @if let Some(visitor) = &view.visit { (visit(visitor, tr)) }
        @if view.rows.is_empty() && !view.further {
            div.empty { (Icon::Sent.draw()) b { (tr.t("outbox-empty")) } p { (tr.t("outbox-empty-what")) } }
        } @else {
            @if !view.further {
                section.card {
                    @if view.attention > 0 {
                        h2 { (tr.t_with("outbox-attention", &[("n", view.attention.into())])) }
                        p.meta { (tr.t("outbox-attention-what")) }
                        @if urgent.iter().any(|row| row.overdue.is_some()) { p.meta { (looked(view.looked, tr)) } }
                        @if view.visit.is_none() && urgent.iter().any(|row| row.perhaps_lost()) {
                            a.button href="/outbox/again" { (tr.t("again-several")) }
                        }
                    } @else {
                        h2 { (tr.t("outbox-calm")) }
                        p.meta { (tr.t("outbox-calm-what")) }
                    }
                }
            }
            (rows(&urgent, tr))
            @if !calm.is_empty() {
                h2.day { (tr.t("outbox-history")) }
                (rows(&calm, tr))
            }
        }
        (older(view, tr))
    }
}

/// What was sent while something did not work, in its order, and what became of it.
fn between(view: &OutboxView, span: Span, tr: &Tr) -> Markup {
    let (from, to) = (tr.moment(span.from), tr.moment(span.to));
    let listed: Vec<&Row> = view.rows.iter().collect();
    html! {
        @if let Some(visitor) = &view.visit { (visit(visitor, tr)) }
        section.card {
            h2 { (tr.t_with("outbox-between", &[("from", (&from).into()), ("to", (&to).into())])) }
            p.meta { (tr.t("outbox-between-what")) }
            p.acts {
                @if view.visit.is_none() && listed.iter().any(|row| row.state.is_out()) {
                    a.button href={ "/outbox/again?" (part(span)) } { (tr.t("again-several")) }
                }
                a.button href="/outbox" { (tr.t("outbox-all")) }
            }
        }
        @if listed.is_empty() { p.count { b { (tr.t("outbox-between-none")) } } }
        (rows(&listed, tr))
        (older(view, tr))
    }
}

fn older(view: &OutboxView, tr: &Tr) -> Markup {
    html! { p.more { @if let Some(href) = &view.older { a.button href=(href) rel="next" { (tr.t("outbox-older")) } } } }
}

fn rows(rows: &[&Row], tr: &Tr) -> Markup {
    html! { @if !rows.is_empty() { ul.rows { @for r in rows { (row(r, tr)) } } } }
}

fn row(row: &Row, tr: &Tr) -> Markup {
    let (class, word) = mark(row, tr);
    let (some, all) = row.share;
    html! {
        li.row {
            span.pick { span.face aria-hidden="true" { (initials(&row.who)) } }
            a.open href=(row.href) {
                span.who dir="auto" { @if row.who.is_empty() { (tr.t("list-nobody-to")) } @else { (row.who) } }
                time datetime=(tr.machine_time(row.when)) { (tr.row_time(row.when)) }
                span.subject dir="auto" { @if row.subject.is_empty() { (tr.t("no-subject")) } @else { (row.subject) } }
                span.tail {
                    span class=(class) {
                        (word)
                        @if some < all { " " (tr.t_with("outbox-share", &[("some", some.into()), ("all", all.into())])) }
                    }
                    span.preview { (line(row, tr)) }
                }
            }
        }
    }
}

/// What its author must hear first: the state, or what is awaited or said of it.
fn mark(row: &Row, tr: &Tr) -> (&'static str, String) {
    let (class, word) = chip(row.state, tr);
    match row {
        row if row.state.needs_user() => (class, word.to_owned()),
        Row { lost: true, .. } => ("chip bad", tr.t("chip-lost").to_owned()),
        row if row.settled_receipt() => ("chip", tr.t("chip-receipt").to_owned()),
        row if row.needs_user && row.doubted() => ("chip late", tr.t("chip-doubted").to_owned()),
        Row { overdue: Some(hours), .. } => {
            ("chip late", tr.t_with("chip-overdue", &[("hours", (*hours).into())]))
        }
        _ => (class, word.to_owned()),
    }
}

impl Row {
    /// A server took it, and that is all that is to be known.
    fn settled_receipt(&self) -> bool {
        self.receipt && !self.needs_user && self.state.is_out()
    }

    /// A server took it, and it may never have arrived.
    fn perhaps_lost(&self) -> bool {
        self.state.is_out() && (self.overdue.is_some() || self.lost || self.doubted())
    }

    fn doubted(&self) -> bool {
        self.claim.as_ref().is_some_and(|(_, fact)| fact.is_failure())
    }
}

/// Beside the chip: why, and what Relais will do.
fn line(row: &Row, tr: &Tr) -> String {
    let next = |at| tr.t_with("outbox-next-try", &[("moment", (&tr.moment(at)).into())]);
    if !row.state.needs_user() && row.due.is_none() && row.departs.is_none() {
        match row {
            row if row.settled_receipt() => return tr.t("receipt-line").to_owned(),
            Row { lost: true, .. } => return tr.t("lost-line").to_owned(),
            Row { claim: Some((at, fact)), .. } => return claim(fact, *at, tr),
            Row { overdue: Some(_), .. } => return tr.t("overdue-line").to_owned(),
            _ => {}
        }
    }
    match (row.departs, row.reason, row.due) {
        (Some(at), ..) => tr.t_with("outbox-departs", &[("moment", (&tr.moment(at)).into())]),
        (_, Some(reason), _) => reason.to_owned(),
        (_, None, Some(at)) if row.state == State::Waiting => next(at),
        (_, None, Some(at)) => format!("{} {}", meaning(row.state, tr), next(at)),
        (_, None, None) => meaning(row.state, tr).to_owned(),
    }
}
