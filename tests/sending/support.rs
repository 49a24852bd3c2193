//! Two servers, and conversations with them.

use std::{io, time::Duration};

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::{Stream, stream};
use lab::{Dovecot, Imap, Options, Postfix, postfix};
use relais::{
    config::{Protocol, ServerUrl},
    net,
    smtp::{Connection, Envelope, Error, Reply},
};

pub const ALICE: &str = "alice@example.test";
pub const BOB: &str = "bob@example.test";
pub const PASSWORD: &str = "secret";

pub struct Servers {
    pub dovecot: Dovecot,
    pub postfix: Postfix,
}

impl Servers {
    pub async fn start() -> Result<Servers> {
        Servers::start_with(postfix::Options::default()).await
    }

    pub async fn start_with(options: postfix::Options) -> Result<Servers> {
        let dovecot = Dovecot::start(Options::default()).await?;
        let postfix = Postfix::start_with(&dovecot, options).await?;
        Ok(Servers { dovecot, postfix })
    }

    /// `smtp` with STARTTLS, `smtps`, or `plain`.
    pub async fn open(&self, how: &str) -> Result<Connection, Error> {
        let (submission, submissions) = (self.postfix.submission_port(), self.postfix.submissions_port());
        let url = match how {
            "smtps" => format!("smtps://localhost:{submissions}"),
            "smtp" => format!("smtp://localhost:{submission}"),
            _ => format!("smtp://127.0.0.1:{submission}?tls=none"),
        };
        let url = ServerUrl::parse(Protocol::Smtp, &url, false).unwrap();
        let url = ServerUrl { ca: Some(self.dovecot.ca_pem()), ..url };
        let tls = net::client_config(&url).unwrap();
        Connection::open(&url, &tls, "relais.example.test").await
    }

    /// Alice's, over STARTTLS.
    pub async fn signed_in(&self) -> Result<Connection, Error> {
        let mut connection = self.open("smtp").await?;
        connection.sign_in(ALICE, PASSWORD).await?;
        Ok(connection)
    }

    /// Alice to Bob, in chunks of this size.
    pub async fn send(&self, message: &[u8], chunk: usize) -> Result<Reply, Error> {
        let mut connection = self.signed_in().await?;
        connection.mail(&from_alice(message.len())).await?;
        connection.recipient(BOB).await?;
        let sent = connection.data(chunks(message, chunk)).await;
        connection.quit().await;
        sent
    }

    /// What arrived in a mailbox, once `count` messages did: headers and body of each.
    pub async fn arrived(&self, user: &str, count: u32) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut client = self.dovecot.client(user).await?;
        let mut tries = 0;
        while client.select("INBOX").await? < count {
            tries += 1;
            anyhow::ensure!(tries < 400, "nothing arrived: {}", self.postfix.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut all = Vec::new();
        for n in 1..=client.select("INBOX").await? {
            let header = literal(&mut client, &format!("FETCH {n} (BODY.PEEK[HEADER])")).await?;
            let text = literal(&mut client, &format!("FETCH {n} (BODY.PEEK[TEXT])")).await?;
            all.push((header, text));
        }
        Ok(all)
    }
}

/// The only literal of an answer.
async fn literal(client: &mut Imap, command: &str) -> Result<Vec<u8>> {
    let reply = client.run(command).await?;
    let line = reply.lines.iter().find(|line| line.contains(&b'{')).context("no literal")?;
    let open = line.iter().position(|b| *b == b'{').context("no literal")?;
    let close = open + line[open..].iter().position(|b| *b == b'}').context("no literal")?;
    let length: usize = std::str::from_utf8(&line[open + 1..close])?.parse()?;
    Ok(line[close + 3..close + 3 + length].to_vec())
}

pub fn from_alice(size: usize) -> Envelope {
    Envelope { from: ALICE.into(), size: size as u64, ..Envelope::default() }
}

pub fn chunks(octets: &[u8], size: usize) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let chunks: Vec<_> = octets.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}
