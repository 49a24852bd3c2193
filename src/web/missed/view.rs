//! Which span, and what arrived in it.

use jiff::Timestamp;
use maud::{Markup, html};

use super::asked;
use crate::{
    locale::Tr,
    mailbox::missed::{Counts, Span},
    message::lane::Lane,
    web::{
        assets,
        icon::Icon,
        list::view::{ListView, found},
        problem::Problem,
    },
};

#[derive(Debug, Clone, Default)]
pub struct ChooseView {
    pub token: String,
    /// What the notices tell of.
    pub known: Vec<Known>,
    /// As they were typed.
    pub from: String,
    pub to: String,
    /// What was typed is no span.
    pub wrong: bool,
}

#[derive(Debug, Clone)]
pub struct Known {
    pub title: String,
    pub from: Timestamp,
    /// `None` while it lasts.
    pub to: Option<Timestamp>,
    pub href: String,
}

pub fn choose(view: &ChooseView, tr: &Tr) -> Markup {
    html! {
        p.count { (tr.t("missed-what")) }
        @if !view.known.is_empty() {
            nav.card aria-labelledby="known" {
                h2 #known { (tr.t("missed-known")) }
                @for known in &view.known {
                    p {
                        a href=(known.href) { span dir="auto" { (known.title) } }
                        br;
                        @match known.to {
                            Some(to) => (between("missed-between", known.from, to, tr)),
                            None => (tr.t_with("missed-since", &[("from", (&tr.moment(known.from)).into())])),
                        }
                    }
                }
            }
        }
        form.card method="post" action="/missed" aria-labelledby="typed" {
            h2 #typed { (tr.t("missed-typed")) }
            @if view.wrong { p.bad role="alert" data-problem { (tr.t("missed-wrong")) } }
            input type="hidden" name="token" value=(view.token);
            label.line { span { (tr.t("missed-from")) } input type="datetime-local" name="from" value=(view.from) required; }
            label.line { span { (tr.t("missed-to")) } input type="datetime-local" name="to" value=(view.to); }
            p.meta { (tr.t("missed-to-help")) }
            p.acts { button.primary { (tr.t("missed-show")) } }
        }
    }
}

fn between(key: &'static str, from: Timestamp, to: Timestamp, tr: &Tr) -> String {
    tr.t_with(key, &[("from", (&tr.moment(from)).into()), ("to", (&tr.moment(to)).into())])
}

/// What stands above everything.
#[derive(Debug, Clone)]
pub struct TopView {
    pub span: Span,
    /// Where the same is looked for again.
    pub here: String,
}

pub fn top(view: &TopView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 { (between("missed-arrived", view.span.from, view.span.to, tr)) }
            p.meta { (tr.t("missed-removed")) }
            // The rest may take a while.
            p.acts data-stopping hidden { button type="button" { (tr.t("search-stop")) } }
            div data-stopped tabindex="-1" hidden {
                p { b { (tr.t("missed-stopped")) } }
                p.acts {
                    a.button href=(view.here) { (tr.t("missed-again")) }
                    (table(&asked::part(view.span), tr))
                    a.button href="/missed" { (tr.t("missed-other")) }
                }
            }
            script src=(assets::url("stop.js")) async {}
        }
    }
}

/// What else can be done with the span, under everything. `part`: the span, as in a URL.
pub fn end(part: &str, tr: &Tr) -> Markup {
    html! {
        section.card data-whole {
            p.acts {
                (table(part, tr))
                a.button href={ "/outbox?" (part) } { (Icon::Sent.draw()) (tr.t("missed-sent")) }
                a.button href="/missed" { (tr.t("missed-other")) }
            }
        }
    }
}

fn table(part: &str, tr: &Tr) -> Markup {
    html! { a.button href={ "/missed.csv?" (part) } download { (Icon::Download.draw()) (tr.t("missed-table")) } }
}

fn said(counts: Counts, tr: &Tr) -> String {
    let n = |key, n: u64| tr.t_with(key, &[("n", n.into())]);
    format!("{} · {}", n("missed-n", counts.arrived), n("missed-to-read", counts.to_read))
}

