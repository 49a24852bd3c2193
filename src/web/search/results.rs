//! Results, written as they are found: the shell at once, hits window by window, and at the end the truth about how far
//! was looked.

use std::{sync::Arc, time::Duration};

use axum::response::Response;
use futures::{StreamExt, stream};
use maud::{Markup, html};
use tokio::time::timeout;

use super::{
    asked::Asked,
    everywhere::Everywhere,
    view::{filter_name, search_box},
};
use crate::{
    imap::fetch::Fetched,
    locale::Tr,
    mailbox::{
        act,
        search::{End, Hunt},
        window::{PAGE, Trouble},
    },
    message::query::{Query, Within},
    web::{
        act::{
            asked::{with, without},
            select::{self, Select},
            told::{self, ToldView},
        },
        answer::{self, Frame, FrameKind},
        app::App,
        assets, folders,
        href::{self, Place},
        list::{
            frame::selecting,
            handler::{Extras, select_of, stale},
            place::{anchor, guess, of, place, tabs_of, whom},
            rows::rows_of,
            view::{ListView, found},
        },
        page::{Bar, Here, main_dock},
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// No window is begun after that long on one page; the next page goes on.
const TIME: Duration = Duration::from_secs(5);
/// How long the shell waits for what may be done in the mailbox.
const SOON: Duration = Duration::from_millis(250);

/// The results in this mailbox; `asked` is of the query, `None` when it was not sealed for this account.
pub async fn show(app: Arc<App>, who: Who, folder: String, asked: Option<Asked>, query: &str) -> Response {
    let reader = who.reader.clone();
    let older = href::value(query, "older").map(|value| anchor(&value));
    let (Some(asked), Some(guess), false) = (asked, guess(&who, &folder), older == Some(None)) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let who = who.with_outbox(&app).await;
    let extras = Extras::of(query);
    // In all mailboxes nothing is selected: an act is done in one.
    let selects = extras.select.filter(|_| !asked.is_everywhere());
    if selects.is_some() {
        // Remembered: the dock knows them, if they are told soon.
        let _ = timeout(SOON, act::rights(&who.account, &guess.mailbox)).await;
    }
    let here = without(&reader.here, &["select", "done"]);
    let frame = match selects {
        Some(_) => selecting(&who, &guess, here.clone()),
        None => frame(&who, &guess, &asked, &here),
    };
    let told = extras.done.and_then(|done| ToldView::of(&app, &who, &guess, &done, here.clone()));
    let told = told.map(|view| told::render(&view, &reader.tr));
    if asked.is_everywhere() {
        let query_here = Query { within: Within::Here, ..Query::clone(&asked.query) };
        let here = match Asked::seal(app.store.keys(), &who.account.id, query_here) {
            Ok(here) => here,
            Err(error) => return answer::internal(&reader, &error),
        };
        let begin = href::value(query, "box");
        let all = Everywhere::new(who, guess, asked, here, begin);
        let pieces = stream::unfold(all, async |all| all.step().await);
        return answer::flow(&reader, &frame, stream::iter(told).chain(pieces));
    }
    let select = selects.map(|ticked| select_of(&who, &guess, ticked, here));
    let flow =
        Flow { who, folder, asked, older: older.flatten(), select, formed: false, stage: Stage::Begin };
    let pieces = stream::unfold(flow, async |flow| flow.step().await);
    answer::flow(&reader, &frame, stream::iter(told).chain(pieces))
}

fn frame(who: &Who, place: &Place, asked: &Asked, here: &str) -> Frame {
    let tr = &who.reader.tr;
    let title =
        asked.filter.and_then(|word| filter_name(word, tr)).unwrap_or(tr.t("search-results")).to_owned();
    let select = (!asked.is_everywhere()).then(|| with(here, "select"));
    Frame {
        title: title.clone(),
        kind: FrameKind::List {
            bar: Bar::Results { back: place.list(), title, select },
            rail: folders::handler::rail(who, Some(&place.mailbox)),
            dock: main_dock(tr, Here::Elsewhere, who.attention),
        },
    }
}

struct Flow {
    who: Who,
    folder: String,
    asked: Asked,
    /// Only messages older than this one.
    older: Option<(u32, u32)>,
    /// Messages can be ticked; the form is written before the first of them.
    select: Option<Select>,
    formed: bool,
    stage: Stage,
}

enum Stage {
    Begin,
    Hunt(Place, Box<Hunt>),
    Over,
}

impl Flow {
    async fn step(mut self) -> Option<(Markup, Flow)> {
        let tr = self.who.reader.tr.clone();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => None,
            Stage::Begin => match place(&self.who, &self.folder).await {
                Err(problem) => Some((problem.with_retry(self.who.reader.here.clone()).page(&tr), self)),
                Ok(place) => {
                    let hunt = Hunt::new(
                        self.who.account.clone(),
                        place.mailbox.clone(),
                        self.asked.query.clone(),
                        whom(&self.who, &place),
                        self.older,
                        PAGE as usize,
                        TIME,
                    );
                    // Once: what a script joins to a page has none.
                    let tabs = self.asked.filter.filter(|_| self.older.is_none() && self.select.is_none());
                    let tabs = tabs.and_then(|word| tabs_of(&self.who, &place, Some(word)));
                    let top = html! {
                        @if let Some(tabs) = tabs { (tabs.draw(&tr)) }
                        (top(&self.who, &place, &self.asked, &tr))
                    };
                    self.stage = Stage::Hunt(place, Box::new(hunt));
                    Some((top, self))
                }
            },
            Stage::Hunt(place, mut hunt) => match hunt.next().await {
                Ok(Some(rows)) => {
                    let form = self.select.as_ref().filter(|_| !rows.is_empty() && !self.formed);
                    let form = form.map(|select| select::form(select, hunt.uidvalidity(), &tr));
                    self.formed |= form.is_some();
                    let rows =
                        list(&self.who, &place, hunt.uidvalidity(), rows, &self.asked, self.select.as_ref());
                    let more = hits(&hunt, html! { @if let Some(form) = form { (form) } (rows) }, &tr);
                    self.stage = Stage::Hunt(place, hunt);
                    Some((more, self))
                }
                Ok(None) => Some((self.over(&place, &hunt), self)),
                Err(Trouble::Rebuilt) => Some((stale(&self.who, &place).body, self)),
                Err(trouble) => Some((self.broken(&place, &hunt, &trouble), self)),
            },
        }
    }
}

/// The box again, with what was asked.
pub fn top(who: &Who, place: &Place, asked: &Asked, tr: &Tr) -> Markup {
    let token = who.signed.csrf.token().unwrap_or_default();
    let list = place.list();
    html! {
        form.find.again method="post" action={ (list) "/search" } role="search"
            data-stop=(tr.t("search-stop")) data-looking=(tr.t("search-looking")) data-stopped=(tr.t("search-stopped")) {
            (search_box(&token, &asked.query.typed(tr.lang()), tr))
            button { (tr.t("search")) }
            a href={ (list) "/search?" (asked.part) } { (tr.t("search-options")) }
        }
        script src=(assets::url("search.js")) defer {}
        @if asked.query.wants_files() { p.quiet { (tr.t("search-files-what")) } }
    }
}

/// What a step found, and how far it looked; the next piece of the page takes the place of that line.
fn hits(hunt: &Hunt, rows: Markup, tr: &Tr) -> Markup {
    html! {
        (rows)
        @if let Some(at) = hunt.back_to() {
            p.looked { (tr.t_with("search-so-far", &[("date", (&tr.date(at)).into())])) }
        }
    }
}

/// Hits as rows of a list, each opening among the results.
pub fn list(
    who: &Who,
    place: &Place,
    uidvalidity: u32,
    rows: Vec<Fetched>,
    asked: &Asked,
    select: Option<&Select>,
) -> Markup {
    let path = place.list();
    let messages = href::messages_in(&path, uidvalidity);
    let mut rows = rows_of(rows, &path, &messages, false, false);
    for row in &mut rows {
        row.href = format!("{}?{}", row.href, asked.part);
    }
    let (of, select) = (of(who, uidvalidity), select.cloned());
    let view =
        ListView { path, uidvalidity, of, rows, select, dates_in_disorder: true, ..ListView::default() };
    found(&view, &who.reader.tr)
}

impl Flow {
    /// The end of a page of results. "No results" is said only when every message was looked at.
    fn over(&self, place: &Place, hunt: &Hunt) -> Markup {
        let (tr, went_on) = (&self.who.reader.tr, self.older.is_some());
        let told = hunt.told() as u64;
        let whole = hunt.end() == Some(End::Whole) && !hunt.is_doubtful();
        html! {
            @if hunt.is_doubtful() { p.quiet { (tr.t("search-accents")) } }
            p.looked.end role="status" data-end=(if whole { "whole" } else { "more" }) {
                @match (whole, told, went_on) {
                    (true, 0, false) => b { (tr.t("search-none")) },
                    (true, 0, true) => b { (tr.t("search-no-more")) },
                    (_, 0, _) => b { (tr.t("search-none-yet")) },
                    (true, n, false) => b { (tr.t_with("search-found", &[("n", n.into())])) },
                    (_, n, _) if hunt.found() > n && !self.asked.query.wants_files() => {
                        b { (tr.t_with("search-shown-of", &[("n", n.into()), ("found", hunt.found().into())])) }
                    },
                    (_, n, _) => b { (tr.t_with("search-shown", &[("n", n.into())])) },
                }
                " "
                @if whole {
                    (tr.t("search-whole"))
                } @else if let Some(at) = hunt.back_to() {
                    (tr.t_with("search-back-to", &[("date", (&tr.date(at)).into())]))
                }
            }
            @if hunt.end() != Some(End::Whole) && let Some(href) = self.further(place, hunt) {
                p.more { a.button href=(href) rel="next" data-further { (tr.t("search-further")) } }
            }
        }
    }

    /// What was found stays; said is what happened, how far was looked, and the way on from there.
    fn broken(&self, place: &Place, hunt: &Hunt, trouble: &Trouble) -> Markup {
        let tr = &self.who.reader.tr;
        let problem = trouble::of_trouble(&self.who.account, trouble);
        html! {
            div.looked.end data-end="broken" {
                (problem.inline(tr))
                p {
                    b { @match hunt.told() as u64 {
                        0 => (tr.t("search-cut-none")),
                        n => (tr.t_with("search-cut", &[("n", n.into())])),
                    } }
                    " "
                    @if let Some(at) = hunt.back_to() { (tr.t_with("search-back-to", &[("date", (&tr.date(at)).into())])) }
                }
            }
            p.more {
                a.button href=(self.further(place, hunt).unwrap_or_else(|| self.who.reader.here.clone())) rel="next" data-further {
                    (tr.t("search-go-on"))
                }
            }
        }
    }

    /// The way on; what is selected there is selected anew.
    fn further(&self, place: &Place, hunt: &Hunt) -> Option<String> {
        let href = further(place, hunt, &self.asked)?;
        Some(if self.select.is_some() { with(&href, "select") } else { href })
    }
}

pub fn further(place: &Place, hunt: &Hunt, asked: &Asked) -> Option<String> {
    let (uidvalidity, uid) = hunt.from()?;
    Some(format!("{}&{}", place.walk("older", uidvalidity, uid), asked.part))
}
