//! The document around every screen: head, notice, bar, panes, dock.
//!
//! It can be written in two halves, [`Page::open`] and [`Page::close`], so that a slow mail server delays only what
//! stands between them.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use super::{
    assets, door,
    folders::view::{FoldersView, Unread, rail},
    icon::Icon,
    login::view::contact,
    status,
};
use crate::locale::Tr;
pub use crate::status::Level;

fn class(level: Level) -> &'static str {
    match level {
        Level::Info | Level::Restored => "notice info",
        Level::Degraded => "notice",
        Level::Down => "notice bad",
    }
}

/// "Service perturbé", without a full stop.
pub fn level_title(level: Level, tr: &Tr) -> &'static str {
    match level {
        Level::Info => tr.t("level-info"),
        Level::Degraded => tr.t("level-degraded"),
        Level::Down => tr.t("level-down"),
        Level::Restored => tr.t("level-restored"),
    }
}

/// Said instead of what is waited for, while more people want their mail than there are connections to the server.
pub fn in_line(place: u64, seconds: Option<u64>, tr: &Tr) -> Markup {
    html! {
        section.card.in-line {
            h2 { (tr.t("line-title")) }
            p {
                (tr.t_with("line-place", &[("n", place.into())]))
                @if let Some(seconds) = seconds { " " (tr.t_with("line-seconds", &[("n", seconds.into())])) }
            }
            p.meta { (tr.t("line-stay")) }
        }
    }
}

/// The line on top of every page while a notice holds; it leads to the status page.
#[derive(Debug, Clone, Default)]
pub struct NoticeBar {
    pub level: Level,
    /// Instead of the level's own words.
    pub title: String,
    /// What works, in the admin's words and the reader's language: "lire et envoyer depuis cette page".
    pub text: String,
    /// How many others the status page holds.
    pub others: u64,
    /// What is for this person alone and on no other page: unfolded from this line.
    pub own: Vec<status::view::Notice>,
}

/// The bar at the top of a page.
#[derive(Debug, Clone)]
pub enum Bar {
    /// Of a mailbox: the way to the others, its name, its unread count where known, the way to search in it.
    Mailbox {
        name: String,
        unread: Unread,
        search: Option<String>,
        /// The orders that it can be put in.
        sort: Option<String>,
        /// The same page, to select messages on it.
        select: Option<String>,
    },
    /// Of a list on which messages are selected: the way out, and the same page with all of them ticked.
    Select { back: String, all: String },
    /// Of the results of a search: the mailbox they are in, and the same page to select messages on it.
    Results { back: String, title: String, select: Option<String> },
    /// Of any other page: the way back, what it is.
    Titled { back: Option<String>, title: String },
    /// Of what was sent: its list can be saved.
    Sent { back: String, title: String, save: String },
    /// Of a message: its title is in the page. `newer` and `older` lead to its neighbours.
    Message { back: String, newer: Option<String>, older: Option<String> },
}

/// What surrounds the main content.
pub enum Shell<'a> {
    /// Nothing: sign-in, and errors before it.
    Gate,
    /// One column of text.
    Column { bar: Bar },
    /// A list of messages; on a wide screen an empty place to read stands beside it.
    List { bar: Bar, rail: Option<&'a FoldersView>, dock: Markup },
    /// A message; `list` is the list it is part of, where the handler has it at hand.
    Message { bar: Bar, rail: Option<&'a FoldersView>, list: Option<(Bar, Markup)>, dock: Markup },
}

pub struct Page<'a> {
    pub tr: &'a Tr,
    /// What comes before "· Relais" in the browser's tab.
    pub title: &'a str,
    pub notice: Option<&'a NoticeBar>,
    /// When this access point closes, if that is soon. The sign-in page says it in its own place.
    pub closing: Option<Timestamp>,
    /// The address of the organisation's own style sheet.
    pub style: Option<&'a str>,
    pub shell: Shell<'a>,
}

