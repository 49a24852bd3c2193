//! The page of one message: the letter, and what can be done with it.

use maud::{Markup, html};

use super::{
    letter::{self, Body, Letter},
    paper, receipt, thread,
};
use crate::{
    locale::Tr,
    web::{
        act::{
            select::icon,
            told::{self, ToldView},
            verb::Verb,
        },
        icon::Icon,
        lane::why::{self, Why},
        outbox::detail::undo,
        page::{DockLink, outbox_link},
    },
};

#[derive(Debug, Clone, Default)]
pub struct MessageView {
    pub list_href: String,
    pub newer: Option<String>,
    pub older: Option<String>,
    pub content: Letter,
    pub answers: Answers,
    pub raw_href: String,
    pub headers_href: String,
    /// How it came here.
    pub way_href: String,
    /// The lane that it is in, where its mailbox has lanes.
    pub why: Option<Why>,
    /// Where its conversation is looked for, if it names itself: nobody looks before somebody asks.
    pub thread: Option<thread::view::Asked>,
    /// `/mail/{folder}/save`.
    pub save_href: String,
    pub seen: Seen,
    /// None where the mailbox takes no marks.
    pub act: Option<Act>,
    /// What else can be done with it here.
    pub verbs: Vec<Verb>,
    /// What was done with it a moment ago.
    pub told: Option<ToldView>,
    /// The mark "opened" is to be set by the script once the page was looked at.
    pub open_mark: OpenMark,
    /// The sender wants a receipt, and the reader has not decided.
    pub receipt: Option<receipt::view::Asked>,
    /// Sent messages that need their author: a mark in the dock.
    pub attention: u64,
    /// It was acknowledged a moment ago.
    pub acknowledged: Option<Acknowledged>,
    /// `[ALERT]` text of the server.
    pub alert: Option<String>,
}

/// The acknowledgement that waits to leave, or has left.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// Its trail.
    pub href: String,
    /// The message that it answers: undone, the reader is there again.
    pub here: String,
    pub token: String,
    /// It can be undone for so many seconds.
    pub undo: Option<u64>,
}

/// Where the forms open that answer it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    pub reply: String,
    /// None where nobody else has it.
    pub all: Option<String>,
    pub forward: String,
    /// The whole message as a file of a new one.
    pub attach: String,
    pub edit: String,
    /// It lies among the drafts: [`Answers::edit`] goes on with it.
    pub draft: bool,
    /// One tap answers "received".
    pub acknowledge: bool,
}

/// Whether the mail server counts it as read; other programs see that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub on_server: bool,
    /// The reader may change it.
    pub can_change: bool,
}

/// What the `do=opened` of the script will change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OpenMark {
    /// Nothing: it is set already, or cannot be.
    #[default]
    None,
    /// The mark alone (`mark_read = "local"`).
    Opened,
    /// The mark and `\\Seen` (`mark_read = "server"`).
    OpenedAndSeen,
}

/// Where the plain buttons post to.
#[derive(Debug, Clone)]
pub struct Act {
    /// `/mail/{folder}/act`.
    pub href: String,
    pub token: String,
    pub uidvalidity: u32,
    pub uid: u32,
    /// This page, among the results it was opened from.
    pub back: String,
}

pub fn render(view: &MessageView, tr: &Tr) -> Markup {
    html! {
        @if let Some(alert) = &view.alert {
            p.alert role="alert" { b { (tr.t("alert-says")) } " " span dir="auto" { (alert) } }
        }
        @if let Some(done) = &view.acknowledged { (acknowledged(done, tr)) }
        @if let Some(told) = &view.told { (told::render(told, tr)) }
        @if let Some(asked) = &view.receipt { (receipt::view::bar(asked, tr)) }
        (letter::render(&view.content, tr))
        section.sheet.after #more aria-label=(tr.t("message-more")) {
            div.acts.answers {
                @if view.answers.draft { a.button.primary href=(view.answers.edit) { (Icon::Pen.draw()) (tr.t("draft-resume")) } }
                a.button.primary[!view.answers.draft] href=(view.answers.reply) { (Icon::Reply.draw()) (tr.t("reply")) }
                @if let Some(all) = &view.answers.all {
                    a.button href=(all) { (Icon::ReplyAll.draw()) (tr.t("reply-all")) }
                }
                a.button href=(view.answers.forward) { (Icon::Forward.draw()) (tr.t("forward")) }
                @if let Some(act) = acknowledging(view) {
                    (form(act, "acknowledge", html! { button { (Icon::Check.draw()) (tr.t("acknowledge")) } }))
                }
            }
            @if let Some(act) = &view.act && !view.verbs.is_empty() { (verbs(act, &view.verbs, tr)) }
            @if view.content.incomplete { p.quiet { (tr.t("message-incomplete")) } }
            div.acts {
                @if let Some(act) = &view.act { (opened_form(act, view.open_mark, tr)) }
                @if let Some(act) = &view.act && view.seen.can_change { (seen_form(act, view, tr)) }
                @if !view.answers.draft { a.button href=(view.answers.edit) { (tr.t("edit-as-new")) } }
                a.button href=(view.answers.attach) { (tr.t("forward-attached")) }
                (print(&view.content, tr))
                a.button href=(view.way_href) { (tr.t("way-title")) }
                a.button href=(view.headers_href) { (tr.t("message-headers")) }
                a.button href=(view.raw_href) download { (Icon::Download.draw()) (tr.t("message-download")) }
                @if let Some(act) = &view.act {
                    (form(act, "", html! { button formaction=(view.save_href) { (Icon::Folder.draw()) (tr.t("save-title")) } }))
                }
            }
            @if view.act.is_some() {
                p.meta data-other=(seen_line(true, tr)) { (seen_line(view.seen.on_server, tr)) }
            }
            @if let Some(why) = &view.why { (why::render(why, tr)) }
        }
        @if let Some(asked) = &view.thread { (thread::view::place(asked, tr)) }
    }
}

