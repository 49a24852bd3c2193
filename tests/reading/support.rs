//! A mail server, a gateway in front of it, and somebody who reads.

use anyhow::Result;
use lab::{Chaos, Dovecot, Gateway, Options, Visitor};

pub const ALICE: &str = "alice@example.test";
pub const BOB: &str = "bob@example.test";
pub const PASSWORD: &str = "secret";

/// Everything between a browser and a mailbox; `wire` counts what passes between gateway and mail server.
pub struct House {
    pub dovecot: Dovecot,
    pub wire: Chaos,
    pub gateway: Gateway,
}

impl House {
    pub async fn build(options: Options) -> Result<House> {
        let dovecot = Dovecot::start(options).await?;
        let wire = Chaos::start(dovecot.imap_port()).await?;
        let gateway = gateway(wire.port(), &[]).await?;
        Ok(House { dovecot, wire, gateway })
    }

    /// Alice, signed in.
    pub async fn alice(&self) -> Result<Visitor> {
        Visitor::signed_in(self.gateway.url(), ALICE, PASSWORD).await
    }
}

/// The gateway in front of whatever speaks IMAP, in plain text, on this port of loopback.
pub async fn gateway(port: u16, more: &[&str]) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{port}?tls=none");
    let mut arguments = vec!["--imap", &imap];
    arguments.extend(more);
    Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await
}
