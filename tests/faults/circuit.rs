//! A server that cannot be reached is answered for at once, until our own probe finds it well again.

use anyhow::{Result, ensure};
use lab::{Answer, Chaos, Mode, Reply, Script, Visitor};

use crate::support::{PASSWORD, alice, done, gateway_at, hasty, inbox, plain, problem, refusals, row, until};

/// Said at once, in English and in French, with when to come again.
fn told_open(pages: &[Answer; 2]) -> Result<()> {
    for (page, words) in pages.iter().zip(["waits a little", "Relais attend un peu"]) {
        ensure!(page.status == 503 && problem(page).contains(words), "{} {}", page.status, page.text());
        ensure!(page.header("retry-after").parse::<u64>()? > 0, "{}", page.header("retry-after"));
    }
    Ok(())
}

#[tokio::test]
async fn it_opens_after_failures_answers_at_once_and_heals_itself() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway_at(&plain(wire.port()), "").await?;
    wire.set(Mode::Refuse).await;
    let refused = [("en", "refuses the connection"), ("fr", "refuse la connexion")];
    for (language, words) in [refused[0], refused[1], refused[0]] {
        let visitor = Visitor::new(gateway.url(), language)?;
        let page = visitor.sign_in("alice@example.test", PASSWORD).await?;
        assert!(page.status == 502 && problem(&page).contains(words), "{}", page.text());
    }
    told_open(&refusals(&gateway).await?)?;
    wire.set(Mode::Pass).await;
    until(async || Ok(alice(&gateway).await.is_ok())).await?;
    assert!(gateway.log().contains("circuit opened") && gateway.log().contains("circuit closed"));
    Ok(())
}

#[tokio::test]
async fn failed_sign_ins_never_open_it() -> Result<()> {
    let server = Script::new().on("LOGIN", Reply::SayAndStall(Vec::new())).start().await?;
    let gateway = gateway_at(&plain(server.port()), "patience = 4").await?;
    for n in 0..6 {
        let page =
            Visitor::new(gateway.url(), "en")?.sign_in(&format!("u{n}@example.test"), PASSWORD).await?;
        assert!(page.status == 504 && problem(&page).contains("signing in"), "{}", page.text());
    }
    assert!(!gateway.log().contains("circuit opened"));
    Ok(())
}

#[tokio::test]
async fn stalls_of_one_account_do_not_open_it_and_those_of_three_do() -> Result<()> {
    let server = inbox(3).on("FETCH", Reply::SayAndStall(Vec::new())).start().await?;
    let gateway = hasty(server.port()).await?;
    let mut people = Vec::new();
    for name in ["ann", "bob", "cid"] {
        // Signing in leads to the inbox, which stalls.
        let visitor = Visitor::new(gateway.url(), "en")?;
        let page = visitor.sign_in(&format!("{name}@example.test"), PASSWORD).await?;
        ensure!(problem(&page).contains("opening the folder"), "{}", page.text());
        people.push(visitor);
        if name == "ann" {
            for _ in 0..4 {
                let page = people[0].get("/mail/INBOX").await?;
                ensure!(problem(&page).contains("opening the folder"), "{}", page.text());
            }
        }
        let open = gateway.log().contains("circuit opened");
        ensure!(open == (name == "cid"), "{name}: {open}");
    }
    told_open(&people[0].both("/mail/INBOX").await?)
}

#[tokio::test]
async fn a_connection_from_before_is_still_lent_while_it_is_open() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway_at(&plain(wire.port()), "").await?;
    let alice = alice(&gateway).await?;
    ensure!(alice.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    wire.set(Mode::Refuse).await;
    let bob = Visitor::new(gateway.url(), "en")?;
    for _ in 0..3 {
        ensure!(bob.sign_in("bob@example.test", PASSWORD).await?.status == 502);
    }
    ensure!(gateway.log().contains("circuit opened"));
    let page = alice.get("/mail/INBOX").await?;
    ensure!(page.uids() == [3, 2, 1], "{} {}", page.status, page.text());
    // Nothing new is opened meanwhile, neither for those who come nor for those who are here.
    ensure!(bob.sign_in("bob@example.test", PASSWORD).await?.status == 503);
    wire.set(Mode::ResetAfter(0)).await;
    told_open(&alice.both("/mail/INBOX").await?)
}
