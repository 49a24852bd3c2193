//! From what somebody types in the sign-in form to a server and a login name on it.

use super::{Config, Server};

/// Whom to sign in as.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The mailbox address, its domain in lower case and A-labels; a short name where no domain is known.
    pub address: String,
    /// The name the server wants, by the server's `login` template.
    pub login: String,
}

/// Names a person: kept out of logs and panics.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Why no server was found. The text typed is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhoError {
    #[error("not a mailbox address")]
    NotAnAddress,
    #[error("a short name, and several servers: the full address is needed")]
    NeedsDomain,
    #[error("no server is configured for this mail domain")]
    UnknownDomain,
}

/// RFC 5321 §4.5.3.1: 64 octets, `@`, 255 octets.
const MAX_ADDRESS: usize = 320;

impl Config {
    /// The server that serves the typed address or short name, and the login name there.
    ///
    /// # Errors
    /// See [`WhoError`]; what a person is told must be the same for a known and an unknown user.
    pub fn server_for(&self, typed: &str) -> Result<(&Server, Login), WhoError> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > MAX_ADDRESS || typed.chars().any(char::is_control) {
            return Err(WhoError::NotAnAddress);
        }
        let (server, address) = match typed.rsplit_once('@') {
            Some((local, host)) if !local.is_empty() => {
                let host = domain(host).ok_or(WhoError::NotAnAddress)?;
                (self.by_domain(&host)?, format!("{local}@{host}"))
            }
            Some(_) => return Err(WhoError::NotAnAddress),
            None => {
                let server = self.by_default()?;
                match server.domains.as_slice() {
                    [only] => (server, format!("{typed}@{only}")),
                    _ => (server, typed.to_owned()),
                }
            }
        };
        let login = server.login.apply(&address);
        Ok((server, Login { address, login }))
    }

    fn by_domain(&self, host: &str) -> Result<&Server, WhoError> {
        self.servers
            .iter()
            .find(|server| server.domains.iter().any(|domain| domain == host))
            .or_else(|| self.servers.iter().find(|server| server.domains.is_empty()))
            // One server is the one server, even where it names its domains: aliases exist.
            .or(match self.servers.as_slice() {
                [only] => Some(only),
                _ => None,
            })
            .ok_or(WhoError::UnknownDomain)
    }

    fn by_default(&self) -> Result<&Server, WhoError> {
        match self.servers.as_slice() {
            [only] => Ok(only),
            several => several.iter().find(|server| server.domains.is_empty()).ok_or(WhoError::NeedsDomain),
        }
    }
}

/// A mail domain as it is compared: lower case, A-labels (RFC 5891).
pub fn domain(text: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(text.trim_end_matches('.')).ok()?;
    (!ascii.is_empty()).then_some(ascii)
}
