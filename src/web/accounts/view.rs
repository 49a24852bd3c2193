//! The page of the mailboxes that one browser is signed in to: one form, a button for each.

use maud::{Markup, html};

use crate::locale::Tr;

#[derive(Debug, Clone, Default)]
pub struct AccountsView {
    pub token: String,
    /// The first is the one that the pages show.
    pub lines: Vec<Line>,
    /// No other can be added.
    pub full: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Line {
    pub address: String,
    /// What the form calls it; None for the one that the pages show.
    pub name: Option<String>,
    /// In its inbox; None where its server did not tell.
    pub unread: Option<u64>,
}

pub fn render(view: &AccountsView, tr: &Tr) -> Markup {
    html! {
        form method="post" action="/accounts" {
            input type="hidden" name="token" value=(view.token);
            div.card {
                p { (tr.t("accounts-what")) }
                @for line in &view.lines { (one(line, tr)) }
                @if view.full {
                    p.meta { (tr.t("accounts-full")) }
                } @else {
                    p.acts { a.button href="/login?add=1" { (tr.t("accounts-add")) } }
                }
                p.meta { (tr.t("accounts-kept")) }
            }
        }
    }
}

fn one(line: &Line, tr: &Tr) -> Markup {
    html! {
        div.gate {
            div {
                p { b { bdi { (line.address) } } }
                p {
                    small {
                        @match line.unread {
                            Some(n) => (tr.t_with("accounts-unread", &[("n", n.into())])),
                            None => (tr.t("accounts-unread-unknown")),
                        }
                    }
                }
            }
            @if let Some(name) = &line.name {
                div.acts {
                    button.primary name="show" value=(name) { (tr.t("accounts-show")) span.vh { " " (line.address) } }
                    button name="end" value=(name) { (tr.t("logout")) span.vh { " " (line.address) } }
                }
            } @else {
                span.chip { (tr.t("accounts-here")) }
            }
        }
    }
}
