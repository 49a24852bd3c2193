//! The page, as it becomes known: the counts of each mailbox, then the rows of what nobody opened, as many as one page
//! holds. A mailbox that cannot be looked at says so; the others are looked at all the same.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use maud::{Markup, html};

use super::{
    asked::{self, Asked},
    group, line,
    view::{self, Counts, GroupView, MoreView, Part, TopView},
};
use crate::{
    imap::fetch::Fetched,
    locale::Tr,
    mailbox::{
        folders::{self, Folder},
        lane::Reader,
        missed::{self, Missed},
        window::{PAGE, Trouble},
    },
    message::lane::Lane,
    web::{
        href::{self, Place, value_of},
        lane::handler::reader_of,
        list::{
            handler::{rows_of, whom},
            view::{ListView, Row},
        },
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// Messages, the newest of each mailbox, among which clinical documents are looked for so that they come first.
const JUDGED: usize = 600;
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
    /// What is to be shown of each mailbox.
    found: VecDeque<Found>,
    /// Rows that the page has room for.
    room: usize,
    /// Messages that may still be looked at for the sake of what comes first.
    judged: usize,
    reader: Reader,
    groups: Vec<GroupView>,
    more: Vec<MoreView>,
}

struct Found {
    folder: Folder,
    uidvalidity: u32,
    /// Those that nobody opened, newest first.
    uids: Vec<u32>,
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
            Stage::Clinical(mut work, n)
                if n < work.found.len() && work.judged > 0 && Instant::now() < work.until =>
            {
                let piece = self.clinical(&mut work, n, &tr).await;
                self.stage = Stage::Clinical(work, n + 1);
                Some((piece, self))
            }
            Stage::Clinical(work, _) => {
                let looked = (JUDGED - work.judged) as u64;
                let cut = (work.counts.to_read > looked).then_some(looked);
                self.stage = Stage::Rows(work);
                Some((html! { @if let Some(n) = cut { (view::clinical_among(n, &tr)) } }, self))
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
            found: VecDeque::new(),
            room: PAGE as usize,
            judged: JUDGED,
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
        let counts = Counts::of(&missed);
        work.counts.arrived += counts.arrived;
        work.counts.to_read += counts.to_read;
        work.counts.filed += counts.filed;
        if counts.to_read > 0 {
            work.found.push_back(self.found(folder, &missed));
        }
        match counts.arrived {
            0 if self.asked.only.is_none() => html! {},
            _ => view::counted(&name, counts, missed.cut, self.asked.only.is_some(), tr),
        }
    }

    /// Once all mailboxes were looked at.
    async fn counted(&self, work: &Work) {
        if self.known && work.whole && self.asked.only.is_none() {
            let (account, span) = (&self.who.account, line::seconds(self.asked.span));
            // What is not counted is counted at the next look.
            let _ = account.store.set_missed(&account.id, span, work.counts.to_read).await;
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
        let gone = older.filter(|_| place.is_none());
        let rest: Vec<u32> = rest
            .iter()
            .filter(|arrival| !arrival.opened && gone.is_none_or(|(_, uid)| arrival.uid < uid))
            .map(|arrival| arrival.uid)
            .collect();
        Found { folder, uidvalidity: missed.uidvalidity, uids: rest }
    }

    /// Documents about patients come before everything, in whatever mailbox they are.
    async fn clinical(&self, work: &mut Work, n: usize, tr: &Tr) -> Markup {
        let Found { folder, uidvalidity, uids } = &work.found[n];
        let (folder, uidvalidity) = (folder.clone(), *uidvalidity);
        let looked: Vec<u32> = uids.iter().take(work.judged).copied().collect();
        let place = group::place(&folder, work.separator);
        let with = (whom(&self.who, &place), &work.reader);
        let mut rows = Vec::new();
        for uids in looked.chunks(PAGE as usize) {
            // What cannot be read is told where its rows would stand.
            let told = missed::judged(&self.who.account, &place.mailbox, uidvalidity, uids, with).await;
            let Ok(told) = told else { break };
            work.judged = work.judged.saturating_sub(uids.len());
            let clinical = told.into_iter().filter(|(_, lane)| *lane == Lane::Clinical);
            rows.extend(clinical.map(|(row, _)| row));
            if rows.len() >= PAGE as usize || Instant::now() >= work.until {
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
        let span = asked::part(self.asked.span);
        let rows = rows.map(|(row, read_elsewhere)| Row {
            read_elsewhere,
            href: format!("{}?{span}", row.href),
            clinical: part == Part::Clinical,
            ..row
        });
        let list = ListView { rows: rows.collect(), path, uidvalidity, ..ListView::default() };
        let token = self.who.signed.csrf.token().unwrap_or_default();
        GroupView { name, part, list, token }
    }

    /// The next of a mailbox; they are shown once all are known, documents about patients before people, these before the rest.
    async fn rows(&self, work: &mut Work, found: Found, tr: &Tr) -> Markup {
        let Found { folder, uidvalidity, mut uids } = found;
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
            let all = format!("/missed?{}&box={}", asked::part(self.asked.span), value_of(&folder.url));
            let older = uids.last().map(|uid| format!("&older={uidvalidity}-{uid}"));
            // Where the page had no room for a single one it goes on from where it would have begun.
            let from =
                self.asked.older.filter(|_| older.is_none()).map(|(v, uid)| format!("&older={v}-{uid}"));
            let href = format!("{all}{}", older.or(from).unwrap_or_default());
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
