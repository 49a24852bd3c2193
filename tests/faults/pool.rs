//! Few connections: at most three for an account, none kept for nothing, a fair turn for everybody, and none left
//! in a state that belongs to somebody else.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{Answer, Chaos, Dovecot, Gateway, Mode, Options, Reply, Script, Visitor, script::Scripted, seed};
use tokio::task::{JoinHandle, JoinSet};

use crate::support::{
    ALICE, PASSWORD, alice, done, gateway, gateway_at, inbox, plain, problem, refusals, row, until,
};

async fn dovecot(messages: u64) -> Result<Dovecot> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let seeds: Vec<_> = seed::plain(messages, Timestamp::now()).collect();
    dovecot.client(ALICE).await?.multiappend("INBOX", &seeds).await?;
    Ok(dovecot)
}

#[tokio::test]
async fn an_account_never_has_more_than_three() -> Result<()> {
    let dovecot = dovecot(60).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let sessions = [alice(&gateway).await?, alice(&gateway).await?];
    let mut asked = JoinSet::new();
    for n in 0..40 {
        let visitor = sessions[n % 2].clone();
        let path = ["/mail/INBOX", "/mail/Sent", "/folders", "/mail/INBOX?page=2"][n % 4];
        asked.spawn(async move { visitor.get(path).await });
    }
    let mut most = 0;
    while let Some(page) = asked.join_next().await {
        let page = page??;
        ensure!(page.status == 200 && page.all("[data-problem]").is_empty(), "{}", page.text());
        most = most.max(wire.counts().open);
    }
    ensure!(most <= 3, "{most} at once");
    Ok(())
}

#[tokio::test]
async fn what_nobody_uses_is_closed_and_signing_out_closes_at_once() -> Result<()> {
    let dovecot = dovecot(3).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let idle = gateway_at(&plain(wire.port()), "idle = 1").await?;
    alice(&idle).await?;
    until(async || Ok(wire.counts().open == 0)).await?;
    ensure!(wire.commands().iter().any(|c| c.line.ends_with("LOGOUT")), "{:?}", wire.commands());

    let gateway = gateway(wire.port()).await?;
    let visitor = alice(&gateway).await?;
    ensure!(wire.counts().open > 0);
    let folders = visitor.get("/folders").await?;
    let out = visitor.submit(&folders, "form[action='/logout']", &[]).await?;
    ensure!(out.path.starts_with("/login"), "{}", out.path);
    until(async || Ok(wire.counts().open == 0)).await
}

