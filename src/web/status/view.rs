//! The public state of the service: what works, what does not, what to do. Needs neither mail server nor database.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    locale::Tr,
    web::{
        icon::Icon,
        login::view::{language_link, phone_link},
        page::Level,
    },
};

#[derive(Debug, Clone, Default)]
pub struct StatusView {
    pub notice: Option<Notice>,
    /// How each business software reaches the mail.
    pub software: Vec<Software>,
    pub organisation: String,
    pub phone: Option<String>,
    /// What everybody should know of this gateway, such as mail that travels unencrypted to its server.
    pub remarks: Vec<String>,
    pub other_language: String,
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
    pub since: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub next_update: Option<Timestamp>,
    pub expected_end: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Software {
    pub name: String,
    pub state: SoftwareState,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftwareState {
    Works,
    /// Since when, where known.
    Restored(Option<Timestamp>),
    InProgress,
    Broken,
}

pub fn render(view: &StatusView, tr: &Tr) -> Markup {
    html! {
        @match &view.notice {
            Some(notice) => (told(notice, view, tr)),
            None => section.card {
                h2 { (tr.t("status-quiet")) }
                p.works { span { (Icon::Check.drawn_as("icon ok")) } span { (tr.t("status-quiet-what")) } }
                (contact(view, tr))
            },
        }
        @if !view.software.is_empty() {
            section.card {
                h2 { (tr.t("status-software")) }
                @for software in &view.software { (gate(software, tr)) }
            }
        }
        @if !view.remarks.is_empty() {
            section.card { h2 { (tr.t("status-remarks")) } @for remark in &view.remarks { p { (remark) } } }
        }
        footer.foot {
            p.links { a href="/login" { (tr.t("status-to-mail")) } (language_link(&view.other_language, tr)) }
        }
    }
}

fn told(notice: &Notice, view: &StatusView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 {
                @if notice.title.is_empty() { (notice.level.title(tr)) } @else { (notice.title) }
                @if let Some(at) = notice.since {
                    " " span.since { (tr.t_with("status-since", &[("moment", (&tr.moment(at)).into())])) }
                }
            }
            div.works {
                (lines(Icon::Check, "icon ok", tr.t("status-works"), &notice.works))
                (lines(Icon::Cross, "icon no", tr.t("status-broken"), &notice.broken))
                (lines(Icon::Warning, "icon do", tr.t("status-todo"), &notice.todo))
            }
            (facts(notice, tr))
            (contact(view, tr))
        }
    }
}

fn lines(icon: Icon, class: &str, label: &str, texts: &[String]) -> Markup {
    html! { @for text in texts { p { (icon.drawn_as(class)) span { b { (label) } " " (text) } } } }
}

fn facts(notice: &Notice, tr: &Tr) -> Markup {
    let fact =
        |key, at: Option<Timestamp>| at.map(|at| tr.t_with(key, &[("moment", (&tr.moment(at)).into())]));
    let end = notice.expected_end.map(|at| tr.t_with("status-end", &[("date", (&tr.date(at)).into())]));
    let facts = [fact("status-updated", notice.updated), fact("status-next", notice.next_update), end];
    html! {
        p.meta {
            @for (i, fact) in facts.into_iter().flatten().enumerate() { @if i > 0 { " · " } (fact) }
        }
    }
}

fn contact(view: &StatusView, tr: &Tr) -> Markup {
    html! {
        @if !view.organisation.is_empty() || view.phone.is_some() {
            p.meta {
                b { (view.organisation) }
                @if let Some(phone) = &view.phone { " · " (tr.t("help-by-phone")) " " (phone_link(phone)) }
            }
        }
    }
}

fn gate(software: &Software, tr: &Tr) -> Markup {
    html! {
        div.gate {
            b { (software.name) }
            @match software.state {
                SoftwareState::Works => span.chip.ok { (tr.t("software-works")) },
                SoftwareState::Restored(Some(at)) => span.chip.ok {
                    (tr.t_with("software-restored-on", &[("date", (&tr.date(at)).into())]))
                },
                SoftwareState::Restored(None) => span.chip.ok { (tr.t("software-restored")) },
                SoftwareState::InProgress => span.chip.late { (tr.t("software-progress")) },
                SoftwareState::Broken => span.chip.bad { (tr.t("software-broken")) },
            }
            @if let Some(note) = &software.note { small { (note) } }
        }
    }
}
