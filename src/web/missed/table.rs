//! `GET /missed.csv?from=&to=`: all that arrived, to be filed by hand and checked against when the other software is
//! back. Made at the pace of the reader; its last line says whether it is all of it.

use std::{
    collections::VecDeque,
    convert::Infallible,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    extract::RawQuery,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::{asked::Asked, group};
use crate::{
    audit::{Event, What},
    imap::fetch::Fetched,
    locale::Tr,
    mailbox::{
        folders::{self, Folder, Folders},
        missed,
        window::PAGE,
    },
    message::csv,
    web::{answer, list::place::whom, problem::Kind, save::separator, trouble, who::Who},
};

/// Messages of one table, and characters of a cell.
const MOST: usize = 10_000;
const CELL: usize = 300;
/// No mailbox is begun after that long, nor after so many that could not be read.
const TIME: Duration = Duration::from_secs(300);
const BROKEN: u32 = 3;

const COLUMNS: [&str; 8] = [
    "missed-col-folder",
    "missed-col-arrived",
    "missed-col-from",
    "missed-col-subject",
    "missed-col-documents",
    "missed-col-opened",
    "missed-col-elsewhere",
    "missed-col-filed",
];

pub async fn show(who: Who, RawQuery(query): RawQuery) -> Response {
    let Some(Some(asked)) = Asked::of(&query.unwrap_or_default()) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    // What stands in the way of all of it is told on a page.
    let listed = match folders::list(&who.account).await {
        Ok(listed) => listed,
        Err(error) => return answer::problem(&who.reader, &trouble::of(&who.account, &error)),
    };
    let name = format!("attachment; filename=\"relais-{}.csv\"", who.reader.tr.date_of(asked.span.from));
    who.tell(Event::of(What::ReportExported));
    let table = Table::new(who, asked, &listed);
    let pieces = stream::unfold(table, async |table| table.step().await).fuse();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

struct Table {
    who: Who,
    asked: Asked,
    separator: Option<u8>,
    left: VecDeque<Folder>,
    at_work: Option<AtWork>,
    room: usize,
    until: Instant,
    /// Mailboxes one after the other that could not be read.
    broken: u32,
    begun: bool,
    whole: bool,
    over: bool,
}

/// A mailbox of which there is still something to be told.
struct AtWork {
    folder: Folder,
    uidvalidity: u32,
    /// Each message, and whether somebody opened it here.
    arrivals: VecDeque<(u32, bool)>,
}

impl Table {
    fn new(who: Who, asked: Asked, listed: &Folders) -> Table {
        let left = group::in_order(listed);
        let separator = listed.separator;
        Table {
            who,
            asked,
            separator,
            left,
            at_work: None,
            room: MOST,
            until: Instant::now() + TIME,
            broken: 0,
            begun: false,
            whole: true,
            over: false,
        }
    }

    async fn step(mut self) -> Option<(Result<Bytes, Infallible>, Table)> {
        if self.over {
            return None;
        }
        let tr = self.who.reader.tr.clone();
        let mut text = String::new();
        if !self.begun {
            self.begun = true;
            // A spreadsheet takes it for UTF-8 by its mark.
            text.push('\u{feff}');
            text.push_str(&line(COLUMNS.map(|key| tr.t(key).to_owned()), &tr));
        } else if let Some(work) = self.at_work.take() {
            self.some(work, &mut text, &tr).await;
        } else if !self.left.is_empty()
            && (self.room == 0 || self.broken >= BROKEN || Instant::now() >= self.until)
        {
            // Nothing more would be written of them, or it takes too long.
            self.left.clear();
            self.whole = false;
        } else if let Some(folder) = self.left.pop_front() {
            match missed::missed(&self.who.account, &folder.name, self.asked.span).await {
                Ok(found) => {
                    self.broken = 0;
                    self.whole &= !found.cut;
                    let all = found.arrived.iter().map(|arrival| (arrival.uid, arrival.opened)).collect();
                    self.at_work = Some(AtWork { folder, uidvalidity: found.uidvalidity, arrivals: all });
                }
                Err(_) => self.left_out(&folder, &mut text, &tr),
            }
        } else {
            self.over = true;
            let end = if self.whole { "missed-table-whole" } else { "missed-table-part" };
            text.push_str(&line([tr.t(end).to_owned()], &tr));
        }
        Some((Ok(Bytes::from(text)), self))
    }

    /// The next lines of a mailbox.
    async fn some(&mut self, mut work: AtWork, text: &mut String, tr: &Tr) {
        let AtWork { folder, uidvalidity, arrivals } = &mut work;
        let n = arrivals.len().min(PAGE as usize).min(self.room);
        if n == 0 {
            self.whole &= arrivals.is_empty();
            return;
        }
        let some: Vec<(u32, bool)> = arrivals.drain(..n).collect();
        let uids: Vec<u32> = some.iter().map(|(uid, _)| *uid).collect();
        let place = group::place(folder, self.separator);
        let whom = whom(&self.who, &place);
        let Ok(rows) = missed::rows(&self.who.account, &folder.name, *uidvalidity, &uids, whom).await else {
            return self.left_out(folder, text, tr);
        };
        let name = group::name(folder, &self.who);
        for row in rows {
            let opened = some.iter().any(|(uid, opened)| row.uid == Some(*uid) && *opened);
            text.push_str(&line(cells(&name, &row, opened, tr), tr));
        }
        self.room -= n;
        self.at_work = Some(work);
    }

    fn left_out(&mut self, folder: &Folder, text: &mut String, tr: &Tr) {
        self.whole = false;
        self.broken += 1;
        text.push_str(&line([group::name(folder, &self.who), tr.t("missed-table-sick").to_owned()], tr));
    }
}

fn cells(folder: &str, row: &Fetched, opened: bool, tr: &Tr) -> [String; 8] {
    let flags = row.flags.unwrap_or_default();
    let brief = row.brief.clone().unwrap_or_default();
    let at = |at: Timestamp| tr.wall(at).replace('T', " ");
    let yes = |is: bool| tr.t(if is { "missed-yes" } else { "missed-no" }).to_owned();
    [
        folder.to_owned(),
        row.internal_date.map(at).unwrap_or_default(),
        brief.who,
        brief.subject,
        row.documents.map(|n| n.to_string()).unwrap_or_default(),
        yes(opened),
        yes(flags.seen && !opened),
        yes(flags.filed),
    ]
}

fn line<const N: usize>(cells: [String; N], tr: &Tr) -> String {
    let cells = cells.into_iter().map(|cell| cell.chars().filter(|c| !c.is_control()).take(CELL).collect());
    csv::line(separator(tr), cells)
}
