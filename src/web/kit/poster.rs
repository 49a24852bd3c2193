//! The poster: one sheet, read from two metres, four steps.

use maud::{Markup, html};

use super::{Kit, code, sheet};
use crate::locale::Tr;

pub(super) fn paper(kit: &Kit, tr: &Tr) -> Markup {
    let title = tr.t("kit-title");
    let length = kit.host().chars().count();
    let body = html! {
        h1 { (title) }
        p.whose { @if kit.organisation.is_empty() { (kit.host()) } @else { (kit.organisation) } }
        div.way {
            (code::drawn(&kit.address, &kit.address))
            div {
                p { (tr.t("kit-scan")) }
                // In one line if it can be: where it breaks nobody knows what belongs to it.
                p.address.long[(22..32).contains(&length)].longest[length >= 32] { (kit.host()) }
            }
        }
        ol {
            li { (tr.t("kit-step-open")) }
            li { (tr.t("kit-step-password")) }
            li { (tr.t("kit-step-shared")) }
            li { (tr.t("kit-step-write")) }
        }
        (right_one(kit, tr))
        (help(kit, tr))
    };
    sheet(title, kit, tr, body)
}

/// How to tell that the page is the right one.
fn right_one(kit: &Kit, tr: &Tr) -> Markup {
    html! {
        div.right {
            p { b { (tr.t("kit-right")) } }
            p { (tr.t_with("kit-right-what", &[("address", (&*kit.address).into())])) }
        }
    }
}

fn help(kit: &Kit, tr: &Tr) -> Markup {
    html! {
        p.foot {
            @if let Some(phone) = &kit.phone { b { (tr.t("help-by-phone")) " " (phone) } br; }
            @if let Some(until) = kit.until(tr) { (until) br; }
            (tr.t("kit-status")) br;
            b { (kit.host()) "/status" }
        }
    }
}
