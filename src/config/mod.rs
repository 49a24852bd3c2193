//! The configuration: read once at start, checked as a whole, never changed.
//!
//! `file.rs` is the manual of its keys. Everything wrong is one sentence that says what to do.

mod access;
mod colour;
mod database;
mod file;
mod flags;
mod layers;
mod select;
mod server;
pub mod shown;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use url::Url;

pub use access::{Access, Hours};
pub use colour::Colour;
pub use database::DatabaseUrl;
pub use file::{
    Brand, Follow, KeepPasswords, Language, Limits, LogFormat, MarkRead, Passwords, SessionTimes,
};
pub use flags::Flags;
pub use select::{Login, WhoError, domain};
pub use server::{LoginTemplate, ProbeAccount, Protocol, Server, ServerUrl, Tls, is_loopback};

/// Why the configuration was refused, for the administrator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Error(sentence.into())
    }
}

/// Everything an administrator decides. See `file.rs` for what each key means.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// An origin: scheme, host and port alone.
    pub public_url: Option<Url>,
    /// TLS is the part of proxies, and others can reach the port: whoever comes past them comes in plain text.
    pub only_proxies: bool,
    /// Relais speaks https itself; `public_url` is then https.
    pub tls: Option<TlsPair>,
    /// Where plain http is led to `public_url`; only with `tls`.
    pub redirect: Option<SocketAddr>,
    /// The file that `--config` named.
    pub file: Option<PathBuf>,
    pub data: PathBuf,
    /// PostgreSQL, shared by several gateways; `None`: SQLite in `data`.
    pub database: Option<DatabaseUrl>,
    pub key_file: PathBuf,
    pub trusted_proxies: Vec<IpNet>,
    pub shared_networks: Vec<IpNet>,
    /// Lower case, without port.
    pub hosts: Vec<String>,
    /// Lower case, A-labels.
    pub trusted_domains: Vec<String>,
    /// Seconds, at most 60.
    pub undo: Duration,
    pub allow_plaintext: bool,
    pub mark_read: MarkRead,
    pub time_zone: TimeZone,
    pub language: Language,
    pub notice_file: Option<PathBuf>,
    pub probes: bool,
    /// The accesses of business software that the status page names.
    pub software: Vec<String>,
    /// Where the metrics are served; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    pub log: LogFormat,
    pub brand: Brand,
    pub access: Access,
    pub session: SessionTimes,
    pub follow: Follow,
    pub passwords: Passwords,
    pub limits: Limits,
    /// At least one; at most one has no domains; no domain is served twice.
    pub servers: Vec<Server>,
}

