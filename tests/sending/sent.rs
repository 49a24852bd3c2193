//! The author's own copy: once, with what only its author may see, whatever breaks in between.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Chaos, Mode};
use relais::{
    message::Address,
    outbox::{Accepted, Fact, MessageId, Outbox, State, Submission},
    session::account_id,
    store::Store,
};

use crate::{
    kill::Victim,
    outbox::submission,
    support::{ALICE, BOB, Servers},
};

pub async fn until(mut met: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    for _ in 0..600 {
        if met().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("it never came to be")
}

/// Written into the store before a gateway opens it.
pub async fn accepted(folder: &std::path::Path, change: impl Fn(&mut Submission)) -> Result<MessageId> {
    let store = Store::open(&folder.join("data"), &folder.join("data.key")).await?;
    let mut submission = submission(account_id(store.keys(), "default", ALICE), 1, "hello\r\n");
    change(&mut submission);
    let store = Arc::new(store);
    let accepted = Outbox::new(store.clone()).accept(submission).await?;
    store.close().await;
    match accepted {
        Accepted::New(id) => Ok(id),
        other => anyhow::bail!("{other:?}"),
    }
}

/// The evidence, once nobody holds the folder, and the states it amounts to.
pub async fn evidence(folder: &std::path::Path, id: MessageId) -> Result<(Vec<Fact>, Vec<State>)> {
    let store = Store::open(&folder.join("data"), &folder.join("data.key")).await?;
    let me = account_id(store.keys(), "default", ALICE);
    let detail = Outbox::new(store.into()).get(&me, id).await?.context("no such message")?;
    let states = detail.sent.recipients.iter().map(|r| r.state).collect();
    Ok((detail.attempts.into_iter().map(|a| a.fact).collect(), states))
}

async fn in_sent(servers: &Servers) -> Result<u32> {
    servers.dovecot.client(ALICE).await?.select("Sent").await
}

#[tokio::test]
async fn the_copy_is_what_was_sent_and_the_hidden_recipients() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let hidden = Address { name: Some("Hidden".into()), email: "hidden@example.test".into() };
    let id = accepted(folder.path(), |submission| submission.about.bcc = vec![hidden.clone()]).await?;
    let gateway = Victim::start_at(
        folder.path(),
        servers.dovecot.imap_port(),
        servers.postfix.submission_port(),
        None,
    )?;
    until(async || Ok(in_sent(&servers).await? == 1)).await?;
    let [(header, text)] = &servers.arrived(BOB, 1).await?[..] else { anyhow::bail!("not one") };
    let at_bob = [&header[..], text].concat();
    let at_bob = String::from_utf8_lossy(&at_bob).into_owned();
    let mut alice = servers.dovecot.client(ALICE).await?;
    alice.select("Sent").await?;
    let reply = alice.run("FETCH 1 (FLAGS BODY.PEEK[])").await?;
    let copy = String::from_utf8_lossy(&reply.lines.concat()).into_owned();
    ensure!(copy.contains("\\Seen") && copy.contains("Bcc: hidden@example.test\r\nFrom: "), "{copy}");
    ensure!(!at_bob.contains("hidden@"), "{at_bob}");
    // But for what servers put on top, and the field of its own, they are the same octets.
    let from = at_bob.find("From: ").context("no From")?;
    ensure!(copy.contains(&at_bob[from..]), "{copy}\n{at_bob}");
    gateway.stop().await?;
    ensure!(in_sent(&servers).await? == 1);
    let (facts, states) = evidence(folder.path(), id).await?;
    ensure!(facts.iter().filter(|fact| **fact == Fact::Kept).count() == 1, "{facts:?}");
    ensure!(states == [State::Accepted], "{states:?}");
    Ok(())
}

#[tokio::test]
async fn a_mailbox_that_does_not_answer_gets_its_copy_later_and_what_was_sent_stays_sent() -> Result<()> {
    let servers = Servers::start().await?;
    let wire = Chaos::start(servers.dovecot.imap_port()).await?;
    wire.set(Mode::CloseAfter(40)).await;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |_| {}).await?;
    let gateway = Victim::start_at(folder.path(), wire.port(), servers.postfix.submission_port(), None)?;
    servers.arrived(BOB, 1).await?;
    until(async || Ok(wire.counts().connections > 1)).await?;
    ensure!(in_sent(&servers).await? == 0);
    wire.set(Mode::Pass).await;
    until(async || Ok(in_sent(&servers).await? == 1)).await?;
    gateway.stop().await?;
    let (facts, states) = evidence(folder.path(), id).await?;
    ensure!(states == [State::Accepted], "{states:?} {facts:?}");
    ensure!(servers.arrived(BOB, 1).await?.len() == 1, "sent once");
    Ok(())
}

#[tokio::test]
async fn killed_between_the_copy_and_the_word_that_it_is_kept() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |_| {}).await?;
    let victim = Victim::start_at(
        folder.path(),
        servers.dovecot.imap_port(),
        servers.postfix.submission_port(),
        Some("before-kept"),
    )?;
    victim.wait_for("stopped at before-kept")?;
    drop(victim);
    ensure!(in_sent(&servers).await? == 1);
    let wire = Chaos::start(servers.dovecot.imap_port()).await?;
    let heir = Victim::start_at(folder.path(), wire.port(), servers.postfix.submission_port(), None)?;
    until(async || Ok(wire.commands().iter().any(|c| c.line.contains("UID SEARCH")))).await?;
    heir.stop().await?;
    let (facts, _) = evidence(folder.path(), id).await?;
    ensure!(facts.last() == Some(&Fact::Kept), "{facts:?}");
    ensure!(in_sent(&servers).await? == 1, "twice");
    Ok(())
}

#[tokio::test]
async fn a_copy_without_a_mailbox_is_tried_less_and_less_often() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |_| {}).await?;
    let gateway = Victim::start(folder.path(), servers.postfix.submission_port(), None)?;
    servers.arrived(BOB, 1).await?;
    let file = folder.path().join("data/relais.db");
    // By its tries: when the next one is due, in seconds since 1970.
    let mut due = std::collections::BTreeMap::new();
    until(async || {
        let asked = "SELECT tries, coalesce(due, 0) FROM message";
        let output = std::process::Command::new("sqlite3").arg("-readonly").arg(&file).arg(asked).output()?;
        let text = String::from_utf8(output.stdout)?;
        let (tries, at) = text.trim().split_once('|').with_context(|| text.clone())?;
        due.insert(tries.parse::<i64>()?, at.parse::<i64>()?);
        Ok(tries.parse::<i64>()? >= 4)
    })
    .await?;
    gateway.stop().await?;
    // A minute, doubled each time, a fifth off at most, and a fiftieth of it here: 2.4 s, 4.8 s, 9.6 s.
    let between = |n: i64| Some(due.get(&n)? - due.get(&(n - 1))?);
    ensure!(between(3) >= Some(3) && between(4) >= Some(7), "{due:?}");
    let (facts, states) = evidence(folder.path(), id).await?;
    ensure!(states == [State::Accepted], "{states:?}");
    ensure!(!facts.iter().any(|fact| matches!(fact, Fact::Kept | Fact::NotKept)), "{facts:?}");
    ensure!(servers.arrived(BOB, 1).await?.len() == 1, "sent once");
    Ok(())
}
