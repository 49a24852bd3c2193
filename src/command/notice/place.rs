//! Where notices are: the store, or this machine's data folder.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use relais::{
    audit::{self, Event, What},
    config::{Config, Flags},
    session::account_of,
    status::{Accounts, Notice, NoticeId, Scope, Version, When, folder, of_rows},
    store::{Keys, NoticeRow, Store},
};

use super::Outcome;
use crate::command::audit::open;

/// What the next word follows.
pub struct Last {
    pub version: Version,
    /// In the store; 0 where it is not there.
    number: i64,
}

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
    fn tell(&self, what: What, scope: &Scope) {
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
        let stored = match &self.store {
            Some(store) => Some(store.notices().await?),
            None => None,
        };
        let told = &mut |path: &Path, error| eprintln!("relais: {}: {error}", path.display());
        Ok(folder::all(&self.config, stored, &self.accounts(), told)?)
    }

    /// The last version of one, and its number where it is in the store.
    pub async fn find(&self, id: NoticeId) -> Outcome<Last> {
        let (zone, data) = (&self.config.time_zone, &self.config.data);
        let row = match &self.store {
            Some(store) => store.notice(&id.to_string()).await?,
            None => None,
        };
        let number = row.as_ref().map_or(0, |row| row.version);
        let is_here = folder::files(data)?.iter().any(|(other, _)| *other == id);
        let here = is_here.then(|| folder::read(data, id, zone, &self.accounts()).ok()).flatten();
        let stored = match (row, &self.store) {
            (Some(row), _) => of_rows(vec![row], zone),
            (None, Some(_)) => Vec::new(),
            (None, None) => folder::kept(data, zone),
        };
        let stored = stored.into_iter().filter(|version| version.id == id);
        let found = stored.chain(here).max_by_key(|version| version.at);
        found
            .map(|version| Last { version, number })
            .ok_or_else(|| format!("there is no notice {id}: see relais notice list").into())
    }

    /// Writes the next version, and before that into the audit that it is done. What was on this machine alone goes into
    /// the store with it.
    pub async fn put(
        &self,
        what: What,
        id: NoticeId,
        last: Option<&Last>,
        notice: Notice,
    ) -> Outcome<Version> {
        // After what it follows, whatever the clock of this machine says.
        let now = Timestamp::now().as_second();
        let after = last.map_or(now, |last| now.max(last.version.at.as_second() + 1));
        let at = Timestamp::from_second(after)?;
        let version = Version { id, at, notice: Notice { updated: Some(When::Moment(at)), ..notice } };
        let text = version.written()?;
        self.tell(what, &version.notice.scope);
        let Some(store) = &self.store else {
            folder::write(&self.config.data, &version)?;
            return Ok(version);
        };
        let row = NoticeRow {
            id: id.to_string(),
            version: last.map_or(0, |last| last.number) + 1,
            at: after,
            ended: version.notice.ended,
            body: text,
        };
        if !store.append_notice(&row).await? {
            return Err(format!(
                "somebody else changed {id} just now: look (relais notice list), and say it again"
            )
            .into());
        }
        if let Err(error) = folder::remove(&self.config.data, id) {
            eprintln!("relais: the store has it, and it is still in {} too: {error}", self.here().display());
        }
        self.close().await;
        Ok(version)
    }

    pub fn here(&self) -> std::path::PathBuf {
        folder::local(&self.config.data)
    }
}
