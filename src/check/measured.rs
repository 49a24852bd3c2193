//! What gateways and their probes measured lately, where it is worth a notice.

use jiff::Timestamp;

use super::Notes;
use crate::{
    config::Config,
    status::{Measures, measure::proposals},
    store::Store,
};

pub async fn look(notes: &mut Notes<'_>, config: &Config, store: &Store) {
    let (measures, now) = (Measures::new(config), Timestamp::now());
    // Tables of a version before there were measures hold none.
    if measures.read(store, now).await.is_err() {
        return;
    }
    let shown = measures.shown_at(now);
    for proposal in proposals(&shown, now) {
        let mut what = proposal.words().to_owned();
        if let Some(seconds) = proposal.now {
            what.push_str(&format!(" (now {seconds:.1} s)"));
        }
        notes.warn(proposal.code(), what, proposal.command(&shown) + &config.flag());
    }
}
