//! The page, as it becomes known: the counts of each mailbox, then the rows of what nobody opened, as many as one page
//! holds. A mailbox that cannot be looked at says so; the others are looked at all the same.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use maud::{Markup, html};
use tokio::time::timeout_at;

use super::{
    asked::{self, Asked},
    group, line,
    view::{self, GroupView, MoreView, Part, TopView},
};
use crate::{
    imap::fetch::Fetched,
    locale::Tr,
    mailbox::{
        folders::{self, Folder, Role},
        lane::Reader,
        missed::{self, Arrival, Counts, Missed},
        window::{PAGE, Trouble},
    },
    message::lane::Lane,
    web::{
        href::{self, Place, value_of},
        lane::handler::reader_of,
        list::{
            place::whom,
            rows::rows_of,
            view::{ListView, Row},
        },
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// Messages, the newest of each mailbox, among which clinical documents are looked for so that they come first; and for how
/// long, after the counts.
const JUDGED: usize = 300;
const JUDGING: Duration = Duration::from_secs(8);
/// No mailbox is begun after that long on one page; the next page goes on.
const TIME: Duration = Duration::from_secs(15);
/// Mailboxes one after the other whose connection broke: then it is not the mailbox.
const BROKEN: u32 = 2;

pub struct Flow {
    who: Who,
    asked: Asked,
    /// It is that of an incident: how much of it is left is counted, for the administrator.
    known: bool,
    stage: Stage,
}

enum Stage {
    Begin,
    Count(Box<Work>),
    /// Clinical documents of the mailbox with this number, before everything else.
    Clinical(Box<Work>, usize),
    Rows(Box<Work>),
    Over,
}

struct Work {
    separator: Option<u8>,
    /// Still to be counted.
    left: VecDeque<Folder>,
    until: Instant,
    looked: usize,
    broken: u32,
    /// Of those that were looked at, the mailboxes that could be.
    counted: u64,
    /// Nothing was left out so far.
    whole: bool,
    counts: Counts,
    /// Of them nobody opened so many, junk and trash left out.
    left_unopened: u64,
    /// What is to be shown of each mailbox.
    found: VecDeque<Found>,
    /// Rows that the page has room for.
    room: usize,
    /// Not every message that could come first was looked at: there were more in a mailbox, or it took too long.
    unjudged: Unjudged,
    /// When those that come first are no longer looked for.
    until_judged: Instant,
    reader: Reader,
    groups: Vec<GroupView>,
    more: Vec<MoreView>,
}

#[derive(Default, Clone, Copy)]
struct Unjudged {
    older: bool,
    late: bool,
}

struct Found {
    folder: Folder,
    uidvalidity: u32,
    /// Those that nobody opened, newest first.
    uids: Vec<u32>,
    /// When each of them arrived.
    at: HashMap<u32, i64>,
}

impl Flow {
    pub fn new(who: Who, asked: Asked, known: bool) -> Flow {
        Flow { who, asked, known, stage: Stage::Begin }
    }

    /// The next piece of the page.
    pub async fn step(mut self) -> Option<(Markup, Flow)> {
        let tr = self.who.reader.tr.clone();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => None,
            Stage::Begin => Some(match self.begin().await {
                Ok(work) => {
                    self.stage = Stage::Count(Box::new(work));
                    let span = self.asked.span;
                    (view::top(&TopView { from: span.from, to: span.to }, &tr), self)
                }
                Err(problem) => (problem.with_retry(self.who.reader.here.clone()).page(&tr), self),
            }),
            Stage::Count(mut work) => {
                let stops =
                    work.looked >= group::MOST || work.broken >= BROKEN || Instant::now() >= work.until;
                let piece = match work.left.front().cloned() {
                    Some(_) if stops && work.looked > 0 => {
                        work.whole = false;
                        let later = self.later(&work, &tr);
                        work.left.clear();
                        later
                    }
                    Some(folder) => {
                        work.left.pop_front();
                        work.looked += 1;
                        self.count(&mut work, folder, &tr).await
                    }
                    None => {
                        self.counted(&work).await;
                        let all = view::total(work.counts, work.counted, &tr);
                        let alone = self.asked.only.is_some();
                        // Further on everything comes in its own place.
                        let first = self.asked.older.is_none();
                        work.until_judged = Instant::now() + JUDGING;
                        self.stage = if first { Stage::Clinical(work, 0) } else { Stage::Rows(work) };
                        return Some((
                            if alone {
                                html! {}
                            } else {
                                all
                            },
                            self,
                        ));
                    }
                };
                self.stage = Stage::Count(work);
                Some((piece, self))
            }
            Stage::Clinical(mut work, n) if n < work.found.len() => {
                let piece = self.clinical(&mut work, n, &tr).await;
                self.stage = Stage::Clinical(work, n + 1);
                Some((piece, self))
            }
            Stage::Clinical(work, _) => {
                let Unjudged { older, late } = work.unjudged;
                let piece = view::clinical_among(older.then_some(JUDGED as u64), late, &tr);
                self.stage = Stage::Rows(work);
                Some((piece, self))
            }
            Stage::Rows(mut work) => {
                let Some(found) = work.found.pop_front() else {
                    let nothing = work.whole && work.counts.to_read == 0;
                    // Stable: in each part the mailboxes stand in their order.
                    work.groups.sort_by_key(|group| group.part);
                    let rest = html! {
                        @for group in &work.groups { (view::group(group, &tr)) }
                        @for more in &work.more { (view::more(more, &tr)) }
                        @if nothing { (view::nothing(work.counts, &tr)) }
                        (view::end(&asked::part(self.asked.span), &tr))
                    };
                    return Some((rest, self));
                };
                let piece = self.rows(&mut work, found, &tr).await;
                self.stage = Stage::Rows(work);
                Some((piece, self))
            }
        }
    }

    async fn begin(&self) -> Result<Work, Problem> {
        let listed = folders::list(&self.who.account).await;
        let listed = listed.map_err(|error| trouble::of(&self.who.account, &error))?;
        let mut left = group::in_order(&listed);
        if let Some(only) = &self.asked.only {
            left.retain(|folder| folder.url == *only);
            if left.is_empty() {
                return Err(Kind::NotFound.into());
            }
        }
        let begin = self.asked.begin.as_ref();
        let from = begin.and_then(|begin| left.iter().position(|folder| folder.url == *begin)).unwrap_or(0);
        left.drain(..from);
        Ok(Work {
            separator: listed.separator,
            left,
            until: Instant::now() + TIME,
            looked: 0,
            counted: 0,
            broken: 0,
            whole: from == 0,
            counts: Counts::default(),
            left_unopened: 0,
            found: VecDeque::new(),
            room: PAGE as usize,
            unjudged: Unjudged::default(),
            until_judged: Instant::now(),
            reader: reader_of(&self.who).await,
            groups: Vec::new(),
            more: Vec::new(),
        })
    }

    async fn count(&self, work: &mut Work, folder: Folder, tr: &Tr) -> Markup {
        let name = group::name(&folder, &self.who);
        let missed = match missed::missed(&self.who.account, &folder.name, self.asked.span).await {
            Ok(missed) => missed,
            Err(trouble) => {
                let refused = matches!(&trouble, Trouble::Imap(error) if !error.is_fatal());
                work.broken = if refused { 0 } else { work.broken + 1 };
                work.whole = false;
                return self.sick(&name, &trouble, tr);
            }
        };
        work.broken = 0;
        work.counted += 1;
        work.whole &= !missed.cut;
        let counts = missed.counts();
        work.counts.arrived += counts.arrived;
        work.counts.to_read += counts.to_read;
        work.counts.filed += counts.filed;
        if !matches!(folder.role, Some(Role::Junk | Role::Trash)) {
            work.left_unopened += counts.to_read;
        }
        if counts.to_read > 0 {
            work.found.push_back(self.found(folder, &missed));
        }
        match counts.arrived {
            0 if self.asked.only.is_none() => html! {},
            _ => view::counted(&name, counts, missed.cut, self.asked.only.is_some(), tr),
        }
    }

    /// Once the mailboxes were looked at, all of them or not: the number is "at least". Junk and what was thrown away is not in
    /// it.
    async fn counted(&self, work: &Work) {
        if self.known && self.asked.only.is_none() && self.asked.begin.is_none() {
            let span = line::seconds(self.asked.span);
            // What is not counted is counted at the next look.
            let _ =
                self.who.account.store.set_missed(&self.who.signed.pooled, span, work.left_unopened).await;
        }
    }

    /// What is after the message where the last page ended, opened since or not.
    fn found(&self, folder: Folder, missed: &Missed) -> Found {
        let older = self.asked.older.filter(|(uidvalidity, _)| *uidvalidity == missed.uidvalidity);
        let place = older.and_then(|(_, uid)| missed.arrived.iter().position(|arrival| arrival.uid == uid));
        let rest = match (older, place) {
            (_, Some(place)) => &missed.arrived[place + 1..],
            _ => &missed.arrived[..],
        };
        // It is gone: what stands after it in their order.
        let gone = older.filter(|_| place.is_none()).map(|(_, uid)| (self.asked.at, uid));
        let of = |arrival: &Arrival| (arrival.at.map(Timestamp::as_second), arrival.uid);
        let rest: Vec<&Arrival> = rest
            .iter()
            .filter(|arrival| !arrival.opened && gone.is_none_or(|gone| of(arrival) < gone))
            .collect();
        Found {
            folder,
            uidvalidity: missed.uidvalidity,
            uids: rest.iter().map(|arrival| arrival.uid).collect(),
            at: rest.iter().filter_map(|arrival| Some((arrival.uid, arrival.at?.as_second()))).collect(),
        }
    }

    /// Documents about patients come before everything, in whatever mailbox they are.
    async fn clinical(&self, work: &mut Work, n: usize, tr: &Tr) -> Markup {
        let Found { folder, uidvalidity, uids, .. } = &work.found[n];
        let (folder, uidvalidity) = (folder.clone(), *uidvalidity);
        work.unjudged.older |= uids.len() > JUDGED;
        let looked: Vec<u32> = uids.iter().take(JUDGED).copied().collect();
        let place = group::place(&folder, work.separator);
        let with = (whom(&self.who, &place), &work.reader);
        let mut rows = Vec::new();
        for uids in looked.chunks(PAGE as usize) {
            let told = missed::judged(&self.who.account, &place.mailbox, uidvalidity, uids, with);
            // What cannot be read is told where its rows would stand.
            let Ok(Ok(told)) = timeout_at(work.until_judged.into(), told).await else {
                work.unjudged.late = true;
                break;
            };
            let clinical = told.into_iter().filter(|(_, lane)| *lane == Lane::Clinical);
            rows.extend(clinical.map(|(row, _)| row));
            if rows.len() >= PAGE as usize {
                work.unjudged.older |= looked.len() > JUDGED;
                break;
            }
        }
        rows.truncate(PAGE as usize);
        let first: HashSet<u32> = rows.iter().filter_map(|row| row.uid).collect();
        work.found[n].uids.retain(|uid| !first.contains(uid));
        if rows.is_empty() {
            return html! {};
        }
        let name = group::name(&folder, &self.who);
        view::group(&self.group(name, Part::Clinical, (&place, uidvalidity), rows), tr)
    }

    fn group(&self, name: String, part: Part, at: (&Place, u32), rows: Vec<Fetched>) -> GroupView {
        let (place, uidvalidity) = at;
        let path = place.list();
        let messages = href::messages_in(&path, uidvalidity);
        let seen: Vec<bool> = rows.iter().map(|row| row.flags.is_some_and(|flags| flags.seen)).collect();
        let rows = rows_of(rows, &path, &messages, false, false).into_iter().zip(seen);
        let here = self.asked.part();
        let rows = rows.map(|(row, read_elsewhere)| Row {
            read_elsewhere,
            href: format!("{}?{here}", row.href),
            clinical: part == Part::Clinical,
            ..row
        });
        // Several mailboxes, each with the same UIDs, stand on one page.
        let mark = format!("{uidvalidity}-");
        let list = ListView { rows: rows.collect(), path, uidvalidity, mark, ..ListView::default() };
        let token = self.who.signed.csrf.token().unwrap_or_default();
        GroupView { name, part, list, token }
    }

    /// The next of a mailbox; they are shown once all are known, documents about patients before people, these before the rest.
    async fn rows(&self, work: &mut Work, found: Found, tr: &Tr) -> Markup {
        let Found { folder, uidvalidity, mut uids, at } = found;
        let (place, of) = (group::place(&folder, work.separator), uids.len());
        uids.truncate(work.room);
        let name = group::name(&folder, &self.who);
        let with = (whom(&self.who, &place), &work.reader);
        let told = missed::judged(&self.who.account, &place.mailbox, uidvalidity, &uids, with).await;
        let mut told = match told {
            Ok(told) => told,
            Err(trouble) => return self.sick(&name, &trouble, tr),
        };
        work.room -= uids.len();
        if of > uids.len() {
            // Where the page had no room for a single one it goes on from where it would have begun.
            let (older, at) = match uids.last() {
                Some(uid) => (Some((uidvalidity, *uid)), at.get(uid).copied()),
                None => (self.asked.older, self.asked.at),
            };
            let next =
                Asked { span: self.asked.span, only: Some(folder.url.clone()), older, at, begin: None };
            let href = format!("/missed?{}", next.part());
            work.more.push(MoreView { name: name.clone(), n: (of - uids.len()) as u64, href });
        }
        for part in [Part::Clinical, Part::People, Part::Rest] {
            let some = told.extract_if(.., |(_, lane)| Part::of(*lane) == part);
            let some: Vec<Fetched> = some.map(|(row, _)| row).collect();
            if !some.is_empty() {
                work.groups.push(self.group(name.clone(), part, (&place, uidvalidity), some));
            }
        }
        html! {}
    }

    fn sick(&self, name: &str, trouble: &Trouble, tr: &Tr) -> Markup {
        view::sick(name, &trouble::of_trouble(&self.who.account, trouble), tr)
    }

    /// The way on to those that were not looked at.
    fn later(&self, work: &Work, tr: &Tr) -> Markup {
        let Some(next) = work.left.front() else { return html! {} };
        let href = format!("/missed?{}&begin={}", asked::part(self.asked.span), value_of(&next.url));
        view::later(work.left.len() as u64, &href, tr)
    }
}
