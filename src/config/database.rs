//! `database`: where PostgreSQL is. Its password is never printed.

use std::fmt;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::{Error, is_loopback};

/// A `postgres://` address that was checked: off this machine it asks for TLS.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    text: Zeroizing<String>,
    shown: String,
}

impl DatabaseUrl {
    /// With the password, for whoever connects.
    pub fn with_password(&self) -> &str {
        &self.text
    }
}

/// Host, port and name alone.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", self.shown)
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = Error;

    /// `sslmode` as libpq has it. Without one: none on this machine, `verify-full` elsewhere.
    fn try_from(text: String) -> Result<DatabaseUrl, Error> {
        let text = Zeroizing::new(text);
        // What was written is not repeated: it may hold a password.
        let wrong = || Error::new("database must be postgres://user:password@host[:5432]/name");
        let mut url = Url::parse(&text).map_err(|_| wrong())?;
        let name = url.path().trim_start_matches('/').to_owned();
        if !matches!(url.scheme(), "postgres" | "postgresql") || name.is_empty() || name.contains('/') {
            return Err(wrong());
        }
        let query = |key: &str| url.query_pairs().find(|(k, _)| k == key).map(|(_, v)| v.into_owned());
        // A socket's folder stands percent-encoded in the host's place, or in `host`.
        let host = query("host").or(url.host_str().map(str::to_owned)).ok_or_else(wrong)?;
        let host = percent_encoding::percent_decode_str(&host).decode_utf8_lossy().into_owned();
        let socket = host.starts_with('/');
        let here = socket || is_loopback(&host);
        match query("sslmode").or(query("ssl-mode")).as_deref() {
            Some("require" | "verify-ca" | "verify-full") => {}
            Some("disable" | "allow" | "prefer") if here => {}
            Some("disable" | "allow" | "prefer") => {
                return Err(Error::new(format!(
                    "database: {host} is not this machine, and its sslmode lets what is kept pass in clear: leave it \
                     out (verify-full), with sslrootcert=ca.pem for an authority of your own"
                )));
            }
            Some(_) => return Err(Error::new("database: sslmode is not one that PostgreSQL has")),
            None => {
                let mode = if here { "disable" } else { "verify-full" };
                url.query_pairs_mut().append_pair("sslmode", mode);
            }
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("postgres://{host}{port}/{name}");
        Ok(DatabaseUrl { text: Zeroizing::new(url.into()), shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DatabaseUrl, Error> {
        DatabaseUrl::try_from(text.to_owned())
    }

    #[test]
    fn off_this_machine_tls_is_asked_for() {
        for (text, mode) in [
            ("postgres://relais:pw@db.example.org/relais", "verify-full"),
            ("postgresql://relais:pw@10.0.0.7:6432/relais?application_name=x", "verify-full"),
            ("postgres://relais:pw@db.example.org/relais?sslmode=require", "require"),
            ("postgres://relais:pw@127.0.0.1/relais", "disable"),
            ("postgres://relais:pw@[::1]/relais", "disable"),
            ("postgres://relais:pw@localhost/relais?sslmode=prefer", "prefer"),
            ("postgres://relais:pw@%2Frun%2Fpostgresql/relais", "disable"),
        ] {
            let url = Url::parse(read(text).unwrap().with_password()).unwrap();
            let modes: Vec<_> = url.query_pairs().filter(|(key, _)| key == "sslmode").collect();
            assert_eq!((modes.len(), &*modes[0].1), (1, mode), "{text}");
        }
        for mode in ["disable", "allow", "prefer"] {
            let refused = read(&format!("postgres://a:pw@db.example.org/a?sslmode={mode}")).unwrap_err();
            assert!(refused.to_string().contains("in clear"), "{refused}");
            // What overrides the host is what counts.
            assert!(
                read(&format!("postgres://a:pw@localhost/a?host=db.example.org&sslmode={mode}")).is_err()
            );
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = read("postgres://relais:hunter2@127.0.0.1:5433/relais").unwrap();
        assert_eq!(url.to_string(), "postgres://127.0.0.1:5433/relais");
        assert!(!format!("{url:?}").contains("hunter2") && url.with_password().contains("hunter2"));
        for odd in [
            "mysql://a:hunter2@h/d",
            "postgres://a:hunter2@h",
            "hunter2",
            "postgres://a:hunter2@h/d?sslmode=x",
        ] {
            assert!(!read(odd).unwrap_err().to_string().contains("hunter2"));
        }
    }
}
