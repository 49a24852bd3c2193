//! The page before it opens, after it closed, and elsewhere; and what stands over *Suivi* once it closed.

use jiff::Timestamp;
use maud::{Markup, html};

use super::Shut;
use crate::{
    locale::Tr,
    web::{language, login::view::contact},
};

#[derive(Debug, Clone)]
pub struct DoorView {
    pub shut: Shut,
    /// The organisation, as the admin named it.
    pub organisation: String,
    pub phone: Option<String>,
    /// Of the form that changes the language.
    pub token: String,
    /// The address of this page.
    pub here: String,
    /// What somebody was writing: what each part is called, what it says.
    pub kept: Vec<(String, String)>,
}

pub fn title(shut: Shut, tr: &Tr) -> &'static str {
    match shut {
        Shut::Away => tr.t("door-away-title"),
        Shut::Before { .. } => tr.t("door-before-title"),
        Shut::Suivi { .. } | Shut::Over { .. } => tr.t("door-closed-title"),
    }
}

pub fn render(view: &DoorView, tr: &Tr) -> Markup {
    html! {
        section data-shut {
            h1 { (title(view.shut, tr)) }
            @match view.shut {
                Shut::Away => { p { (tr.t("door-away")) } p { (tr.t("door-away-what")) } }
                Shut::Before { opens } => {
                    p { b { (at("door-before", opens, tr)) } }
                    p { (tr.t("door-before-what")) }
                }
                Shut::Suivi { closed, until } => {
                    (said(closed, tr))
                    p { (at("door-suivi", until, tr)) }
                    @if view.kept.is_empty() {
                        p.acts { a.button.primary href="/outbox" { (tr.t("door-suivi-link")) } }
                    }
                }
                Shut::Over { closed } => { (said(closed, tr)) p { (tr.t("door-over")) } }
            }
            @if !view.kept.is_empty() { p.fine role="status" { (tr.t("door-kept")) } }
            @for (label, text) in &view.kept {
                label { span { (label) } textarea readonly rows="6" { (text) } }
            }
        }
        footer {
            p { (contact(&view.organisation, view.phone.as_deref(), tr)) }
            div.links {
                a href="/status" { (tr.t("status-title")) }
                a href="/privacy" { (tr.t("privacy-title")) }
                a href="/accessibility" { (tr.t("accessible-title")) }
                // The page in the other language would have lost it.
                @if view.kept.is_empty() { (language::button(&view.token, &view.here, tr)) }
            }
        }
    }
}

/// That it closed, and where mail is now.
pub fn said(closed: Timestamp, tr: &Tr) -> Markup {
    html! {
        p { b { (at("door-closed", closed, tr)) } }
        p { (tr.t("door-closed-what")) }
    }
}

pub fn at(key: &'static str, moment: Timestamp, tr: &Tr) -> String {
    tr.t_with(key, &[("moment", (&tr.moment(moment)).into())])
}

/// Who reads what became of sent mail after closing.
#[derive(Debug, Clone)]
pub struct Visit {
    pub closed: Timestamp,
    pub until: Timestamp,
    pub address: String,
    /// Of the form that signs out.
    pub token: String,
    /// What the browser keeps under this name goes with it.
    pub wipe: String,
    /// The list can be saved.
    pub save: Option<String>,
}

/// Over what became of sent mail.
pub fn visit(visit: &Visit, tr: &Tr) -> Markup {
    html! {
        section.card data-visit {
            h2 { (tr.t("door-closed-title")) }
            p { (at("door-visit", visit.until, tr)) }
            p.meta { (at("door-closed", visit.closed, tr)) }
            p.meta { (tr.t("account-signed-in")) " " bdi { (visit.address) } }
            div.acts.own {
                form method="post" action="/logout" {
                    input type="hidden" name="token" value=(visit.token);
                    // The script takes it out, and wipes by itself.
                    input type="hidden" name="wipe" value=(visit.wipe);
                    button { (tr.t("logout")) }
                }
                @if let Some(save) = &visit.save { a.button href=(save) download { (tr.t("losses-download")) } }
                a.button href="/status" { (tr.t("status-title")) }
            }
        }
    }
}
