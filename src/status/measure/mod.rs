//! How long things take, for everybody to see: opening a mailbox, sending, arriving; now, usually, and day by day.
//!
//! Whatever is measured is added in memory; every few seconds each gateway writes its own counts into the store and
//! reads those of all (`keep`), so that all show one truth. Pages are answered from memory alone.

mod delays;
mod histogram;
mod keep;
mod kind;
mod proposal;
mod shown;
mod snapshot;
mod table;
mod voices;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

pub use delays::{Figure, LEAST, Observed};
pub use kind::Kind;
pub use proposal::{About, Proposal, proposals};
pub use shown::{Day, Found, Measure, Queue, Server, Shown};

use crate::{
    config::{self, Config},
    message::way::Operator,
    store::AccountId,
};
use delays::Delays;
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
    /// In the configuration's order.
    servers: Vec<Named>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct Named {
    name: Arc<str>,
    domains: Vec<String>,
    /// The hosts are known whose word on a delay is believed.
    is_observed: bool,
}

#[derive(Debug, Default)]
struct State {
    /// What was measured here since the start.
    mine: Table,
    /// Of that, what the store does not have yet.
    unwritten: BTreeSet<Place>,
    /// What all others measured, and this gateway before its start.
    others: Table,
    delays: Delays,
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
        let Snapshot { told, table, queue, found, delays: noted } = snapshot::read(&config.data, now);
        let mut delays = Delays::default();
        delays.learn(noted, now);
        let state = State { others: table, delays, queue, found, told, ..State::default() };
        let named = |server: &config::Server| Named {
            name: server.name.clone(),
            domains: server.domains.clone(),
            is_observed: Operator::of(server).is_known(),
        };
        let servers = config.servers.iter().map(named).collect();
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
        let at = self.moment(now);
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
        let slot = self.moment(now).slot;
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

    /// Whether a message that arrived then in the INBOX of this account would count in what is observed of this server:
    /// asked before its header is read.
    pub fn may_hear(&self, server: &str, account: &AccountId, arrived: Timestamp) -> bool {
        let now = Timestamp::now();
        self.observed(server).is_some()
            && arrived <= now
            && self.state().delays.are_open_to(account, self.moment(arrived), self.moment(now))
    }

    /// How long that message took.
    pub fn hear(&self, server: &str, account: AccountId, arrived: Timestamp, took: Duration) {
        let Some(server) = self.observed(server) else { return };
        let mut lot = [0; 4];
        // Without chance a day's figure is that of its first messages, and true.
        let _ = getrandom::fill(&mut lot);
        let moments = (self.moment(arrived), self.moment(Timestamp::now()));
        self.state().delays.hear(&server.name, account, took, moments, u32::from_ne_bytes(lot));
    }

    fn observed(&self, server: &str) -> Option<&Named> {
        self.0.servers.iter().find(|named| named.is_observed && *named.name == *server)
    }

    fn moment(&self, at: Timestamp) -> Moment {
        Moment::of(at, &self.0.zone)
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
        let at = self.moment(now);
        let server = |named: &Named| Server {
            name: named.name.clone(),
            domains: named.domains.clone(),
            found: state.found.get(&*named.name).copied().unwrap_or_default(),
            stale: false,
            delay: named.is_observed.then(|| state.delays.observed(&named.name, at)),
        };
        let servers = self.0.servers.iter().map(server).collect();
        let (queue, told) = (state.queue, state.told);
        drop(state);
        let shown = Shown::of(&table, queue, servers, now, at);
        Shown { as_of: told.filter(|told| now.duration_since(*told).as_secs() > OLD), ..shown }
    }
}
