//! All header fields of a message, as they came.

use maud::{Markup, html};

use crate::locale::Tr;

#[derive(Debug, Clone, Default)]
pub struct HeadersView {
    pub subject: String,
    /// Name and value of each field in the order they came, unfolded.
    pub fields: Vec<(String, String)>,
    /// There are more; they are in the downloaded message.
    pub cut: bool,
    pub raw_href: String,
}

pub fn render(view: &HeadersView, tr: &Tr) -> Markup {
    html! {
        section.card {
            h2 dir="auto" { @if view.subject.is_empty() { (tr.t("no-subject")) } @else { (view.subject) } }
            p.meta { (tr.t("headers-what")) }
            dl.headers {
                @for (name, value) in &view.fields { dt { (name) } dd dir="auto" { (value) } }
            }
            @if view.cut { p.quiet { (tr.t("headers-cut")) } }
            p.acts { a.button href=(view.raw_href) download { (tr.t("message-download")) } }
        }
    }
}