/// PEM files; the key may be in the certificate's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsPair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Config {
    /// Reads file, environment and flags, and checks the whole.
    ///
    /// # Errors
    /// The first thing that is wrong, in words for the administrator.
    pub fn load(flags: &Flags) -> Result<Config, Error> {
        // A variable that is not Unicode cannot be one of ours.
        let env =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Config::from_layers(flags, env)
    }

    /// What a command that is proposed needs to find the same configuration, for a shell: with a space before it, or
    /// nothing.
    pub fn flag(&self) -> String {
        let quoted =
            |file: &PathBuf| format!(" --config '{}'", file.display().to_string().replace('\'', "'\\''"));
        self.file.as_ref().map(quoted).unwrap_or_default()
    }

    /// [`Config::load`] with a given environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_layers(flags: &Flags, env: impl Iterator<Item = (String, String)>) -> Result<Config, Error> {
        let file = layers::read(flags, env)?;
        let public_url = file.public_url.as_deref().map(public_url).transpose()?;
        let tls = tls_pair("tls.certificate", file.tls.certificate, "tls.key", file.tls.key)?;
        let servers = servers(file.server, file.allow_plaintext)?;
        let time_zone = TimeZone::get(&file.time_zone).map_err(|_| {
            Error::new(format!("time_zone = “{}” is not an IANA name such as Europe/Paris", file.time_zone))
        })?;
        let access = Access::read(file.access, &time_zone, &servers)?;
        let config = Config {
            listen: file.listen,
            public_url,
            tls,
            redirect: file.tls.redirect,
            key_file: file.key_file.unwrap_or_else(|| beside(&file.data)),
            file: flags.config.clone(),
            data: file.data,
            database: file.database,
            trusted_proxies: file.trusted_proxies,
            shared_networks: file.shared_networks,
            hosts: file.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            trusted_domains: trusted(&file.trusted_domains)?,
            undo: Duration::from_secs(file.undo),
            allow_plaintext: file.allow_plaintext,
            mark_read: file.mark_read,
            time_zone,
            language: file.language,
            notice_file: file.notice_file,
            probes: file.probes,
            software: software(file.software)?,
            metrics: file.metrics,
            log: file.log,
            brand: file.brand,
            access,
            session: file.session,
            follow: file.follow,
            passwords: file.passwords,
            limits: file.limits,
            servers,
            only_proxies: false,
        };
        config.check(file.published_on_loopback)?;
        let open = !config.listen.ip().is_loopback() && !file.published_on_loopback;
        Ok(Config { only_proxies: open && config.tls.is_none(), ..config })
    }

    /// True when browsers come by https: cookies are then Secure and carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    fn check(&self, published_on_loopback: bool) -> Result<(), Error> {
        if self.tls.is_some() && !self.is_https() {
            return Err(Error::new(
                "[tls] needs public_url = \"https://…\", the address that people type and the certificate is for",
            ));
        }
        if self.redirect.is_some() && self.tls.is_none() {
            return Err(Error::new(
                "tls.redirect leads to https, which needs tls.certificate; a proxy in front does that by itself",
            ));
        }
        let protected = self.is_https() && (self.tls.is_some() || !self.trusted_proxies.is_empty());
        if !self.listen.ip().is_loopback() && !protected && !published_on_loopback {
            return Err(Error::new(format!(
                "listen = {} would take passwords over plain http from the network: listen on 127.0.0.1; or give a \
                 certificate ([tls], or --certificate and --key) and public_url = \"https://…\"; or put a TLS proxy in \
                 front and set public_url = \"https://…\" and trusted_proxies; or, in a container whose port is \
                 published on 127.0.0.1 alone, set published_on_loopback = true",
                self.listen
            )));
        }
        if let Some(url) = &self.public_url
            && url.scheme() == "http"
            && !is_loopback(url.host_str().unwrap_or_default())
        {
            return Err(Error::new(format!(
                "public_url = {url} must begin with https://, passwords pass through it"
            )));
        }
        if self.key_file.starts_with(&self.data) {
            return Err(Error::new(format!(
                "key_file = {} lies in the data folder: a copy of that folder must not open what is sealed in it; \
                 choose a path beside it",
                self.key_file.display()
            )));
        }
        if let Some(reset) = &self.brand.reset
            && !Url::parse(reset).is_ok_and(|url| url.scheme() == "https")
        {
            return Err(Error::new("brand.reset must be an https:// address"));
        }
        if self.undo > Duration::from_secs(60) {
            return Err(Error::new("undo must be 0 to 60 (seconds)"));
        }
        if !(Duration::from_secs(3600)..=Duration::from_secs(30 * 86_400)).contains(&self.passwords.life) {
            return Err(Error::new("passwords.life must be 1 hour to 30 days"));
        }
        if self.passwords.keep == KeepPasswords::Memory && self.database.is_some() {
            return Err(Error::new(
                "passwords.keep = \"memory\" is for one gateway: with a database that several share, none could send \
                 what another one accepted; leave database out, or passwords.keep as it is",
            ));
        }
        let Limits { connections, per_account, web_connections, idle, patience, .. } = self.limits;
        if self.limits.recipients_per_hour == 0 || self.limits.recipients_per_day == 0 {
            return Err(Error::new(
                "limits.recipients_per_hour and limits.recipients_per_day must be 1 or more",
            ));
        }
        if per_account == 0 || connections < per_account || web_connections == 0 {
            return Err(Error::new(
                "limits must be 1 or more, and limits.connections at least limits.per_account",
            ));
        }
        if !(1..=86_400).contains(&idle) || !(1..=1000).contains(&patience) {
            return Err(Error::new(
                "limits.idle must be 1 to 86,400 (seconds) and limits.patience 1 to 1,000 (percent)",
            ));
        }
        if !(1..=200).contains(&self.limits.attachments) {
            return Err(Error::new("limits.attachments must be 1 to 200 (megabytes)"));
        }
        Ok(())
    }
}

