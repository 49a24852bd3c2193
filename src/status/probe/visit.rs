//! The conversations of a probe, each step within its deadline.

use std::time::Duration;

use tokio::{io::AsyncReadExt, time::timeout};
use zeroize::Zeroizing;

use super::{letter::Letter, mailbox};
use crate::{
    config::{ProbeAccount, ServerUrl},
    imap::{self, Backend, Credentials},
    net::{TlsConfig, bounds::patiently},
    smtp,
};

/// For a submission server to greet: a courier would wait for longer, a person would not.
const GREETING: Duration = Duration::from_secs(20);
/// From MAIL to the answer to the dot.
const HAND_OVER: Duration = Duration::from_secs(60);
/// A connection that nobody uses ends by itself.
const IDLE: Duration = Duration::from_secs(90);
/// Largest password file, in bytes.
const MAX_PASSWORD: u64 = 4096;

/// Whose fault it is.
pub enum Error {
    /// The server's: people have it too.
    Server,
    /// Of the probe's own account.
    Own(&'static str),
}

/// Visits in the name of the probe's account.
pub struct Visit<'a> {
    pub account: &'a ProbeAccount,
}

impl Visit<'_> {
    /// Goes on with a server that greeted.
    pub async fn signed_in(&self, greeted: imap::Probe<'_>) -> Result<imap::Connection, Error> {
        let password = self.password().await?;
        let credentials = Credentials { login: self.account.login.clone(), password };
        greeted.sign_in(&credentials, IDLE).await.map_err(|error| match error.code() {
            // RFC 5530 §3: it cannot look up anybody just now.
            Some("UNAVAILABLE" | "SERVERBUG" | "LIMIT" | "INUSE") => Error::Server,
            _ if error.refused() => Error::Own("IMAP refuses its name or password"),
            _ => Error::Server,
        })
    }

    /// A connection of its own, signed in.
    pub async fn connected(&self, backend: &Backend) -> Result<imap::Connection, Error> {
        let greeted = backend.probe().await.map_err(|_| Error::Server)?;
        self.signed_in(greeted).await
    }

    /// Sends a letter to itself.
    pub async fn send(
        &self,
        url: &ServerUrl,
        tls: &TlsConfig,
        hello: &str,
        seed: [u8; 16],
    ) -> Result<(), Error> {
        const TEXT: &str = "Relais measures with this message how long mail takes, and removes it again.\n";
        let letter = Letter::new(&self.account.address, mailbox::SUBJECT, TEXT, seed);
        let letter = letter.ok_or(Error::Own("it is not an address"))?;
        let password = self.password().await?;
        let conversation = async {
            let mut connection = opened(url, tls, hello).await.ok_or(Error::Server)?;
            let signed_in = connection.sign_in(&self.account.login, &password).await;
            signed_in.map_err(|error| fault(&error, "SMTP refuses its name or password"))?;
            let sent = letter.send(&mut connection).await;
            sent.map_err(|error| fault(&error, "SMTP does not let it write to itself"))?;
            connection.quit().await;
            Ok(())
        };
        timeout(patiently(GREETING + HAND_OVER), conversation).await.unwrap_or(Err(Error::Server))
    }

    /// Read anew each time: it may have been changed.
    async fn password(&self) -> Result<Zeroizing<String>, Error> {
        let unread = |_| Error::Own("probe_password_file cannot be read");
        let file = tokio::fs::File::open(&self.account.password_file).await.map_err(unread)?;
        let mut text = Zeroizing::new(String::with_capacity(MAX_PASSWORD as usize));
        file.take(MAX_PASSWORD).read_to_string(&mut text).await.map_err(unread)?;
        match text.lines().next().unwrap_or_default() {
            "" => Err(Error::Own("probe_password_file is empty")),
            line => Ok(Zeroizing::new(line.to_owned())),
        }
    }
}

/// What is refused for good is between the server and this account.
fn fault(error: &smtp::Error, why: &'static str) -> Error {
    match error.reply() {
        Some(reply) if reply.is_permanent() => Error::Own(why),
        _ => Error::Server,
    }
}

/// Whether a submission server greets and answers to EHLO.
pub async fn greets(url: &ServerUrl, tls: &TlsConfig, hello: &str) -> bool {
    let Some(connection) = opened(url, tls, hello).await else { return false };
    connection.quit().await;
    true
}

async fn opened(url: &ServerUrl, tls: &TlsConfig, hello: &str) -> Option<smtp::Connection> {
    timeout(patiently(GREETING), smtp::Connection::open(url, tls, hello)).await.ok()?.ok()
}
