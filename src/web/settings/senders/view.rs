//! The page of the senders that one put somewhere: one form, a button for each, and one for all.

use maud::{Markup, html};

use crate::{locale::Tr, store::Sender};

#[derive(Debug, Clone, Default)]
pub struct SendersView {
    pub token: String,
    /// The last used first.
    pub senders: Vec<Sender>,
}

pub fn render(view: &SendersView, tr: &Tr) -> Markup {
    html! {
        form method="post" action="/settings/senders" {
            input type="hidden" name="token" value=(view.token);
            div.card {
                p { (tr.t("senders-what")) }
                @for sender in &view.senders { (one(sender, tr)) }
                @if view.senders.is_empty() { p.meta { (tr.t("senders-none")) } }
                @if view.senders.len() > 1 { p.acts { button name="forget" value="all" { (tr.t("senders-forget-all")) } } }
                p.meta { (tr.t("senders-kept")) }
            }
        }
    }
}

fn one(sender: &Sender, tr: &Tr) -> Markup {
    html! {
        div.gate data-sender=(sender.address) {
            div {
                p { b { bdi { (sender.address) } } }
                p { small { (tr.t(sender.lane.key())) } }
            }
            button name="forget" value=(sender.address) { (tr.t("senders-forget")) span.vh { " " (sender.address) } }
        }
    }
}
