//! The drafts kept at the gateway: their list, and two versions of one letter side by side.

use jiff::Timestamp;
use maud::{Markup, html};

use super::super::{device::Device, filled::Filled, view::hidden};
use crate::locale::Tr;

#[derive(Clone, Default)]
pub struct DraftsView {
    pub token: String,
    pub lines: Vec<Line>,
    /// Nobody else uses this one.
    pub device: Option<Device>,
}

#[derive(Clone)]
pub struct Line {
    pub id: String,
    pub href: String,
    pub to: String,
    pub subject: String,
    pub saved: Timestamp,
}

/// One of two texts of the same letter.
#[derive(Clone)]
pub struct Version {
    pub href: String,
    pub saved: Timestamp,
    pub filled: Filled,
}

pub fn list(view: &DraftsView, tr: &Tr) -> Markup {
    html! {
        @if let Some(device) = &view.device { (device.offer(tr)) }
        section.card data-drafts {
            @if view.lines.is_empty() { p { (tr.t("drafts-none")) } }
            ul.files {
                @for line in &view.lines {
                    li data-draft=(line.id) {
                        span.name {
                            a href=(line.href) { bdi { (subject(&line.subject, tr)) } }
                            small {
                                @if !line.to.trim().is_empty() { bdi { (line.to) } " · " }
                                (tr.moment(line.saved))
                            }
                        }
                        form method="post" action="/drafts" {
                            (hidden("token", &view.token))
                            (hidden("id", &line.id))
                            button name="do" value="delete"
                                aria-label=(tr.t_with("draft-delete-one", &[("subject", subject(&line.subject, tr).into())])) {
                                (tr.t("draft-delete"))
                            }
                        }
                    }
                }
            }
            p.meta { (tr.t("drafts-kept")) }
        }
    }
}

fn subject<'a>(subject: &'a str, tr: &Tr) -> &'a str {
    if subject.trim().is_empty() { tr.t("no-subject") } else { subject }
}

pub fn both(versions: &[Version], tr: &Tr) -> Markup {
    html! {
        section.card { p { (tr.t("drafts-two-kept")) } }
        @for version in versions {
            section.card data-version {
                h2 { bdi { (subject(&version.filled.subject, tr)) } }
                p.meta {
                    @if !version.filled.to.is_empty() { bdi { (version.filled.to) } " · " }
                    (tr.t_with("draft-saved", &[("moment", (&tr.moment(version.saved)).into())]))
                }
                div.body { p dir="auto" { (version.filled.text) } }
                p.acts { a.button.primary href=(version.href) { (tr.t("draft-go-on")) } }
            }
        }
    }
}
