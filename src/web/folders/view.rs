//! The mailboxes: a page of its own, the drawer that the script makes of it, and the rail of a wide screen.

use maud::{Markup, html};

use super::manage::view::QuotaView;
pub use crate::mailbox::folders::Role;
use crate::{
    locale::Tr,
    web::{icon::Icon, language, page::attention_mark},
};

#[derive(Debug, Clone, Default)]
pub struct FoldersView {
    /// The account's own mailboxes, as a tree.
    pub own: Vec<Folder>,
    /// Those of other people, and those shared with everybody.
    pub groups: Vec<Group>,
    pub outbox: OutboxLink,
    pub account: Account,
    /// It is nearly full.
    pub full: Option<QuotaView>,
    /// Why there is less here than there should be, in the server's own words or ours.
    pub alert: Option<String>,
    /// Where a script finds them counted anew.
    pub counts: String,
    /// It is to ask at once.
    pub old: bool,
}

/// The way to what became of sent mail.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutboxLink {
    /// Sent messages that need their author.
    pub attention: u64,
    pub current: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Account {
    /// As signed in; empty hides the part with sign-out.
    pub address: String,
    /// The `token` of its forms.
    pub token: String,
    /// What signing out wipes in this browser: see `compose/device.rs`.
    pub wipe: String,
    /// The address of this page.
    pub here: String,
    /// Other mailboxes that this browser is signed in to.
    pub beside: u64,
}

#[derive(Debug, Clone)]
pub struct Group {
    pub kind: GroupKind,
    pub folders: Vec<Folder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    OtherUsers,
    Shared,
}

/// The word for it, whatever the server calls it.
pub fn role_name(role: Role, tr: &Tr) -> &'static str {
    match role {
        Role::Inbox => tr.t("role-inbox"),
        Role::Drafts => tr.t("role-drafts"),
        Role::Sent => tr.t("role-sent"),
        Role::Archive => tr.t("role-archive"),
        Role::Junk => tr.t("role-junk"),
        Role::Trash => tr.t("role-trash"),
        Role::All => tr.t("role-all"),
        Role::Flagged => tr.t("role-flagged"),
        Role::Important => tr.t("role-important"),
    }
}

#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The last part of its name, decoded, as its owner wrote it.
    pub name: String,
    pub role: Option<Role>,
    /// None for a name that only holds others (`\Noselect`).
    pub href: Option<String>,
    pub unread: Option<u64>,
    pub current: bool,
    pub children: Vec<Folder>,
}

impl Folder {
    /// The reader's word for what it is, else its own name.
    pub fn title<'a>(&'a self, tr: &Tr) -> &'a str {
        match self.role {
            Some(role) => role_name(role, tr),
            None => &self.name,
        }
    }
}

/// Deeper mailboxes stand at this depth. Bounds the recursion; names come from the server.
const MAX_DEPTH: usize = 12;

pub fn render(view: &FoldersView, tr: &Tr) -> Markup {
    html! { div.folders { (lists(view, tr)) (account(&view.account, tr)) } }
}

/// The same at the side of a wide screen.
pub fn rail(view: &FoldersView, tr: &Tr) -> Markup {
    html! {
        nav.rail aria-label=(tr.t("folders")) {
            a.button.primary.pen href="/compose" { (Icon::Pen.draw()) (tr.t("compose-title")) }
            div data-place="rail" data-anew=(view.counts) data-lazy=[view.old.then_some(&view.counts)] { (lists(view, tr)) }
            (account(&view.account, tr))
        }
    }
}

/// The mailboxes as they are counted now, for the places of a page that show them; `unread`: of the one that is open.
pub fn counted(view: &FoldersView, unread: Option<u64>, tr: &Tr) -> Markup {
    html! {
        p data-found="unread" { (number(unread, tr)) }
        div.folders data-found="rail" { (lists(view, tr)) }
    }
}

/// Beside the name of a mailbox.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    pub n: Option<u64>,
    /// Where a script finds it counted anew.
    pub counts: String,
    /// It is to ask at once.
    pub old: bool,
}

impl Unread {
    pub fn draw(&self, tr: &Tr) -> Markup {
        html! {
            span data-place="unread" data-anew=(self.counts) data-lazy=[self.old.then_some(&self.counts)] {
                (number(self.n, tr))
            }
        }
    }
}

