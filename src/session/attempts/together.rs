//! Counting with other gateways: the tables here are brought up to what the database says before each try, and each try
//! is told to it. Without an answer this gateway counts alone: a limit must not keep people out.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use super::{
    ACCOUNT, Allowance, Attempts, Counts, LANE, Lane, NETWORK, QUIET, SITE, Table, Tried, network_of, site_of,
};
use crate::store::{CALL_DEADLINE, Store};

/// The store that is shared, and the turn: one try at a time, so that none is overwritten by an older look.
#[derive(Debug)]
pub(super) struct Together {
    pub store: Arc<Store>,
    pub turn: Mutex<()>,
}

type Name = [u8; 32];

impl Together {
    fn name(&self, kind: &str, what: &[u8]) -> Name {
        self.store.keys().digest("relais allowance", &[kind.as_bytes(), what])
    }

    fn lane(&self, server: &str, lane: Lane) -> Name {
        self.name(&format!("lane {lane:?}"), server.as_bytes())
    }

    /// What a try moves, and by how many seconds.
    fn moves(&self, tried: &Tried) -> Vec<(Name, i64)> {
        let seconds = |allowance: Allowance| allowance.step.as_secs() as i64;
        let (server, lane) = &tried.server;
        let mut moves = vec![
            (self.name("account", &tried.account), seconds(ACCOUNT)),
            (self.lane(server, *lane), seconds(LANE)),
        ];
        if let Some(client) = tried.client {
            let (network, site) = (network_of(client).to_string(), site_of(client).to_string());
            moves.push((self.name("network", network.as_bytes()), seconds(NETWORK)));
            moves.push((self.name("site", site.as_bytes()), seconds(SITE)));
            moves.push((self.name("noise", site.as_bytes()), seconds(QUIET)));
        }
        moves
    }

    /// Everything that decides about this try, as the database has it.
    pub async fn look(&self, attempts: &Attempts, tried: &Tried) -> Result<(), crate::store::Error> {
        let lanes = [Lane::Familiar, Lane::Quiet, Lane::Anybody];
        let server = &tried.server.0;
        let mut names: Vec<Name> = self.moves(tried).into_iter().map(|(name, _)| name).collect();
        names.extend(lanes.map(|lane| self.lane(server, lane)));
        let left = self.store.allowances(&names).await?;
        let left = |name: Name| {
            let found = left.iter().find(|(other, _)| *other == name);
            Duration::from_secs(found.map_or(0, |(_, seconds)| u64::try_from(*seconds).unwrap_or(0)))
        };
        let mut counts = attempts.counts();
        let Counts { accounts, networks, sites, noise, servers } = &mut *counts;
        let now = std::time::Instant::now();
        accounts.set(tried.account, left(self.name("account", &tried.account)), now);
        for lane in lanes {
            servers.set((server.clone(), lane), left(self.lane(server, lane)), now);
        }
        if let Some(client) = tried.client {
            let of = |table: &mut Table<_>, kind, place: std::net::IpAddr| {
                table.set(place, left(self.name(kind, place.to_string().as_bytes())), now);
            };
            of(networks, "network", network_of(client));
            of(sites, "site", site_of(client));
            of(noise, "noise", site_of(client));
        }
        Ok(())
    }

    pub async fn tell(&self, tried: &Tried) {
        if let Err(error) = self.store.move_allowances(&self.moves(tried)).await {
            tracing::warn!(%error, "a try to sign in was not counted for the other gateways");
        }
    }

    pub async fn take_back(&self, tried: &Tried) {
        let moves: Vec<_> = self.moves(tried).into_iter().map(|(name, seconds)| (name, -seconds)).collect();
        if let Err(error) = self.store.move_allowances(&moves).await {
            tracing::warn!(%error, "a try to sign in was not given back at the other gateways");
        }
    }

    /// `None` when the database keeps others waiting too long: then this gateway counts alone.
    pub async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        tokio::time::timeout_at(Instant::now() + CALL_DEADLINE, self.turn.lock()).await.ok()
    }
}