#[tokio::test]
async fn whoever_finds_all_connections_at_work_is_told_their_place_and_gets_their_turn() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = gateway_at(&plain(wire.port()), "connections = 1\nper_account = 1").await?;
    let ann = Visitor::signed_in(gateway.url(), "ann@example.test", PASSWORD).await?;
    // One place is enough for everybody, in turn.
    let bob = Visitor::signed_in(gateway.url(), "bob@example.test", PASSWORD).await?;
    let eve = Visitor::new(gateway.url(), "fr")?;
    eve.sign_in("eve@example.test", PASSWORD).await?;
    for _ in 0..3 {
        ensure!(ann.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
        ensure!(bob.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    }
    ensure!(ann.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    wire.set(Mode::StallAfter(0)).await;
    wire.clear();
    let held = tokio::spawn(async move { ann.get("/mail/INBOX").await });
    until(async || Ok(wire.commands().iter().any(|c| c.line.contains("FETCH")))).await?;
    let mut waiting = bob.open("/mail/INBOX").await?;
    let mut page = next(&mut waiting, "You are next.").await?;
    // Who comes later stands behind, until those before are served or leave.
    let mut behind = eve.open("/mail/INBOX").await?;
    let mut later = next(&mut behind, "Vous êtes à la 2e place.").await?;
    wire.set(Mode::Pass).await;
    drop(held);
    page += &rest(waiting).await?;
    later += &rest(behind).await?;
    ensure!(
        page.contains("Keep this page open") && later.contains("Gardez cette page ouverte"),
        "{page}{later}"
    );
    for page in [page, later] {
        ensure!(page.contains("data-uid=\"3\"") && !page.contains("class=\"problem"), "{page}");
    }
    Ok(())
}

// In English and in French.
const ALL_IN_USE: [&str; 2] = [
    "All connections to your mailbox are in use at the moment.",
    "Toutes les connexions à votre boîte aux lettres sont occupées en ce moment.",
];
const THE_SERVER_WORKS: [&str; 2] = ["The server works;", "Le serveur marche ;"];
const COME_AGAIN: [&str; 2] = ["Try again in 5 seconds.", "Réessayez dans 5 secondes."];

const NOTHING_CAME_FREE: [&str; 2] =
    ["yours did not have its turn in time", "la vôtre n’a pas eu son tour à temps"];
const NOT_THE_MAILBOX: [&str; 2] = [
    "Your mailbox and your password are not the cause.",
    "Ni votre boîte aux lettres ni votre mot de passe n’est en cause.",
];

fn told_full(n: usize, page: &Answer) -> Result<()> {
    told(page, [ALL_IN_USE[n], THE_SERVER_WORKS[n], COME_AGAIN[n]])
}

fn told(page: &Answer, words: [&str; 3]) -> Result<()> {
    let said = problem(page);
    for words in words {
        ensure!(said.contains(words), "{words}: {} {}", page.status, page.text());
    }
    Ok(())
}

/// In front of a server that opens every mailbox but one, which it never answers for; and somebody who asks for that one.
async fn held(limits: &str) -> Result<(Scripted, Gateway, Visitor, JoinHandle<Result<Answer>>)> {
    let server = Script::new()
        .on("EXAMINE \"Held\"", Reply::SayAndStall(Vec::new()))
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .start()
        .await?;
    // Opening a mailbox may take three times as long as a turn.
    let gateway = gateway_at(&plain(server.port()), &format!("patience = 30\n{limits}")).await?;
    let ann = Visitor::signed_in(gateway.url(), "ann@example.test", PASSWORD).await?;
    let holder = ann.clone();
    let holding = tokio::spawn(async move { holder.get("/mail/Held").await });
    until(async || Ok(server.heard().iter().any(|line| line.contains("Held")))).await?;
    Ok((server, gateway, ann, holding))
}

#[tokio::test]
async fn whoever_has_all_their_connections_at_work_is_told_so() -> Result<()> {
    let (_server, _gateway, ann, holding) = held("per_account = 1").await?;
    let ask = |path, language| {
        let ann = ann.clone();
        async move { ann.get_with(path, &[("accept-language", language)]).await }
    };
    let (list, message) = ("/mail/INBOX", "/mail/INBOX/1-2");
    let raw = "/mail/INBOX/1-2/raw";
    // All at once: each waits for its turn.
    let pages = tokio::try_join!(
        ask(list, "en"),
        ask(list, "fr"),
        ask(message, "en"),
        ask(message, "fr"),
        ask(raw, "en"),
        ask(raw, "fr")
    )?;
    ensure!(!holding.is_finished(), "nothing was held: the test shows nothing");
    let (pages, files) = ([pages.0, pages.1, pages.2, pages.3], [pages.4, pages.5]);
    for (n, page) in pages.iter().enumerate() {
        told_full(n % 2, page)?;
    }
    // What is no page that fills has its status.
    for (n, page) in files.iter().enumerate() {
        told_full(n, page)?;
        ensure!((page.status.as_u16(), page.header("retry-after")) == (503, "5"), "{}", page.status);
    }
    Ok(())
}

#[tokio::test]
async fn whoever_signs_in_at_a_full_gateway_is_told_so() -> Result<()> {
    let (server, gateway, _ann, holding) = held("connections = 1\nper_account = 1").await?;
    for (n, page) in refusals(&gateway).await?.iter().enumerate() {
        told(page, [NOTHING_CAME_FREE[n], NOT_THE_MAILBOX[n], COME_AGAIN[n]])?;
        ensure!((page.status.as_u16(), page.header("retry-after")) == (503, "5"), "{}", page.status);
    }
    ensure!(!holding.is_finished(), "nothing was held: the test shows nothing");
    ensure!(server.heard().iter().filter(|line| line.contains("LOGIN")).count() == 3, "{:?}", server.heard());
    Ok(())
}

/// The page as far as these words.
async fn next(page: &mut reqwest::Response, words: &str) -> Result<String> {
    let mut text = String::new();
    while !text.contains(words) {
        let piece = page.chunk().await?.with_context(|| format!("ended without “{words}”: {text}"))?;
        text += &String::from_utf8_lossy(&piece);
    }
    Ok(text)
}

async fn rest(page: reqwest::Response) -> Result<String> {
    Ok(page.text().await?)
}

#[tokio::test]
async fn a_browser_that_leaves_does_not_leave_its_answer_to_the_next() -> Result<()> {
    let dovecot = dovecot(120).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let visitor = alice(&gateway).await?;
    visitor.get("/mail/INBOX").await?;
    for n in 0..30u64 {
        let gone = visitor.clone();
        wire.set(if n % 3 == 0 { Mode::StallAfter(n * 97) } else { Mode::Pass }).await;
        let leaving = tokio::spawn(async move { gone.get("/mail/INBOX?page=3").await.map(drop) });
        if n % 3 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        leaving.abort();
        wire.set(Mode::Pass).await;
        let page = visitor.get("/mail/INBOX?page=2").await?;
        ensure!(page.uids() == (21..=70).rev().collect::<Vec<u32>>(), "{n}: {:?}", page.uids());
    }
    ensure!(wire.counts().open <= 3);
    Ok(())
}

#[tokio::test]
async fn an_idle_connection_that_died_is_replaced_unseen() -> Result<()> {
    let mut dovecot = dovecot(60).await?;
    let gateway = gateway(dovecot.imap_port()).await?;
    let visitor = alice(&gateway).await?;
    let href = visitor.get("/mail/INBOX").await?.attributes("[data-uid] a.open", "href")[0].clone();
    for path in ["/mail/INBOX", "/folders", &href] {
        visitor.get("/mail/INBOX").await?;
        dovecot.kill_hard();
        dovecot.restart().await?;
        let page = visitor.get(path).await?;
        ensure!(page.status == 200 && page.all("[data-problem]").is_empty(), "{path}: {}", page.text());
    }
    // One that dies in the very question.
    let server = inbox(3)
        .times("FETCH", 1, done(&[row(1), row(2), row(3)]).as_str())
        .times("FETCH", 1, Reply::SayAndReset(row(1).into_bytes()))
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .start()
        .await?;
    let gateway = crate::support::gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    ensure!(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    ensure!(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    Ok(())
}
