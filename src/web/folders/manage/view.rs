//! All mailboxes with a form for a new one; one mailbox with what can be done with it, and the questions before what
//! cannot be undone.

use maud::{Markup, html};

use crate::{imap::manage::State, locale::Tr, mailbox::folders::Role, web::icon::Icon};

#[derive(Debug, Clone, Default)]
pub struct ManageView {
    pub token: String,
    pub lines: Vec<Line>,
    /// No mailbox can lie in another.
    pub flat: bool,
    pub quota: Vec<QuotaView>,
    pub done: Option<Done>,
    /// What was typed, and where it was to lie.
    pub typed: String,
    pub within: String,
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone, Default)]
pub struct Line {
    /// With the names of those it lies in.
    pub title: String,
    pub href: String,
    /// As the form calls it.
    pub value: String,
    /// Other programs do not show it.
    pub hidden: bool,
    /// One may be made in it.
    pub parent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaView {
    /// Else messages.
    pub octets: bool,
    pub used: u64,
    pub limit: u64,
    pub percent: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Created,
    Renamed,
    Deleted,
    Subscribed,
    Unsubscribed,
}

impl Done {
    pub fn of(word: &str) -> Option<Done> {
        Some(match word {
            "created" => Done::Created,
            "renamed" => Done::Renamed,
            "deleted" => Done::Deleted,
            "subscribed" => Done::Subscribed,
            "unsubscribed" => Done::Unsubscribed,
            _ => return None,
        })
    }

    fn said(self, tr: &Tr) -> &'static str {
        match self {
            Done::Created => tr.t("manage-created"),
            Done::Renamed => tr.t("manage-renamed"),
            Done::Deleted => tr.t("manage-deleted"),
            Done::Subscribed => tr.t("manage-subscribed"),
            Done::Unsubscribed => tr.t("manage-unsubscribed"),
        }
    }
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NoName,
    LongName,
    OddName,
    Separator(char),
    Exists,
    NotSure,
    Fixed,
    HasChildren,
    Changed,
    AllOrNothing,
    /// The server's own words; may be empty.
    Said(String),
}

impl Refusal {
    fn said(&self, tr: &Tr) -> Markup {
        let plain = match self {
            Refusal::NoName => tr.t("manage-no-name"),
            Refusal::LongName => tr.t("manage-long-name"),
            Refusal::OddName => tr.t("manage-odd-name"),
            Refusal::Exists => tr.t("manage-exists"),
            Refusal::NotSure => tr.t("manage-not-sure"),
            Refusal::Fixed => tr.t("manage-fixed"),
            Refusal::HasChildren => tr.t("manage-has-children"),
            Refusal::Changed => tr.t("manage-changed"),
            Refusal::AllOrNothing => tr.t("manage-all-or-nothing"),
            Refusal::Separator(separator) => {
                let separator = separator.to_string();
                let said = tr.t_with("manage-separator", &[("c", separator.as_str().into())]);
                return html! { p.trouble role="alert" { (said) } };
            }
            Refusal::Said(words) => {
                return html! {
                    div.trouble role="alert" {
                        p { (tr.t("manage-said-no")) }
                        @if !words.is_empty() { p dir="auto" { (words) } }
                    }
                };
            }
        };
        html! { p.trouble role="alert" { (plain) } }
    }
}

/// What emptying a mailbox takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Emptying {
    #[default]
    Possible,
    NotAllowed,
    /// The server removes all that anybody marked, or nothing.
    AllOrNothing,
}

/// Which question the page asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Asked {
    #[default]
    Nothing,
    Delete,
    Empty,
}

#[derive(Debug, Clone, Default)]
pub struct OneView {
    pub token: String,
    pub title: String,
    /// The last part of its name.
    pub name: String,
    pub href: String,
    /// Its messages; None where it holds none of its own.
    pub list_href: Option<String>,
    pub role: Option<Role>,
    pub inbox: bool,
    pub selectable: bool,
    /// Those that lie in it.
    pub children: Vec<String>,
    pub state: Option<State>,
    pub subscribed: bool,
    pub may_delete: bool,
    pub emptying: Emptying,
    pub asked: Asked,
    pub typed: Option<String>,
    pub refusal: Option<Refusal>,
    pub removed: Option<u64>,
    /// Of an emptying that goes on: its UIDVALIDITY and the last UID, and how many there were.
    pub upto: Option<(u32, u32)>,
    pub of: Option<u32>,
    pub done: Option<Done>,
}

/// Characters that can be typed; the server may take fewer.
const NAME: &str = "200";

