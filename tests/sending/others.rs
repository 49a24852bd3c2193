//! Two people, one gateway: what one of them writes and follows is never the other's, by any route.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Dovecot, Gateway, Options, Submission, Visitor};

use crate::{
    compose::{FORM, seed, validity},
    pages::{accept, until},
    support::{ALICE, BOB, PASSWORD},
};

/// Stands in whatever is Alice's.
const MARK: &str = "-of-alice";

/// What she sent, what she began to write, what she received: as they stand in addresses.
struct Hers {
    sent: String,
    draft: String,
    letter: String,
}

/// Every route of writing and following that takes identifiers, or shows what an account has.
fn routes(hers: &Hers) -> Vec<String> {
    let Hers { sent, draft, letter } = hers;
    let mut routes: Vec<String> =
        ["reply", "all", "forward", "attach", "edit"].map(|mode| format!("/compose?{mode}={letter}")).into();
    routes.extend([
        format!("/compose?draft={draft}"),
        format!("/compose?taken={sent}"),
        format!("/outbox/{sent}"),
        format!("/outbox/{sent}?too=late"),
        format!("/outbox?before={sent}"),
        format!("/mail/{letter}"),
        format!("/mail/{letter}/raw"),
    ]);
    routes.extend(
        ["/outbox", "/outbox/again", "/outbox/report.csv", "/drafts", "/settings", "/compose/people"]
            .map(str::to_owned),
    );
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_writing_with_the_others_identifiers() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let asks = format!(
        "Return-Path: <s@example.org>\nFrom: Sender-of-alice <s@example.org>\nTo: {ALICE}\nSubject: Subject-of-alice\n\
         Disposition-Notification-To: s@example.org"
    );
    let uid = dovecot.client(ALICE).await?.append("INBOX", &seed(&asks, "Body-of-alice")).await?;
    let written = seed(&format!("From: {ALICE}\nTo: Friend-of-alice <f@example.org>"), "x");
    dovecot.client(ALICE).await?.append("Sent", &written).await?;
    let submission = Submission::new().start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", submission.port());
    let (mut ids, days_ago) = (Vec::new(), Timestamp::now() - SignedDuration::from_hours(72));
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap, "--smtp", &smtp], |folder| {
            ids = accept(
                folder,
                vec![(
                    1,
                    Box::new(move |submission| {
                        (submission.follow, submission.not_before) = (true, days_ago);
                        submission.recipients = vec!["friend-of-alice@example.org".into()];
                        submission.about.subject = "Sent-of-alice".into();
                    }),
                )],
            )?;
            Ok(())
        })
        .await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let bob = Visitor::signed_in(gateway.url(), BOB, PASSWORD).await?;
    let sent = ids.remove(0);
    let form = alice.get("/compose").await?;
    let typed = [("to", "f@example.org"), ("subject", "Draft-of-alice"), ("do", "save")];
    let saved = alice.submit(&form, FORM, &typed).await?;
    let draft = saved.path.strip_prefix("/compose?draft=").context("it is not kept")?.to_owned();
    let settings = alice.get("/settings").await?;
    alice.submit(&settings, "form.settings", &[("name-0", "Name-of-alice")]).await?;
    until(&alice, "/outbox/again", |page| page.all("input[name=id]").len() == 1).await?;
    let letter = format!("INBOX/{}-{uid}", validity(&dovecot, "INBOX").await?);
    let hers = Hers { sent, draft, letter };

    let mut shown = 0;
    for path in routes(&hers) {
        let text = bob.get(&path).await?.text().to_lowercase();
        ensure!(!text.contains(MARK), "bob got {path}: {text}");
        let own = alice.get(&path).await?.text().to_lowercase().contains(MARK);
        shown += usize::from(own);
        if !own {
            println!("alice does not see hers at {path}");
        }
    }
    // Only what was not taken back, and what is older, show nothing of hers.
    ensure!(shown >= routes(&hers).len() - 2, "the same routes show {shown} times what is one's own");

    // Acts, with his own token.
    let token = bob.get("/folders").await?.value("input[name=token]").context("no token")?;
    let (one, again) = (format!("/outbox/{}", hers.sent), format!("{}-0", hers.sent));
    let receipt = format!("/mail/{}/receipt", hers.letter);
    for word in ["resend", "retry", "cancel", "edit", "release", "dismiss"] {
        let fields = [("token", token.as_str()), ("do", word), ("seen", "0"), ("how", "new")];
        let answer = bob.post(&one, &fields).await?;
        ensure!(
            !answer.text().to_lowercase().contains(MARK) && answer.status == 404,
            "{word}: {}",
            answer.status
        );
    }
    bob.post("/outbox/again", &[("token", &token), ("id", &again)]).await?;
    bob.post("/drafts", &[("token", &token), ("id", &hers.draft), ("do", "delete")]).await?;
    let answer = bob.post(&receipt, &[("token", &token), ("do", "send")]).await?;
    ensure!(!answer.status.is_success(), "{} {}", answer.status, answer.path);
    // And without one.
    for path in ["/outbox/again", "/drafts", "/settings", &one, &receipt] {
        ensure!(alice.post(path, &[("do", "send"), ("id", &again)]).await?.status == 403, "{path}");
    }
    ensure!(bob.get("/outbox").await?.all(".row").is_empty());
    ensure!(alice.get("/outbox").await?.all(".row").len() == 1);
    ensure!(alice.get("/drafts").await?.all("[data-draft]").len() == 1);
    ensure!(alice.get(&format!("/mail/{}", hers.letter)).await?.all("button[value=send]").len() == 1);
    ensure!(submission.messages().len() == 1);
    Ok(())
}
