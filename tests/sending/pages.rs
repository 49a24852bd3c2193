//! What the author sees of it (*Suivi*), without script.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Answer, Gateway, Visitor};
use relais::{
    outbox::{Accepted, Outbox, Submission},
    session::account_id,
    store::Store,
};

use crate::{
    outbox::submission,
    support::{ALICE, BOB, PASSWORD, Servers},
};

const NOBODY: &str = "nobody@example.test";

/// Accepted before the gateway starts, in its folder.
/// What one submission has that the others have not.
pub type Change = Box<dyn Fn(&mut Submission) + Send>;

pub fn accept(folder: &Path, submissions: Vec<(u8, Change)>) -> Result<Vec<String>> {
    let folder = folder.to_owned();
    let work = async move || {
        let store = Arc::new(Store::open(&folder.join("data"), &folder.join("data.key")).await?);
        let mut ids = Vec::new();
        for (key, change) in submissions {
            let mut submission = submission(account_id(store.keys(), "default", ALICE), key, "hello\r\n");
            submission.about.subject = format!("Number {key}");
            change(&mut submission);
            match Outbox::new(store.clone()).accept(submission).await? {
                Accepted::New(id) => ids.push(id.to_string()),
                other => anyhow::bail!("{other:?}"),
            }
        }
        store.close().await;
        Ok(ids)
    };
    let runtime = move || tokio::runtime::Runtime::new()?.block_on(work());
    std::thread::spawn(runtime).join().map_err(|_| anyhow::anyhow!("it panicked"))?
}

