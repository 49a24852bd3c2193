//! What a page of the INBOX tells of how long mail takes to arrive: of rows that the server described just now, without a
//! question of its own. A row that is shown again is remembered without its header, and counts no second time either way
//! (`status/measure/voices.rs`).

use crate::{
    config::Server,
    imap::fetch::Fetched,
    message::way::{self, Operator},
    status::Measures,
    store::AccountId,
};

/// `rows` stand beside each other in the mailbox.
pub fn tell(measures: &Measures, server: &Server, account: AccountId, rows: &[Fetched]) {
    let operator = Operator::of(server);
    if !operator.is_known() {
        return;
    }
    let arrivals = || rows.iter().filter_map(|row| row.internal_date);
    for row in rows {
        let Some((header, arrived)) = row.header.as_ref().zip(row.internal_date) else { continue };
        if !measures.may_hear(&server.name, &account, arrived) {
            continue;
        }
        let in_a_row = way::in_a_row(arrived, arrivals());
        if let Some(took) = way::vouched(header, arrived, in_a_row, operator) {
            measures.hear(&server.name, account, arrived, took.unsigned_abs());
        }
    }
}