/// `./data` gives `./data.key`.
fn beside(data: &std::path::Path) -> PathBuf {
    let mut path = data.components().as_path().as_os_str().to_owned();
    path.push(".key");
    path.into()
}

fn public_url(text: &str) -> Result<Url, Error> {
    let wrong = || {
        Error::new(format!(
            "public_url = “{text}” must be scheme and host alone, as https://mail.example.org"
        ))
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare { Ok(url) } else { Err(wrong()) }
}

/// The key may stand in the certificate's file.
fn tls_pair(
    name: &str,
    certificate: Option<PathBuf>,
    key_name: &str,
    key: Option<PathBuf>,
) -> Result<Option<TlsPair>, Error> {
    match (certificate, key) {
        (Some(certificate), key) => {
            Ok(Some(TlsPair { key: key.unwrap_or_else(|| certificate.clone()), certificate }))
        }
        (None, Some(_)) => {
            Err(Error::new(format!("{name} is missing: {key_name} is of no use without its certificate")))
        }
        (None, None) => Ok(None),
    }
}

/// As names are compared and shown.
fn software(names: Vec<String>) -> Result<Vec<String>, Error> {
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    let odd =
        |name: &String| name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control);
    if names.len() > 50 || names.iter().any(odd) {
        return Err(Error::new("software names at most 50 accesses, each in 1 to 100 characters"));
    }
    Ok(names)
}

fn trusted(domains: &[String]) -> Result<Vec<String>, Error> {
    let read = |domain: &String| {
        select::domain(domain)
            .ok_or_else(|| Error::new(format!("trusted_domains: “{domain}” is not a mail domain")))
    };
    domains.iter().map(read).collect()
}

/// In lower case, as they are looked up.
fn senders(
    table: std::collections::BTreeMap<String, Vec<String>>,
) -> Result<std::collections::BTreeMap<String, Vec<String>>, Error> {
    let plain = |address: &str| match address.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && select::domain(domain).is_some() => {
            Ok(address.to_lowercase())
        }
        _ => Err(Error::new(format!("senders: “{address}” is not an address"))),
    };
    table
        .iter()
        .map(|(own, more)| Ok((plain(own)?, more.iter().map(|one| plain(one)).collect::<Result<_, _>>()?)))
        .collect()
}

/// Hosts' names, or a dot and what the names of many end with, in lower case; and networks.
fn trusted_hosts(all: &[String]) -> Result<(Vec<String>, Vec<IpNet>), Error> {
    let (mut hosts, mut networks) = (Vec::new(), Vec::new());
    for one in all {
        let network = one.parse::<IpNet>().or_else(|_| one.parse::<std::net::IpAddr>().map(IpNet::from));
        if let Ok(network) = network {
            if network.prefix_len() == 0 {
                return Err(Error::new(format!("trusted_hosts: “{one}” is everybody")));
            }
            networks.push(network);
            continue;
        }
        let (dot, name) = one.strip_prefix('.').map_or(("", one.as_str()), |name| (".", name));
        let name = select::domain(name).ok_or_else(|| {
            Error::new(format!("trusted_hosts: “{one}” is not the name of a host, nor a network"))
        })?;
        hosts.push(format!("{dot}{name}"));
    }
    Ok((hosts, networks))
}

