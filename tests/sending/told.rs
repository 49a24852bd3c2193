//! What did not leave comes back to its author, in their own INBOX: once, in the server's words.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use lab::Chaos;
use relais::{
    outbox::{Fact, Outbox, State},
    session::account_id,
    store::Store,
};

use crate::{
    kill::Victim,
    outbox::submission,
    sent::{accepted, evidence, until},
    support::{ALICE, BOB, Servers},
    victim::Home,
};

const NOBODY: &str = "nobody@example.test";

async fn in_inbox(servers: &Servers) -> Result<u32> {
    servers.dovecot.client(ALICE).await?.select("INBOX").await
}

#[tokio::test]
async fn a_refusal_is_written_to_the_author_once_in_the_words_of_the_server() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |submission| {
        submission.recipients = vec![BOB.into(), NOBODY.into()];
        submission.about.subject = "Été\r\nBcc: eve@example.test".into();
    })
    .await?;
    let (imap, smtp) = (servers.dovecot.imap_port(), servers.postfix.submission_port());
    let gateway = Victim::start_at(folder.path(), imap, smtp, None)?;
    let [(header, text)] = &servers.arrived(ALICE, 1).await?[..] else { anyhow::bail!("not one") };
    let (header, text) = (String::from_utf8_lossy(header), String::from_utf8_lossy(text));
    ensure!(header.contains("Auto-Submitted: auto-generated\r\n"), "{header}");
    ensure!(header.contains(&format!("Message-ID: <relais.{id}.0@example.test>\r\n")), "{header}");
    ensure!(header.contains("From: Relais <alice@example.test>\r\nTo: alice@example.test\r\n"), "{header}");
    ensure!(!header.contains("Bcc:"), "{header}");
    let text = text.replace("=\r\n", "");
    ensure!(text.contains("nobody@example.test") && text.contains("550 5.1.1"), "{text}");
    ensure!(!text.contains(BOB), "who got it is not in it: {text}");
    ensure!(servers.arrived(BOB, 1).await?.len() == 1);
    until(async || Ok(servers.dovecot.client(ALICE).await?.select("Sent").await? == 1)).await?;
    gateway.stop().await?;
    let (facts, states) = evidence(folder.path(), id).await?;
    ensure!(states == [State::Accepted, State::Refused], "{states:?}");
    ensure!(facts.iter().filter(|fact| **fact == Fact::Told).count() == 1, "{facts:?}");
    ensure!(in_inbox(&servers).await? == 1);
    Ok(())
}

#[tokio::test]
async fn killed_between_the_report_and_the_word_that_it_is_there() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |submission| submission.recipients = vec![NOBODY.into()]).await?;
    let (imap, smtp) = (servers.dovecot.imap_port(), servers.postfix.submission_port());
    let victim = Victim::start_at(folder.path(), imap, smtp, Some("before-told"))?;
    victim.wait_for("stopped at before-told")?;
    drop(victim);
    ensure!(in_inbox(&servers).await? == 1);
    let (facts, _) = evidence(folder.path(), id).await?;
    ensure!(matches!(facts.last(), Some(Fact::Telling { .. })), "{facts:?}");
    let wire = Chaos::start(imap).await?;
    let heir = Victim::start_at(folder.path(), wire.port(), smtp, None)?;
    until(async || Ok(wire.commands().iter().any(|c| c.line.contains("UID SEARCH")))).await?;
    heir.stop().await?;
    let (facts, _) = evidence(folder.path(), id).await?;
    ensure!(facts.last() == Some(&Fact::Told), "{facts:?}");
    ensure!(in_inbox(&servers).await? == 1, "twice");
    Ok(())
}

