//! The search page: the box, the same as a form, filters, and the way to a date.

use maud::{Markup, html};

use super::asked::FILTERS;
use crate::{
    locale::Tr,
    message::query::{Doubt, LONGEST},
    web::{icon::Icon, lane::asked::LANES},
};

#[derive(Debug, Clone, Default)]
pub struct SearchView {
    /// `/mail/INBOX`.
    pub path: String,
    pub token: String,
    pub typed: String,
    /// What was not understood.
    pub doubts: Vec<Doubt>,
    pub told: Option<Told>,
    /// This year and month.
    pub year: i16,
    pub month: i8,
}

/// Why there are no results yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing was asked.
    Nothing,
    NoMonth,
    NoMailbox(String),
}

pub fn render(view: &SearchView, tr: &Tr) -> Markup {
    let action = format!("{}/search", view.path);
    html! {
        @if !view.doubts.is_empty() || view.told.is_some() { (told(view, tr)) }
        form.find.card method="post" action=(action) role="search" {
            (search_box(&view.token, &view.typed, tr))
            p.meta { (tr.t("search-help")) }
            details {
                summary { (tr.t("search-options")) }
                div.settings { (fields(tr)) }
            }
            fieldset.choice {
                legend.vh { (tr.t("search-where")) }
                label.check { input type="radio" name="in" value="here" checked; span { (tr.t("search-here")) } }
                label.check { input type="radio" name="in" value="all"; span { (tr.t("search-everywhere")) } }
            }
            p.acts { button.primary { (Icon::Search.draw()) (tr.t("search")) } }
        }
        nav.card aria-labelledby="filters" {
            h2 #filters { (tr.t("search-filters")) }
            p.links {
                @for (word, _, label) in FILTERS { a href={ (view.path) "?is=" (word) } { (tr.t(label)) } }
            }
        }
        p.links { a href="/missed" { (tr.t("missed-title")) } }
        form.find.card method="get" action=(action) aria-labelledby="date" {
            h2 #date { (tr.t("date-title")) }
            div.when {
                label { span { (tr.t("date-month")) } select name="month" {
                    @for n in 1..=12_i8 { option value=(n) selected[view.month == n] { (tr.month_name(n)) } }
                } }
                label { span { (tr.t("date-year")) } input.num type="number" name="year" min="1970" max="2200" value=(view.year) inputmode="numeric" required; }
                button { (tr.t("date-go")) }
            }
            p.meta { (tr.t("date-help")) }
        }
    }
}

/// A filter by its word in the URL.
pub fn filter_name(word: &str, tr: &Tr) -> Option<&'static str> {
    FILTERS.iter().find(|(name, ..)| *name == word).map(|(.., label)| tr.t(label))
}

/// Above a list: all of it, one of its lanes, and what is still to be dealt with or unread.
#[derive(Debug, Clone, Default)]
pub struct Tabs {
    /// `/mail/INBOX`.
    pub path: String,
    /// The lane or the filter whose page it is.
    pub current: Option<&'static str>,
    /// There are filters too.
    pub filters: bool,
}

impl Tabs {
    pub fn draw(&self, tr: &Tr) -> Markup {
        let tab = |query: &str, word: Option<&str>, label| {
            html! { a href={ (self.path) (query) } aria-current=[(self.current == word).then_some("page")] { (label) } }
        };
        let lanes = html! {
            @for (_, word, label) in LANES { (tab(&format!("?lane={word}"), Some(word), tr.t(label))) }
        };
        // A star is rare, and a phone narrow.
        let few = FILTERS.iter().filter(|_| self.filters).take(2);
        let filters = html! {
            @for (word, _, label) in few { (tab(&format!("?is={word}"), Some(word), tr.t(label))) }
        };
        // A phone has room for three: those beside the one that is current.
        let filtered = FILTERS.iter().any(|(word, ..)| self.current == Some(word));
        let (shown, folded) = if filtered { (filters, lanes) } else { (lanes, filters) };
        html! {
            nav.tabs aria-label=(tr.t("search-filters")) {
                (tab("", None, tr.t("filter-all")))
                (shown)
                @if self.filters {
                    details { summary { (Icon::More.draw()) span.vh { (tr.t("filter-more")) } } (folded) }
                }
            }
        }
    }
}

/// The box and its token, for any form that posts to the search of a mailbox.
pub fn search_box(token: &str, typed: &str, tr: &Tr) -> Markup {
    html! {
        input type="hidden" name="token" value=(token);
        label.box {
            span.vh { (tr.t("search-words")) }
            input type="search" name="q" value=(typed) maxlength=(LONGEST) dir="auto" enterkeyhint="search"
                autocomplete="off" autocapitalize="none" placeholder=(tr.t("search-words"));
        }
    }
}

fn fields(tr: &Tr) -> Markup {
    html! {
        @for (name, label) in [("from", "search-from"), ("to", "search-to"), ("subject", "search-subject")] {
            label.line { span { (tr.t(label)) } input name=(name) maxlength="100" dir="auto" autocomplete="off"; }
        }
        @for (name, label) in [("after", "search-after"), ("before", "search-before")] {
            label.line { span { (tr.t(label)) } input type="date" name=(name); }
        }
        label.line { span { (tr.t("search-state")) } select name="is" {
            @for (value, label) in STATES { option value=(value) { (tr.t(label)) } }
        } }
        label.line { span { (tr.t("search-size")) } select name="larger" {
            option value="" { (tr.t("search-any")) }
            @for (value, mega) in [("1M", 1), ("5M", 5), ("10M", 10)] {
                option value=(value) { (tr.t_with("search-larger", &[("n", u64::from(mega as u32).into())])) }
            }
        } }
        label.check { input type="checkbox" name="has" value="attachment"; span { (tr.t("search-files")) } }
    }
}

const STATES: [(&str, &str); 7] = [
    ("", "search-any"),
    ("unread", "filter-unread"),
    ("read", "filter-read"),
    ("flagged", "filter-flagged"),
    ("answered", "filter-answered"),
    ("done", "filter-done"),
    ("todo", "filter-todo"),
];

fn told(view: &SearchView, tr: &Tr) -> Markup {
    html! {
        div.trouble role="alert" data-problem {
            @for doubt in &view.doubts { p { (doubted(doubt, tr)) } }
            @match &view.told {
                Some(Told::Nothing) if view.doubts.is_empty() => p { (tr.t("search-nothing")) },
                Some(Told::NoMonth) => p { (tr.t("date-bad")) },
                Some(Told::NoMailbox(name)) => p { (tr.t("search-no-mailbox")) " " q dir="auto" { (name) } },
                _ => {}
            }
        }
    }
}

fn doubted(doubt: &Doubt, tr: &Tr) -> Markup {
    let (key, words) = match doubt {
        Doubt::Date(words) => ("search-bad-date", Some(words)),
        Doubt::Size(words) => ("search-bad-size", Some(words)),
        Doubt::Mark(words) => ("search-bad-mark", Some(words)),
        Doubt::Has(words) => ("search-bad-has", Some(words)),
        Doubt::TooLong => ("search-too-long", None),
        Doubt::TooMany => ("search-too-many", None),
    };
    html! { (tr.t(key)) @if let Some(words) = words { " " q dir="auto" { (words) } } }
}
