//! A mail server, a proxy that counts and breaks, a gateway, and somebody who looks for something.

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan};
use lab::{Answer, Chaos, Dovecot, Gateway, Imap, Options, Visitor, seed::Seed};

pub const ALICE: &str = "alice@example.test";
pub const BOB: &str = "bob@example.test";
pub const PASSWORD: &str = "secret";

pub struct House {
    pub dovecot: Dovecot,
    pub wire: Chaos,
    pub gateway: Gateway,
}

impl House {
    pub async fn build() -> Result<House> {
        let dovecot = Dovecot::start(Options::default()).await?;
        let wire = Chaos::start(dovecot.imap_port()).await?;
        let gateway = gateway(wire.port()).await?;
        Ok(House { dovecot, wire, gateway })
    }

    /// With all the patience there is.
    pub async fn patient() -> Result<House> {
        let house = House::build().await?;
        Ok(House { gateway: gateway_with(house.wire.port(), "").await?, ..house })
    }

    pub async fn alice(&self) -> Result<Visitor> {
        Visitor::signed_in(self.gateway.url(), ALICE, PASSWORD).await
    }

    /// What was asked since the last look, without tags.
    pub fn asked(&self) -> Vec<String> {
        let lines = self.wire.commands().into_iter().map(|command| command.line);
        let asked = lines.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
        self.wire.clear();
        asked
    }
}

/// With a tenth of the patience: tests wait for deadlines.
pub async fn gateway(port: u16) -> Result<Gateway> {
    gateway_with(port, "[limits]\npatience = 10\n").await
}

/// With these lines in its configuration.
pub async fn gateway_with(port: u16, limits: &str) -> Result<Gateway> {
    let toml = format!(
        "shared_networks = [\"127.0.0.0/8\"]\ntime_zone = \"UTC\"\n{limits}[server.default]\nimap = \"imap://127.0.0.1:{port}?tls=none\"\n"
    );
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), toml)?)
    })
    .await
}

/// A message with this subject that arrived so many hours before noon of 22 November 2026.
pub fn message(subject: &str, hours: i64) -> Seed {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap_or_default();
    let mut seed = Seed::new(format!(
        "From: Ann <ann@example.test>\r\nTo: alice@example.test\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nOf the usual kind.\r\n"
    ));
    seed.arrived = noon - hours.hours();
    seed
}

/// So many messages, the oldest first, an hour apart; `subject` names each by its UID.
pub async fn fill(imap: &mut Imap, mailbox: &str, n: u32, subject: impl Fn(u32) -> String) -> Result<()> {
    let seeds: Vec<Seed> = (1..=n).map(|uid| message(&subject(uid), i64::from(n - uid))).collect();
    for some in seeds.chunks(2_000) {
        imap.multiappend(mailbox, some).await?;
    }
    Ok(())
}

/// Types into the search box of a mailbox.
pub async fn search(visitor: &Visitor, mailbox: &str, typed: &str) -> Result<Answer> {
    let page = visitor.get(&format!("/mail/{mailbox}/search")).await?;
    visitor.submit(&page, "form[role=search]", &[("q", typed)]).await
}

/// The link that goes on, if there is one.
pub fn further(page: &Answer) -> Option<String> {
    page.attributes("a[data-further]", "href").into_iter().next()
}

/// The last words of a page of results.
pub fn end(page: &Answer) -> Result<String> {
    page.all(".looked.end").pop().context("a page without an end")
}
