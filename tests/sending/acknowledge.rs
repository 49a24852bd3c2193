//! *Bien reçu*: one tap, one line in the thread, once.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::{Answer, Gateway, Visitor, seed::Seed};

use crate::support::{ALICE, BOB, PASSWORD, Servers};

const BUTTON: &str = ".answers form";

fn letter(more: &str) -> Seed {
    let header = format!(
        "From: Bob <{BOB}>\r\nTo: {ALICE}\r\nSubject: R=?utf-8?q?=C3=A9sultats?=\r\nMessage-ID: <one@b.test>\r\n{more}"
    );
    Seed::new(format!("{header}\r\nBonjour\r\n"))
}

async fn open(visitor: &Visitor, n: usize) -> Result<Answer> {
    let list = visitor.get("/mail/INBOX").await?;
    let hrefs = list.attributes("[data-uid] a.open", "href");
    visitor.get(hrefs.get(n).context("no such row")?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tap_sends_one_line_in_the_thread_and_can_be_undone() -> Result<()> {
    let servers = Servers::start().await?;
    let (imap, smtp) = (servers.dovecot.imap_port(), servers.postfix.submission_port());
    let (imap, smtp) =
        (format!("imap://127.0.0.1:{imap}?tls=none"), format!("smtp://127.0.0.1:{smtp}?tls=none"));
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await?;
    servers.dovecot.client(ALICE).await?.append("INBOX", &letter("")).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    alice
        .submit(
            &alice.get("/settings").await?,
            "form.settings",
            &[("name-0", "Dr Alice"), ("signature-0", "A.")],
        )
        .await?;
    let page = open(&alice, 0).await?;
    let told = alice.submit(&page, BUTTON, &[]).await?;
    assert_eq!(told.all(".told").len(), 1, "{}", told.text());
    let trail = told.attributes(".told a", "href").remove(0);
    assert_eq!(told.attributes(".undo form", "action"), [trail.as_str()]);
    assert!(told.all(BUTTON).is_empty(), "not twice");
    // A second tap on the first page is the same answer.
    let again = alice.submit(&page, BUTTON, &[]).await?;
    assert_eq!(again.attributes(".told a", "href"), [trail.as_str()]);
    // Undone, then meant.
    let undone = alice.submit(&told, ".undo form", &[]).await?;
    assert_eq!(
        (undone.path.as_str(), undone.all(".told").len()),
        (page.path.as_str(), 0),
        "back at the message"
    );
    assert!(alice.get(&trail).await?.text().contains("You cancelled it"));
    let meant = alice.submit(&page, BUTTON, &[]).await?;
    assert_ne!(meant.attributes(".told a", "href"), [trail.as_str()]);
    let arrived = servers.arrived(BOB, 1).await?;
    let (header, text) = &arrived[0];
    let (header, text) = (String::from_utf8_lossy(header), String::from_utf8_lossy(text));
    assert!(header.contains(&format!("From: Dr Alice <{ALICE}>")), "{header}");
    assert!(header.contains("In-Reply-To: <one@b.test>") && header.contains("References: <one@b.test>"));
    let mut client = servers.dovecot.client(ALICE).await?;
    client.select("INBOX").await?;
    let mut tries = 0;
    while client.search("ANSWERED").await?.is_empty() {
        tries += 1;
        anyhow::ensure!(tries < 200, "not marked: {}", gateway.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.run("NOOP").await?;
    }
    let list = Visitor::signed_in(gateway.url(), BOB, PASSWORD).await?.get("/mail/INBOX").await?;
    assert_eq!(list.all(".row .subject"), ["Re: Résultats"]);
    assert_eq!(text, "Received, thank you.\r\n\r\n--=20\r\nA.\r\n");
    // What was answered may be dealt with now: the trail of the answer offers it.
    let trail = alice.get(&meant.attributes(".told a", "href").remove(0)).await?;
    let done = alice.submit(&trail, "[data-answered]", &[("do", "done")]).await?;
    assert_eq!(done.all("[data-told] span"), ["1 message marked as dealt with"], "{}", done.text());
    client.run("NOOP").await?;
    assert_eq!(client.search("KEYWORD $RelaisDone").await?, [1]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acknowledges_a_program_a_list_or_themselves() -> Result<()> {
    let servers = Servers::start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let arguments = ["--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await?;
    let own = Seed::new(format!("From: {ALICE}\r\nTo: {BOB}\r\nSubject: x\r\n\r\nx\r\n"));
    let deaf = Seed::new(format!("From: no-reply@b.test\r\nTo: {ALICE}\r\nSubject: x\r\n\r\nx\r\n"));
    let more = ["List-Id: <l.b.test>\r\n", "Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\n"];
    let mut seeds: Vec<Seed> = more.iter().map(|more| letter(more)).collect();
    seeds.extend([own, deaf]);
    servers.dovecot.client(ALICE).await?.multiappend("INBOX", &seeds).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    for n in 1..5 {
        assert!(open(&alice, n).await?.all(BUTTON).is_empty(), "{n}");
    }
    // There is something to ask first: the form opens, and nothing was sent.
    let asked = alice.submit(&open(&alice, 0).await?, BUTTON, &[]).await?;
    assert!(asked.path.starts_with("/compose?reply="), "{}", asked.path);
    assert!(alice.get("/outbox").await?.all(".row").is_empty());
    Ok(())
}
