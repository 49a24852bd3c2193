//! What can be written in `relais.toml`. The comments here are the manual: every key, its unit, its default.
//!
//! Each key is also an environment variable: `RELAIS_` and the key in upper case, `__` between table and key
//! (`RELAIS_LISTEN`, `RELAIS_SERVER__DEFAULT__IMAP`). With `_FILE` at its end the variable names a file that
//! holds the value. An empty variable counts as absent. Lists are written with commas.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Colour, DatabaseUrl, shown};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Where to serve. Other than loopback needs an https `public_url` with `[tls]`, or with `trusted_proxies`.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// The address people type, `https://mail.example.org`. Without it: the loopback names, over plain http.
    pub public_url: Option<String>,
    /// True says that only this machine can reach the listening port although it is not on loopback: a
    /// container whose port is published on 127.0.0.1. Other Host names than loopback stay refused.
    #[serde(default)]
    pub published_on_loopback: bool,
    /// The folder of the database. Created, readable by its owner alone.
    #[serde(default = "data")]
    pub data: PathBuf,
    /// PostgreSQL instead of SQLite in `data`, so that several gateways share everything:
    /// `postgres://user:password@host/name`. Off this machine it wants TLS, `sslmode=verify-full` unless you say
    /// otherwise. Best read from a file (`RELAIS_DATABASE_FILE`): it holds a password.
    #[serde(serialize_with = "shown::masked", default)]
    pub database: Option<DatabaseUrl>,
    /// The key ring. Default: beside the data folder, `data.key`. Never inside it, so that a copy of the
    /// folder opens nothing; keep a copy of it elsewhere.
    pub key_file: Option<PathBuf>,
    /// Networks of reverse proxies whose `X-Forwarded-For` is believed: `["10.0.0.0/8", "::1"]`.
    #[serde(default, deserialize_with = "networks", serialize_with = "shown::each")]
    pub trusted_proxies: Vec<IpNet>,
    /// Networks where many people share one address: no limits by address or network there.
    #[serde(default, deserialize_with = "networks", serialize_with = "shown::each")]
    pub shared_networks: Vec<IpNet>,
    /// Other Host names to answer to, without port.
    #[serde(default, deserialize_with = "list")]
    pub hosts: Vec<String>,
    /// Mail domains within which people write freely, with all domains under them. A recipient elsewhere is marked, and
    /// sending asks once. None: nobody is asked.
    #[serde(default, deserialize_with = "list")]
    pub trusted_domains: Vec<String>,
    /// Seconds for which a message that was sent can be taken back before it leaves. 0: none; at most 60.
    #[serde(default = "undo")]
    pub undo: u64,
    /// Permit `?tls=none` to mail servers that are not on loopback. The status page says so.
    #[serde(default)]
    pub allow_plaintext: bool,
    /// Where `\Seen` goes when a message is opened.
    #[serde(default)]
    pub mark_read: MarkRead,
    /// An IANA name. Default `Europe/Paris`; the browser corrects it for each person.
    #[serde(default = "time_zone")]
    pub time_zone: String,
    /// The language of a browser that asks for none we have.
    #[serde(default)]
    pub language: Language,
    /// A TOML file with the notice of the moment, read again whenever it changes.
    pub notice_file: Option<PathBuf>,
    /// Ask each mail server every minute whether it answers, for the status page. False where its firewall or fail2ban
    /// takes greetings without a sign-in for an attack: then only what people do is measured.
    #[serde(default = "probes")]
    pub probes: bool,
    /// The business software through which people reach their mail: `["Software A", "Software B"]`. The status page has
    /// a row for each, which `relais notice add --for software=…` changes.
    #[serde(default, deserialize_with = "list")]
    pub software: Vec<String>,
    /// Where `/metrics` is served to Prometheus, as `127.0.0.1:9090`. Without it: nowhere. Nobody is asked for a password
    /// there, so let only your monitoring reach it.
    pub metrics: Option<SocketAddr>,
    /// How the log is written.
    #[serde(default)]
    pub log: LogFormat,
    #[serde(default)]
    pub tls: TlsFiles,
    #[serde(default)]
    pub brand: Brand,
    #[serde(default)]
    pub access: AccessTable,
    #[serde(default)]
    pub session: SessionTimes,
    #[serde(default)]
    pub follow: Follow,
    #[serde(default)]
    pub passwords: Passwords,
    #[serde(default)]
    pub limits: Limits,
    /// `[server.NAME]`: one table for each mail server.
    #[serde(default)]
    pub server: BTreeMap<String, ServerTable>,
}

