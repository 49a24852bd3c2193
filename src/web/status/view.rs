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
    pub notice: Option<Notice>,
    /// How each business software reaches the mail.
    pub software: Vec<Software>,
    pub organisation: String,
    pub phone: Option<String>,
    /// How long things take, and whether the mail servers answer.
    pub measures: Shown,
    /// What everybody should know of this gateway, such as mail that travels unencrypted to its server.
    pub remarks: Vec<String>,
    /// Of the form that changes the language.
    pub token: String,
}

/// What the admin wrote, in the reader's language. An empty list is not shown.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    pub level: Level,
    /// Empty: the level's own words, with the day it began.
    pub title: String,
    pub works: Vec<String>,
    pub broken: Vec<String>,
    pub todo: Vec<String>,
    pub since: Option<When>,
    pub updated: Option<When>,
    pub next_update: Option<When>,
    pub expected_end: Option<When>,
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
        @match &view.notice {
            Some(notice) => (told(notice, view, tr)),
            None => section.card {
                h2 { (tr.t("status-quiet")) }
                p.works { span { (Icon::Check.drawn_as("icon ok")) } span { (tr.t("status-quiet-what")) } }
                (help(view, tr))
            },
        }
        @if !view.software.is_empty() {
            section.card {
                h2 { (tr.t("status-software")) }
                @for software in &view.software { (gate(software, tr)) }
            }
        }
        (measures::render(&view.measures, tr))
        @if !view.remarks.is_empty() {
            section.card { h2 { (tr.t("status-remarks")) } @for remark in &view.remarks { p { (remark) } } }
        }
        footer.foot {
            div.links { a href="/login" { (tr.t("status-to-mail")) } (language::button(&view.token, "/status", tr)) }
        }
    }
}

fn told(notice: &Notice, view: &StatusView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 {
                @if notice.title.is_empty() { (crate::web::page::level_title(notice.level, tr)) } @else { (notice.title) }
                @if let Some(when) = notice.since {
                    " " (tr.t_with("status-since", &[("moment", (&words(when, tr)).into())]))
                }
            }
            div.works {
                (lines(Icon::Check, "icon ok", tr.t("status-works"), &notice.works))
                (lines(Icon::Cross, "icon no", tr.t("status-broken"), &notice.broken))
                (lines(Icon::Warning, "icon do", tr.t("status-todo"), &notice.todo))
            }
            (facts(notice, tr))
            (help(view, tr))
        }
    }
}

fn lines(icon: Icon, class: &str, label: &str, texts: &[String]) -> Markup {
    html! { @for text in texts { p { (icon.drawn_as(class)) span { b { (label) } " " (text) } } } }
}

fn facts(notice: &Notice, tr: &Tr) -> Markup {
    let fact = |key, when: Option<When>| when.map(|w| tr.t_with(key, &[("moment", (&words(w, tr)).into())]));
    let facts = [
        fact("status-updated", notice.updated),
        fact("status-next", notice.next_update),
        fact("status-end", notice.expected_end),
    ];
    html! {
        p.meta {
            @for (i, fact) in facts.into_iter().flatten().enumerate() { @if i > 0 { " · " } (fact) }
        }
    }
}

fn help(view: &StatusView, tr: &Tr) -> Markup {
    html! {
        @if !view.organisation.is_empty() || view.phone.is_some() {
            p.meta { (contact(&view.organisation, view.phone.as_deref(), tr)) }
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
