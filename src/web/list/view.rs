//! A page of the list: days, rows, and the ways on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use maud::{Markup, html};

use crate::{
    locale::{Local, Tr},
    web::{
        act::{
            select::{self, Select},
            told::{self, ToldView},
        },
        escaped::Escaped,
        folders::{
            manage::view::QuotaView,
            view::{alert_said, nearly_full},
        },
        icon::Icon,
        lane::view::{self as lane, Looked},
        missed::line::{self, LineView},
        page::initials,
        search::view::Tabs,
        sort::view::{self as sort, Sorted},
    },
};

#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// `/mail/INBOX`: the path of the mailbox, without a query.
    pub path: String,
    pub uidvalidity: u32,
    /// What the names of its rows begin with, where rows of several mailboxes stand on one page.
    pub mark: String,
    /// Whose mailbox it is, and which: the script joins no rows, and no form, of another one.
    pub of: String,
    /// In the order of arrival, newest first; at most one page.
    pub rows: Vec<Row>,
    pub older: Option<String>,
    pub newer: Option<String>,
    pub page: Option<PageOf>,
    /// Messages of the mailbox.
    pub exists: u64,
    pub empty: Option<Empty>,
    /// The order of arrival is plainly not the order of dates (a migrated mailbox): said above, and no days.
    pub dates_in_disorder: bool,
    /// It was asked for in another order than that of arrival: no days either.
    pub sorted: Option<Sorted>,
    /// Nothing came before this day, to which the reader wanted to go.
    pub none_before: Option<Date>,
    /// Where all that was thrown away here goes for good.
    pub empties: Option<String>,
    /// Sent messages that need their author, told above the list.
    pub attention: u64,
    /// Something that did not work is over: the way to what came meanwhile.
    pub missed: Option<LineView>,
    /// What is nearly full, where no rail says it.
    pub full: Option<QuotaView>,
    /// `[ALERT]` text of the server.
    pub alert: Option<String>,
    /// The same said with the mailboxes, where no rail tells it.
    pub said: Option<String>,
    /// The one that is open beside the list.
    pub current: Option<u32>,
    /// Messages can be ticked.
    pub select: Option<Select>,
    /// The ways to one lane, to what is unread, or still to be dealt with.
    pub tabs: Option<Tabs>,
    /// It is one lane, of what was looked at so far.
    pub looked: Option<Looked>,
    /// What was done a moment ago.
    pub told: Option<ToldView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOf {
    pub n: u64,
    pub of: u64,
}

/// Said only of a mailbox that the server said is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    ServerSaidSo,
}

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub uid: u32,
    pub href: String,
    /// The sender, or the recipients in a mailbox of sent mail; empty when the message names nobody.
    pub who: String,
    pub when: Option<Timestamp>,
    /// Empty when there is none.
    pub subject: String,
    pub documents: u32,
    pub unread: bool,
    pub answered: bool,
    pub forwarded: bool,
    pub flagged: bool,
    pub done: bool,
    pub filed: bool,
    /// Marked `\\Deleted`: it goes when the server cleans up.
    pub deleted: bool,
    pub preview: Preview,
    /// Another program says that it was read, where that matters.
    pub read_elsewhere: bool,
    /// It reports on a message that was sent: where that one's trail is.
    pub report: Option<String>,
    /// It brings a document for medical software.
    pub for_software: bool,
    /// How late it came, where that is much.
    pub late: Option<SignedDuration>,
    /// Octets, where the list is in the order of them.
    pub size: Option<u64>,
    /// The server's description of it was too much to read: the rest of the row is then unknown.
    pub too_complex: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Preview {
    Known(String),
    /// To be asked for by the script, after the page.
    Later,
    #[default]
    None,
}