fn probe(
    user: Option<String>,
    password_file: Option<PathBuf>,
    login: &LoginTemplate,
) -> Result<Option<ProbeAccount>, Error> {
    let (address, password_file) = match (user, password_file) {
        (None, None) => return Ok(None),
        (Some(user), Some(file)) => (user, file),
        _ => return Err(Error::new("probe_user and probe_password_file go together")),
    };
    let wrong = || Error::new(format!("probe_user = “{address}” is not an address"));
    let (local, host) = address.rsplit_once('@').ok_or_else(wrong)?;
    let plain = !local.is_empty() && !address.chars().any(char::is_control);
    let host = select::domain(host).filter(|_| plain).ok_or_else(wrong)?;
    let address = format!("{local}@{host}");
    Ok(Some(ProbeAccount { login: login.apply(&address), address, password_file }))
}

fn servers(
    tables: std::collections::BTreeMap<String, file::ServerTable>,
    allow_plaintext: bool,
) -> Result<Vec<Server>, Error> {
    if tables.is_empty() {
        return Err(Error::new(
            "no mail server is configured: give --imap imaps://mail.example.org, or a [server.NAME] table with imap",
        ));
    }
    let mut servers: Vec<Server> = Vec::with_capacity(tables.len());
    for (name, table) in tables {
        let in_table = |error: Error| Error::new(format!("[server.{name}]: {error}"));
        let imap = table.imap.as_deref().ok_or_else(|| in_table(Error::new("imap is missing")))?;
        let client = tls_pair("client_cert", table.client_cert, "client_key", table.client_key);
        let client = client.map_err(in_table)?;
        let with_files = |url: ServerUrl| ServerUrl {
            ca: url.ca.or_else(|| table.ca.clone()),
            crl: table.crl.clone(),
            client: client.clone(),
            ..url
        };
        let imap = ServerUrl::parse(Protocol::Imap, imap, allow_plaintext).map_err(in_table)?;
        let smtp = table.smtp.as_deref().map(|url| ServerUrl::parse(Protocol::Smtp, url, allow_plaintext));
        let login = table.login.as_deref().map(str::parse::<LoginTemplate>).transpose().map_err(in_table)?;
        let login = login.unwrap_or_default();
        let probe = probe(table.probe_user, table.probe_password_file, &login).map_err(in_table)?;
        let (trusted_hosts, trusted_networks) = trusted_hosts(&table.trusted_hosts).map_err(in_table)?;
        let plain = |domain: &String| {
            select::domain(domain)
                .ok_or_else(|| in_table(Error::new(format!("“{domain}” is not a mail domain"))))
        };
        let domains = table.domains.iter().map(plain).collect::<Result<Vec<_>, _>>()?;
        let trusted_domains = table.trusted_domains.iter().map(plain).collect::<Result<_, _>>()?;
        for other in &servers {
            if domains.is_empty() && other.domains.is_empty() {
                return Err(Error::new(format!(
                    "[server.{}] and [server.{name}] both lack domains: name the mail domains of one of them",
                    other.name
                )));
            }
            if let Some(twice) = domains.iter().find(|domain| other.domains.contains(domain)) {
                return Err(Error::new(format!(
                    "the mail domain {twice} is in [server.{}] and in [server.{name}]: keep one",
                    other.name
                )));
            }
        }
        servers.push(Server {
            imap: with_files(imap),
            smtp: smtp.transpose().map_err(in_table)?.map(with_files),
            domains,
            login,
            probe,
            senders: senders(table.senders)
                .map_err(|error| Error::new(format!("[server.{name}]: {error}")))?,
            saves_sent: table.saves_sent,
            trusted_hosts,
            trusted_networks,
            trusted_domains,
            forward_client_ip: table.forward_client_ip,
            name: Arc::from(name),
        });
    }
    Ok(servers)
}