fn number(n: Option<u64>, tr: &Tr) -> Markup {
    html! { @if let Some(n) = n.filter(|&n| n > 0) { " " small { (tr.t_with("unread-count", &[("n", n.into())])) } } }
}

fn lists(view: &FoldersView, tr: &Tr) -> Markup {
    html! {
        @if let Some(alert) = &view.alert { (alert_said(alert, tr)) }
        @if let Some(full) = &view.full { (nearly_full(full, tr)) }
        (tree(&view.own, 1, tr))
        ul.ways {
            li {
                a href="/outbox" aria-current=[view.outbox.current.then_some("page")] {
                    span { (tr.t("outbox-short")) }
                    @if view.outbox.attention > 0 { (attention_mark(tr, view.outbox.attention)) }
                }
            }
            li { a href="/drafts" { (tr.t("folders-drafts")) } }
            li { a href="/folders/manage" { (tr.t("folders-manage")) } }
        }
        @for group in &view.groups {
            h2.day { (match group.kind {
                GroupKind::OtherUsers => tr.t("folders-others"),
                GroupKind::Shared => tr.t("folders-shared"),
            }) }
            (tree(&group.folders, 1, tr))
        }
    }
}

/// Words of the server's that must be shown, and whose they are.
pub fn alert_said(alert: &str, tr: &Tr) -> Markup {
    html! { p.alert role="status" { b { (tr.t("alert-says")) } " " span dir="auto" { (alert) } } }
}

pub fn nearly_full(full: &QuotaView, tr: &Tr) -> Markup {
    let limit = if full.octets { tr.size(full.limit) } else { tr.number(full.limit) };
    let arguments = [("percent", full.percent.into()), ("limit", limit.as_str().into())];
    html! { p.alert role="status" { (tr.t_with("quota-full", &arguments)) " " a href="/folders/manage" { (tr.t("folders-manage")) } } }
}

fn tree(folders: &[Folder], depth: usize, tr: &Tr) -> Markup {
    let mut sorted: Vec<&Folder> = folders.iter().collect();
    // Stable: what has no role keeps the order it came in, after what has one.
    sorted.sort_by_key(|f| (f.role.is_none(), f.role));
    html! {
        ul {
            @for folder in sorted {
                li {
                    (entry(folder, tr))
                    @if !folder.children.is_empty() && depth < MAX_DEPTH { (tree(&folder.children, depth + 1, tr)) }
                }
                @if depth >= MAX_DEPTH { (flat(folder, tr)) }
            }
        }
    }
}

/// All that lies under a mailbox, one after the other.
fn flat(folder: &Folder, tr: &Tr) -> Markup {
    let mut rest: Vec<&Folder> = folder.children.iter().rev().collect();
    let mut out = Vec::new();
    while let Some(next) = rest.pop() {
        rest.extend(next.children.iter().rev());
        out.push(next);
    }
    html! { @for folder in out { li { (entry(folder, tr)) } } }
}

fn entry(folder: &Folder, tr: &Tr) -> Markup {
    html! {
        @if let Some(href) = &folder.href {
            a href=(href) aria-current=[folder.current.then_some("page")] {
                span.name dir="auto" { (folder.title(tr)) }
                @if let Some(n) = folder.unread.filter(|&n| n > 0) {
                    span.num { (tr.number(n)) span.vh { " " (tr.t_with("unread-word", &[("n", n.into())])) } }
                }
            }
        } @else {
            span.name.parent dir="auto" { (folder.title(tr)) }
        }
    }
}

fn account(account: &Account, tr: &Tr) -> Markup {
    html! {
        @if !account.address.is_empty() {
            div.account {
                p.meta { span.vh { (tr.t("account-signed-in")) " " } bdi { (account.address) } }
                form method="post" action="/logout" {
                    input type="hidden" name="token" value=(account.token);
                    // The script takes it out, and wipes by itself.
                    input type="hidden" name="wipe" value=(account.wipe);
                    button { (tr.t("logout")) }
                }
                div.links {
                    a href="/accounts" {
                        @match account.beside {
                            0 => (tr.t("accounts-add")),
                            n => (tr.t_with("accounts-others", &[("n", n.into())])),
                        }
                    }
                    a href="/settings" { (tr.t("settings-title")) }
                    a href="/status" { (tr.t("status-title")) }
                    (language::button(&account.token, &account.here, tr))
                }
            }
        }
    }
}
