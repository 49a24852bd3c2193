//! One mail server: where it listens, whom it serves, how people sign in to it.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, str::FromStr, sync::Arc};

use ipnet::IpNet;
use url::{Host, Url};

use super::{Error, TlsPair};

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314): `imaps://`, `smtps://`.
    Implicit,
    /// Upgraded before anything else is said; a server that cannot is not used.
    StartTls,
    /// Plain text: loopback only, or with `allow_plaintext = true`.
    None,
}

/// A checked address of an IMAP or SMTP server, as `imaps://host[:port][?tls=none][&ca=file.pem]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// A PEM file with one more trust anchor for this server.
    pub ca: Option<PathBuf>,
    /// A PEM file with lists of revoked certificates.
    pub crl: Option<PathBuf>,
    /// What the server is shown when it asks who we are.
    pub client: Option<TlsPair>,
}

/// The protocol a [`ServerUrl`] is for: it decides the schemes and the usual ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `imaps://host[:993]`, `imap://host[:143]`.
    Imap,
    /// `smtps://host[:465]`, `smtp://host[:587]`.
    Smtp,
}

impl Protocol {
    fn scheme(self, scheme: &str) -> Option<(u16, Tls)> {
        match (self, scheme) {
            (Protocol::Imap, "imaps") => Some((993, Tls::Implicit)),
            (Protocol::Imap, "imap") => Some((143, Tls::StartTls)),
            (Protocol::Smtp, "smtps") => Some((465, Tls::Implicit)),
            (Protocol::Smtp, "smtp") => Some((587, Tls::StartTls)),
            _ => None,
        }
    }

    fn forms(self) -> &'static str {
        match self {
            Protocol::Imap => "imaps://host[:993] or imap://host[:143] (STARTTLS)",
            Protocol::Smtp => "smtp://host[:587] (STARTTLS) or smtps://host[:465]",
        }
    }
}

impl ServerUrl {
    /// Reads an address. `?tls=none` is for loopback alone unless `allow_plaintext`.
    ///
    /// # Errors
    /// A sentence that says what is wrong and which forms are known.
    pub fn parse(protocol: Protocol, text: &str, allow_plaintext: bool) -> Result<ServerUrl, Error> {
        let wrong =
            |why: &str| Error::new(format!("the server address “{text}” {why}; write {}", protocol.forms()));
        // A URL may hold a password where an administrator copied one from elsewhere: it is not repeated.
        let url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::new(
                "a server address holds a user name or a password; people sign in with their own, so leave it out",
            ));
        }
        let (usual_port, mut tls) =
            protocol.scheme(url.scheme()).ok_or_else(|| wrong("has an unknown scheme"))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong("has something after the host"));
        }
        let host = host_of(&url).ok_or_else(|| wrong("has no usable host name"))?;
        let port = match url.port() {
            Some(0) => return Err(wrong("has port 0")),
            Some(port) => port,
            None => usual_port,
        };

        let mut ca = None;
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "none") if tls == Tls::Implicit => {
                    return Err(wrong("asks for TLS by its scheme and for none by ?tls=none"));
                }
                ("tls", "none") => tls = Tls::None,
                ("ca", file) if !file.is_empty() => ca = Some(PathBuf::from(file)),
                _ => return Err(wrong("has an option other than ?tls=none and ?ca=file.pem")),
            }
        }
        if tls == Tls::None && !allow_plaintext && !is_loopback(&host) {
            return Err(Error::new(format!(
                "“{text}” would send passwords in clear over the network: remove ?tls=none, or set \
                 allow_plaintext = true if you accept that"
            )));
        }
        Ok(ServerUrl { host, port, tls, ca, crl: None, client: None })
    }
}

/// The host as a resolver or a certificate wants it: lower case, A-labels, IPv6 without brackets.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Some(ip.to_string());
    }
    // The url crate leaves hosts of other schemes than http as they are: IDNA is ours to apply.
    let decoded = percent_encoding::percent_decode_str(bare).decode_utf8().ok()?;
    match Host::parse(&decoded).ok()? {
        Host::Domain(name) if !name.is_empty() => Some(name),
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(ip.to_string()),
        Host::Domain(_) => None,
    }
}

/// `localhost`, 127.0.0.0/8 or ::1.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Makes the login name out of the address: `{address}` or `{local}`, with any text around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTemplate(pub String);

impl LoginTemplate {
    /// `address` is `local@domain`, or a short name, which then stands for both.
    pub fn apply(&self, address: &str) -> String {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        // One pass, so that an address holding "{local}" is never expanded again.
        let mut login = String::with_capacity(self.0.len() + address.len());
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            login.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("{address}") {
                login.push_str(address);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("{local}") {
                login.push_str(local);
                rest = after;
            } else {
                login.push('{');
                rest = &rest[1..];
            }
        }
        login.push_str(rest);
        login
    }
}

impl LoginTemplate {
    /// False where addresses of several domains may be one login.
    fn names_domain(&self) -> bool {
        self.0.contains("{address}")
    }
}

impl Default for LoginTemplate {
    fn default() -> Self {
        LoginTemplate("{address}".into())
    }
}