pub fn render(view: &ListView, tr: &Tr) -> Markup {
    html! {
        @if let Some(alert) = &view.alert {
            p.alert role="alert" { b { (tr.t("alert-says")) } " " span dir="auto" { (alert) } }
        }
        @if let Some(said) = &view.said { div.no-rail { (alert_said(said, tr)) } }
        @if let Some(full) = &view.full { div.no-rail { (nearly_full(full, tr)) } }
        @if view.attention > 0 {
            p.alert.unsent role="status" { (tr.t_with("outbox-attention", &[("n", view.attention.into())])) " " a href="/outbox" { (tr.t("outbox-see")) } }
        }
        @if let Some(missed) = &view.missed { (line::line(missed, tr)) }
        @if let Some(tabs) = &view.tabs { (tabs.draw(tr)) }
        @if let Some(told) = &view.told { (told::render(told, tr)) }
        @if let Some(href) = &view.empties { p.more { a.button href=(href) { (tr.t("manage-empty")) } } }
        @if let Some(sorted) = &view.sorted { (sort::line(sorted, &view.path, tr)) }
        @if view.dates_in_disorder { p.quiet { (tr.t("list-by-arrival")) } }
        @if let Some(day) = view.none_before {
            p.quiet role="status" { (tr.t_with("list-none-before", &[("date", (&tr.whole_date(day)).into())])) }
        }
        @let (newer, older) = if view.sorted.is_some() { ("sort-previous", "sort-next") } else { ("list-newer", "list-older") };
        @if let Some(href) = &view.newer { p.more { a.button href=(href) rel="prev" { (tr.t(newer)) } } }
        @if view.rows.is_empty() {
            @if view.empty == Some(Empty::ServerSaidSo) { (empty(tr)) }
        } @else {
            @if let Some(select) = &view.select { (select::form(select, view.uidvalidity, tr)) }
            (found(view, tr))
        }
        @if let Some(looked) = &view.looked {
            div.more data-more {
                (lane::render(looked, &view.path, !view.rows.is_empty(), view.select.is_some(), tr))
                @if let Some(href) = &view.older { a.button href=(href) rel="next" { (tr.t(older)) } }
            }
        } @else {
            p.more data-more {
                @if let Some(href) = &view.older { a.button href=(href) rel="next" { (tr.t(older)) } }
            }
        }
        @if let Some(page) = view.page.filter(|p| p.of > 1) { (jump(view, page, tr)) }
    }
}

/// The rows alone, as a search finds them.
pub fn found(view: &ListView, tr: &Tr) -> Markup {
    let common = Common::of(view, tr);
    let timed: Vec<Timed> = view.rows.iter().map(|row| (row, row.when.map(|at| tr.local(at)))).collect();
    let in_days = !view.dates_in_disorder && view.sorted.is_none();
    let day_of = |(_, at): &Timed| at.map(Local::date).filter(|_| in_days);
    html! {
        @if !view.rows.is_empty() {
            div class=[view.select.is_some().then_some("picking")] data-list=(view.path) data-uidvalidity=(view.uidvalidity) data-of=(view.of) {
                @if let Some(sorted) = view.sorted.as_ref().filter(|sorted| sorted.moved) { (sort::moved(sorted, &view.path, tr)) }
                @for day in timed.chunk_by(|a, b| day_of(a) == day_of(b)) {
                    @if let Some(at) = day.first().and_then(|(row, _)| row.when).filter(|_| in_days) {
                        h2.day data-day=(tr.day_key(at)) { (tr.day(at)) }
                    } @else if in_days {
                        h2.day data-day="" { (tr.t("day-unknown")) }
                    }
                    ul.rows { @for (row, at) in day { (draw(row, *at, in_days, &common)) } }
                }
            }
        }
    }
}

/// What the rows of a page have in common.
struct Common<'a> {
    tr: &'a Tr,
    current: Option<u32>,
    mark: &'a str,
    /// Whether all are ticked, where they can be.
    ticked: Option<bool>,
    /// "3 documents", for each number that there is: said once.
    documents: BTreeMap<u32, String>,
}

impl<'a> Common<'a> {
    fn of(view: &'a ListView, tr: &'a Tr) -> Common<'a> {
        let mut documents = BTreeMap::new();
        for n in view.rows.iter().map(|row| row.documents).filter(|n| *n > 0) {
            let say = || tr.t_with("row-documents", &[("n", u64::from(n).into())]);
            documents.entry(n).or_insert_with(say);
        }
        Common {
            tr,
            current: view.current,
            mark: &view.mark,
            ticked: view.select.as_ref().map(|s| s.ticked),
            documents,
        }
    }
}

/// A row, and when it is where the reader is.
type Timed<'a> = (&'a Row, Option<Local>);