/// `[server.NAME]`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerTable {
    /// `imaps://host[:993]` or `imap://host[:143]` (STARTTLS), with `?tls=none` on loopback, `?ca=file.pem`.
    pub imap: Option<String>,
    /// `smtp://host[:587]` (STARTTLS) or `smtps://host[:465]`.
    pub smtp: Option<String>,
    /// A PEM file with more trust anchors for both, as the authority of your own house; `?ca=` in an address says it for
    /// that one alone. Files of TLS are read again when they change.
    pub ca: Option<PathBuf>,
    /// A PEM file with lists of revoked certificates (CRL): the servers' whole chains must be in the reach of one, and in
    /// none.
    pub crl: Option<PathBuf>,
    /// A PEM file with the certificate that Relais shows where the servers ask for one (mTLS), then those that signed
    /// it.
    pub client_cert: Option<PathBuf>,
    /// Its key in PEM, not encrypted, mode 0600. Default: it stands in the same file.
    pub client_key: Option<PathBuf>,
    /// Mail domains served. None: every domain that no other server names.
    #[serde(default, deserialize_with = "list")]
    pub domains: Vec<String>,
    /// The login name made of the address: `{address}` (default), `{local}`, `CORP\\{local}` …
    pub login: Option<String>,
    /// Addresses that people may send from besides their own: `{ "ann@example.org" = ["team@example.org"] }`. The mail
    /// server must allow it too.
    #[serde(default)]
    pub senders: BTreeMap<String, Vec<String>>,
    /// The server itself keeps a copy of what is sent through it: Relais makes none.
    #[serde(default)]
    pub saves_sent: bool,
    /// An address of this server, with a mailbox of its own, that Relais signs in to, reads and writes to itself with, to
    /// measure how long that takes. Without it probes go up to the greetings.
    pub probe_user: Option<String>,
    /// A file with its password, mode 0600.
    pub probe_password_file: Option<PathBuf>,
    /// How your own mail servers call themselves in `Received` fields, `mx1.example.org` or `.in.example.org` for all under it,
    /// and the networks in which nothing but they are, `10.1.2.0/24`: the time a message spent there is told as yours, and how
    /// long mail takes there is observed for everybody.
    #[serde(default, deserialize_with = "list")]
    pub trusted_hosts: Vec<String>,
    /// Mail domains of organisations you work with: what they send is never put behind as advertising.
    #[serde(default, deserialize_with = "list")]
    pub trusted_domains: Vec<String>,
    /// Tell the server the browser's address, by `ID`, before signing in.
    #[serde(default)]
    pub forward_client_ip: bool,
}

/// `[tls]`: Relais speaks https itself, without a proxy in front. Needs an https `public_url`.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TlsFiles {
    /// The certificate in PEM, the own one first, then those that signed it (`fullchain.pem`). Read again when it
    /// changes.
    pub certificate: Option<PathBuf>,
    /// Its key in PEM, not encrypted, mode 0600. Default: it stands in the same file.
    pub key: Option<PathBuf>,
    /// Where to listen for plain http, as `0.0.0.0:80`, and to lead from there to `public_url`. Without it: nowhere.
    pub redirect: Option<SocketAddr>,
}

/// `[brand]`: what the sign-in page says about you.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Brand {
    /// Your organisation.
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    /// A logo above the sign-in form: a file in SVG, PNG, WebP or JPEG, at most 64 KiB. Read at the start.
    pub logo: Option<PathBuf>,
    /// Your colour, as `#0b6b57`, for buttons and links; made darker or lighter where it could not be read.
    pub colour: Option<Colour>,
    /// A few words of help, shown as text.
    #[serde(deserialize_with = "text")]
    pub help: Option<String>,
    /// The number to call.
    #[serde(deserialize_with = "text")]
    pub phone: Option<String>,
    /// Whom to ask about personal data, a person or an address, shown on `/privacy`.
    #[serde(deserialize_with = "text")]
    pub data_contact: Option<String>,
    /// Where a forgotten password is changed: an `https://` address.
    pub reset: Option<String>,
}

/// `[access]`: when, for whom and from where this access point is open. Nothing: always, for everybody, from everywhere.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessTable {
    /// Before this moment nobody signs in. `2026-11-23T08:00` by the clock of `time_zone`, or with an offset,
    /// `2026-11-23T08:00:00+01:00`.
    #[serde(deserialize_with = "moment")]
    pub opens: Option<String>,
    /// At this moment every session ends. What was accepted is still sent.
    #[serde(deserialize_with = "moment")]
    pub closes: Option<String>,
    /// After closing, for so long, people may sign in to read what became of what they sent, and nothing else. Default 30
    /// days.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub suivi: Duration,
    /// Mail domains that may sign in; each must be served. Others are refused before their mail server is asked.
    #[serde(deserialize_with = "list")]
    pub domains: Vec<String>,
    /// Addresses that may sign in, in these domains. Others are told so after the right password.
    #[serde(deserialize_with = "list")]
    pub users: Vec<String>,
    /// Networks from which pages are shown; elsewhere only what everybody may read is: the status, `/privacy`,
    /// `/accessibility`.
    #[serde(deserialize_with = "networks", serialize_with = "shown::each")]
    pub networks: Vec<IpNet>,
}

impl Default for AccessTable {
    fn default() -> Self {
        AccessTable {
            opens: None,
            closes: None,
            suivi: Duration::from_secs(30 * 24 * 3600),
            domains: Vec::new(),
            users: Vec::new(),
            networks: Vec::new(),
        }
    }
}