impl Page<'_> {
    /// Everything before the main content. Needs no mail server.
    pub fn open(&self) -> Markup {
        let tr = self.tr;
        html! {
            (DOCTYPE)
            // `html` and `body` stay open until `close`.
            (PreEscaped("<html lang=\"")) (tr.lang().code()) (PreEscaped("\">"))
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (self.title) " · Relais" }
                link rel="stylesheet" href=(assets::url("relais.css"));
                @if matches!(self.shell, Shell::Column { .. }) {
                    link rel="stylesheet" href=(assets::url("forms.css"));
                }
                @if let Some(style) = self.style { link rel="stylesheet" href=(style); }
                link rel="icon" href=(assets::url("favicon.svg")) type="image/svg+xml";
                link rel="manifest" href=(assets::url("relais.webmanifest"));
                script src=(assets::url("relais.js")) defer {}
                // On a wide screen a message may open beside its list.
                @if matches!(self.shell, Shell::List { .. } | Shell::Message { .. }) {
                    @for name in ["select.js", "lazy.js"] { script src=(assets::url(name)) defer {} }
                }
            }
            (PreEscaped(match self.shell {
                Shell::Gate | Shell::Column { .. } => "<body>",
                Shell::List { .. } | Shell::Message { .. } => "<body class=\"app\">",
            }))
            a.skip href="#main" { (tr.t("skip")) }
            @if let Some(notice) = self.notice { (notice_bar(notice, tr)) }
            @if let Some(closes) = self.closing && !matches!(self.shell, Shell::Gate) {
                aside.notice aria-label=(tr.t("door-closing-label")) {
                    (Icon::Warning.draw())
                    p { b { (door::view::at("door-until", closes, tr)) } " " (tr.t("door-closing")) }
                }
            }
            (self.open_shell())
        }
    }

    fn open_shell(&self) -> Markup {
        let tr = self.tr;
        match &self.shell {
            Shell::Gate => html! { (PreEscaped("<main id=\"main\" class=\"gatehouse\">")) },
            Shell::Column { bar } => html! {
                (draw_bar(bar, true, tr))
                (PreEscaped("<main id=\"main\" class=\"column\" data-wait=\"")) (tr.t("waiting")) (PreEscaped("\">"))
            },
            Shell::List { bar, rail: folders, .. } => html! {
                (PreEscaped("<div class=\"frame\">"))
                @if let Some(folders) = folders { (rail(folders, tr)) }
                // Its name, for when the script sets it beside a message.
                (PreEscaped("<div class=\"pane\" data-name=\"")) (tr.t("list-pane")) (PreEscaped("\">"))
                (draw_bar(bar, true, tr))
                (PreEscaped("<main id=\"main\" data-wait=\"")) (tr.t("waiting")) (PreEscaped("\">"))
            },
            Shell::Message { bar, rail: folders, list, .. } => html! {
                (PreEscaped(if list.is_some() { "<div class=\"frame read\">" } else { "<div class=\"frame read solo\">" }))
                @if let Some(folders) = folders { (rail(folders, tr)) }
                @if let Some((bar, list)) = list {
                    section.pane aria-label=(tr.t("list-pane")) { (draw_bar(bar, false, tr)) (list) }
                }
                (PreEscaped("<div class=\"reading\">"))
                (draw_bar(bar, true, tr))
                (PreEscaped("<main id=\"main\" data-wait=\"")) (tr.t("waiting")) (PreEscaped("\">"))
            },
        }
    }

    /// Everything after the main content.
    pub fn close(&self) -> Markup {
        let tr = self.tr;
        html! {
            (PreEscaped("</main>"))
            @match &self.shell {
                Shell::Gate | Shell::Column { .. } => {}
                Shell::List { dock, .. } => {
                    (PreEscaped("</div>"))
                    section.reading aria-label=(tr.t("reading-pane")) {
                        div.empty { (Icon::Envelope.draw()) p { (tr.t("reading-choose")) } }
                    }
                    (PreEscaped("</div>"))
                    (dock)
                    (keys(tr))
                }
                Shell::Message { dock, .. } => {
                    (PreEscaped("</div></div>"))
                    (dock)
                    (keys(tr))
                }
            }
            (PreEscaped("</body></html>"))
        }
    }

    pub fn whole(&self, body: Markup) -> Markup {
        let (open, close) = (self.open(), self.close());
        // Made once, as large as it will be: a list is long.
        let mut page = String::with_capacity(open.0.len() + body.0.len() + close.0.len());
        [open, body, close].iter().for_each(|piece| page.push_str(&piece.0));
        PreEscaped(page)
    }
}

fn notice_bar(notice: &NoticeBar, tr: &Tr) -> Markup {
    html! {
        aside class=(class(notice.level)) aria-label=(tr.t("notice-label")) {
            (match notice.level {
                Level::Restored => Icon::Check.draw(),
                _ => Icon::Warning.draw(),
            })
            @if notice.own.is_empty() {
                p {
                    (lead(notice, tr))
                    @if !notice.text.is_empty() { " " (tr.t("status-works")) " " (ended(&notice.text)) }
                    " " (more(notice, tr))
                }
            } @else {
                details {
                    summary { (lead(notice, tr)) }
                    @for (n, own) in notice.own.iter().enumerate() {
                        @if n > 0 { p { b { (own.title) } } }
                        (status::view::said(own, tr))
                        @if let Some(phone) = &own.phone { p { (contact("", Some(phone), tr)) } }
                    }
                    @if notice.others > 0 { p { (more(notice, tr)) } }
                }
            }
        }
    }
}

