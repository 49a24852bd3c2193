//! A process that is killed at any point of a message's way loses nothing that was accepted. Twins come only from the
//! points after DATA, and only with the same Message-ID.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use lab::Dovecot;
use relais::{
    outbox::{Accepted, Outbox},
    session::account_id,
    store::Store,
};

use crate::{
    outbox::submission,
    support::{ALICE, BOB, Servers},
};

/// A gateway that stops at a point, or nowhere.
pub struct Victim {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Victim {
    pub fn start(folder: &std::path::Path, servers: &Servers, point: Option<&str>) -> Result<Victim> {
        Victim::start_at(folder, servers.dovecot.imap_port(), servers, point)
    }

    /// With the mailboxes at another port.
    pub fn start_at(
        folder: &std::path::Path,
        imap: u16,
        servers: &Servers,
        point: Option<&str>,
    ) -> Result<Victim> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
        command.args(["--imap", &format!("imap://127.0.0.1:{}?tls=none", imap)]);
        let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
        command.args(["--smtp", &smtp]);
        // Deadlines, quarantine and back-off of seconds instead of minutes.
        command.env("RELAIS_LIMITS__PATIENCE", "2").env_remove("TEST_RELAIS_STOP_AT");
        if let Some(point) = point {
            command.env("TEST_RELAIS_STOP_AT", point);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).stdin(Stdio::null()).spawn()?;
        let errors = BufReader::new(child.stderr.take().context("no standard error")?);
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        Ok(Victim { child, lines })
    }

    pub fn wait_for(&self, words: &str) -> Result<()> {
        let mut told = String::new();
        while !told.contains(words) {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            told.push_str(&line.with_context(|| format!("“{words}” was not said:\n{told}"))?);
            told.push('\n');
        }
        Ok(())
    }
}

impl Victim {
    /// SIGTERM: what is under way is written down.
    pub fn end(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Victim {
    /// SIGKILL: no destructor, no last word.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn inbox(dovecot: &Dovecot) -> Result<Vec<u32>> {
    let mut client = dovecot.client(BOB).await?;
    client.select("INBOX").await?;
    client.search("HEADER Message-ID m1@relais.example.test").await
}

async fn killed_at(point: &str) -> Result<usize> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    {
        let store = Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await?;
        let me = account_id(store.keys(), "default", ALICE);
        let store = std::sync::Arc::new(store);
        let accepted = Outbox::new(store.clone()).accept(submission(me, 1, "hello\r\n")).await?;
        ensure!(matches!(accepted, Accepted::New(_)));
        store.close().await;
    }
    let victim = Victim::start(folder.path(), &servers, Some(point))?;
    victim.wait_for(&format!("stopped at {point}"))?;
    drop(victim);
    let heir = Victim::start(folder.path(), &servers, None)?;
    let mut tries = 0;
    // Twice the quarantine, and then some.
    while inbox(&servers.dovecot).await?.is_empty() {
        tries += 1;
        ensure!(
            tries < 600,
            "a message accepted before the kill at {point} was lost:\n{}",
            servers.postfix.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Until the heir has settled it: the journal says so, once nobody holds the folder.
    let settled = |log: &str| log.matches("status=sent").count();
    let most = if matches!(point, "after-dot" | "before-stored") { 2 } else { 1 };
    for _ in 0..300 {
        if settled(&servers.postfix.log()) >= most {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(heir);
    let copies = inbox(&servers.dovecot).await?.len();
    ensure!(copies <= most, "{copies} copies after a kill at {point}");
    let store = Store::open(&folder.path().join("data"), &folder.path().join("data.key")).await?;
    let me = account_id(store.keys(), "default", ALICE);
    let sent = Outbox::new(store.into()).list(&me, None, 10).await?;
    println!("killed at {point}: {copies} in the mailbox, {:?}", sent[0].recipients[0].state);
    Ok(copies)
}

#[tokio::test]
async fn killed_after_mail() -> Result<()> {
    ensure!(killed_at("mail").await? == 1);
    Ok(())
}

#[tokio::test]
async fn killed_after_the_recipients() -> Result<()> {
    ensure!(killed_at("recipients").await? == 1);
    Ok(())
}

#[tokio::test]
async fn killed_in_data() -> Result<()> {
    ensure!(killed_at("mid-data").await? == 1);
    Ok(())
}

#[tokio::test]
async fn killed_after_the_dot() -> Result<()> {
    killed_at("after-dot").await.map(drop)
}

#[tokio::test]
async fn killed_before_the_reply_is_stored() -> Result<()> {
    ensure!(killed_at("before-stored").await? == 2, "a twin, sent by itself with the same Message-ID");
    Ok(())
}
