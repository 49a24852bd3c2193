//! The server renumbered the mailbox (RFC 9051 §2.3.1.1): the address names no message any more, and never another.

use maud::{Markup, html};

use crate::{
    locale::Tr,
    web::problem::{Kind, Problem},
};

#[derive(Debug, Clone, Default)]
pub struct StaleView {
    /// The list of the mailbox as it is now.
    pub list_href: String,
}

pub fn render(view: &StaleView, tr: &Tr) -> Markup {
    let problem = Problem::from(Kind::MailboxRebuilt);
    html! {
        section.card data-stale {
            h2 { (problem.what(tr)) }
            p { (problem.still(tr)) }
            p { (problem.todo(tr)) }
            p.acts {
                a.button.primary href=(view.list_href) { (tr.t("stale-list")) }
                a.button href="/folders" { (tr.t("folders")) }
            }
        }
    }
}