pub fn all(view: &ManageView, tr: &Tr) -> Markup {
    html! {
        @if let Some(done) = view.done { p.quiet role="status" { (done.said(tr)) } }
        form.card.asks method="post" action="/folders/manage" {
            h2 { (tr.t("manage-new")) }
            input type="hidden" name="token" value=(view.token);
            @if let Some(refusal) = &view.refusal { (refusal.said(tr)) }
            label {
                span { (tr.t("manage-name")) }
                input name="name" value=(view.typed) maxlength=(NAME) dir="auto" autocomplete="off" required
                    aria-invalid=[view.refusal.is_some().then_some("true")];
            }
            @if !view.flat {
                label {
                    span { (tr.t("manage-in")) }
                    select name="in" {
                        option value="" { (tr.t("manage-top")) }
                        @for line in view.lines.iter().filter(|line| line.parent) {
                            option value=(line.value) selected[line.value == view.within] { (line.title) }
                        }
                    }
                }
            }
            p.acts { button.primary { (tr.t("manage-create")) } }
        }
        @if !view.quota.is_empty() {
            section.card {
                h2 { (tr.t("quota-title")) }
                @for quota in &view.quota { (quota_line(quota, tr)) }
            }
        }
        section.card {
            h2 { (tr.t("manage-all")) }
            @for line in &view.lines {
                div.gate {
                    p {
                        bdi { (line.title) }
                        @if line.hidden { " " span.chip { (tr.t("manage-hidden")) } }
                    }
                    a.button href=(line.href) { (tr.t("manage-change")) span.vh { " " (line.title) } }
                }
            }
        }
    }
}

/// How full it is; from 90 % on the page of mailboxes says so too.
pub fn quota_line(quota: &QuotaView, tr: &Tr) -> Markup {
    let of = |n| if quota.octets { tr.size(n) } else { tr.number(n) };
    let (used, limit) = (of(quota.used), of(quota.limit));
    let key = if quota.octets { "quota-octets" } else { "quota-messages" };
    let arguments =
        [("used", used.as_str().into()), ("limit", limit.as_str().into()), ("percent", quota.percent.into())];
    html! { p { (tr.t_with(key, &arguments)) } }
}

pub fn one(view: &OneView, tr: &Tr) -> Markup {
    html! {
        @if let Some(done) = view.done { p.quiet role="status" { (done.said(tr)) } }
        @if let Some(n) = view.removed.filter(|_| view.asked == Asked::Nothing) { p.quiet role="status" { (tr.t_with("manage-removed", &[("n", n.into())])) } }
        section.card {
            h2 { @if let Some(href) = &view.list_href { a href=(href) { bdi { (view.title) } } } @else { bdi { (view.title) } } }
            @if let Some(state) = view.state {
                p { (tr.t_with("manage-holds", &[("n", u64::from(state.messages).into()), ("unread", u64::from(state.unseen).into())])) }
            }
            @if !view.children.is_empty() { (children(view, tr)) }
            @if view.asked == Asked::Nothing && let Some(refusal) = &view.refusal { (refusal.said(tr)) }
        }
        @match view.asked {
            Asked::Delete => (delete_question(view, tr)),
            Asked::Empty => (empty_question(view, tr)),
            Asked::Nothing => (changes(view, tr)),
        }
    }
}

fn children(view: &OneView, tr: &Tr) -> Markup {
    const SHOWN: usize = 20;
    html! {
        p {
            (tr.t_with("manage-children", &[("n", (view.children.len() as u64).into())])) " "
            @for (n, child) in view.children.iter().take(SHOWN).enumerate() { @if n > 0 { ", " } bdi { (child) } }
            @if view.children.len() > SHOWN { "…" }
        }
    }
}

impl OneView {
    /// Whether all that lies in it is there to be thrown away.
    pub fn empties(&self) -> bool {
        matches!(self.role, Some(Role::Trash | Role::Junk)) && self.selectable
    }
}

