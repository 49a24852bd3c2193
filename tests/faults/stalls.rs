//! A server that says nothing more: the page names the stage after its deadline, and nobody else waits for it.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::{Chaos, Mode, Reply, Script, Visitor};

use crate::support::{ALICE, PASSWORD, alice, configured, done, hasty, inbox, plain, problem, refusals, row};

fn silence(said: &str) -> Reply {
    Reply::SayAndStall(said.as_bytes().to_vec())
}

#[tokio::test]
async fn the_page_names_the_stage_before_and_while_signing_in() -> Result<()> {
    let stages = [
        (Script::new().greeting(silence("")), "first contact", "premier contact"),
        (Script::new().greeting(silence("* OK [CAPABILITY IMAP4re")), "first contact", "premier contact"),
        (
            Script::new().greeting("* OK hi\r\n").on("CAPABILITY", silence("* CAPA")),
            "first contact",
            "premier contact",
        ),
        (Script::new().on("LOGIN", silence("")), "signing in", "identification"),
        (Script::new().on("LOGIN", silence("{tag} O")), "signing in", "identification"),
    ];
    for (script, english, french) in stages {
        let server = script.start().await?;
        let gateway = hasty(server.port()).await?;
        let pages = refusals(&gateway).await?;
        assert!(pages.iter().all(|page| page.status == 504), "{}", pages[0].status);
        let said = pages.map(|page| problem(&page));
        assert!(said[0].contains("did not answer within") && said[0].contains(english), "{}", said[0]);
        assert!(said[1].contains("n’a pas répondu en") && said[1].contains(french), "{}", said[1]);
    }
    // TLS that never answers.
    let server = Script::new().greeting(silence("")).start().await?;
    let gateway =
        crate::support::gateway_at(&format!("imaps://127.0.0.1:{}", server.port()), "patience = 10").await?;
    let said = refusals(&gateway).await?.map(|page| problem(&page));
    assert!(said[0].contains("(encryption)") && said[1].contains("(chiffrement)"), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn the_page_names_the_stage_while_reading() -> Result<()> {
    let literal = "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (RECEIVED)] {1000}\r\nonly this";
    for (verb, reply, path, stage) in [
        ("LIST", silence(""), "/folders", "list of folders"),
        ("EXAMINE", silence("* 3 EXISTS\r\n"), "/mail/INBOX", "opening the folder"),
        ("FETCH", silence(""), "/mail/INBOX", "opening the folder"),
        ("FETCH", silence(literal), "/mail/INBOX", "opening the folder"),
        ("UID FETCH", silence(""), "/mail/INBOX/7-2", "reading"),
    ] {
        let server = Script::new().on(verb, reply);
        let server = if verb == "EXAMINE" {
            server.start().await?
        } else {
            server.on("EXAMINE", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n").start().await?
        };
        let gateway = hasty(server.port()).await?;
        // The sign-in leads to the inbox, which may be what stalls.
        let visitor = Visitor::new(gateway.url(), "en")?;
        visitor.sign_in(ALICE, PASSWORD).await?;
        let page = visitor.get(path).await?;
        let said = problem(&page);
        assert!(said.contains("did not answer within") && said.contains(stage), "{verb}: {said}");
        assert!(
            said.contains("Try again") || !page.attributes("[data-problem] a", "href").is_empty(),
            "{said}"
        );
    }
    Ok(())
}

/// One dead server, and one account that hangs, beside somebody who reads.
#[tokio::test]
async fn nobody_else_waits() -> Result<()> {
    let dead = Script::new().greeting(silence("")).start().await?;
    let healthy = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(healthy.port()).await?;
    // A minute of patience: whatever is answered below was not waited for.
    let toml = format!(
        "[limits]\npatience = 300\n[server.dead]\nimap = \"{}\"\ndomains = [\"dead.test\"]\n[server.well]\nimap = \"{}\"\n\
         domains = [\"example.test\"]\n[server.slow]\nimap = \"{}\"\ndomains = [\"slow.test\"]\n",
        plain(dead.port()),
        plain(healthy.port()),
        plain(wire.port())
    );
    let gateway = configured(&toml).await?;
    let slow = Visitor::signed_in(gateway.url(), "bob@slow.test", PASSWORD).await?;
    wire.set(Mode::Stall).await;
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (slow, url) = (slow.clone(), gateway.url().to_owned());
        waiting.spawn(async move {
            if n < 10 {
                slow.get("/mail/INBOX").await.map(drop)
            } else {
                Visitor::new(&url, "en")?.sign_in(&format!("u{n}@dead.test"), PASSWORD).await.map(drop)
            }
        });
    }
    // They are under way: the dead server was called, the slow one asked.
    crate::support::until(async || Ok(wire.counts().open >= 2)).await?;
    for _ in 0..5 {
        let visitor = alice(&gateway).await?;
        ensure!(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
        for path in ["/login", "/status", "/healthz"] {
            let page = Visitor::new(gateway.url(), "en")?.get(path).await?;
            ensure!(page.status == 200, "{path}: {}", page.status);
        }
    }
    ensure!(waiting.try_join_next().is_none(), "somebody was not kept waiting: the test shows nothing");
    Ok(())
}

#[tokio::test]
async fn a_dribbling_server_is_cut_at_its_deadline() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = hasty(wire.port()).await?;
    let visitor = alice(&gateway).await?;
    visitor.get("/mail/INBOX").await?;
    wire.set(Mode::Dribble(Duration::from_millis(50))).await;
    let page = visitor.get("/mail/INBOX").await?;
    assert!(problem(&page).contains("did not answer within"), "{}", page.text());
    wire.set(Mode::Pass).await;
    assert_eq!(visitor.get("/mail/INBOX").await?.uids(), [3, 2, 1]);
    Ok(())
}
