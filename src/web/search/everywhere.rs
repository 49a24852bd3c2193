//! Results in all mailboxes: one group each, the ones people look at first before junk and trash. A mailbox gets a few
//! seconds and a few rows; what it has more, a search in it alone tells.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use maud::{Markup, html};

use super::{
    asked::Asked,
    results::{further, list, top},
};
use crate::{
    locale::Tr,
    mailbox::{
        folders::{self, Folder, Folders, Role},
        search::{End, Hunt},
        window::Trouble,
    },
    web::{folders::view::role_name, href::Place, list::place::whom, trouble, who::Who},
};

/// Rows of one mailbox.
const ROWS: usize = 10;
/// No window of a mailbox is begun after that long, and no mailbox after that long on one page.
const EACH: Duration = Duration::from_secs(2);
const ALL: Duration = Duration::from_secs(8);

pub struct Everywhere {
    who: Who,
    /// Where the page is.
    place: Place,
    asked: Asked,
    /// The same in one mailbox alone.
    here: Asked,
    /// The mailbox to begin with, as in its URL.
    begin: Option<String>,
    stage: Stage,
}

enum Stage {
    Begin,
    Looking(Box<Looking>),
    Over,
}

struct Looking {
    separator: Option<u8>,
    /// Still to be looked through, the one at work first.
    left: VecDeque<Folder>,
    hunt: Option<Hunt>,
    /// Its group has begun on the page.
    named: bool,
    until: Instant,
    told: usize,
    /// Every message of every mailbox of this page so far was looked at.
    whole: bool,
}

impl Everywhere {
    pub fn new(who: Who, place: Place, asked: Asked, here: Asked, begin: Option<String>) -> Everywhere {
        Everywhere { who, place, asked, here, begin, stage: Stage::Begin }
    }

    /// The next piece of the page.
    pub async fn step(mut self) -> Option<(Markup, Everywhere)> {
        let tr = self.who.reader.tr.clone();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => None,
            Stage::Begin => match listed(&self.who).await {
                Err(error) => {
                    let problem = trouble::of(&self.who.account, &error);
                    Some((problem.with_retry(self.who.reader.here.clone()).page(&tr), self))
                }
                Ok(folders) => {
                    self.stage = Stage::Looking(Box::new(Looking {
                        separator: folders.separator,
                        left: in_order(&folders, self.begin.as_deref()),
                        hunt: None,
                        named: false,
                        until: Instant::now() + ALL,
                        told: 0,
                        whole: true,
                    }));
                    Some((top(&self.who, &self.place, &self.asked, &tr), self))
                }
            },
            Stage::Looking(mut looking) => {
                let Some(folder) = looking.left.front().cloned() else {
                    return Some((over(&looking, self.begin.is_some(), &tr), self));
                };
                if looking.hunt.is_none() && Instant::now() >= looking.until {
                    return Some((self.later(&looking, &folder, &tr), self));
                }
                let place = Place { mailbox: folder.name.clone(), separator: looking.separator };
                let mut hunt = looking.hunt.take().unwrap_or_else(|| self.hunt(&place));
                let piece = match hunt.next().await {
                    Ok(Some(rows)) => {
                        let group = !rows.is_empty() && !looking.named;
                        looking.named |= group;
                        looking.told += rows.len();
                        let rows = list(&self.who, &place, hunt.uidvalidity(), rows, &self.asked, None);
                        looking.hunt = Some(hunt);
                        html! { @if group { (heading(&folder, &tr)) } (rows) }
                    }
                    Ok(None) => {
                        let whole = hunt.end() == Some(End::Whole) && !hunt.is_doubtful();
                        looking.whole &= whole;
                        let said = if whole {
                            html! {}
                        } else {
                            self.more(&place, &hunt, &tr)
                        };
                        let group = !whole && !looking.named;
                        looking.next();
                        html! { @if group { (heading(&folder, &tr)) } (said) }
                    }
                    Err(trouble) => {
                        looking.whole = false;
                        let refused = matches!(&trouble, Trouble::Imap(error) if !error.is_fatal());
                        let said = trouble::of_trouble(&self.who.account, &trouble).inline(&tr);
                        let (named, rebuilt) = (looking.named, trouble == Trouble::Rebuilt);
                        if !refused && !rebuilt {
                            // The others would not fare better.
                            let on = self.on(&folder, &tr);
                            return Some((
                                html! {
                                    @if !named { (heading(&folder, &tr)) }
                                    div.looked.end data-end="broken" { (said) p { b { (tr.t("search-everywhere-cut")) } } }
                                    (on)
                                },
                                self,
                            ));
                        }
                        looking.next();
                        html! { @if !named { (heading(&folder, &tr)) } div.looked.end data-part { (said) } }
                    }
                };
                self.stage = Stage::Looking(looking);
                Some((piece, self))
            }
        }
    }

    fn hunt(&self, place: &Place) -> Hunt {
        let (account, query) = (self.who.account.clone(), self.asked.query.clone());
        Hunt::new(account, place.mailbox.clone(), query, whom(&self.who, place), None, ROWS, EACH)
    }

    /// A mailbox that was not looked through to its end.
    fn more(&self, place: &Place, hunt: &Hunt, tr: &Tr) -> Markup {
        html! {
            p.looked.end data-part {
                @if hunt.end() == Some(End::Time) && hunt.told() == 0 { (tr.t("search-none-yet")) " " }
                @if let Some(at) = hunt.back_to() { (tr.t_with("search-back-to", &[("date", (&tr.date(at)).into())])) " " }
                a href=(further(place, hunt, &self.here).unwrap_or_else(|| format!("{}?{}", place.list(), self.here.part))) { (tr.t("search-more-here")) }
            }
        }
    }

    /// The time is over, and there are other mailboxes.
    fn later(&self, looking: &Looking, folder: &Folder, tr: &Tr) -> Markup {
        html! {
            p.looked.end role="status" data-end="more" {
                b { (tr.t_with("search-folders-left", &[("n", (looking.left.len() as u64).into())])) }
            }
            (self.on(folder, tr))
        }
    }

    fn on(&self, folder: &Folder, tr: &Tr) -> Markup {
        let from: String = url::form_urlencoded::byte_serialize(folder.url.as_bytes()).collect();
        html! {
            p.more {
                a.button href={ (self.place.list()) "?" (self.asked.part) "&box=" (from) } rel="next" data-further { (tr.t("search-go-on")) }
            }
        }
    }
}