/// A layout is not broken over sheets inside its frame: it has a document for paper, which needs no script either.
fn print(letter: &Letter, tr: &Tr) -> Markup {
    html! {
        @match &letter.body {
            Body::Html { src, .. } => {
                a.button href=(paper::href(src)) target="_blank" data-print { (tr.t("message-print")) }
            }
            _ => button type="button" data-print hidden { (tr.t("message-print")) },
        }
    }
}

/// Where the thumb is: answers, the mark, the rest.
pub fn dock(view: &MessageView, tr: &Tr) -> Markup {
    html! {
        nav.dock aria-label=(tr.t("dock-actions")) {
            (DockLink { href: &view.answers.reply, icon: Icon::Reply, label: tr.t("reply"), current: false })
            @if let Some(act) = acknowledging(view) {
                (form(act, "acknowledge", html! { button { (Icon::Check.draw()) span { (tr.t("acknowledge")) } } }))
            } @else {
                (DockLink { href: &view.answers.forward, icon: Icon::Forward, label: tr.t("forward"), current: false })
            }
            @for verb in view.verbs.iter().filter(|_| view.act.is_some()).filter(|verb| at_hand(**verb)) {
                button form="one" name="do" value=(verb.word()) { (icon(*verb).draw()) span { (verb.label(tr)) } }
            }
            @if view.attention > 0 { (outbox_link(tr, false, view.attention)) }
            (DockLink { href: "#more", icon: Icon::More, label: tr.t("dock-more"), current: false })
        }
    }
}

/// Where the thumb is.
fn at_hand(verb: Verb) -> bool {
    matches!(verb, Verb::Archive | Verb::Delete)
}

/// One form for all of them; the dock's buttons are of it too.
fn verbs(act: &Act, verbs: &[Verb], tr: &Tr) -> Markup {
    html! {
        form #one .acts method="post" action=(act.href) {
            input type="hidden" name="token" value=(act.token);
            input type="hidden" name="uidvalidity" value=(act.uidvalidity);
            input type="hidden" name="uid" value=(act.uid);
            input type="hidden" name="back" value=(act.back);
            @for verb in verbs { button name="do" value=(verb.word()) { (icon(*verb).draw()) (verb.label(tr)) } }
        }
    }
}

fn acknowledging(view: &MessageView) -> Option<&Act> {
    view.act.as_ref().filter(|_| view.answers.acknowledge && view.acknowledged.is_none())
}

fn acknowledged(done: &Acknowledged, tr: &Tr) -> Markup {
    html! {
        p.quiet.told role="status" {
            (Icon::Check.draw())
            span { (tr.t("acknowledged")) " " a href=(done.href) { (tr.t("acknowledged-trail")) } }
        }
        @if let Some(seconds) = done.undo {
            (undo(html! {
                form method="post" action=(done.href) {
                    input type="hidden" name="token" value=(done.token);
                    input type="hidden" name="do" value="cancel";
                    input type="hidden" name="back" value=(done.here);
                    button { (tr.t("outbox-undo")) }
                }
            }, seconds, tr))
        }
    }
}

fn seen_line(seen: bool, tr: &Tr) -> &'static str {
    if seen { tr.t("seen-on-server") } else { tr.t("unseen-on-server") }
}

fn seen_label(seen: bool, tr: &Tr) -> &'static str {
    if seen { tr.t("mark-unread") } else { tr.t("mark-read") }
}

/// Without a script the button for "opened" marks it read as well: then this one would be the same. The script shows it.
fn seen_form(act: &Act, view: &MessageView, tr: &Tr) -> Markup {
    let seen = view.seen.on_server;
    let twice = view.open_mark == OpenMark::OpenedAndSeen && !seen;
    let button = html! { button { span data-other=(seen_label(true, tr)) { (seen_label(seen, tr)) } } };
    html! { div data-seen hidden[twice] { (form(act, if seen { "unread" } else { "read" }, button)) } }
}

/// For those without a script, which submits it by itself once the message was in sight for a second, and hides it.
fn opened_form(act: &Act, mark: OpenMark, tr: &Tr) -> Markup {
    let changes = match mark {
        OpenMark::None => return html! {},
        OpenMark::Opened => "",
        OpenMark::OpenedAndSeen => "seen",
    };
    html! { div data-opened=(changes) { (form(act, "opened", html! { button { (Icon::Check.draw()) (tr.t("mark-opened")) } })) } }
}

fn form(act: &Act, verb: &str, inner: Markup) -> Markup {
    html! {
        form method="post" action=(act.href) {
            input type="hidden" name="token" value=(act.token);
            input type="hidden" name="uidvalidity" value=(act.uidvalidity);
            input type="hidden" name="uid" value=(act.uid);
            input type="hidden" name="back" value=(act.back);
            input type="hidden" name="do" value=(verb);
            (inner)
        }
    }
}
