//! What every handler shares.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    dress::Dress,
    guard::{host::Hosts, origin::PublicOrigin},
};
use crate::{
    audit::Audit,
    config::{Config, KeepPasswords},
    imap::{self, Backend, Pool},
    locale::Lang,
    mailbox::Places,
    message::html::OwnHost,
    net,
    outbox::{Carrier, Copies, Outbox, Reports},
    session::{self, Attempts, Sessions},
    status::{Measures, Notices, probe::Probed},
    store::Store,
    web::message::waiting::{self, Waiting},
};

pub struct App {
    pub config: Config,
    pub store: Arc<Store>,
    pub audit: Audit,
    pub sessions: Sessions,
    pub attempts: Arc<Attempts>,
    pub pool: Pool,
    pub places: Places,
    pub outbox: Outbox,
    pub notices: Notices,
    pub measures: Measures,
    /// Frame documents on their way to the frame.
    pub waiting: Waiting,
    pub dress: Arc<Dress>,
    /// What a mail's links must not lead to.
    pub own_host: OwnHost,
    pub public_origin: PublicOrigin,
    backends: HashMap<Arc<str>, Arc<Backend>>,
    /// The servers that take mail, without what is done for authors besides.
    carriers: Vec<Carrier>,
}

impl App {
    /// # Errors
    /// When the TLS files of a server cannot be read.
    pub fn new(
        config: Config,
        dress: impl Into<Arc<Dress>>,
        store: Arc<Store>,
    ) -> Result<Arc<App>, std::io::Error> {
        let mut backends = HashMap::new();
        for server in &config.servers {
            let tls = net::client_config(&server.imap)?;
            backends.insert(server.name.clone(), Backend::new(Arc::new(server.clone()), tls));
        }
        let host = config.public_url.as_ref().and_then(|url| url.host_str());
        let hello = host.unwrap_or("localhost").to_owned();
        let with_smtp = config.servers.iter().filter_map(|server| Some((server, server.smtp.as_ref()?)));
        let carriers = with_smtp.map(|(server, url)| {
            let (name, url, hello) = (server.name.clone(), url.clone(), hello.clone());
            let tls = net::client_config(&url)?;
            Ok(Carrier { name, url, tls, hello, copies: None, reports: None })
        });
        let carriers = carriers.collect::<Result<_, std::io::Error>>()?;
        net::bounds::set_patience(config.limits.patience);
        let limits = imap::Limits {
            per_account: config.limits.per_account,
            total: config.limits.connections,
            idle: Duration::from_secs(config.limits.idle),
        };
        let hosts = Hosts::new(&config);
        let measures = Measures::new(&config);
        Ok(Arc::new(App {
            dress: dress.into(),
            own_host: Arc::new(move |host| hosts.know(host)),
            public_origin: PublicOrigin::new(&config),
            audit: Audit::start(store.clone(), &config.data),
            sessions: Sessions::new(store.clone(), &config),
            attempts: Attempts::of(config.shared_networks.clone(), &store),
            pool: Pool::new(limits),
            places: Places::default(),
            waiting: Waiting::default(),
            notices: notices(&config, &store),
            measures: measures.clone(),
            backends,
            carriers,
            outbox: Outbox::new(store.clone())
                .beside(&config.key_file)
                .allowing(config.limits.recipients_per_hour, config.limits.recipients_per_day)
                .awaiting_for(config.follow.deadline)
                .measured_by(measures.clone())
                .keeping_passwords(config.passwords.life, config.passwords.keep == KeepPasswords::Memory)
                .map_err(std::io::Error::other)?,
            store,
            config,
        }))
    }

    /// `None` when the configuration no longer has this server: whoever signed in there must do so again.
    pub fn backend(&self, server: &str) -> Option<&Arc<Backend>> {
        self.backends.get(server)
    }

    /// Each server, and whether it is known not to answer.
    pub fn circuits(&self) -> impl Iterator<Item = (&str, bool)> {
        self.backends.iter().map(|(name, backend)| (&**name, backend.circuit.cause().is_some()))
    }

