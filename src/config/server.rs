//! One mail server: where it listens, whom it serves, how people sign in to it.

use std::{path::PathBuf, sync::Arc};

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
}

/// Makes the login name out of the address: `{address}` or `{local}`, with any text around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTemplate(pub String);

/// A `[server.NAME]` table, checked.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: Arc<str>,
    pub imap: ServerUrl,
    pub smtp: Option<ServerUrl>,
    /// Mail domains served; empty: every domain no other server names.
    pub domains: Vec<String>,
    pub login: LoginTemplate,
    /// Pass the browser's address by `ID` (RFC 2971) before signing in.
    pub forward_client_ip: bool,
}