impl Looking {
    fn next(&mut self) {
        self.left.pop_front();
        self.named = false;
    }
}

/// The mailboxes as they are now: one that another program made since they were listed last is one of them.
async fn listed(who: &Who) -> Result<Arc<Folders>, crate::imap::Error> {
    folders::list(&who.account).await
}

/// Those that hold messages of their own, in the order of the page, junk and trash late; from `begin` on. What lies in no
/// other mailbox is found in the one of all messages, where there is one.
fn in_order(folders: &Folders, begin: Option<&str>) -> VecDeque<Folder> {
    let only_shows = |f: &&Folder| matches!(f.role, Some(Role::Flagged | Role::Important));
    let mut list: Vec<Folder> =
        folders.list.iter().filter(|f| f.selectable && !only_shows(f)).cloned().collect();
    list.sort_by_key(|f| match f.role {
        Some(Role::All) => 2,
        Some(Role::Junk | Role::Trash) => 1,
        _ => 0,
    });
    let from = begin.and_then(|begin| list.iter().position(|f| f.url == begin)).unwrap_or(0);
    list.drain(from..).collect()
}

fn heading(folder: &Folder, tr: &Tr) -> Markup {
    let name = folder.role.map_or(folder.label.as_str(), |role| role_name(role, tr));
    html! { h2.day.where { bdi { (name) } } }
}

fn over(looking: &Looking, went_on: bool, tr: &Tr) -> Markup {
    // A page that begins further on has not seen the ones before.
    let all = looking.whole && !went_on;
    html! {
        p.looked.end role="status" data-end=(if all { "whole" } else { "over" }) {
            b { @match (looking.told as u64, looking.whole) {
                (0, false) => (tr.t("search-none-yet")),
                (0, true) if went_on => (tr.t("search-no-more")),
                (0, true) => (tr.t("search-none")),
                (n, _) => (tr.t_with("search-found-everywhere", &[("n", n.into())])),
            } }
            " "
            (match (all, looking.whole) {
                (true, _) => tr.t("search-whole-everywhere"),
                (false, true) => tr.t("search-whole-rest"),
                (false, false) => tr.t("search-all-visited"),
            })
        }
    }
}
