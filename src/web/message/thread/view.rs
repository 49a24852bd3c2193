//! The conversation of a message: on its page a place for it, there or on a page of its own its messages.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{locale::Tr, web::icon::Icon};

/// The place for it on the page of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub href: String,
    /// Where a script runs it comes once it is in sight; else when somebody asks.
    pub by_itself: bool,
}

#[derive(Debug, Clone, Default)]
pub struct ThreadView {
    /// Oldest first.
    pub rows: Vec<Row>,
    /// The mailboxes that were looked into, for people.
    pub places: Vec<String>,
    /// Of those that were not looked through, how far it came.
    pub ends: Vec<End>,
    pub whole: bool,
    /// There are more messages than these.
    pub more: bool,
    /// The search that goes on, in all mailboxes.
    pub further: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub href: String,
    pub who: String,
    pub when: Option<Timestamp>,
    pub subject: String,
    pub documents: u32,
    pub unread: bool,
    /// The message whose conversation it is.
    pub this: bool,
    /// Where it is, if elsewhere.
    pub mailbox: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct End {
    pub mailbox: String,
    pub back_to: Option<Timestamp>,
    pub up_to: Option<Timestamp>,
}

pub fn place(asked: &Asked, tr: &Tr) -> Markup {
    html! {
        section.sheet.thread aria-labelledby="thread" {
            h2 #thread { (tr.t("thread-title")) }
            div data-place="thread" data-lazy=[asked.by_itself.then_some(&asked.href)] {
                p.links { a href=(asked.href) { (tr.t("thread-show")) } }
            }
        }
    }
}

pub fn render(view: &ThreadView, tr: &Tr) -> Markup {
    html! {
        section.sheet.thread data-found="thread" {
            @if view.rows.iter().any(|row| !row.this) { ul { @for row in &view.rows { (message(row, tr)) } } }
            @else { p { (tr.t("thread-alone")) } }
            p.meta {
                (tr.t_with("thread-where", &[("where", (&view.places.join(", ")).into())]))
                @if !view.whole { " " (tr.t("thread-part")) }
                @for end in &view.ends { (ended(end, tr)) }
                @if view.more { " " (tr.t("thread-more")) }
            }
            @if let Some(href) = &view.further { p.links { a href=(href) { (tr.t("thread-further")) } } }
        }
    }
}

fn message(row: &Row, tr: &Tr) -> Markup {
    html! {
        li.unread[row.unread].current[row.this] {
            a.turn.beside href=(row.href) aria-current=[row.this.then_some("true")] {
                @if row.unread { span.vh { (tr.t("row-unread")) " " } }
                span.who dir="auto" { @if row.who.is_empty() { (tr.t("list-nobody")) } @else { (row.who) } }
                @if let Some(at) = row.when { time datetime=(tr.local(at).machine()) { (tr.row_time(at)) } }
                span.subject dir="auto" { @if row.subject.is_empty() { (tr.t("no-subject")) } @else { (row.subject) } }
                @if row.this || row.mailbox.is_some() || row.documents > 0 {
                    span.tail {
                        @if row.this { span.chip.ok { (tr.t("thread-this")) } }
                        @if let Some(name) = &row.mailbox { span.chip dir="auto" { (name) } }
                        @if row.documents > 0 {
                            span.chip {
                                (Icon::Document.draw()) (row.documents)
                                span.vh { " " (tr.t_with("row-documents", &[("n", u64::from(row.documents).into())])) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ended(end: &End, tr: &Tr) -> Markup {
    let line = |key, at: Option<Timestamp>| {
        let date = tr.date(at?);
        Some(tr.t_with(key, &[("where", (&end.mailbox).into()), ("date", (&date).into())]))
    };
    html! {
        @if let Some(line) = line("thread-back-to", end.back_to) { " " (line) }
        @if let Some(line) = line("thread-up-to", end.up_to) { " " (line) }
    }
}
