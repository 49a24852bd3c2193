//! From what the server tells of messages to the rows of a list.

use jiff::{SignedDuration, Timestamp};

use super::{
    late::lateness,
    view::{Preview, Row},
};
use crate::{imap::fetch::Fetched, message};

/// `messages` is what the address of each begins with; `beside`: whether they stand beside each other there.
pub fn rows_of(rows: Vec<Fetched>, path: &str, messages: &str, disorder: bool, beside: bool) -> Vec<Row> {
    let late = lateness(&rows, beside);
    let rows = rows.into_iter().zip(late);
    rows.map(|(row, late)| Row { late, ..row_of(row, path, messages, disorder) }).collect()
}

fn row_of(row: Fetched, path: &str, messages: &str, disorder: bool) -> Row {
    let uid = row.uid.unwrap_or(0);
    let flags = row.flags.unwrap_or_default();
    // Without an envelope there is nothing to show, whatever the reason.
    let too_complex = row.brief.is_none();
    let brief = row.brief.unwrap_or_default();
    let (sent, arrived) = (brief.sent, row.internal_date);
    Row {
        uid,
        href: if uid > 0 { [messages, &uid.to_string()].concat() } else { path.to_owned() },
        who: brief.who,
        when: if disorder { sent.or(arrived) } else { arrived.or(sent) },
        subject: brief.subject,
        documents: row.documents.unwrap_or(0),
        unread: row.flags.is_some() && !flags.seen,
        answered: flags.answered,
        forwarded: flags.forwarded,
        flagged: flags.flagged,
        done: flags.done,
        filed: flags.filed,
        deleted: flags.deleted,
        preview: match &row.preview {
            Some(text) => Preview::Known(message::preview::preview(text)),
            None if row.documents.is_some() => Preview::Later,
            None => Preview::None,
        },
        read_elsewhere: false,
        report: None,
        for_software: false,
        late: None,
        size: None,
        too_complex,
    }
}

/// Plainly another order than that of the dates: neighbours more than a day the wrong way round, in one of five
/// rows and at least four.
pub fn dates_in_disorder(rows: &[Fetched]) -> bool {
    let dates: Vec<Timestamp> = rows.iter().filter_map(|row| row.brief.as_ref()?.sent).collect();
    let wrong = dates
        .windows(2)
        .filter(|pair| pair[1].duration_since(pair[0]) > SignedDuration::from_hours(24))
        .count();
    wrong >= 4 && wrong * 5 >= dates.len()
}
