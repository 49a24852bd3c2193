//! The command line of everything that needs the configuration. A password is never on it.

use std::{net::SocketAddr, path::PathBuf};

/// `--imap` and `--smtp` define the server named `default`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// The configuration file (relais.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to serve; 127.0.0.1:8080 if left out
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The address people type, as `https://mail.example.org`
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Speak https with this certificate and those that signed it (fullchain.pem)
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// The certificate's key; in the same file if left out
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// The IMAP server: `imaps://host`, or `imap://host` with STARTTLS; `:port` may follow
    #[arg(long, value_name = "URL")]
    pub imap: Option<String>,
    /// The SMTP server: `smtp://host` with STARTTLS, or `smtps://host`; `:port` may follow
    #[arg(long, value_name = "URL")]
    pub smtp: Option<String>,
    /// The folder of the database; ./data if left out
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}
