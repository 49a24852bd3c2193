//! A process that is killed at any point of a message's way loses nothing that was accepted. Twins come only from the
//! points after DATA, and only with the same Message-ID.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::Imap;
use relais::{
    outbox::{Accepted, Outbox, Sent, State},
    session::account_id,
    store::Store,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{Notify, watch},
};

pub use crate::victim::Victim;
use crate::{
    campaign::{self, Plan},
    outbox::submission,
    support::{ALICE, BOB, Servers},
    victim::Home,
};

impl Victim {
    /// Nobody signs in here: there are no mailboxes.
    pub fn start(folder: &Path, smtp_port: u16, point: Option<&str>) -> Result<Victim> {
        Victim::start_at(folder, 1, smtp_port, point)
    }

    /// With mailboxes at this port.
    pub fn start_at(folder: &Path, imap_port: u16, smtp_port: u16, point: Option<&str>) -> Result<Victim> {
        Victim::spawn(folder, None, imap_port, smtp_port, point)
    }
}

async fn inbox(bob: &mut Imap) -> Result<Vec<u32>> {
    bob.select("INBOX").await?;
    bob.search("HEADER Message-ID m1@relais.example.test").await
}

async fn accept_one(folder: &Path) -> Result<()> {
    let store = Arc::new(Store::open(&folder.join("data"), &folder.join("data.key")).await?);
    let me = account_id(store.keys(), "default", ALICE);
    let accepted = Outbox::new(store.clone()).accept(submission(me, 1, "hello\r\n")).await?;
    ensure!(matches!(accepted, Accepted::New(_)));
    store.close().await;
    Ok(())
}

/// What the journal says, once nobody holds the folder.
async fn sent(folder: &Path) -> Result<Sent> {
    let store = Store::open(&folder.join("data"), &folder.join("data.key")).await?;
    let me = account_id(store.keys(), "default", ALICE);
    Outbox::new(store.into()).list(&me, None, 10).await?.pop().context("the journal is empty")
}

async fn killed_at(point: &str) -> Result<usize> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    accept_one(folder.path()).await?;
    let victim = Victim::start(folder.path(), servers.postfix.submission_port(), Some(point))?;
    victim.wait_for(&format!("stopped at {point}"))?;
    drop(victim);
    let heir = Victim::start(folder.path(), servers.postfix.submission_port(), None)?;
    let mut bob = servers.dovecot.client(BOB).await?;
    let mut tries = 0;
    // Twice the quarantine, and then some.
    while inbox(&mut bob).await?.is_empty() {
        tries += 1;
        ensure!(
            tries < 600,
            "a message accepted before the kill at {point} was lost:\n{}",
            servers.postfix.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Until the twin is there too, where there may be one.
    let settled = |log: &str| log.matches("status=sent").count();
    let most = if matches!(point, "after-dot" | "before-stored") { 2 } else { 1 };
    for _ in 0..300 {
        if settled(&servers.postfix.log()) >= most {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(heir);
    let copies = inbox(&mut bob).await?.len();
    ensure!(copies <= most, "{copies} copies after a kill at {point}");
    let sent = sent(folder.path()).await?;
    println!("killed at {point}: {copies} in the mailbox, {:?}", sent.recipients[0].state);
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

/// Takes every message; answers the dot when told to, or else hangs up.
async fn swallow(
    listener: TcpListener,
    taken: watch::Sender<usize>,
    answer: Option<Arc<Notify>>,
) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let mut stream = tokio::io::BufReader::new(stream);
        stream.write_all(b"220 black.hole.test\r\n").await?;
        let (mut line, mut in_data) = (String::new(), false);
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                break;
            }
            let answer: &[u8] = match line.split_whitespace().next().unwrap_or("") {
                "." if in_data => {
                    taken.send_modify(|n| *n += 1);
                    let Some(answer) = &answer else { break };
                    answer.notified().await;
                    in_data = false;
                    b"250 2.0.0 queued as 42\r\n"
                }
                _ if in_data => continue,
                "EHLO" => b"250-black.hole.test\r\n250 AUTH PLAIN\r\n",
                "AUTH" => b"235 welcome\r\n",
                "DATA" => {
                    in_data = true;
                    b"354 go on\r\n"
                }
                _ => b"250 fine\r\n",
            };
            stream.write_all(answer).await?;
        }
    }
}

#[tokio::test]
async fn lost_replies_make_one_more_try_and_then_the_author_decides() -> Result<()> {
    let folder = tempfile::tempdir()?;
    accept_one(folder.path()).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (taken, mut count) = watch::channel(0);
    let server = tokio::spawn(swallow(listener, taken, None));
    let gateway = Victim::start(folder.path(), port, None)?;
    tokio::time::timeout(Duration::from_secs(20), count.wait_for(|n| *n == 1)).await??;
    tokio::time::timeout(Duration::from_secs(90), count.wait_for(|n| *n == 2)).await??;
    gateway.stop().await?;
    let sent = sent(folder.path()).await?;
    ensure!(sent.recipients[0].state == State::Uncertain && sent.needs_user);
    ensure!(sent.due.is_none(), "nobody sends it a third time");
    ensure!(*count.borrow() == 2);
    server.abort();
    Ok(())
}

/// The lease of five seconds that `patience = 2` gives, and then some.
const PAST_THE_LEASE: Duration = Duration::from_secs(7);

#[tokio::test]
async fn frozen_past_the_lease_and_awake_again_the_250_still_counts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    accept_one(folder.path()).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (taken, mut count) = watch::channel(0);
    let answer = Arc::new(Notify::new());
    let server = tokio::spawn(swallow(listener, taken, Some(answer.clone())));
    let gateway = Victim::start(folder.path(), port, None)?;
    tokio::time::timeout(Duration::from_secs(20), count.wait_for(|n| *n == 1)).await??;
    gateway.signal("STOP")?;
    tokio::time::sleep(PAST_THE_LEASE).await;
    answer.notify_one();
    gateway.signal("CONT")?;
    gateway.stop().await?;
    let sent = sent(folder.path()).await?;
    ensure!(sent.recipients[0].state == State::Accepted, "{:?}", sent.recipients[0].state);
    // It is still due for the author's copy: there are no mailboxes here.
    ensure!(*count.borrow() == 1, "it was sent once");
    server.abort();
    Ok(())
}

/// Twice each point: killed, and frozen past its lease. `make soak` does it for hours' worth of sends.
async fn at_every_point(home: Home) -> Result<()> {
    let seed = jiff::Timestamp::now().as_millisecond().unsigned_abs();
    println!("{}", campaign::run(home, &Plan { sends: 24, rounds: 1, seed }).await?);
    Ok(())
}

#[tokio::test]
async fn at_every_point_on_sqlite() -> Result<()> {
    at_every_point(Home::new()?).await
}

#[tokio::test]
async fn at_every_point_of_one_of_two_gateways_on_postgresql() -> Result<()> {
    at_every_point(Home::shared()?).await
}
