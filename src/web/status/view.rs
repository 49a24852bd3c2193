//! The public state of the service: what works, what does not, what to do. Needs neither mail server nor database.

use maud::{Markup, html};

use super::measures;
pub use crate::status::{Level, SoftwareState, When, measure::Shown};
use crate::{
    locale::Tr,
    web::{icon::Icon, language, login::view::contact},
};

#[derive(Debug, Clone, Default)]
pub struct StatusView {
    /// Why nothing of the mail can be reached from here: the store does not answer. Said before all else.
    pub trouble: Option<String>,
    /// The worst first. None: all is well.
    pub notices: Vec<Notice>,
    /// How each business software reaches the mail.
    pub software: Vec<Software>,
    pub organisation: String,
    pub phone: Option<String>,
    /// How long things take, and whether the mail servers answer.
    pub measures: Shown,
    /// What everybody should know of this gateway, such as mail that travels unencrypted to its server.
    pub remarks: Vec<String>,
    /// Of the form that changes the language; empty where there is none.
    pub token: String,
}

/// What the admin wrote, in the reader's language. An empty list is not shown.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// To be linked to.
    pub id: String,
    pub level: Level,
    /// Empty: the level's own words, with the day it began.
    pub title: String,
    /// The mail domains or accesses of software it is about; none where it is for everybody.
    pub about: Vec<String>,
    pub works: Vec<String>,
    pub broken: Vec<String>,
    pub todo: Vec<String>,
    pub since: Option<When>,
    pub updated: Option<When>,
    pub next_update: Option<When>,
    /// That hour is past.
    pub late: bool,
    pub expected_end: Option<When>,
    /// Instead of the organisation's own.
    pub phone: Option<String>,
}

pub(super) fn words(when: When, tr: &Tr) -> String {
    match when {
        When::Day(day) => tr.day_in_sentence(day),
        When::Moment(at) => tr.moment(at),
    }
}

#[derive(Debug, Clone)]
pub struct Software {
    pub name: String,
    pub state: SoftwareState,
    pub since: Option<When>,
    pub note: Option<String>,
}

pub fn render(view: &StatusView, tr: &Tr) -> Markup {
    html! {
        @if let Some(trouble) = &view.trouble {
            section.card {
                h2 { (tr.t("status-trouble")) }
                div.works {
                    (lines(Icon::Cross, "icon no", tr.t("status-broken"), std::slice::from_ref(trouble)))
                    (line(Icon::Check, "icon ok", tr.t("status-works"), tr.t("status-trouble-works")))
                    (line(Icon::Warning, "icon do", tr.t("status-todo"), tr.t("status-trouble-todo")))
                }
                (help(view, None, tr))
            }
        } @else if view.notices.is_empty() {
            section.card {
                h2 { (tr.t("status-quiet")) }
                // Never against what is measured.
                @if view.measures.is_well() {
                    p.works { span { (Icon::Check.drawn_as("icon ok")) } span { (tr.t("status-quiet-what")) } }
                } @else {
                    p.works { span { (Icon::Warning.drawn_as("icon do")) } span { (tr.t("status-quiet-but")) } }
                }
                (help(view, None, tr))
            }
        }
        @for (n, notice) in view.notices.iter().enumerate() {
            section.card id=[Some(&notice.id).filter(|id| !id.is_empty())] {
                h2 { (heading(notice, tr)) }
                (said(notice, tr))
                // Whom to call stands under the first; under another, where it is somebody else.
                @if n == 0 || notice.phone.is_some() { (help(view, notice.phone.as_deref(), tr)) }
            }
        }
        @if !view.software.is_empty() {
            section.card {
                h2 { (tr.t("status-software")) }
                @if let Some(count) = restored(&view.software, tr) { p.meta { (count) } }
                @for software in &view.software { (gate(software, tr)) }
            }
        }
        (measures::render(&view.measures, tr))
        @if !view.remarks.is_empty() {
            section.card { h2 { (tr.t("status-remarks")) } @for remark in &view.remarks { p { (remark) } } }
        }
        footer.foot {
            div.links {
                a href="/login" { (tr.t("status-to-mail")) }
                @if !view.token.is_empty() { (language::button(&view.token, "/status", tr)) }
            }
        }
    }
}

