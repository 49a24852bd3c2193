//! The command line of everything that needs the configuration. A password is never on it.

use std::{net::SocketAddr, path::PathBuf};

/// `--imap` and `--smtp` define the server named `default`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// The configuration file (relais.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to serve http [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The IMAP server: imaps://host[:993], or imap://host[:143] with STARTTLS
    #[arg(long, value_name = "URL")]
    pub imap: Option<String>,
    /// The SMTP server: smtp://host[:587] with STARTTLS, or smtps://host[:465]
    #[arg(long, value_name = "URL")]
    pub smtp: Option<String>,
    /// The folder of the database [default: ./data]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}