fn changes(view: &OneView, tr: &Tr) -> Markup {
    html! {
        @if view.empties() {
            section.card {
                h2 { (tr.t("manage-empty-title")) }
                @match view.emptying {
                    Emptying::Possible => p.acts { a.button href={ (view.href) "?empty" } { (tr.t("manage-empty")) } },
                    Emptying::NotAllowed => p { (tr.t("manage-no-right")) },
                    Emptying::AllOrNothing => p { (tr.t("manage-all-or-nothing")) },
                }
            }
        }
        @if view.inbox {
            section.card { p { (tr.t("manage-inbox")) } }
        } @else if !view.may_delete {
            section.card { p { (tr.t("manage-no-right")) } }
        } @else {
            form.card.asks method="post" action=(view.href) {
                h2 { (tr.t("manage-rename-title")) }
                (hidden(view, "rename"))
                label {
                    span { (tr.t("manage-name")) }
                    input name="name" value=(view.typed.as_ref().unwrap_or(&view.name)) maxlength=(NAME) dir="auto" autocomplete="off" required;
                }
                p { (tr.t("manage-rely")) }
                @if view.role.is_some() {
                    label.check { input type="checkbox" name="sure" value="1" required; span { (tr.t("manage-role-sure")) } }
                }
                p.acts { button { (tr.t("manage-rename")) } }
            }
        }
        @if view.selectable && !view.inbox {
            form.card method="post" action=(view.href) {
                h2 { (tr.t("manage-subscribe-title")) }
                (hidden(view, if view.subscribed { "unsubscribe" } else { "subscribe" }))
                p { (tr.t(if view.subscribed { "manage-is-subscribed" } else { "manage-is-hidden" })) }
                p.acts { button { (tr.t(if view.subscribed { "manage-unsubscribe" } else { "manage-subscribe" })) } }
            }
        }
        @if view.may_delete && !view.inbox {
            section.card {
                h2 { (tr.t("manage-delete-title")) }
                @if view.children.is_empty() {
                    p.acts { a.button href={ (view.href) "?delete" } { (tr.t("manage-delete")) } }
                } @else {
                    p { (tr.t("manage-has-children")) }
                }
            }
        }
    }
}

fn delete_question(view: &OneView, tr: &Tr) -> Markup {
    let possible = view.children.is_empty() && !view.inbox && view.may_delete;
    html! {
        form.card method="post" action=(view.href) {
            h2 { (tr.t("manage-delete-question")) }
            @if let Some(refusal) = &view.refusal { (refusal.said(tr)) }
            @if view.inbox { p { (tr.t("manage-inbox")) } }
            @else if !view.may_delete { p { (tr.t("manage-no-right")) } }
            @else if !view.children.is_empty() { p { (tr.t("manage-has-children")) } }
            @if possible {
                (hidden(view, "delete"))
                input type="hidden" name="sure" value="1";
                (seen(view))
                @if view.selectable && view.state.is_none() { p { (tr.t("manage-unknown")) } }
                @if view.selectable && view.state.is_none_or(|state| state.messages > 0) {
                    p.trouble { (Icon::Warning.draw()) " " (tr.t("manage-delete-messages")) }
                }
                @if view.role.is_some() { p.trouble { (Icon::Warning.draw()) " " (tr.t("manage-delete-role")) } }
                p { (tr.t("manage-rely")) }
                p.acts {
                    button { (tr.t("manage-delete-sure")) }
                    a.button href=(view.href) { (tr.t("manage-cancel")) }
                }
            }
        }
    }
}

fn empty_question(view: &OneView, tr: &Tr) -> Markup {
    let state = view.state.unwrap_or_default();
    // What comes while it goes on stays.
    let (uidvalidity, upto) = view.upto.unwrap_or((state.uidvalidity, state.uidnext.saturating_sub(1)));
    let of = view.of.unwrap_or(state.messages);
    let removed = view.removed.unwrap_or(0);
    html! {
        form.card method="post" action=(view.href) {
            h2 { (tr.t("manage-empty-question")) }
            @if let Some(refusal) = &view.refusal { (refusal.said(tr)) }
            @match view.emptying {
                Emptying::NotAllowed => p { (tr.t("manage-no-right")) },
                Emptying::AllOrNothing => p { (tr.t("manage-all-or-nothing")) },
                Emptying::Possible if view.state.is_none() => p { (tr.t("manage-unknown")) },
                Emptying::Possible if state.messages == 0 => p { (tr.t("manage-is-empty")) },
                Emptying::Possible => {
                    (hidden(view, "empty"))
                    input type="hidden" name="sure" value="1";
                    input type="hidden" name="uidvalidity" value=(uidvalidity);
                    input type="hidden" name="upto" value=(upto);
                    input type="hidden" name="of" value=(of);
                    input type="hidden" name="removed" value=(removed);
                    @if removed > 0 {
                        p { (tr.t_with("manage-empty-so-far", &[("n", removed.into()), ("of", u64::from(of).into())])) }
                    }
                    p { (tr.t_with("manage-empty-what", &[("n", u64::from(state.messages).into())])) }
                    p.acts {
                        button { (tr.t(if removed > 0 { "manage-empty-on" } else { "manage-empty-sure" })) }
                        a.button href=(view.href) { (tr.t("manage-cancel")) }
                    }
                }
            }
        }
    }
}

fn hidden(view: &OneView, verb: &str) -> Markup {
    html! {
        input type="hidden" name="token" value=(view.token);
        input type="hidden" name="do" value=(verb);
    }
}

/// What the question was asked about.
fn seen(view: &OneView) -> Markup {
    html! {
        @if let Some(state) = view.state {
            input type="hidden" name="messages" value=(state.messages);
            input type="hidden" name="uidnext" value=(state.uidnext);
            input type="hidden" name="uidvalidity" value=(state.uidvalidity);
        }
    }
}
