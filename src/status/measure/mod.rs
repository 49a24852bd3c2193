//! How long things take, for everybody to see: opening a mailbox, sending, arriving; now, usually, and day by day.
//!
//! Whatever is measured is added in memory; every few seconds each gateway writes its own counts into the store and
//! reads those of all (`keep`), so that all show one truth. Pages are answered from memory alone.

mod histogram;
mod keep;
mod kind;
mod proposal;
mod shown;
mod snapshot;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

pub use kind::Kind;
pub use proposal::{About, Proposal, proposals};
pub use shown::{Day, Found, Measure, Queue, Server, Shown};

use crate::{config::Config, store::AccountId};
use snapshot::Snapshot;
use table::{Moment, Place, Table};

/// Accounts that are remembered for five minutes.
const MOST_HEARD: usize = 50_000;
/// Seconds after which what the store told last is shown with its hour.
const OLD: i64 = 180;

/// The measures of this gateway and, as the store told them last, of all. Clones share them.
#[derive(Debug, Clone)]
pub struct Measures(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Names the rows of this process.
    gateway: [u8; 16],
    zone: TimeZone,
    data: PathBuf,
    /// Names and domains, in the configuration's order.
    servers: Vec<(Arc<str>, Vec<String>)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What was measured here since the start.
    mine: Table,
    /// Of that, what the store does not have yet.
    unwritten: BTreeSet<Place>,
    /// What all others measured, and this gateway before its start.
    others: Table,
    queue: Option<Queue>,
    found: BTreeMap<String, Found>,
    /// When the store told last.
    told: Option<Timestamp>,
    /// Who was heard in which slot.
    heard: (i64, HashSet<AccountId>),
}

impl Measures {
    /// Begins with what the file of the last snapshot knows.
    pub fn new(config: &Config) -> Measures {
        let now = Moment::of(Timestamp::now(), &config.time_zone);
        let mut gateway = [0; 16];
        // Without random bytes nothing else of a gateway works either.
        let _ = getrandom::fill(&mut gateway);
        let Snapshot { told, table, queue, found } = snapshot::read(&config.data, now);
        let state = State { others: table, queue, found, told, ..State::default() };
        let servers = config.servers.iter().map(|s| (s.name.clone(), s.domains.clone())).collect();
        Measures(Arc::new(Inner {
            gateway,
            zone: config.time_zone.clone(),
            data: config.data.clone(),
            servers,
            state: Mutex::new(state),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one sample.
    pub fn took(&self, kind: Kind, took: Duration) {
        self.took_at(kind, took, Timestamp::now());
    }

    pub fn took_at(&self, kind: Kind, took: Duration, now: Timestamp) {
        let at = Moment::of(now, &self.0.zone);
        let mut state = self.state();
        state.mine.add(kind, took, at);
        for (grain, n) in [(table::Grain::Slot, at.slot), (table::Grain::Day, at.day)] {
            state.unwritten.insert(Place { kind, grain, n });
        }
    }

    /// A page of a mailbox was made, or waited for in vain: one sample of each account in five minutes, so that one sick
    /// mailbox whose owner tries again and again is one voice among all.
    pub fn opened(&self, account: AccountId, took: Duration) {
        let now = Timestamp::now();
        let slot = Moment::of(now, &self.0.zone).slot;
        let is_first = {
            let (of, heard) = &mut self.state().heard;
            if *of != slot {
                (*of, *heard) = (slot, HashSet::new());
            }
            heard.len() < MOST_HEARD && heard.insert(account)
        };
        if is_first {
            self.took_at(Kind::Open, took, now);
        }
    }

    /// What a probe found.
    pub(super) fn probed(&self, server: &str, found: Found) {
        self.state().found.insert(server.to_owned(), found);
    }

    pub(super) fn found(&self, server: &str) -> Found {
        self.state().found.get(server).copied().unwrap_or_default()
    }

    pub(super) fn gateway(&self) -> &[u8; 16] {
        &self.0.gateway
    }

    /// Everything as it is known now. No I/O.
    pub fn shown(&self) -> Shown {
        self.shown_at(Timestamp::now())
    }

    pub fn shown_at(&self, now: Timestamp) -> Shown {
        let state = self.state();
        let mut table = state.others.clone();
        table.merge(&state.mine);
        let server = |(name, domains): &(Arc<str>, Vec<String>)| Server {
            domains: domains.clone(),
            found: state.found.get(&**name).copied().unwrap_or_default(),
            stale: false,
        };
        let servers = self.0.servers.iter().map(server).collect();
        let (queue, told) = (state.queue, state.told);
        drop(state);
        let shown = Shown::of(&table, queue, servers, now, Moment::of(now, &self.0.zone));
        Shown { as_of: told.filter(|told| now.duration_since(*told).as_secs() > OLD), ..shown }
    }
}
