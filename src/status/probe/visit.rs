//! The conversations of a probe, each step within its deadline.

use std::time::Duration;

use tokio::{io::AsyncReadExt, time::timeout};
use zeroize::Zeroizing;

use super::letter::Letter;
use crate::{
    config::{ProbeAccount, ServerUrl},
    imap::{self, Backend, Credentials},
    net::{TlsConfig, bounds::patiently},
    smtp::{self, Reply},
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
        letter: &Letter,
    ) -> Result<(), Error> {
        let password = self.password().await?;
        let conversation = async {
            let mut connection = opened(url, tls, hello).await.ok_or(Error::Server)?;
            let signed_in = connection.sign_in(&self.account.login, &password).await;
            signed_in.map_err(|error| match error.reply() {
                // For good: that is between the server and this account.
                Some(reply) if reply.is_permanent() => Error::Own("SMTP refuses its name or password"),
                _ => Error::Server,
            })?;
            letter.send(&mut connection).await.map_err(|error| fault(error.reply()))?;
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

/// What is said of its address or its mailbox (RFC 3463 §3.2 and §3.3) is the probe's own trouble: strangers can fill it.
/// Whatever else a letter meets, people's letters meet, too.
fn fault(said: Option<&Reply>) -> Error {
    match said.and_then(|reply| reply.enhanced) {
        Some([_, 1 | 2, _]) => Error::Own("SMTP does not let it write to itself"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mailbox_of_the_probe_is_nobody_elses_trouble() {
        let said = |code, enhanced| fault(Some(&Reply { code, enhanced, text: String::new() }));
        for own in [said(452, Some([4, 2, 2])), said(550, Some([5, 1, 1]))] {
            assert!(matches!(own, Error::Own(_)));
        }
        let servers = [said(451, None), said(452, Some([4, 3, 1])), said(554, Some([5, 7, 1])), fault(None)];
        assert!(servers.iter().all(|error| matches!(error, Error::Server)));
    }
}
