//! The orders there are, the line above a list that is in one of them, and why there is none.

use jiff::Timestamp;
use maud::{Markup, html};

use super::asked::{KEYS, part, words};
use crate::{
    imap::{
        fetch::Whom,
        sort::{Key, Order},
    },
    locale::Tr,
    mailbox::sort::Unsorted,
};

#[derive(Debug, Clone, Default)]
pub struct SortView {
    /// `/mail/INBOX`.
    pub path: String,
    /// Whom its rows name.
    pub whom: Whom,
}

pub fn render(view: &SortView, tr: &Tr) -> Markup {
    html! {
        nav.card aria-label=(tr.t("sort-title")) {
            p.meta { (tr.t("sort-what")) }
            @for (key, _) in KEYS {
                // The likelier one first.
                @let first = matches!(key, Key::Date | Key::Size);
                h2 { (key_name(key, view.whom, tr)) }
                p.links {
                    @for descending in [first, !first] {
                        @let order = Order { key, descending };
                        a href={ (view.path) "?" (part(order)) } aria-label={ (key_name(key, view.whom, tr)) ", " (way(order, tr)) } {
                            (way(order, tr))
                        }
                    }
                }
            }
            p.links { a href=(view.path) { (tr.t("sort-usual")) } }
        }
    }
}

/// What a list says of its order.
#[derive(Debug, Clone)]
pub struct Sorted {
    pub order: Order,
    pub whom: Whom,
    /// When it was put in order.
    pub at: Timestamp,
    /// The server knows no names.
    pub by_address: bool,
    /// Messages came or went since the page that led here.
    pub moved: bool,
}

/// Above the rows; `path` is that of the mailbox.
pub fn line(sorted: &Sorted, path: &str, tr: &Tr) -> Markup {
    let (key, order) = (key_name(sorted.order.key, sorted.whom, tr), way(sorted.order, tr));
    let time = tr.clock(sorted.at);
    html! {
        div.quiet data-sorted {
            span role="status" {
                (tr.t_with("sort-now", &[("key", key.into()), ("order", order.into()), ("time", (&time).into())]))
                @if sorted.by_address { " " (tr.t("sort-by-address")) }
            }
            p.links { a href=(path) { (tr.t("sort-usual")) } }
        }
    }
}

/// What the form for another page says of the order.
pub fn fields(sorted: &Sorted) -> [(&'static str, &'static str); 2] {
    words(sorted.order)
}

/// Among the rows, so that it also stands where the script joins pages.
pub fn moved(sorted: &Sorted, path: &str, tr: &Tr) -> Markup {
    html! {
        p.alert role="status" data-moved {
            (tr.t("sort-moved")) " " a href={ (path) "?" (part(sorted.order)) } { (tr.t("sort-again")) }
        }
    }
}

#[derive(Debug, Clone)]
pub struct UnsortedView {
    /// `/mail/INBOX`.
    pub path: String,
    pub why: Unsorted,
    /// How long was waited.
    pub seconds: u64,
    /// The query of this page.
    pub retry: String,
}

pub fn unsorted(view: &UnsortedView, tr: &Tr) -> Markup {
    let numbers =
        |exists: u32, most: u32| [("n", u64::from(exists).into()), ("most", u64::from(most).into())];
    html! {
        section.card data-unsorted {
            h2 {
                @match view.why {
                    Unsorted::TooMany { most: 0, .. } | Unsorted::Unable { most: 0, .. } => (tr.t("sort-off")),
                    Unsorted::TooMany { exists, most } => (tr.t_with("sort-too-many", &numbers(exists, most))),
                    Unsorted::Unable { exists, most } => (tr.t_with("sort-unable", &numbers(exists, most))),
                    Unsorted::TooSlow => (tr.t_with("sort-too-slow", &[("seconds", view.seconds.into())])),
                }
            }
            p { (tr.t("sort-still")) }
            p { (tr.t("sort-todo")) }
            p.acts {
                a.button.primary href=(view.path) { (tr.t("sort-list")) }
                a.button href={ (view.path) "/search" } { (tr.t("search-title")) }
                @if view.why == Unsorted::TooSlow { a.button href={ (view.path) "?" (view.retry) } { (tr.t("retry")) } }
            }
        }
    }
}

fn key_name(key: Key, whom: Whom, tr: &Tr) -> &'static str {
    match (key, whom) {
        (Key::Date, _) => tr.t("sort-date"),
        (Key::Who, Whom::Authors) => tr.t("sort-from"),
        (Key::Who, Whom::Recipients) => tr.t("sort-to"),
        (Key::Subject, _) => tr.t("sort-subject"),
        (Key::Size, _) => tr.t("sort-size"),
    }
}

fn way(order: Order, tr: &Tr) -> &'static str {
    match (order.key, order.descending) {
        (Key::Date, true) => tr.t("sort-newest"),
        (Key::Date, false) => tr.t("sort-oldest"),
        (Key::Who | Key::Subject, false) => tr.t("sort-a-z"),
        (Key::Who | Key::Subject, true) => tr.t("sort-z-a"),
        (Key::Size, true) => tr.t("sort-largest"),
        (Key::Size, false) => tr.t("sort-smallest"),
    }
}