/// `[session]`: how long a sign-in lasts. Written `"30m"`, `"12h"`, `"7d"`; at least one minute.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionTimes {
    /// Without a click, on a shared device. Default 30 minutes.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub idle_shared: Duration,
    /// Without a click, on one's own device. Default 12 hours.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub idle_own: Duration,
    /// In all. Default 7 days.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub absolute: Duration,
}

impl Default for SessionTimes {
    fn default() -> Self {
        const HOUR: u64 = 3600;
        SessionTimes {
            idle_shared: Duration::from_secs(HOUR / 2),
            idle_own: Duration::from_secs(12 * HOUR),
            absolute: Duration::from_secs(7 * 24 * HOUR),
        }
    }
}

/// `[follow]`: what became of sent mail.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Follow {
    /// Within this time a message that its sender follows should be acknowledged; then it comes first in their Suivi.
    /// Default 24 hours.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub deadline: Duration,
}

impl Default for Follow {
    fn default() -> Self {
        Follow { deadline: Duration::from_secs(24 * 3600) }
    }
}

/// `[passwords]`: with which accepted messages are sent when their server takes them later.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    /// Where they wait.
    pub keep: KeepPasswords,
    /// For how long after a message was accepted, or its author last signed in. Then it waits for a sign-in. Default 48
    /// hours; 1 hour to 30 days.
    #[serde(deserialize_with = "duration", serialize_with = "shown::duration")]
    pub life: Duration,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords { keep: KeepPasswords::default(), life: Duration::from_secs(48 * 3600) }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeepPasswords {
    /// With the message, sealed for it alone.
    #[default]
    Message,
    /// The same, under a key that no file holds: after a restart of Relais what waits waits for a sign-in. Of one gateway
    /// alone.
    Memory,
}

/// `[limits]`: the bounds of one gateway.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// IMAP connections in all. Default 1,000.
    pub connections: usize,
    /// IMAP connections of one account. Default 3 (many servers allow 10 from one address).
    pub per_account: usize,
    /// Browser connections at once; the next one is told to come back. One address holds at most as many as are still
    /// free, unless it is in `trusted_proxies` or `shared_networks`. Default 4,096.
    pub web_connections: usize,
    /// Seconds after which an IMAP connection that nobody uses is closed. Default 60.
    pub idle: u64,
    /// How long mail servers may take, in percent of the built-in deadlines (4 s to connect, 20 s to list, 30 s to
    /// open a huge mailbox …), 1 to 1,000. Default 100; more for a server that is slow but right.
    pub patience: u32,
    /// Messages of a mailbox that a server is asked to put in another order. Default 50,000; more only of a server that just
    /// sorted quickly. 0: none are.
    pub sort: u32,
    /// Recipients that one account may write to within an hour. Default 500.
    pub recipients_per_hour: u32,
    /// The same within a day. Default 2,000.
    pub recipients_per_day: u32,
    /// Megabytes (of 1,000,000 octets) of all files of one message, 1 to 200. Default 25; less where the mail server says
    /// that it takes less.
    pub attachments: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 1000,
            per_account: 3,
            web_connections: 4096,
            idle: 60,
            patience: 100,
            sort: 50_000,
            recipients_per_hour: 500,
            recipients_per_day: 2000,
            attachments: 25,
        }
    }
}

/// What opening a message does to `\Seen`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkRead {
    /// Sets it on the server (the default).
    #[default]
    Server,
    /// Leaves it alone, for a business connector that polls for unseen mail.
    Local,
}

/// The languages Relais speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Fr,
    En,
}

impl Language {
    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Fr => "fr",
            Language::En => "en",
        }
    }
}

/// One line of text, or one JSON object, for each event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn data() -> PathBuf {
    "./data".into()
}

fn probes() -> bool {
    true
}

fn undo() -> u64 {
    10
}

fn time_zone() -> String {
    "Europe/Paris".into()
}

/// A list, or one text with commas: what an environment variable can hold.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Either::deserialize(from)? {
        Either::Many(items) => items,
        Either::One(line) => {
            line.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Into::into).collect()
        }
    })
}

fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    list(from)?
        .iter()
        .map(|item| {
            item.parse::<IpNet>().or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(
                |_| de::Error::custom(format!("“{item}” is not a network such as 10.0.0.0/8 or ::1")),
            )
        })
        .collect()
}

/// A text that may look like a number: phone numbers do.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Option::<Either>::deserialize(from)? {
        Some(Either::Text(text)) => Some(text),
        Some(Either::Number(number)) => Some(number.to_string()),
        None => None,
    })
}

/// A text, or a date and time of TOML, which figment hands on as a table.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Toml {
            #[serde(rename = "$__toml_private_datetime")]
            text: String,
        },
    }
    Ok(Option::<Either>::deserialize(from)?.map(|either| match either {
        Either::Text(text) | Either::Toml { text } => text,
    }))
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    let wrong = || de::Error::custom(format!("“{text}” is not a duration such as 30m, 12h or 7d"));
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    let length = Duration::try_from(length).map_err(|_| wrong())?;
    let (least, most) = (Duration::from_secs(60), Duration::from_secs(400 * 24 * 3600));
    if length < least || length > most {
        return Err(de::Error::custom(format!("“{text}” must be between one minute and 400 days")));
    }
    Ok(length)
}
