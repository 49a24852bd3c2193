//! The help desk's sheet: ten questions that come on such a day, each with what to say and what to look at.

use maud::{Markup, html};

use super::{Kit, sheet};
use crate::locale::Tr;

const QUESTIONS: [(&str, &str); 10] = [
    ("desk-where", "desk-where-what"),
    ("desk-password", "desk-password-what"),
    ("desk-slow", "desk-slow-what"),
    ("desk-missing", "desk-missing-what"),
    ("desk-software", "desk-software-what"),
    ("desk-sent", "desk-sent-what"),
    ("desk-attachment", "desk-attachment-what"),
    ("desk-signed-out", "desk-signed-out-what"),
    ("desk-phone", "desk-phone-what"),
    ("desk-suspicious", "desk-suspicious-what"),
];

pub(super) fn paper(kit: &Kit, tr: &Tr) -> Markup {
    let title = tr.t("desk-title");
    let body = html! {
        div.sheet {
            h1 { (title) }
            p.whose { @if !kit.organisation.is_empty() { (kit.organisation) " · " } (kit.address) }
            @if let Some(until) = kit.until(tr) { p { (until) } }
            p { (tr.t("desk-first")) " " code { (kit.address) "/status" } }
            dl {
                @for (question, answer) in QUESTIONS {
                    dt { (tr.t(question)) }
                    dd { (tr.t(answer)) }
                }
            }
            h2 { (tr.t("desk-tools")) }
            p { (tr.t("desk-why")) br; code { "sudo -u relais relais why alice@example.org --config " (kit.config) } }
            p { (tr.t("desk-check")) br; code { "sudo -u relais relais check --user alice@example.org --config " (kit.config) } }
            p { (tr.t("desk-reference")) }
            p {
                @if let Some(reset) = &kit.reset { (tr.t("desk-reset")) " " (reset) br; }
                @if let Some(phone) = &kit.phone { (tr.t("help-by-phone")) " " (phone) }
            }
        }
    };
    sheet(title, kit, tr, body)
}
