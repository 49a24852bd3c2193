//! Where notices are: the store, or this machine's data folder.

use std::sync::Arc;

use jiff::Timestamp;
use relais::{
    audit::{self, Event, What},
    config::{Config, Flags},
    session::account_of,
    status::{Accounts, Notice, NoticeId, Scope, Version, folder, of_rows},
    store::{Keys, Store},
};

use super::Outcome;
use crate::command::audit::open;

pub struct Place {
    pub config: Config,
    /// `None`: this machine alone.
    pub store: Option<Store>,
    /// Without the store, from the key file.
    keys: Option<Arc<Keys>>,
}

impl Place {
    pub async fn open(flags: &Flags, local: bool) -> Outcome<Place> {
        let config = Config::load(flags)?;
        if local {
            // They name accounts and days of the audit; without them the rest works all the same.
            let keys = Keys::read(&config.key_file).ok().map(Arc::new);
            return Ok(Place { config, store: None, keys });
        }
        let store = open(&config).await.map_err(|error| {
            format!(
                "the store cannot be used, and nothing was changed ({error}); with --local the gateway of this machine \
                 says it without the store"
            )
        })?;
        let keys = Keys::read(&config.key_file).ok().map(Arc::new);
        Ok(Place { config, store: Some(store), keys })
    }

    pub async fn close(&self) {
        if let Some(store) = &self.store {
            store.close().await;
        }
    }

    /// What finds the account of an address.
    pub fn accounts(&self) -> Accounts {
        let (config, keys) = (self.config.clone(), self.keys.clone());
        Arc::new(move |address| match &keys {
            Some(keys) => account_of(&config, keys, address),
            None => Err(format!("without the key file {} no account is found", config.key_file.display())),
        })
    }

    /// Writes down what is about to be done: a line, or one for each account that it is for. An incident must be told
    /// people on a full disk too.
    pub fn tell(&self, what: What, scope: &Scope) {
        let Some(keys) = &self.keys else {
            return eprintln!("relais: this is not in the audit: the key file cannot be read");
        };
        let event = Event::of(what).by(audit::user());
        let events = match scope {
            Scope::Accounts(accounts) => accounts.iter().map(|account| event.account(*account)).collect(),
            _ => vec![event],
        };
        for event in events {
            if let Err(error) = audit::write(keys, &self.config.data, &event) {
                return eprintln!("relais: this is not in the audit: {error}");
            }
        }
    }

    /// How many are not over.
    pub async fn live(&self) -> Outcome<usize> {
        let all = self.all().await?;
        let stored = match &self.store {
            Some(store) => usize::try_from(store.live_notices().await?)?,
            None => 0,
        };
        let board = relais::status::Board::new(all, self.config.time_zone.clone());
        Ok(stored.max(board.live().filter(|version| version.id != NoticeId::FILE).count()))
    }

    /// Everything that is known: of the store, or what it said last; of this machine; the notice file.
    pub async fn all(&self) -> Outcome<Vec<Version>> {
        let (zone, data) = (&self.config.time_zone, &self.config.data);
        let mut all = match &self.store {
            Some(store) => of_rows(store.notices().await?, zone),
            None => folder::kept(data, zone),
        };
        for (id, path, _) in folder::files(data)? {
            match folder::read(&path, id, zone, &self.accounts()) {
                Ok(version) => all.push(version),
                Err(error) => eprintln!("relais: {}: {error}", path.display()),
            }
        }
        if let Some(file) = self.config.notice_file.as_ref().filter(|file| file.exists()) {
            match folder::read(file, NoticeId::FILE, zone, &self.accounts()) {
                Ok(version) => all.push(version),
                Err(error) => eprintln!("relais: {}: {error}", file.display()),
            }
        }
        Ok(all)
    }

    /// The last version of one, and its number where it is in the store.
    pub async fn find(&self, id: NoticeId) -> Outcome<(Version, Option<i64>)> {
        let zone = &self.config.time_zone;
        let row = match &self.store {
            Some(store) => store.notice(&id.to_string()).await?,
            None => None,
        };
        let number = row.as_ref().map(|row| row.version);
        let here = folder::files(&self.config.data)?.into_iter().find(|(other, ..)| *other == id);
        let here = here.and_then(|(id, path, _)| folder::read(&path, id, zone, &self.accounts()).ok());
        let stored = match (row, &self.store) {
            (Some(row), _) => of_rows(vec![row], zone),
            (None, Some(_)) => Vec::new(),
            (None, None) => folder::kept(&self.config.data, zone),
        };
        let stored = stored.into_iter().filter(|version| version.id == id);
        let found = stored.chain(here).max_by_key(|version| version.at);
        found
            .map(|version| (version, number))
            .ok_or_else(|| format!("there is no notice {id}: see relais notice list").into())
    }

    /// Writes the next version. What was on this machine alone goes into the store with it.
    pub async fn put(&self, id: NoticeId, last: Option<i64>, notice: Notice) -> Outcome<Version> {
        let Some(store) = &self.store else {
            let at = Timestamp::from_second(Timestamp::now().as_second())?;
            let version = Version { id, at, notice };
            folder::write(&self.config.data, &version)?;
            return Ok(version);
        };
        let kept = Notice { updated: None, ..notice.clone() };
        let number = last.unwrap_or(0) + 1;
        let at = store.append_notice(&id.to_string(), number, notice.ended, &kept.to_toml()).await?;
        let at = at.ok_or_else(|| {
            format!("somebody else changed {id} just now: look (relais notice list), and say it again")
        })?;
        if let Err(error) = folder::remove(&self.config.data, id) {
            eprintln!("relais: the store has it, and it is still in {} too: {error}", self.here().display());
        }
        self.close().await;
        Ok(Version { id, at: Timestamp::from_second(at)?, notice })
    }

    pub fn here(&self) -> std::path::PathBuf {
        folder::local(&self.config.data)
    }
}
