//! The bar that asks.

use maud::{Markup, html};

use crate::locale::Tr;

/// The bar above a message whose sender wants to know.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who would get it.
    pub who: String,
    /// `/mail/{folder}/{message}/receipt`.
    pub href: String,
    pub token: String,
}

pub fn bar(asked: &Asked, tr: &Tr) -> Markup {
    let form = |verb: &str, label: &str| {
        html! {
            form method="post" action=(asked.href) {
                input type="hidden" name="token" value=(asked.token);
                button name="do" value=(verb) { (label) }
            }
        }
    };
    html! {
        section.sheet data-screen aria-label=(tr.t("receipt-title")) {
            p { bdi { (asked.who) } " " (tr.t("receipt-asks")) }
            p.meta { (tr.t("receipt-what")) }
            div.acts.own { (form("send", tr.t("receipt-send"))) (form("refuse", tr.t("receipt-refuse"))) }
        }
    }
}