fn heading(notice: &Notice, tr: &Tr) -> Markup {
    html! {
        @if notice.title.is_empty() { (crate::web::page::level_title(notice.level, tr)) } @else { (notice.title) }
        @if let Some(when) = notice.since {
            " " (tr.t_with("status-since", &[("moment", (&words(when, tr)).into())]))
        }
    }
}

/// All but its heading.
pub fn said(notice: &Notice, tr: &Tr) -> Markup {
    html! {
        @if !notice.about.is_empty() {
            p.meta { (tr.t_with("status-about", &[("names", (&notice.about.join(", ")).into())])) }
        }
        div.works {
            (lines(Icon::Check, "icon ok", tr.t("status-works"), &notice.works))
            (lines(Icon::Cross, "icon no", tr.t("status-broken"), &notice.broken))
            (lines(Icon::Warning, "icon do", tr.t("status-todo"), &notice.todo))
        }
        (facts(notice, tr))
    }
}

/// "2 sur 3 rétablis", while not all work.
fn restored(software: &[Software], tr: &Tr) -> Option<String> {
    let good = |s: &&Software| matches!(s.state, SoftwareState::Ok | SoftwareState::Restored);
    let (count, all) = (software.iter().filter(good).count(), software.len());
    let only_restored = software.iter().filter(good).all(|s| s.state == SoftwareState::Restored);
    let key = if only_restored { "software-count-restored" } else { "software-count" };
    (count < all).then(|| tr.t_with(key, &[("n", (count as u64).into()), ("all", (all as u64).into())]))
}

fn lines(icon: Icon, class: &str, label: &str, texts: &[String]) -> Markup {
    html! { @for text in texts { (line(icon, class, label, text)) } }
}

fn line(icon: Icon, class: &str, label: &str, text: &str) -> Markup {
    html! { p { (icon.drawn_as(class)) span { b { (label) } " " (text) } } }
}

fn facts(notice: &Notice, tr: &Tr) -> Markup {
    let fact = |key, when: Option<When>| when.map(|w| tr.t_with(key, &[("moment", (&words(w, tr)).into())]));
    let facts = [
        fact("status-updated", notice.updated),
        fact(if notice.late { "status-next-late" } else { "status-next" }, notice.next_update),
        fact("status-end", notice.expected_end),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    html! { @if !facts.is_empty() { p.meta { (facts.join(" · ")) } } }
}

fn help(view: &StatusView, phone: Option<&str>, tr: &Tr) -> Markup {
    let phone = phone.or(view.phone.as_deref());
    html! {
        @if !view.organisation.is_empty() || phone.is_some() {
            p.meta { (contact(&view.organisation, phone, tr)) }
        }
    }
}

fn gate(software: &Software, tr: &Tr) -> Markup {
    let since = software.since.map(|when| words(when, tr));
    let (class, word) = match (software.state, &since) {
        (SoftwareState::Ok, _) => ("chip ok", tr.t("software-works").to_owned()),
        (SoftwareState::Restored, None) => ("chip ok", tr.t("software-restored").to_owned()),
        (SoftwareState::Restored, Some(moment)) => {
            ("chip ok", tr.t_with("software-restored-on", &[("moment", moment.into())]))
        }
        (SoftwareState::Ongoing, _) => ("chip late", tr.t("software-progress").to_owned()),
        (SoftwareState::Down, _) => ("chip bad", tr.t("software-broken").to_owned()),
    };
    html! {
        div.gate {
            b { (software.name) }
            span class=(class) { (word) }
            @if let (Some(moment), SoftwareState::Ongoing | SoftwareState::Down) = (&since, software.state) {
                small { (tr.t_with("status-since", &[("moment", moment.into())])) }
            }
            @if let Some(note) = &software.note { small { (note) } }
        }
    }
}
