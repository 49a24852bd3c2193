//! How people sign, and whom they wrote to.

use anyhow::Result;
use lab::{Dovecot, Gateway, Options, Visitor, seed::Seed};

use crate::support::{ALICE, BOB, PASSWORD};

const FORM: &str = "form.settings";

async fn start() -> Result<(Dovecot, Gateway)> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let arguments = ["--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await?;
    Ok((dovecot, gateway))
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_kept_for_one_account_and_refused_with_what_was_typed() -> Result<()> {
    let (_dovecot, gateway) = start().await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let form = alice.get("/settings").await?;
    let typed = [("name-0", "Dr <b>Alice"), ("reply_to-0", "not one"), ("signature-0", "\n Alice\n<i>")];
    let refused = alice.submit(&form, FORM, &typed).await?;
    assert_eq!((refused.status.as_u16(), refused.all("[data-problem]").len()), (422, 1));
    assert_eq!(refused.value("[name=name-0]").as_deref(), Some("Dr <b>Alice"));
    assert_eq!(refused.attributes("[aria-invalid]", "name"), ["reply_to-0"]);
    let saved = alice.submit(&refused, FORM, &[("reply_to-0", "team@example.test")]).await?;
    assert_eq!((saved.status.as_u16(), saved.path.as_str()), (200, "/settings?saved=1"));
    assert!(saved.text().contains("Saved."));
    assert_eq!(saved.texts("[name=signature-0]"), ["\n Alice\n<i>"]);
    // Another session has them, another account has not.
    let again = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?.get("/settings").await?;
    assert_eq!(again.value("[name=reply_to-0]").as_deref(), Some("team@example.test"));
    let bob = Visitor::signed_in(gateway.url(), BOB, PASSWORD).await?.get("/settings").await?;
    assert_eq!(bob.value("[name=reply_to-0]").as_deref(), Some(""));
    // Without the token of this session nothing changes.
    let forged = alice.post("/settings", &[("name-0", "Mallory")]).await?;
    assert_ne!(forged.status.as_u16(), 200);
    assert_eq!(alice.get("/settings").await?.value("[name=name-0]").as_deref(), Some("Dr <b>Alice"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_from_sent_mail_alone() -> Result<()> {
    let (dovecot, gateway) = start().await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    assert_eq!(alice.get("/compose/people").await?.text().trim(), "[]", "nobody yet");
    let to = |to: &str| Seed::new(format!("From: {ALICE}\r\nTo: {to}\r\nSubject: x\r\n\r\nx\r\n"));
    let sent = [
        to("\"Martin, Paul\" <paul@a.test>"),
        to("Paul Martin <paul@b.test>"),
        to("=?utf-8?q?In=C3=A8s?= <ines@a.test>, paul@b.test"),
    ];
    let mut client = dovecot.client(ALICE).await?;
    client.multiappend("Sent", &sent).await?;
    client.multiappend("INBOX", &[to("inbox@a.test")]).await?;
    let found: Vec<[String; 3]> = serde_json::from_str(&alice.get("/compose/people").await?.text())?;
    let typed: Vec<&str> = found.iter().map(|person| person[2].as_str()).collect();
    assert_eq!(typed, ["Paul Martin <paul@b.test>", "Inès <ines@a.test>", "\"Martin, Paul\" <paul@a.test>"]);
    assert_eq!(found[1][..2], ["Inès".to_owned(), "ines@a.test".to_owned()]);
    // Nobody else's, and nobody's who is not signed in.
    let bob = Visitor::signed_in(gateway.url(), BOB, PASSWORD).await?;
    assert_eq!(bob.get("/compose/people").await?.text().trim(), "[]");
    let stranger = Visitor::new(gateway.url(), "en")?.get("/compose/people").await?;
    assert!(!stranger.text().contains("paul@"), "{}", stranger.text());
    Ok(())
}