    /// The servers that take mail.
    pub fn carriers(&self) -> Vec<Carrier> {
        let saves = |name: &Arc<str>| self.config.servers.iter().any(|s| s.name == *name && s.saves_sent);
        let of = |carrier: &Carrier| Carrier {
            copies: self.copies(&carrier.name).filter(|_| !saves(&carrier.name)),
            reports: self.copies(&carrier.name).map(|mailboxes| Reports {
                mailboxes,
                lang: Lang::from_code(self.config.language.tag()).unwrap_or_default(),
                zone: self.config.time_zone.clone(),
            }),
            ..carrier.clone()
        };
        self.carriers.iter().map(of).collect()
    }

    /// Each server, as it is probed.
    pub fn probed(&self) -> Vec<Probed> {
        let smtp = |name: &str| self.carriers.iter().find(|carrier| *carrier.name == *name);
        let of = |(name, backend): (&Arc<str>, &Arc<Backend>)| Probed {
            backend: backend.clone(),
            smtp: smtp(name).map(|carrier| (carrier.url.clone(), carrier.tls.clone())),
            hello: smtp(name).map_or_else(String::new, |carrier| carrier.hello.clone()),
        };
        self.backends.iter().map(of).collect()
    }

    /// Has the server of whoever may write soon say how large a message may be; nobody waits for it.
    pub fn ask_largest(&self, server: &str) {
        if let Some(carrier) = self.carriers.iter().find(|carrier| *carrier.name == *server) {
            self.outbox.ask_largest(carrier);
        }
    }

    fn copies(&self, server: &str) -> Option<Copies> {
        Some(Copies { pool: self.pool.clone(), backend: self.backend(server)?.clone() })
    }

    /// Closes the connections of sessions as they end, and drops what is held for them. Runs for the life of the
    /// process.
    pub async fn follow_sessions(self: Arc<App>) {
        let mut ended = self.sessions.ended();
        let mut minute = tokio::time::interval(waiting::LIFE);
        loop {
            use tokio::sync::broadcast::error::RecvError;
            let key = tokio::select! {
                key = ended.recv() => key,
                _ = minute.tick() => {
                    self.waiting.sweep();
                    continue;
                }
            };
            match key {
                Ok(key) => {
                    self.pool.end_session(key.0);
                    self.places.forget_session(&key.0);
                    self.waiting.forget_session(&key.0);
                }
                // Whatever was missed: no connection survives its loan.
                Err(RecvError::Lagged(_)) => {
                    self.pool.close_all();
                    self.waiting.forget_all();
                }
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// Accounts that the notice file names are found as when they sign in.
fn notices(config: &Config, store: &Arc<Store>) -> Notices {
    let (names, keys) = (config.clone(), store.clone());
    let accounts = move |address: &str| session::account_of(&names, keys.keys(), address);
    let zone = config.time_zone.clone();
    Notices::of(config.notice_file.clone(), Some(&config.data), zone, Arc::new(accounts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    #[tokio::test]
    async fn no_copy_is_made_where_the_server_keeps_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("data"), &folder.path().join("key")).await;
        let store = Arc::new(store.expect("a store"));
        for (saves, copies) in [("true", false), ("false", true)] {
            let flags = Flags {
                imap: Some("imap://127.0.0.1:9?tls=none".into()),
                smtp: Some("smtp://127.0.0.1:9?tls=none".into()),
                ..Flags::default()
            };
            let env = [("RELAIS_SERVER__DEFAULT__SAVES_SENT".to_owned(), saves.to_owned())];
            let config = Config::from_layers(&flags, env.into_iter()).expect("a configuration");
            let carriers = App::new(config, Dress::default(), store.clone()).expect("an app").carriers();
            assert_eq!((carriers[0].copies.is_some(), carriers[0].reports.is_some()), (copies, true));
        }
    }
}