impl FromStr for LoginTemplate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = text.replace("{address}", "").replace("{local}", "");
        if known == text || known.contains(['{', '}']) || text.chars().any(char::is_control) {
            return Err(Error::new(format!(
                "login = “{text}” must contain {{address}} or {{local}}, and no other braces"
            )));
        }
        Ok(LoginTemplate(text.into()))
    }
}

/// A `[server.NAME]` table, checked.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: Arc<str>,
    pub imap: ServerUrl,
    pub smtp: Option<ServerUrl>,
    /// Mail domains served, lower case, A-labels; empty: every domain no other server names.
    pub domains: Vec<String>,
    pub login: LoginTemplate,
    /// Pass the browser's address by `ID` (RFC 2971) before signing in.
    pub forward_client_ip: bool,
    /// Addresses that people may send from besides their own, in lower case.
    pub senders: BTreeMap<String, Vec<String>>,
    /// It keeps a copy of what is sent through it.
    pub saves_sent: bool,
    /// How the operator's own servers call themselves in Received fields, in lower case; with a dot before it, all hosts under
    /// a name.
    pub trusted_hosts: Vec<String>,
    /// The addresses they have, where these were named instead.
    pub trusted_networks: Vec<IpNet>,
    /// Mail domains whose messages are never put behind as advertising; lower case, A-labels.
    pub trusted_domains: Vec<String>,
    /// With whose mailbox it is probed.
    pub probe: Option<ProbeAccount>,
}

/// A mailbox that is there to be probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAccount {
    pub address: String,
    pub login: String,
    pub password_file: PathBuf,
}

impl Server {
    /// Whom this account may send as: itself, then what the administrator lists.
    pub fn senders_of(&self, address: &str) -> Vec<String> {
        let more = self.senders.get(&address.to_lowercase()).into_iter().flatten();
        std::iter::once(address.to_owned()).chain(more.cloned()).collect()
    }
}

impl Server {
    /// What guesses at a mailbox are counted by: its address where the domain is one of ours and part of the login name,
    /// else what stands before the `@`. Many servers ignore a domain they do not know: a made-up one must not bring fresh
    /// tries.
    pub fn counted_as<'a>(&self, address: &'a str) -> &'a str {
        match address.rsplit_once('@') {
            Some((local, domain))
                if !self.login.names_domain() || !self.domains.iter().any(|d| d == domain) =>
            {
                local
            }
            _ => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imap(text: &str) -> Result<ServerUrl, Error> {
        ServerUrl::parse(Protocol::Imap, text, false)
    }

    #[test]
    fn the_four_forms() {
        let url = imap("imaps://Mail.Example.org").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.tls), ("mail.example.org", 993, Tls::Implicit));
        let url = imap("imap://mail.example.org:1143/").unwrap();
        assert_eq!((url.port, url.tls), (1143, Tls::StartTls));
        let url = ServerUrl::parse(Protocol::Smtp, "smtps://h", false).unwrap();
        assert_eq!((url.port, url.tls), (465, Tls::Implicit));
        let url = ServerUrl::parse(Protocol::Smtp, "smtp://h?ca=/etc/own%20ca.pem", false).unwrap();
        assert_eq!((url.port, url.ca), (587, Some(PathBuf::from("/etc/own ca.pem"))));
        assert_eq!(imap("imaps://münchen.example").unwrap().host, "xn--mnchen-3ya.example");
        assert_eq!(imap("imaps://[2001:DB8::1]:993").unwrap().host, "2001:db8::1");
    }

    #[test]
    fn plain_text_is_for_loopback() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert_eq!(imap(&format!("imap://{host}:143?tls=none")).unwrap().tls, Tls::None, "{host}");
        }
        for host in ["mail.example.org", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org"] {
            let text = format!("imap://{host}?tls=none");
            assert!(imap(&text).unwrap_err().to_string().contains("allow_plaintext"), "{host}");
            assert_eq!(ServerUrl::parse(Protocol::Imap, &text, true).unwrap().tls, Tls::None);
        }
    }

    #[test]
    fn what_is_not_an_address() {
        for text in [
            "",
            "mail.example.org",
            "http://mail",
            "smtp://mail",
            "imaps://",
            "imaps://h/INBOX",
            "imaps://h#x",
            "imaps://h?tls=none",
            "imaps://h?tls=maybe",
            "imaps://h?ca=",
            "imaps://h:0",
            "imaps://h:99999",
            "imaps://a b",
            "imaps://a%0d%0ab",
        ] {
            assert!(imap(text).is_err(), "{text}");
        }
        let refused = imap("imaps://alice:hunter2@mail.example.org").unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn login_names() {
        let apply = |template: &str, address: &str| template.parse::<LoginTemplate>().unwrap().apply(address);
        assert_eq!(apply("{address}", "a@b"), "a@b");
        assert_eq!(apply("{local}", "a@b"), "a");
        assert_eq!(apply("CORP\\{local}", "a@b"), "CORP\\a");
        assert_eq!(apply("{local}@old.example", "\"x@y\"@b"), "\"x@y\"@old.example");
        assert_eq!(apply("{local}/{address}", "{address}@b"), "{address}/{address}@b");
        for template in ["", "alice", "{user}", "{local}{", "{local}\r\n"] {
            assert!(template.parse::<LoginTemplate>().is_err(), "{template:?}");
        }
    }
}
