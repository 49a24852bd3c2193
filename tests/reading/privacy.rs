//! Two people, one gateway: neither ever sees what is the other's, and the log knows neither.

use std::{fs, os::unix::fs::PermissionsExt};

use anyhow::Result;
use lab::{
    Chaos, Dovecot, Gateway, Options, Visitor,
    seed::{Seed, documents, mime::Part},
};

use crate::support::{ALICE, BOB, House, PASSWORD, cookies, uidvalidity_of};

fn secret_mail(owner: &str) -> Seed {
    let parts = [
        Part::text("html", &format!("<p>Body-of-{owner}</p><img src=\"cid:pic@x\">"), "utf-8"),
        Part::inline("image/png", "pic.png", "pic@x", &documents::png(16, (1, 2, 3))),
        Part::file(
            "application/zip",
            &format!("File-of-{owner}.zip"),
            format!("Bytes-of-{owner}").as_bytes(),
        ),
    ];
    let head = format!(
        "From: Sender-of-{owner} <s@example.org>\r\nTo: {owner}@example.test\r\nSubject: Subject-of-{owner}\r\n"
    );
    Seed::new(Part::multi("mixed", "x", &parts).message_with(&head))
}

/// Alice and bob, each with one message in INBOX and one in a mailbox of their own.
async fn two() -> Result<House> {
    let house = House::build(Options::default()).await?;
    for (user, owner) in [(ALICE, "alice"), (BOB, "bob")] {
        let mut imap = house.dovecot.client(user).await?;
        imap.append("INBOX", &secret_mail(owner)).await?;
        let own = format!("Box-of-{owner}");
        imap.create(&own).await?;
        imap.append(&own, &secret_mail(owner)).await?;
    }
    Ok(house)
}

/// Every route with identifiers, for a mailbox and its first message.
fn routes(folder: &str, uidvalidity: u32) -> Vec<String> {
    let message = format!("/mail/{folder}/{uidvalidity}-1");
    let mut routes = vec![
        format!("/mail/{folder}"),
        format!("/mail/{folder}?page=1"),
        format!("/mail/{folder}?older={uidvalidity}-2"),
        format!("/mail/{folder}?newer={uidvalidity}-1"),
        format!("/mail/{folder}/previews?uidvalidity={uidvalidity}&uid=1"),
        message.clone(),
        format!("{message}?as=text"),
        format!("{message}?images=1"),
        format!("{message}/body?part=1"),
        format!("{message}/headers"),
        format!("{message}/way"),
        format!("{message}/thread"),
        format!("{message}/raw"),
        format!("/mail/{folder}?lane=priority"),
        format!("/mail/{folder}?lane=commercial"),
        format!("/mail/{folder}?sort=date"),
        format!("/mail/{folder}?before=2099-01-01"),
        format!("/mail/{folder}/sort"),
        format!("/mail/{folder}/search"),
        format!("/mail/{folder}/save"),
        format!("/mail/{folder}/hit?uidvalidity={uidvalidity}&uid=1"),
        format!("/mail/{folder}/missed?uidvalidity={uidvalidity}&uid=1"),
        format!("/compose?reply={folder}/{uidvalidity}-1"),
        format!("/compose?forward={folder}/{uidvalidity}-1"),
        "/missed".into(),
        "/missed/line".into(),
        "/missed.csv".into(),
        "/accounts".into(),
        "/settings/senders".into(),
        "/settings/sessions".into(),
        "/folders/rail".into(),
        "/folders".into(),
        "/folders/manage".into(),
        format!("/folders/manage/{folder}"),
    ];
    for section in 1..=3 {
        routes.push(format!("{message}/part/{section}"));
        routes.push(format!("{message}/part/{section}?save=1"));
        routes.push(format!("/i/{folder}/{uidvalidity}-1/{section}"));
    }
    routes
}

/// A page is either walked here, or shows nobody's mail, or is walked in `sending/others.rs`.
#[test]
fn no_route_is_forgotten() {
    const NOBODYS: [&str; 10] = [
        "/",
        "/login",
        "/privacy",
        "/accessibility",
        "/status",
        "/status.json",
        "/status.atom",
        "/static/{name}",
        "/healthz",
        "/readyz",
    ];
    const OF_SENDING: [&str; 7] = [
        "/compose",
        "/compose/people",
        "/drafts",
        "/settings",
        "/outbox",
        "/outbox/report.csv",
        "/outbox/again",
    ];
    let source = include_str!("../../src/web/routes.rs");
    let routes = routes("INBOX", 1);
    let walked = |route: &str| {
        routes.iter().any(|path| {
            let path = path.split('?').next().unwrap_or_default();
            let mut pairs = route.split('/').zip(path.split('/'));
            route.split('/').count() == path.split('/').count()
                && pairs.all(|(one, other)| one.starts_with('{') || one == other)
        })
    };
    let pages = source.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    let pages: Vec<&str> = pages.filter_map(|line| Some(line.split_once("\", get(")?.0)).collect();
    assert!(pages.len() > 40, "{pages:?}");
    for page in pages {
        let known = NOBODYS.contains(&page) || OF_SENDING.contains(&page) || page == "/outbox/{id}";
        assert!(known || walked(page), "{page} is walked by nobody");
    }
}