/// The heading over it says its day, or its time does.
fn draw(row: &Row, at: Option<Local>, in_days: bool, common: &Common) -> Markup {
    let tr = common.tr;
    let current = common.current == Some(row.uid);
    let who = if row.who.is_empty() { tr.t("list-nobody") } else { &row.who };
    html! {
        li.row.unread[row.unread].current[current] id={ "u" (common.mark) (row.uid) } data-uid=(row.uid) {
            @let face = html! { span.face aria-hidden="true" { (if row.too_complex { "…".to_owned() } else { initials(&row.who) }) } };
            @if let Some(ticked) = common.ticked.filter(|_| row.uid > 0) {
                @let what = if row.subject.is_empty() { tr.t("no-subject") } else { &row.subject };
                label.pick {
                    input type="checkbox" name="uid" form="act" value=(row.uid) checked[ticked] aria-label=(tr.t_with("act-select-one", &[("what", what.into())]));
                    (face)
                }
            } @else {
                span.pick { (face) }
            }
            a.open href=(Escaped(&row.href)) aria-current=[current.then_some("true")] {
                @if row.unread { span.vh { (tr.t("row-unread")) " " } }
                @if row.too_complex {
                    span.who { (tr.t("row-too-complex")) }
                    span.tail { span.preview { (tr.t("row-too-complex-what")) } }
                } @else {
                    span.who dir="auto" { (Escaped(who)) }
                    @if let Some((at, when)) = at.zip(row.when) {
                        time datetime=(Escaped(&at.machine())) {
                            @if in_days { (Escaped(&at.clock())) } @else { (Escaped(&tr.row_time(when))) }
                        }
                    }
                    span.subject dir="auto" { @if row.subject.is_empty() { (tr.t("no-subject")) } @else { (Escaped(&row.subject)) } }
                    (tail(row, common))
                }
            }
            @if let Some(href) = &row.report { a.report href=(href) { span.chip { (tr.t("row-report")) } } }
        }
    }
}

fn tail(row: &Row, common: &Common) -> Markup {
    let tr = common.tr;
    html! {
        span.tail {
            @if row.flagged {
                span.chip.flag { (Icon::Star.draw()) span.vh { (tr.t("row-flagged")) } }
            }
            @if row.documents > 0 {
                span.chip {
                    (Icon::Document.draw()) (row.documents)
                    span.vh { " " @if let Some(spoken) = common.documents.get(&row.documents) { (spoken) } }
                }
            }
            @if row.for_software { span.chip.ok { (tr.t("row-for-software")) } }
            @if let Some(late) = row.late { span.chip.late { (tr.t_with("row-late", &[("span", (&tr.span(late)).into())])) } }
            @if let Some(octets) = row.size { span.chip { (tr.size(octets)) } }
            @if row.deleted { span.chip.bad { (tr.t("row-deleted")) } }
            @if row.read_elsewhere { span.chip.late { (tr.t("row-read-elsewhere")) } }
            @if row.done { span.chip.ok { (tr.t("row-done")) } }
            @if row.filed { span.chip.ok { (tr.t("row-filed")) } }
            @if row.answered { span.chip { (tr.t("row-answered")) } }
            @if row.forwarded { span.chip { (tr.t("row-forwarded")) } }
            @match &row.preview {
                Preview::Known(text) => span.preview dir="auto" { (Escaped(text)) },
                Preview::Later => span.preview data-preview dir="auto" {},
                Preview::None => span.preview {},
            }
        }
    }
}

fn empty(tr: &Tr) -> Markup {
    html! { div.empty { (Icon::Inbox.draw()) b { (tr.t("list-empty")) } p { (tr.t("list-empty-what")) } } }
}

fn jump(view: &ListView, page: PageOf, tr: &Tr) -> Markup {
    html! {
        form.jump method="get" action=(view.path) {
            @if let Some(sorted) = &view.sorted {
                @for (name, value) in sort::fields(sorted) { input type="hidden" name=(name) value=(value); }
            }
            label for="page" { (tr.t("list-page")) }
            input #page .num type="number" name="page" min="1" max=(page.of) value=(page.n) inputmode="numeric" required;
            span { (tr.t_with("list-pages", &[("n", page.of.into())])) }
            button { (tr.t("list-go")) }
        }
    }
}
