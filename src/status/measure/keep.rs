//! Between memory, the store and the snapshot file.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;

use super::{
    About, Found, Measures, Queue, State,
    histogram::Histogram,
    kind::Kind,
    proposals, snapshot,
    snapshot::Snapshot,
    table::{Grain, Moment, Place, Table},
};
use crate::store::{self, MeasureRow, ProbeRow, Store};

/// How often the store is written to and read.
const EVERY: Duration = Duration::from_secs(15);
/// How often the snapshot is written, and what is old purged: in rounds.
const SNAPSHOT: u32 = 2;
const PURGE: u32 = 240;

impl Measures {
    /// Keeps up with the store for as long as the process lives; spawn it once. While the store is down what is
    /// measured here is shown, and written later.
    pub async fn keep_current(self, store: std::sync::Arc<Store>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut round, mut told, mut down) = (0_u32, HashSet::new(), false);
        loop {
            tick.tick().await;
            match self.exchange(&store, round.is_multiple_of(PURGE)).await {
                Ok(()) => down = false,
                Err(error) => {
                    if !std::mem::replace(&mut down, true) {
                        tracing::warn!(%error, "the measures of all gateways are not known just now");
                    }
                }
            }
            self.tell_proposals(&mut told);
            // Also in the first round: a restart comes when it comes.
            if round.is_multiple_of(SNAPSHOT) {
                let this = self.clone();
                let _ = tokio::task::spawn_blocking(move || this.note()).await;
            }
            round = round.wrapping_add(1);
        }
    }

    /// Writes what is new here, and reads what all know.
    ///
    /// # Errors
    /// Those of the store; what was not written is tried again.
    pub async fn exchange(&self, store: &Store, purge: bool) -> Result<(), store::Error> {
        let now = Timestamp::now();
        let at = self.moment(now);
        let (unwritten, rows) = self.state().take_unwritten(at);
        if !rows.is_empty()
            && let Err(error) = store.put_measures(self.gateway(), &rows).await
        {
            self.state().unwritten.extend(unwritten);
            return Err(error);
        }
        let rows = self.state().delays.take_unwritten(self.gateway(), at);
        if !rows.is_empty()
            && let Err(error) = store.put_delays(&rows).await
        {
            self.state().delays.put_back(rows);
            return Err(error);
        }
        self.read(store, now).await?;
        if purge {
            for grain in [Grain::Slot, Grain::Day] {
                store.purge_measures(grain.code(), at.oldest(grain)).await?;
            }
        }
        Ok(())
    }

    /// Reads what all others know; for commands, which measure nothing, that is everything.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read(&self, store: &Store, now: Timestamp) -> Result<(), store::Error> {
        let at = self.moment(now);
        let others = table(store.measures_but_of(self.gateway()).await?, at);
        let delays = store.delays_but_of(self.gateway()).await?;
        let counts = store.outbox_counts().await?;
        let found: Vec<(String, Found)> =
            store.probes().await?.into_iter().map(|(server, row)| (server, row.into())).collect();
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let waiting = count(counts.due) + count(counts.sending);
        let oldest = count(counts.due_oldest);
        let mut state = self.state();
        state.others = others;
        state.delays.learn(delays, at);
        state.queue = Some(Queue { waiting, oldest, at: now });
        // What this gateway found a moment ago may not be there yet.
        for (server, found) in found {
            let known = state.found.entry(server).or_default();
            if found.at >= known.at {
                *known = found;
            }
        }
        state.told = Some(now);
        Ok(())
    }

    /// Each once, from when it begins until it ends.
    fn tell_proposals(&self, told: &mut HashSet<About>) {
        let now = Timestamp::now();
        let proposals = proposals(&self.shown_at(now), now);
        for proposal in &proposals {
            if told.insert(proposal.about) {
                tracing::warn!(
                    proposal = proposal.code(),
                    "{}: `relais notice propose` prints the notice",
                    proposal.words()
                );
            }
        }
        told.retain(|about| proposals.iter().any(|proposal| proposal.about == *about));
    }

    fn note(&self) {
        let snapshot = {
            let state = self.state();
            let mut table = state.others.clone();
            table.merge(&state.mine);
            let delays = state.delays.rows(self.gateway());
            Snapshot { told: state.told, table, queue: state.queue, found: state.found.clone(), delays }
        };
        if let Err(error) = snapshot::write(&self.0.data, &snapshot) {
            tracing::warn!(%error, "the measures could not be noted for a restart");
        }
    }
}

impl State {
    /// Takes out what is to be written.
    fn take_unwritten(&mut self, at: Moment) -> (Vec<Place>, Vec<MeasureRow>) {
        self.mine.forget_old(at);
        let unwritten: Vec<Place> = std::mem::take(&mut self.unwritten).into_iter().collect();
        let wanted = |place: &Place| unwritten.binary_search(place).is_ok();
        let rows = self.mine.rows().filter(|(place, _)| wanted(place)).map(|(place, counts)| MeasureRow {
            kind: place.kind.code(),
            grain: place.grain.code(),
            slot: place.n,
            counts: counts.encode(),
        });
        let rows = rows.collect();
        (unwritten, rows)
    }
}

fn table(rows: Vec<MeasureRow>, now: Moment) -> Table {
    let mut table = Table::default();
    for row in rows {
        if let Some((kind, grain)) = Kind::from_code(row.kind).zip(Grain::from_code(row.grain)) {
            table.put(Place { kind, grain, n: row.slot }, &Histogram::decode(&row.counts), now);
        }
    }
    table
}

impl From<ProbeRow> for Found {
    fn from(row: ProbeRow) -> Found {
        let at = |seconds: Option<i64>| Timestamp::from_second(seconds?).ok();
        Found {
            at: at(row.at),
            reads_down: at(row.reads_down),
            sends_down: at(row.sends_down),
            awaited: row.awaited.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        }
    }
}

impl Found {
    /// As it is kept.
    pub(in crate::status) fn row(&self) -> ProbeRow {
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        ProbeRow {
            at: second(self.at),
            reads_down: second(self.reads_down),
            sends_down: second(self.sends_down),
            awaited: self.awaited.map(Timestamp::as_millisecond),
        }
    }
}