fn lead(notice: &NoticeBar, tr: &Tr) -> Markup {
    let title = if notice.title.is_empty() { level_title(notice.level, tr) } else { &notice.title };
    html! { b { (ended(title)) } }
}

/// With a full stop, where it has no end of its own.
fn ended(text: &str) -> Markup {
    html! { (text) @if !text.ends_with(['.', '!', '?', '…']) { "." } }
}

fn more(notice: &NoticeBar, tr: &Tr) -> Markup {
    html! {
        a href="/status" {
            @match notice.others {
                0 => (tr.t("notice-more")),
                n => (tr.t_with("notice-others", &[("n", n.into())])),
            }
        }
    }
}

/// `leads`: its title is the heading of the page.
fn draw_bar(bar: &Bar, leads: bool, tr: &Tr) -> Markup {
    html! {
        header.bar {
            @match bar {
                Bar::Mailbox { name, unread, search, sort, select } => {
                    a.drawer href="/folders" data-drawer aria-label=(tr.t("folders")) { (Icon::Folders.draw()) }
                    @let title = html! {
                        bdi { (name) }
                        (unread.draw(tr))
                    };
                    @if leads { h1.mailbox { (title) } } @else { p.title.mailbox { (title) } }
                    @if let Some(href) = search {
                        a href=(href) aria-label=(tr.t("search")) { (Icon::Search.draw()) }
                    }
                    @if let Some(href) = sort {
                        a href=(href) aria-label=(tr.t("sort-title")) title=(tr.t("sort-title")) { (Icon::Sort.draw()) }
                    }
                    @if let Some(href) = select {
                        (select_link(href, "", tr))
                    }
                }
                Bar::Select { back, all } => {
                    a href=(back) data-unselect aria-label=(tr.t("act-select-none")) { (Icon::Cross.draw()) }
                    h1 data-one=(selected(1, tr)) data-count=(selected(2, tr).replace('2', "#")) { (tr.t("act-select-title")) }
                    a.word href=(all) data-all { (tr.t("act-select-all")) }
                }
                Bar::Results { back, title, select } => {
                    (back_link(back, tr.t("back")))
                    h1 { (title) }
                    // Of the list a script takes what selecting needs: the search does not run again for it.
                    @if let Some(href) = select { (select_link(href, &format!("{back}?select"), tr)) }
                }
                Bar::Titled { back, title } => {
                    @if let Some(back) = back { (back_link(back, tr.t("back"))) }
                    h1 { (title) }
                }
                Bar::Sent { back, title, save } => {
                    (back_link(back, tr.t("back")))
                    h1 { (title) }
                    a href=(save) download aria-label=(tr.t("losses-download")) title=(tr.t("losses-download")) {
                        (Icon::Download.draw())
                    }
                }
                Bar::Message { back, newer, older } => {
                    (back_link(back, tr.t("back-to-list")))
                    span.grow {}
                    (neighbours(newer.as_deref(), older.as_deref(), tr))
                }
            }
        }
    }
}

/// `with`: another page that a script may take the form from.
fn select_link(href: &str, with: &str, tr: &Tr) -> Markup {
    let label = tr.t("act-select");
    html! { a href=(href) data-select=(with) aria-label=(label) title=(label) { (Icon::Tick.draw()) } }
}

fn selected(n: u64, tr: &Tr) -> String {
    tr.t_with("act-selected", &[("n", n.into())])
}

fn neighbours(newer: Option<&str>, older: Option<&str>, tr: &Tr) -> Markup {
    html! {
        @if let Some(href) = newer {
            a.beside href=(href) rel="prev" aria-label=(tr.t("message-newer-long")) { (Icon::Newer.draw()) }
        }
        @if let Some(href) = older {
            a.beside href=(href) rel="next" aria-label=(tr.t("message-older-long")) { (Icon::Older.draw()) }
        }
    }
}

/// What the bar of a message could not say when it left, because the mail server had not answered yet.
pub fn late_neighbours(bar: &Bar, tr: &Tr) -> Markup {
    match bar {
        Bar::Message { newer, older, .. } if newer.is_some() || older.is_some() => html! {
            nav.late aria-label=(tr.t("message-neighbours")) { (neighbours(newer.as_deref(), older.as_deref(), tr)) }
        },
        _ => html! {},
    }
}