/// The page, once it says so.
pub async fn until(visitor: &Visitor, path: &str, so: impl Fn(&Answer) -> bool) -> Result<Answer> {
    for _ in 0..400 {
        let page = visitor.get(path).await?;
        if so(&page) {
            return Ok(page);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("it never came to be: {}", visitor.get(path).await?.text())
}

#[tokio::test]
async fn the_author_follows_cancels_tries_again_and_puts_aside() -> Result<()> {
    let servers = Servers::start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let later = Timestamp::now() + SignedDuration::from_hours(5);
    let mut ids = Vec::new();
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap, "--smtp", &smtp], |folder| {
            ids = accept(
                folder,
                vec![
                    (1, Box::new(|_| {})),
                    (2, Box::new(|submission| submission.recipients = vec![NOBODY.into(), BOB.into()])),
                    (3, Box::new(move |submission| submission.not_before = later)),
                ],
            )?;
            Ok(())
        })
        .await?;
    let paths: Vec<String> = ids.iter().map(|id| format!("/outbox/{id}")).collect();
    let [sent, refused, waiting] = &paths[..] else { anyhow::bail!("not three") };
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;

    // What needs her comes first, and says why.
    let list = until(&alice, "/outbox", |page| {
        let chips = page.all(".chip");
        chips.len() == 3 && chips[0].starts_with("refused") && chips.contains(&"accepted".to_owned())
    })
    .await?;
    ensure!(list.all("main .card h2") == ["1 sent message needs you"], "{}", list.text());
    ensure!(list.all(".row .preview")[0].contains("Unknown mailbox"), "{}", list.text());
    ensure!(list.all(".row .chip")[0] == "refused (1 of 2)", "{}", list.text());
    ensure!(list.attributes(".row a.open", "href") == [&refused[..], waiting, sent], "{}", list.text());
    for path in ["/mail/INBOX", "/folders"] {
        ensure!(!alice.get(path).await?.all(".mark").is_empty(), "{path}");
    }
    let inbox = alice.get("/mail/INBOX").await?;
    ensure!(
        inbox.all(".unsent").len() == 1 && inbox.all(".unsent")[0].starts_with("1 sent message needs you")
    );

    // Whoever signs in is told on the very next page.
    let fresh = Visitor::new(gateway.url(), "en")?;
    let landing = fresh.sign_in(ALICE, PASSWORD).await?;
    ensure!(landing.all(".unsent").len() == 1, "{} {}", landing.path, landing.text());

    // The trail, in the server's own words, to the copy.
    let page = until(&alice, sent, |page| page.text().contains("A copy is in your sent mail")).await?;
    ensure!(page.all(".trail li").len() == 4 && page.text().contains("250 2."), "{}", page.text());
    ensure!(page.all("main form").is_empty(), "nothing can be done any more");
    let page = alice.get(refused).await?;
    ensure!(page.all(".trail .bad").len() == 1 && page.text().contains("550 5.1.1"), "{}", page.text());

    // Taken back in time, and not again.
    let page = alice.get(waiting).await?;
    let done = alice.submit(&page, "form:has([value=cancel])", &[]).await?;
    ensure!(done.path == *waiting && done.all(".chip") == ["cancelled", "cancelled"], "{}", done.text());
    let again = alice.submit(&page, "form:has([value=cancel])", &[]).await?;
    ensure!(again.all("[role=alert]").len() == 1, "{}", again.text());

    // Another try: refused again, for nobody but the one who was; then put aside.
    let page = alice.get(refused).await?;
    alice.submit(&page, "form:has([value=retry])", &[]).await?;
    let page = until(&alice, refused, |page| page.all(".trail .bad").len() == 2).await?;
    ensure!(page.text().contains("You asked for another try"), "{}", page.text());
    alice.submit(&page, "form:has([value=dismiss])", &[]).await?;
    let list = alice.get("/outbox").await?;
    ensure!(list.all("main .card h2") == ["No sent message needs you"], "{}", list.text());
    ensure!(alice.get("/mail/INBOX").await?.all(".unsent, .mark").is_empty());
    ensure!(servers.arrived(BOB, 2).await?.len() == 2, "twice nothing");

    // Nobody else's, and nothing without a token.
    let bob = Visitor::signed_in(gateway.url(), BOB, PASSWORD).await?;
    ensure!(bob.get("/outbox").await?.all(".row").is_empty());
    ensure!(bob.get(sent).await?.status == 404);
    let own = bob.get("/folders").await?.value("input[name=token]").context("no token")?;
    let answer = bob.post(refused, &[("token", &own), ("do", "retry")]).await?;
    ensure!(answer.path.ends_with("?too=late") || answer.status == 404, "{} {}", answer.status, answer.path);
    ensure!(alice.post(refused, &[("do", "retry")]).await?.status == 403);
    for path in ["/outbox/x", "/outbox/0123456789abcdef0123456789abcdef", "/outbox?before=x"] {
        ensure!(alice.get(path).await?.status == 404, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_held_leaves_when_its_author_says_so() -> Result<()> {
    let servers = Servers::start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let mut ids = Vec::new();
    let prepare = |folder: &Path| {
        ids = accept(folder, vec![(1, Box::new(|_| {})), (2, Box::new(|_| {}))])?;
        let folder = folder.to_owned();
        let age = async move || {
            let store = Arc::new(Store::open(&folder.join("data"), &folder.join("data.key")).await?);
            crate::told::from_long_ago(store.clone(), &folder).await?;
            store.close().await;
            anyhow::Ok(())
        };
        let runtime = move || tokio::runtime::Runtime::new()?.block_on(age());
        std::thread::spawn(runtime).join().map_err(|_| anyhow::anyhow!("it panicked"))?
    };
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, prepare).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let list = alice.get("/outbox").await?;
    ensure!(list.all(".row .chip") == ["held", "held"], "{}", list.text());
    ensure!(alice.get("/mail/INBOX").await?.all(".unsent").len() == 1);
    let path = format!("/outbox/{}", ids[0]);
    let page = alice.get(&path).await?;
    ensure!(
        page.text().contains("If it had left already, the recipient will get it twice"),
        "{}",
        page.text()
    );
    let done = alice.submit(&page, "form:has([value=release])", &[]).await?;
    ensure!(done.path == path && !done.all(".chip").contains(&"held".to_owned()), "{}", done.text());
    let page = until(&alice, &path, |page| page.all(".chip").contains(&"accepted".to_owned())).await?;
    ensure!(page.text().contains("Released: it may leave"), "{}", page.text());
    ensure!(servers.arrived(BOB, 1).await?.len() == 1, "and the other does not");

    // The other is taken back instead.
    let path = format!("/outbox/{}", ids[1]);
    let page = alice.get(&path).await?;
    let done = alice.submit(&page, "form:has([value=cancel])", &[]).await?;
    ensure!(done.all(".chip").contains(&"cancelled".to_owned()), "{}", done.text());
    ensure!(done.all("form:has([value=release])").is_empty());
    Ok(())
}
