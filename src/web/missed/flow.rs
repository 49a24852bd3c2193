//! The page, as it becomes known: the counts of each mailbox, then the rows of what nobody opened, as many as one page
//! holds. A mailbox that cannot be looked at says so; the others are looked at all the same.

use std::{
    collections::{HashSet, VecDeque},
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
    message::lane::{Lane, Verdict},
    store::Look,
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
    /// The others, and those that were not begun.
    left_out: u64,
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
    /// Of those that nobody opened, newest first, as many as one page may look at: UID, and when it arrived.
    arrived: Vec<(u32, Option<i64>)>,
    /// How many there are.
    n: usize,
    /// Of them those that were shown before everything.
    first: HashSet<u32>,
}

/// What nobody wanted, or wants any more: none of it comes first, and none is counted for the administrator.
fn is_refuse(folder: &Folder) -> bool {
    matches!(folder.role, Some(Role::Junk | Role::Trash))
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
                    let top = TopView { span: self.asked.span, here: self.who.reader.here.clone() };
                    (view::top(&top, &tr), self)
                }
                Err(problem) => (problem.with_retry(self.who.reader.here.clone()).page(&tr), self),
            }),
            Stage::Count(mut work) => {
                let stops =
                    work.looked >= group::MOST || work.broken >= BROKEN || Instant::now() >= work.until;
                let piece = match work.left.front().cloned() {
                    Some(_) if stops && work.looked > 0 => {
                        work.whole = false;
                        work.left_out += work.left.len() as u64;
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
            left_out: 0,
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
                work.left_out += 1;
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
        if !is_refuse(&folder) {
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
        if self.known && work.counted > 0 && self.asked.only.is_none() && self.asked.begin.is_none() {
            let span = line::seconds(self.asked.span);
            let look = Look { unopened: work.left_unopened, left_out: work.left_out };
            // What is not counted is counted at the next look.
            let _ = self.who.account.store.set_missed(&self.who.signed.pooled, span, look).await;
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
        let looked_at = rest.iter().take(JUDGED + PAGE as usize);
        let arrived = looked_at.map(|arrival| (arrival.uid, arrival.at.map(Timestamp::as_second))).collect();
        let (n, first) = (rest.len(), HashSet::new());
        Found { folder, uidvalidity: missed.uidvalidity, arrived, n, first }
    }

    /// Documents about patients come before everything, in whatever mailbox they are.
    async fn clinical(&self, work: &mut Work, n: usize, tr: &Tr) -> Markup {
        let Found { folder, uidvalidity, arrived, n: all, .. } = &work.found[n];
        let (folder, uidvalidity) = (folder.clone(), *uidvalidity);
        if is_refuse(&folder) {
            return html! {};
        }
        work.unjudged.older |= *all > JUDGED;
        let looked: Vec<u32> = arrived.iter().take(JUDGED).map(|(uid, _)| *uid).collect();
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
            rows.extend(told.into_iter().filter(|(_, verdict)| verdict.lane == Lane::Clinical));
            if rows.len() >= PAGE as usize {
                // Whatever is left may hold more.
                work.unjudged.late |= rows.len() > PAGE as usize || looked.last() != uids.last();
                break;
            }
        }
        rows.truncate(PAGE as usize);
        work.found[n].first = rows.iter().filter_map(|(row, _)| row.uid).collect();
        if rows.is_empty() {
            return html! {};
        }
        let name = group::name(&folder, &self.who);
        view::group(&self.group(name, Part::Clinical, (&place, uidvalidity), rows), tr)
    }

    fn group(&self, name: String, part: Part, at: (&Place, u32), rows: Vec<(Fetched, Verdict)>) -> GroupView {
        let (place, uidvalidity) = at;
        let path = place.list();
        let messages = href::messages_in(&path, uidvalidity);
        let more = |(row, verdict): &(Fetched, Verdict)| {
            (row.flags.is_some_and(|flags| flags.seen), verdict.is_for_software())
        };
        let more: Vec<(bool, bool)> = rows.iter().map(more).collect();
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        let rows = rows_of(rows, &path, &messages, false, false).into_iter().zip(more);
        let here = self.asked.part();
        let rows = rows.map(|(row, (read_elsewhere, for_software))| Row {
            read_elsewhere,
            for_software,
            href: format!("{}?{here}", row.href),
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
        let Found { folder, uidvalidity, arrived, n, first } = found;
        let place = group::place(&folder, work.separator);
        let rest = arrived.iter().enumerate().filter(|(_, (uid, _))| !first.contains(uid)).take(work.room);
        let rest: Vec<(usize, &(u32, Option<i64>))> = rest.collect();
        let uids: Vec<u32> = rest.iter().map(|(_, (uid, _))| *uid).collect();
        // What the next page begins after, wherever that was shown; and with how many it goes on.
        let (older, at, left) = match rest.last() {
            Some((place, (uid, at))) => (Some((uidvalidity, *uid)), *at, n - place - 1),
            None if work.room > 0 => (None, None, 0),
            // Where the page had no room for a single one it goes on from where it would have begun.
            None => (self.asked.older, self.asked.at, n),
        };
        let name = group::name(&folder, &self.who);
        let with = (whom(&self.who, &place), &work.reader);
        let told = missed::judged(&self.who.account, &place.mailbox, uidvalidity, &uids, with).await;
        let mut told = match told {
            Ok(told) => told,
            Err(trouble) => return self.sick(&name, &trouble, tr),
        };
        work.room -= uids.len();
        if left > 0 {
            let next =
                Asked { span: self.asked.span, only: Some(folder.url.clone()), older, at, begin: None };
            let href = format!("/missed?{}", next.part());
            work.more.push(MoreView { name: name.clone(), n: left as u64, href });
        }
        for part in [Part::Clinical, Part::People, Part::Rest] {
            let some: Vec<_> = told.extract_if(.., |(_, verdict)| Part::of(verdict.lane) == part).collect();
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