/// And what was handed over to other software, or is still to be.
fn said_of_all(counts: Counts, tr: &Tr) -> String {
    let n = |key, n: u64| tr.t_with(key, &[("n", n.into())]);
    let to_file = n("missed-to-file", counts.arrived.saturating_sub(counts.filed));
    format!("{} · {to_file} · {}", said(counts, tr), n("missed-filed", counts.filed))
}

/// One line for a mailbox. `cut`: only its newest messages were counted; `alone`: no other is shown.
pub fn counted(name: &str, counts: Counts, cut: bool, alone: bool, tr: &Tr) -> Markup {
    html! {
        p.count data-counts=(name) {
            b { bdi { (name) } } " · " (if alone { said_of_all(counts, tr) } else { said(counts, tr) })
            @if cut { br; span.bad { (tr.t("missed-cut")) } }
        }
    }
}

/// Those of all mailboxes that were looked at.
pub fn total(counts: Counts, folders: u64, tr: &Tr) -> Markup {
    html! {
        p.count role="status" data-total {
            b { (tr.t_with("missed-total", &[("n", folders.into())])) " " (said_of_all(counts, tr)) }
        }
        p.count.meta { (tr.t("missed-left-out")) }
    }
}

/// What nobody opened in one mailbox.
#[derive(Debug, Clone)]
pub struct GroupView {
    pub name: String,
    /// Which of its messages they are.
    pub part: Part,
    pub list: ListView,
    pub token: String,
}

pub fn group(view: &GroupView, tr: &Tr) -> Markup {
    let list = &view.list;
    html! {
        section data-box=(view.name) {
            h2.day.where { bdi { (view.name) } " · " (tr.t(view.part.key())) }
            (found(list, tr))
            @if !list.rows.is_empty() {
                form.paperless method="post" action={ (list.path) "/save" } {
                    input type="hidden" name="token" value=(view.token);
                    input type="hidden" name="uidvalidity" value=(list.uidvalidity);
                    @for row in list.rows.iter().filter(|row| row.uid > 0) { input type="hidden" name="uid" value=(row.uid); }
                    p.acts { button { (tr.t("missed-save")) } }
                }
            }
        }
    }
}

/// What one page had no room for.
#[derive(Debug, Clone)]
pub struct MoreView {
    pub name: String,
    pub n: u64,
    pub href: String,
}

pub fn more(view: &MoreView, tr: &Tr) -> Markup {
    let arguments = [("n", view.n.into()), ("where", (&view.name).into())];
    html! { p.more { a.button href=(view.href) rel="next" data-more-of { (tr.t_with("missed-more", &arguments)) } } }
}

/// What comes first, what comes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Clinical,
    People,
    Rest,
}

impl Part {
    pub fn of(lane: Lane) -> Part {
        match lane {
            Lane::Clinical => Part::Clinical,
            Lane::People => Part::People,
            Lane::Transaction | Lane::List | Lane::Notice | Lane::Advertising => Part::Rest,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Part::Clinical => "missed-clinical",
            Part::People => "missed-people",
            Part::Rest => "missed-rest",
        }
    }
}

/// Of each mailbox only the newest `n` were looked at for what comes first; `late`: of some not even these.
pub fn clinical_among(n: Option<u64>, late: bool, tr: &Tr) -> Markup {
    html! {
        @if late { p.count.meta { (tr.t("missed-clinical-late")) } }
        @else if let Some(n) = n { p.count.meta { (tr.t_with("missed-clinical-among", &[("n", n.into())])) } }
    }
}

/// A mailbox that could not be looked at.
pub fn sick(name: &str, problem: &Problem, tr: &Tr) -> Markup {
    html! { div.count data-sick=(name) { p { b { bdi { (name) } } } (problem.inline(tr)) } }
}

/// Every mailbox was looked at, and nothing is left to be read.
pub fn nothing(counts: Counts, tr: &Tr) -> Markup {
    let key = if counts.arrived == 0 { "missed-none" } else { "missed-nothing" };
    html! { p.looked.end role="status" data-end="none" { b { (tr.t(key)) } } }
}

/// Mailboxes that were not looked at.
pub fn later(n: u64, href: &str, tr: &Tr) -> Markup {
    html! {
        p.count role="status" data-later { b { (tr.t_with("missed-later", &[("n", n.into())])) } }
        p.more { a.button href=(href) rel="next" { (tr.t("search-go-on")) } }
    }
}
