//! Under load: what one person sends to many delays neither their own answers nor anybody else's letter. Counted, not timed.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use relais::{
    outbox::{Accepted, Outbox},
    session::account_id,
    store::Store,
};

use crate::{
    kill::Victim,
    outbox::submission,
    sent::until,
    support::{ALICE, BOB, PASSWORD, Servers},
};

/// Letters of one account that wait.
const MANY: u32 = 220;
/// Before the one of somebody else, and the answer: ten letters that may be by hand, every fourth turn, and what Postfix
/// delivers in another order than it took it.
const FEW: usize = 25;

/// Who writes, what about, and whether it answers somebody; all to Bob.
async fn accept_all(folder: &Path, letters: &[(&str, String, bool)]) -> Result<()> {
    let store = Arc::new(Store::open(&folder.join("data"), &folder.join("data.key")).await?);
    let outbox = Outbox::new(store.clone());
    for (n, (from, subject, answers)) in letters.iter().enumerate() {
        let mut letter = submission(account_id(store.keys(), "default", from), 1, "hello\r\n");
        letter.key.0[..4].copy_from_slice(&(n as u32).to_be_bytes());
        (letter.login, letter.password) = ((*from).to_owned(), PASSWORD.to_owned().into());
        (letter.from, letter.owns) = ((*from).to_owned(), vec![(*from).to_owned()]);
        letter.recipients = vec![BOB.to_owned()];
        letter.about.in_reply_to = answers.then(|| "a@example.test".to_owned());
        let head = format!(
            "From: {from}\r\nTo: {BOB}\r\nSubject: {subject}\r\nMessage-ID: <{n}@example.test>\r\n\r\nx\r\n"
        );
        letter.message = vec![relais::outbox::Piece::Bytes(head.into_bytes())];
        letter.about.message_id = format!("{n}@example.test");
        ensure!(matches!(outbox.accept(letter).await?, Accepted::New(_)));
    }
    store.close().await;
    Ok(())
}

#[tokio::test]
async fn two_hundred_letters_delay_no_answer_and_nobody_elses_letter() -> Result<()> {
    let servers = Servers::start().await?;
    let folder = tempfile::tempdir()?;
    let mut letters: Vec<_> = (0..MANY).map(|n| (ALICE, format!("Mass {n}"), false)).collect();
    letters.push((ALICE, "Answer".to_owned(), true));
    letters.push((BOB, "Single".to_owned(), false));
    accept_all(folder.path(), &letters).await?;
    let _gateway = Victim::start_at(
        folder.path(),
        servers.dovecot.imap_port(),
        servers.postfix.submission_port(),
        None,
    )?;
    let mut bob = servers.dovecot.client(BOB).await?;
    let subjects = async |bob: &mut lab::Imap| -> Result<Vec<String>> {
        if bob.select("INBOX").await? == 0 {
            return Ok(Vec::new());
        }
        let reply = bob.run("FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])").await?;
        let text = String::from_utf8_lossy(&reply.lines.concat()).into_owned();
        let lines = text.split("Subject: ").skip(1);
        Ok(lines.filter_map(|line| Some(line.lines().next()?.trim().to_owned())).collect())
    };
    let mut arrived = Vec::new();
    until(async || {
        arrived = subjects(&mut bob).await?;
        Ok(arrived.iter().any(|s| s == "Answer") && arrived.iter().any(|s| s == "Single"))
    })
    .await?;
    let before = |what: &str| arrived.iter().position(|subject| subject == what).context("not there");
    let (single, answer) = (before("Single")?, before("Answer")?);
    ensure!(single <= FEW && answer <= FEW, "{single} {answer}: {arrived:?}");
    // And what was sent to many goes on, all of it.
    until(async || Ok(bob.select("INBOX").await? == MANY + 2)).await?;
    Ok(())
}