fn back_link(href: &str, label: &str) -> Markup {
    html! { a href=(href) data-back aria-label=(label) { (Icon::Back.draw()) } }
}

/// What `?` shows, and where single keys are turned off (WCAG 2.1.4). Without script it never opens.
fn keys(tr: &Tr) -> Markup {
    let lines = [
        ("j", tr.t("keys-next")),
        ("k", tr.t("keys-previous")),
        ("Enter", tr.t("keys-open")),
        ("u", tr.t("keys-back")),
        ("x", tr.t("keys-select")),
        ("e", tr.t("keys-archive")),
        ("#", tr.t("keys-delete")),
        ("s", tr.t("keys-flag")),
        ("m", tr.t("keys-move")),
        ("Esc", tr.t("keys-escape")),
    ];
    html! {
        dialog.keys data-keys aria-labelledby="keys" {
            form method="dialog" {
                h2 #keys { (tr.t("keys-title")) }
                dl { @for (key, what) in lines { dt { kbd { (key) } } dd { (what) } } }
                label.check { input type="checkbox" checked; " " (tr.t("keys-on")) }
                button { (tr.t("close")) }
            }
        }
    }
}

/// One place in the dock.
pub struct DockLink<'a> {
    pub href: &'a str,
    pub icon: Icon,
    pub label: &'a str,
    pub current: bool,
}

impl Render for DockLink<'_> {
    fn render(&self) -> Markup {
        html! {
            a href=(self.href) aria-current=[self.current.then_some("page")] { (self.icon.draw()) span { (self.label) } }
        }
    }
}

/// Which of the main places a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// The inbox's own list.
    Inbox,
    Outbox,
    Elsewhere,
}

/// Where a thumb finds the main places. `attention`: sent messages that need their author.
pub fn main_dock(tr: &Tr, here: Here, attention: u64) -> Markup {
    html! {
        nav.dock aria-label=(tr.t("dock-label")) {
            (DockLink { href: "/mail/INBOX", icon: Icon::Inbox, label: tr.t("role-inbox"), current: here == Here::Inbox })
            (DockLink { href: "/folders", icon: Icon::Folder, label: tr.t("folders"), current: false })
            (DockLink { href: "/compose", icon: Icon::Pen, label: tr.t("compose-title"), current: false })
            (outbox_link(tr, here == Here::Outbox, attention))
        }
    }
}

/// The way to what became of sent mail, with a mark while some of it needs its author.
pub fn outbox_link(tr: &Tr, current: bool, attention: u64) -> Markup {
    html! {
        a href="/outbox" aria-current=[current.then_some("page")] {
            (Icon::Sent.draw()) span { (tr.t("outbox-short")) }
            @if attention > 0 { (attention_mark(tr, attention)) }
        }
    }
}

pub fn attention_mark(tr: &Tr, attention: u64) -> Markup {
    html! { span.mark { span.vh { " " (tr.t_with("outbox-attention", &[("n", attention.into())])) } } }
}

/// Arrows, symbols, emoji: what a name without letters may be made of. Not the invisible marks around them.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2fff}' | '\u{1f000}'..='\u{1faff}')
}

/// A title says nothing of who it is.
fn is_title(word: &str) -> bool {
    ["dr", "pr", "docteur", "doctor", "me", "mlle", "mme", "m", "mr", "mrs", "ms"]
        .iter()
        .any(|title| word.eq_ignore_ascii_case(title))
}

/// Two letters for the round mark beside a name: of its first two words, else of its first letter or picture.
pub fn initials(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_' | '@' | ',' | '—'));
    let mut letters = words.filter_map(|word| Some((word.chars().find(|c| c.is_alphanumeric())?, word)));
    let (mut named, mut titles) = ([None; 2], [None; 2]);
    while named[1].is_none()
        && let Some((letter, word)) = letters.next()
    {
        let firsts = if is_title(word) { &mut titles } else { &mut named };
        if let Some(free) = firsts.iter_mut().find(|first| first.is_none()) {
            *free = Some(letter);
        }
    }
    let firsts = match (named, titles) {
        ([None, _], [None, _]) => [Some(name.chars().find(|c| is_picture(*c)).unwrap_or('?')), None],
        // Nothing but titles.
        ([None, _], titles) => titles,
        (named, _) => named,
    };
    firsts.into_iter().flatten().flat_map(char::to_uppercase).take(2).collect()
}