#[tokio::test]
async fn every_route_with_the_others_identifiers() -> Result<()> {
    let house = two().await?;
    let (alice, bob) = (house.alice().await?, Visitor::signed_in(house.gateway.url(), BOB, PASSWORD).await?);
    let mut own = 0;
    for (me, mine, theirs, other) in [(&alice, "alice", "bob", BOB), (&bob, "bob", "alice", ALICE)] {
        let owner = if mine == "alice" { ALICE } else { BOB };
        for (user, folder) in [(other, "INBOX".to_owned()), (other, format!("Box-of-{theirs}"))] {
            for path in routes(&folder, uidvalidity_of(&house, user, &folder).await?) {
                let answer = me.get(&path).await?;
                // The path itself may stand in a link of the page; nothing else of the other may.
                let text = answer.text().replace(&format!("Box-of-{theirs}"), "");
                assert!(!text.contains(&format!("-of-{theirs}")), "{mine} got {path}: {text}");
            }
        }
        // The same routes with their own identifiers do show: the test above could fail.
        for path in routes("INBOX", uidvalidity_of(&house, owner, "INBOX").await?) {
            own += usize::from(me.get(&path).await?.text().contains(&format!("-of-{mine}")));
        }
    }
    assert!(own >= 20, "{own}");
    // Acts too: on the other's mailbox, by name and number.
    let uidvalidity = uidvalidity_of(&house, BOB, "Box-of-bob").await?;
    let page = alice.get(&format!("/mail/INBOX/{}-1", uidvalidity_of(&house, ALICE, "INBOX").await?)).await?;
    let token = page.value("form[action$='/act'] input[name=token]").unwrap_or_default();
    let number = uidvalidity.to_string();
    let fields = [("token", token.as_str()), ("uidvalidity", &number), ("uid", "1"), ("do", "read")];
    let refused = alice.post("/mail/Box-of-bob/act", &fields).await?;
    assert!(refused.status.is_client_error() || refused.status.is_server_error(), "{}", refused.status);
    let fields = [("token", token.as_str()), ("uidvalidity", &number), ("uid", "1"), ("as", "messages")];
    let saved = alice.post("/mail/Box-of-bob/save", &fields).await?;
    assert!(saved.status != 200 && !saved.text().contains("Subject-of-bob"), "{}", saved.status);
    for verb in ["rename", "subscribe", "delete", "empty"] {
        let fields = [("token", token.as_str()), ("do", verb), ("sure", "1"), ("name", "Mine")];
        let changed = alice.post("/folders/manage/Box-of-bob", &fields).await?;
        assert!(!changed.text().contains("Subject-of-bob"), "{verb}");
    }
    let mut imap = house.dovecot.client(BOB).await?;
    imap.select("Box-of-bob").await?;
    assert!(crate::support::flags(&mut imap, 1).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn mixed_cookies_are_nobody() -> Result<()> {
    let house = two().await?;
    let (client, alice) = cookies(&house, ALICE).await?;
    let (_, bob) = cookies(&house, BOB).await?;
    let value = |all: &str, name: &str| {
        all.split("; ").find(|c| c.starts_with(&format!("{name}="))).unwrap_or_default().to_owned()
    };
    let get = async |cookie: String| -> Result<(u16, String)> {
        let answer =
            client.get(format!("{}/mail/INBOX", house.gateway.url())).header("cookie", cookie).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    assert!(get(alice.clone()).await?.1.contains("Subject-of-alice"));
    for mixed in [
        format!("{}; {}", value(&alice, "id"), value(&bob, "k")),
        format!("{}; {}", value(&bob, "id"), value(&alice, "k")),
        value(&alice, "id"),
        value(&alice, "k"),
        format!("{}; k=AAAA", value(&alice, "id")),
    ] {
        let (status, text) = get(mixed.clone()).await?;
        assert!(status != 200 && !text.contains("-of-"), "{mixed}: {status} {text}");
    }
    // A token of one does nothing in the session of the other.
    let (_, page) = get(alice).await?;
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or_default();
    assert!(!token.is_empty());
    let out = client.post(format!("{}/logout", house.gateway.url())).header("cookie", bob.clone());
    assert_eq!(out.form(&[("token", token)]).send().await?.status(), 403);
    assert_eq!(get(bob).await?.0, 200, "bob is still signed in");
    Ok(())
}

#[tokio::test]
async fn the_log_holds_nothing_of_anybody() -> Result<()> {
    let dovecot = Dovecot::start(Options {
        users: vec![(ALICE.into(), "Passw0rd-of-alice".into())],
        ..Options::default()
    })
    .await?;
    let mut imap = dovecot.client(ALICE).await?;
    imap.append("INBOX", &secret_mail("alice")).await?;
    imap.create("Box-of-alice").await?;
    imap.append("Box-of-alice", &secret_mail("alice")).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    // The most that can be asked of the log.
    let folder = tempfile::tempdir()?;
    let talkative = folder.path().join("relais");
    fs::write(
        &talkative,
        format!("#!/bin/sh\nRUST_LOG=trace exec {} \"$@\"\n", env!("CARGO_BIN_EXE_relais")),
    )?;
    fs::set_permissions(&talkative, fs::Permissions::from_mode(0o755))?;
    let binaries = [env!("CARGO_BIN_EXE_relais").to_owned(), talkative.display().to_string()];
    for binary in &binaries {
        let imap = format!("imap://127.0.0.1:{}?tls=none", wire.port());
        let gateway = Gateway::start(binary, &["--imap", &imap]).await?;
        let alice = Visitor::new(gateway.url(), "en")?;
        alice.sign_in(ALICE, "Wr0ng-of-alice").await?;
        alice.sign_in(ALICE, "Passw0rd-of-alice").await?;
        for folder in ["INBOX", "Box-of-alice", "Missing-of-alice"] {
            let mut other = dovecot.client(ALICE).await?;
            let uidvalidity = if folder.starts_with("Missing") {
                1
            } else {
                crate::support::validity(&mut other, folder).await?
            };
            for path in routes(folder, uidvalidity) {
                alice.get(&path).await?;
            }
            let page = alice.get(&format!("/mail/{folder}/{uidvalidity}-1")).await?;
            if page.value("form[action$='/act'] input[name=token]").is_some() {
                alice.submit(&page, "form[action$='/act']", &[]).await?;
            }
        }
        // Trouble is logged, without words of the mail.
        wire.set(lab::Mode::CloseAfter(40)).await;
        alice.get("/mail/Box-of-alice").await?;
        wire.set(lab::Mode::Pass).await;
        let page = alice.get("/folders").await?;
        alice.submit(&page, "form[action='/logout']", &[]).await?;
        let log = gateway.log();
        assert!(log.contains("listen="));
        for secret in ["-of-alice", "alice", "example.test", "example.org", "Passw0rd", "Wr0ng", "pic.png"] {
            let line = log.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret}: {line:?}");
        }
    }
    Ok(())
}

/// What somebody reads out to the help desk leads to the line of the log, and of the audit, and neither says who it was.
#[tokio::test]
async fn the_reference_of_a_page_is_in_the_log_with_its_route_alone() -> Result<()> {
    let house = two().await?;
    let (alice, stranger) = (house.alice().await?, Visitor::new(house.gateway.url(), "en")?);
    house.wire.set(lab::Mode::CloseAfter(0)).await;
    let page = alice.get("/mail/Box-of-alice").await?;
    let refused = stranger.sign_in(ALICE, PASSWORD).await?;
    let log = house.gateway.log();
    for (answer, route) in [(&page, "/mail/{folder}"), (&refused, "/login")] {
        let [reference] = &answer.all("[data-problem] code")[..] else {
            anyhow::bail!("no reference: {}", answer.text())
        };
        let line = log.lines().find(|line| line.contains(reference.as_str())).unwrap_or_default();
        assert!(line.contains(&format!("route=\"{route}\"")), "{line}");
        assert!(!line.contains("-of-") && !line.contains("alice") && !line.contains("127.0.0"), "{line}");
    }
    let [reference] = &refused.all("[data-problem] code")[..] else { anyhow::bail!("no reference") };
    for _ in 0..400 {
        let folder = house.gateway.folder().join("data/audit");
        let mut files = fs::read_dir(folder)?.flatten().map(|file| fs::read_to_string(file.path()));
        if files.any(|text| text.is_ok_and(|text| text.contains(&format!("\"reference\":\"{reference}\"")))) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    anyhow::bail!("the audit does not know {reference}")
}
