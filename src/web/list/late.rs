//! How late the messages of a list came.

use jiff::SignedDuration;

use crate::{
    imap::fetch::Fetched,
    message::way::{self, LATE},
};

/// Of each row, where it is so much that people are told. `beside`: they stand beside each other in the mailbox; where they do
/// not, nobody can tell a mailbox that was moved, and only what servers wrote counts.
pub fn lateness(rows: &[Fetched], beside: bool) -> Vec<Option<SignedDuration>> {
    let arrivals = || rows.iter().filter_map(|row| row.internal_date);
    rows.iter()
        .map(|row| {
            let trace = row.trace.as_ref()?;
            let written = row.brief.as_ref().and_then(|brief| brief.sent);
            let whole = |in_a_row| way::whole(written, trace, row.internal_date, in_a_row);
            // Nearly all of them are not late, whoever came beside them.
            let late = Some(whole(false)).filter(|late| *late >= LATE)?;
            let in_a_row = !beside || row.internal_date.is_some_and(|at| way::in_a_row(at, arrivals()));
            let late = if in_a_row { whole(true) } else { late };
            (late >= LATE).then_some(late)
        })
        .collect()
}