#[tokio::test]
async fn a_store_put_back_from_an_old_copy_holds_what_may_have_left() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let id = accepted(folder.path(), |_| {}).await?;
    let (imap, smtp) = (servers.dovecot.imap_port(), servers.postfix.submission_port());
    let (database, copy) = (folder.path().join("data/relais.db"), folder.path().join("copy.db"));
    std::fs::copy(&database, &copy)?;
    let gateway = Victim::start_at(folder.path(), imap, smtp, None)?;
    servers.arrived(BOB, 1).await?;
    gateway.stop().await?;
    std::fs::copy(&copy, &database)?;
    let gateway = Victim::start_at(folder.path(), imap, smtp, None)?;
    gateway.wait_for("put back from an old copy")?;
    gateway.stop().await?;
    let (_, states) = evidence(folder.path(), id).await?;
    ensure!(states == [State::Held], "{states:?}");

    let release = |more: &[&str]| -> Result<String> {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(["outbox", "release", "--imap", "imap://127.0.0.1:1?tls=none", "--data"]);
        let output = command.arg(folder.path().join("data")).args(more).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    for more in [&[][..], &["--yes", "0123456789abcdef0123456789abcdef"]] {
        release(more)?;
        ensure!(evidence(folder.path(), id).await?.1 == [State::Held], "{more:?}");
    }
    let listed = release(&["--yes"])?;
    ensure!(listed.contains(&id.to_string()) && listed.contains("alice@example.test"), "{listed}");
    ensure!(
        listed.contains("1 recipient") && !listed.contains(BOB) && !listed.contains("Number"),
        "{listed}"
    );
    let gateway = Victim::start_at(folder.path(), imap, smtp, None)?;
    ensure!(servers.arrived(BOB, 2).await?.len() == 2, "a twin, as was said");
    gateway.stop().await?;
    Ok(())
}

/// As if this store was put back from an old copy: the file beside the key file knows of a later life.
pub async fn from_long_ago(store: Arc<Store>, folder: &Path) -> Result<()> {
    Outbox::new(store).beside(&folder.join("data.key")).look_back().await?;
    let age = folder.join("data.key.age");
    let text = std::fs::read_to_string(&age)?;
    let (words, _) = text.trim_end().rsplit_once(' ').context("no number")?;
    Ok(std::fs::write(&age, format!("{words} 900\n"))?)
}

async fn released_while_a_gateway_serves(home: Home) -> Result<()> {
    let servers = Servers::start().await?;
    let store = Arc::new(home.open().await?);
    let me = account_id(store.keys(), "default", ALICE);
    let outbox = Outbox::new(store.clone());
    for key in 1..=2 {
        outbox.accept(submission(me, key, "hello\r\n")).await?;
    }
    from_long_ago(store.clone(), home.folder.path()).await?;
    store.close().await;
    drop((outbox, store));
    let (imap, smtp) = (servers.dovecot.imap_port(), servers.postfix.submission_port());
    let gateway = Victim::start_on(&home, imap, smtp, None)?;
    gateway.wait_for("put back from an old copy")?;

    let release = |more: &[&str]| -> Result<Vec<String>> {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(["outbox", "release", "--imap", "imap://127.0.0.1:1?tls=none", "--data"]);
        if let Some(database) = &home.database {
            command.env("RELAIS_DATABASE", &database.url);
        }
        let output = command.arg(home.folder.path().join("data")).args(more).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    };
    let held = release(&[])?;
    ensure!(held.len() == 3 && held[2] == "2 held; with --yes they leave", "{held:?}");
    let first = held[0].split_whitespace().next().context("no id")?;
    let released = release(&["--yes", first])?;
    ensure!(released.len() == 2 && released[1] == "1 held, released", "{released:?}");
    ensure!(servers.arrived(BOB, 1).await?.len() == 1);
    let held = release(&[])?;
    ensure!(held.len() == 2 && !held[0].contains(first), "{held:?}");
    release(&["--yes"])?;
    ensure!(servers.arrived(BOB, 2).await?.len() == 2);
    ensure!(release(&[])?.len() == 1);
    gateway.stop().await
}

#[tokio::test]
async fn released_while_a_gateway_serves_on_sqlite() -> Result<()> {
    released_while_a_gateway_serves(Home::new()?).await
}

#[tokio::test]
async fn released_while_a_gateway_serves_on_postgresql() -> Result<()> {
    released_while_a_gateway_serves(Home::shared()?).await
}
