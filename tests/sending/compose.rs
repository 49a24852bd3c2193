//! Writing, without script: what the form asks, keeps and hands over.

use anyhow::{Context, Result};
use lab::{Answer, Dovecot, Gateway, Options, Visitor, seed::Seed};

use crate::support::{ALICE, BOB, PASSWORD};

/// A gateway in front of a Dovecot. Nothing listens where it would send to: accepting needs nobody.
pub struct Desk {
    pub dovecot: Dovecot,
    pub gateway: Gateway,
}

pub const FORM: &str = "form[data-write]";

impl Desk {
    pub async fn with(seeds: &[Seed], more: &[&str]) -> Result<Desk> {
        let dovecot = Dovecot::start(Options::default()).await?;
        dovecot.client(ALICE).await?.multiappend("INBOX", seeds).await?;
        let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
        let mut arguments = vec!["--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
        arguments.extend(more);
        let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await?;
        Ok(Desk { dovecot, gateway })
    }

    async fn with_limits(limits: &str) -> Result<Desk> {
        let dovecot = Dovecot::start(Options::default()).await?;
        let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
        let arguments =
            ["--config", "{folder}/relais.toml", "--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
        let limits = format!("[limits]\n{limits}\n");
        let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), limits)?)
        });
        Ok(Desk { gateway: gateway.await?, dovecot })
    }

    pub async fn alice(&self) -> Result<Visitor> {
        Visitor::signed_in(self.gateway.url(), ALICE, PASSWORD).await
    }
}

/// With CRLF.
pub fn seed(header: &str, body: &str) -> Seed {
    Seed::new(format!("{header}\n\n{body}").replace('\n', "\r\n"))
}

pub fn text(page: &Answer, field: &str) -> String {
    let field = format!("{FORM} [name={field}]");
    page.value(&field).or_else(|| page.texts(&field).into_iter().next()).unwrap_or_default()
}

pub async fn validity(dovecot: &Dovecot, mailbox: &str) -> Result<u32> {
    let reply =
        dovecot.client(ALICE).await?.run(&format!("STATUS {mailbox} (UIDVALIDITY)")).await?.text().join(" ");
    let number =
        reply.split("UIDVALIDITY ").nth(1).and_then(|t| t.split(')').next()).context("no UIDVALIDITY")?;
    Ok(number.parse()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_accepted_once() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=mailto:bob%40example.test%3Fsubject=R%25C3%25A9s").await?;
    assert_eq!((text(&form, "to"), text(&form, "subject")), ("bob@example.test".into(), "Rés".into()));
    let filled = [("text", "Bonjour,\n\n voici.\n"), ("do", "send")];
    let sent = alice.submit(&form, FORM, &filled).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}\n{}", sent.path, sent.text());
    // Tapped twice, or the answer was lost.
    let again = alice.submit(&form, FORM, &filled).await?;
    assert_eq!(again.path, sent.path);
    // The same page with another text.
    let other = alice.submit(&form, FORM, &[("text", "Autre chose"), ("do", "send")]).await?;
    assert_eq!((other.status.as_u16(), other.path.as_str()), (422, "/compose"));
    assert_eq!(text(&other, "text"), "Autre chose");
    assert_eq!(other.attributes("[data-problem] a", "href"), std::slice::from_ref(&sent.path));
    let new = alice.submit(&other, FORM, &[("do", "send")]).await?;
    assert!(new.path.starts_with("/outbox/") && new.path != sent.path);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_nothing_typed_is_lost() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    let typed = [
        ("to", "bob, Dr Inès <dr@x.test>, inès@x.test, \"Ann\" <ann@x.test>"),
        ("cc", "c@x.test"),
        ("subject", "<b>\"'é"),
        ("text", "\n\n  deux\n</textarea>\n> x"),
        ("follow", "1"),
        ("do", "send"),
    ];
    let back = alice.submit(&form, FORM, &typed).await?;
    assert_eq!(back.status.as_u16(), 422);
    let said = back.all("[data-problem] p").join(" ");
    assert!(said.contains("“bob”") && said.contains("inès@x.test"), "{said}");
    for (name, value) in &typed[..4] {
        assert_eq!(text(&back, name), *value, "{name}");
    }
    assert_eq!(back.attributes("[name=follow][checked]", "value"), ["1"]);
    assert_eq!(text(&back, "key"), text(&form, "key"));
    let nobody = alice.submit(&back, FORM, &[("to", " "), ("cc", ""), ("do", "send")]).await?;
    assert!(nobody.all("[data-problem]")[0].contains("recipient is missing"));
    // Enter, or the button beside the files: shown again, nothing sent.
    let looked = alice.submit(&back, FORM, &[("do", "look")]).await?;
    assert_eq!((looked.status.as_u16(), text(&looked, "text")), (200, typed[3].1.into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_asked_once() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=no-reply@x.test").await?;
    let filled = [("text", "Voir la pièce jointe"), ("subject", "x"), ("do", "send")];
    let asked = alice.submit(&form, FORM, &filled).await?;
    let questions = asked.all("[data-doubts] li");
    assert_eq!((asked.status.as_u16(), questions.len()), (422, 2), "{questions:?}");
    // Another recipient is another question.
    let more = alice.submit(&asked, FORM, &[("to", "no-reply@y.test"), ("do", "send")]).await?;
    assert_eq!(more.all("[data-doubts] li").len(), 2);
    let sent = alice.submit(&more, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn recipients_outside_the_trusted_domains_are_marked_and_asked_about() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let file = format!(
        "trusted_domains = [\"Example.test\"]\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n\
         smtp = \"smtp://127.0.0.1:9?tls=none\"\n",
        dovecot.imap_port()
    );
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), file)?)
        })
        .await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let form = alice.get("/compose?to=bob@example.test,ann@sub.example.test").await?;
    assert_eq!(form.all(".outside").len(), 0);
    let inside = alice.submit(&form, FORM, &[("subject", "x"), ("do", "send")]).await?;
    assert!(inside.path.starts_with("/outbox/"), "{}", inside.text());
    let form = alice.get("/compose?to=bob@example.test,mallory@notexample.test").await?;
    assert_eq!(form.all(".outside bdi"), ["mallory@notexample.test"]);
    let asked = alice.submit(&form, FORM, &[("subject", "x"), ("do", "send")]).await?;
    assert!(asked.all("[data-doubts] li")[0].contains("mallory@notexample.test"));
    let sent = alice.submit(&asked, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_along() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=bob@example.test").await?;
    let photo: Vec<u8> = (0..300_000u32).map(|n| n.to_le_bytes()[1]).collect();
    let files: [(&str, &str, &[u8]); 2] =
        [("photo.jpg", "image/jpeg", &photo), ("../../x\u{e9}.txt", "text/plain", b"")];
    let typed = [("subject", "photo"), ("text", "ci-joint")];
    let page = alice.upload(&form, FORM, &typed, "upload", &files, ("do", "attach")).await?;
    assert_eq!(page.all("[data-staged] bdi"), ["photo.jpg", "xé.txt"]);
    assert_eq!((text(&page, "text"), text(&page, "subject")), ("ci-joint".into(), "photo".into()));
    let id = page.attributes("[data-staged]", "data-staged")[1].clone();
    let page = alice.submit(&page, FORM, &[("do", &format!("remove-{id}"))]).await?;
    assert_eq!(page.all("[data-staged] bdi"), ["photo.jpg"]);
    let sent = alice
        .upload(&page, FORM, &[], "upload", &[("b.pdf", "application/pdf", b"%PDF")], ("do", "send"))
        .await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let again = alice
        .upload(&page, FORM, &[], "upload", &[("b.pdf", "application/pdf", b"%PDF")], ("do", "send"))
        .await?;
    assert_eq!(again.path, sent.path);
    let other = alice
        .upload(&page, FORM, &[], "upload", &[("b.pdf", "application/pdf", b"%PDG")], ("do", "send"))
        .await?;
    assert_eq!(other.status.as_u16(), 422);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_is_taken_without_the_token() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=bob@example.test").await?;
    let wrong = [("token", "x"), ("text", "Bonjour")];
    let page =
        alice.upload(&form, FORM, &wrong, "upload", &[("a.txt", "text/plain", b"a")], ("do", "send")).await?;
    assert_eq!((page.status.as_u16(), page.all("[data-staged]").len()), (422, 0));
    assert_eq!(text(&page, "text"), "Bonjour");
    // The page that came has the right one.
    let sent = alice.submit(&page, FORM, &[("subject", "x"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_mid_sentence_loses_nothing() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose").await?;
    let page = alice
        .upload(&form, FORM, &[], "upload", &[("a.txt", "text/plain", b"abc")], ("do", "attach"))
        .await?;
    // Signed out in another tab.
    let list = alice.get("/folders").await?;
    alice.submit(&list, "form[action='/logout']", &[]).await?;
    let typed = [
        ("to", "bob@example.test"),
        ("subject", "Suite"),
        ("text", "Une\n\n  \"phrase\" & la suite"),
        ("do", "send"),
    ];
    let gate = alice.submit(&page, FORM, &typed).await?;
    assert_eq!(gate.status.as_u16(), 401);
    // Somebody else at the same device does not get it.
    let other =
        alice.submit(&gate, "form[action='/login']", &[("username", BOB), ("password", PASSWORD)]).await?;
    assert!(
        other.all("form[data-resume]").is_empty() && !other.text().contains("phrase"),
        "{}",
        other.text()
    );
    assert!(other.text().contains("from another account"), "{}", other.text());
    alice.submit(&alice.get("/folders").await?, "form[action='/logout']", &[]).await?;
    let late: [(&str, &str, &[u8]); 1] = [("late.txt", "text/plain", b"late")];
    let gate = alice.upload(&page, FORM, &typed[..3], "upload", &late, ("do", "send")).await?;
    let wrong = [("username", ALICE), ("password", "wrong")];
    let gate = alice.submit(&gate, "form[action='/login']", &wrong).await?;
    let right = [("username", ALICE), ("password", PASSWORD)];
    let resumed = alice.submit(&gate, "form[action='/login']", &right).await?;
    let page = alice.submit(&resumed, "form[data-resume]", &[("do", "look")]).await?;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.all("[data-problem]")[0].contains("attach them again"), "{}", page.text());
    for (name, value) in &typed[..3] {
        assert_eq!(text(&page, name), *value, "{name}");
    }
    assert_eq!(page.all("[data-staged] bdi"), ["a.txt"]);
    let sent = alice.submit(&page, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers() -> Result<()> {
    let original = seed(
        "From: \"Labo, Bioval\" <labo@bioval.test>\nReply-To: secretariat@bioval.test\nTo: alice@example.test, carol@x.test\n\
         Cc: dave@x.test\nSubject: RE: =?utf-8?Q?R=C3=A9sultats?=\nDate: Sat, 21 Nov 2026 07:40:00 +0100\n\
         Message-ID: <two@bioval.test>\nReferences: <one@bioval.test>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nBonjour,\n> avant\n\n-- \nLabo\n\
         --b\nContent-Type: application/pdf; name=crp.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n",
    );
    let desk = Desk::with(&[original], &[]).await?;
    let alice = desk.alice().await?;
    let message = alice.get(&format!("/mail/INBOX/{}-1", validity(&desk.dovecot, "INBOX").await?)).await?;
    let hrefs = message.attributes(".answers a", "href");
    assert_eq!(hrefs.len(), 3);

    let reply = alice.get(&hrefs[0]).await?;
    assert_eq!((text(&reply, "to"), text(&reply, "cc")), ("secretariat@bioval.test".into(), "".into()));
    assert_eq!(text(&reply, "subject"), "Re: Résultats");
    assert_eq!(text(&reply, "in_reply_to"), "<two@bioval.test>");
    assert_eq!(text(&reply, "references"), "<one@bioval.test> <two@bioval.test>");
    let quoted = text(&reply, "text");
    assert!(quoted.ends_with("Labo, Bioval wrote:\n> Bonjour,\n>\n>> avant"), "{quoted}");

    let all = alice.get(&hrefs[1]).await?;
    assert_eq!(text(&all, "cc"), "carol@x.test, dave@x.test");
    let sent = alice.submit(&all, FORM, &[("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "three get it: {}", sent.text());

    let forward = alice.get(&hrefs[2]).await?;
    assert_eq!(text(&forward, "subject"), "Fwd: Résultats");
    assert!(text(&forward, "text").contains("Labo, Bioval <labo@bioval.test>"));
    assert_eq!(forward.attributes("[name=keep][checked]", "value"), ["2"]);
    let sent = alice.submit(&forward, FORM, &[("to", BOB), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_can_be_taken_back_and_written_on() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=bob@example.test").await?;
    let with_file = alice
        .upload(
            &form,
            FORM,
            &[("subject", "Été"), ("text", "Un\n  deux\n"), ("cc", "c@x.test")],
            "upload",
            &[("a.txt", "text/plain", b"un fichier")],
            ("do", "look"),
        )
        .await?;
    let sent = alice.submit(&with_file, FORM, &[("do", "send")]).await?;
    let bar = sent.all(".undo");
    assert!(bar.len() == 1 && bar[0].starts_with("Leaves in ") && bar[0].ends_with("Undo"), "{bar:?}");
    let back = alice.submit(&sent, ".undo form", &[]).await?;
    assert!(back.path.starts_with("/compose?taken="), "{} {}", back.path, back.text());
    assert_eq!(
        ["to", "cc", "subject", "text"].map(|name| text(&back, name)),
        ["bob@example.test", "c@x.test", "Été", "Un\n  deux\n"]
    );
    assert!(text(&back, "key") != text(&form, "key"));
    assert_eq!(back.all("[data-staged]").len(), 1, "{}", back.text());
    // Tapped twice, reloaded: the same letter.
    let again = alice.submit(&sent, ".undo form", &[]).await?;
    assert_eq!((again.path.as_str(), text(&again, "text")), (back.path.as_str(), text(&back, "text")));
    let page = alice.get(&sent.path).await?;
    assert_eq!(page.all(".chip")[0], "cancelled", "{}", page.text());
    let better = alice.submit(&back, FORM, &[("text", "Mieux"), ("do", "send")]).await?;
    assert!(better.path.starts_with("/outbox/") && better.path != sent.path, "{}", better.text());
    // Nobody else's.
    let bob = Visitor::signed_in(desk.gateway.url(), BOB, PASSWORD).await?;
    assert_eq!(bob.get(&back.path).await?.status, 404);
    assert_eq!(alice.get("/compose?taken=x").await?.status, 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_says_when_and_can_be_taken_back() -> Result<()> {
    let desk = Desk::with(&[], &[]).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=bob@example.test").await?;
    let at = |hours: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        let paris = at.to_zoned(jiff::tz::TimeZone::get("Europe/Paris").expect("a zone"));
        paris.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    for (hour, words) in [(at(-1), "is over"), (at(24 * 31), "30 days"), ("x".into(), "not a date")] {
        let back = alice
            .submit(
                &form,
                FORM,
                &[("subject", "Rappel"), ("text", "Bonjour"), ("later", &hour), ("do", "send")],
            )
            .await?;
        assert_eq!(back.status.as_u16(), 422);
        assert!(back.all("[data-problem]")[0].contains(words), "{hour}: {:?}", back.all("[data-problem]"));
        assert_eq!(text(&back, "later"), hour);
    }
    let sent = alice
        .submit(
            &form,
            FORM,
            &[("subject", "Rappel"), ("text", "Bonjour"), ("later", &at(72)), ("do", "send")],
        )
        .await?;
    let clock = at(72).split_once('T').map(|(_, clock)| clock.to_owned()).context("no hour")?;
    assert!(sent.path.starts_with("/outbox/"), "{} {}", sent.path, sent.text());
    assert!(
        sent.text().contains(&clock) && sent.text().contains("your password is not kept"),
        "{}",
        sent.text()
    );
    assert!(sent.all(".undo").is_empty());
    let list = alice.get("/outbox").await?;
    assert!(list.all(".row .preview").iter().any(|p| p.contains(&clock)), "{} {}", list.path, list.text());
    assert!(list.all("main .card h2")[0].starts_with("No sent message"), "{}", list.text());
    let back = alice.submit(&sent, "form:has([value=edit])", &[]).await?;
    assert_eq!(text(&back, "later"), at(72));
    let near = alice.submit(&back, FORM, &[("later", &at(24)), ("do", "send")]).await?;
    assert!(!near.text().contains("your password is not kept"), "{}", near.text());
    let gone = alice.submit(&near, "form:has([value=cancel])", &[]).await?;
    assert_eq!(gone.all(".chip")[0], "cancelled");
    Ok(())
}

/// In an hour: today, or in the last hour of a day on a day with its date.
fn says_when(text: &str) -> bool {
    let when = text.split_once("can be sent ").and_then(|(_, when)| when.split_once(" at "));
    when.is_some_and(|(day, clock)| {
        let is_day = day == "today" || day.len() < 15 && day.contains(" 20");
        let is_clock = clock.get(..5).is_some_and(|clock| clock.as_bytes()[2] == b':');
        is_day && is_clock
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_to_too_many_is_told_when_it_may_go_and_loses_nothing() -> Result<()> {
    let desk = Desk::with_limits("recipients_per_hour = 2").await?;
    let letter = seed(&format!("From: {BOB}\nTo: {ALICE}\nSubject: x\nMessage-ID: <one@b.test>"), "Bonjour");
    desk.dovecot.client(ALICE).await?.append("INBOX", &letter).await?;
    let alice = desk.alice().await?;
    let form = alice.get("/compose?to=a@x.test,b@x.test").await?;
    let sent = alice.submit(&form, FORM, &[("subject", "Un"), ("text", "Un"), ("do", "send")]).await?;
    assert!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let form = alice.get("/compose?to=c@x.test").await?;
    let back = alice.submit(&form, FORM, &[("subject", "Deux"), ("text", "Deux"), ("do", "send")]).await?;
    assert_eq!((back.status.as_u16(), text(&back, "text")), (422, "Deux".into()));
    assert!(says_when(&back.all("[data-problem]")[0]), "{}", back.text());
    let three = [("to", "a@x.test, b@x.test, c@x.test"), ("subject", "Trois"), ("text", "x"), ("do", "send")];
    let back = alice.submit(&back, FORM, &three).await?;
    assert!(back.all("[data-problem]")[0].contains("2 recipients at once"), "{}", back.text());
    assert_eq!(alice.get("/outbox").await?.all(".row").len(), 1);
    // The same mailbox by a name spelt otherwise is the same writer.
    let spelt = Visitor::signed_in(desk.gateway.url(), &ALICE.to_uppercase(), PASSWORD).await?;
    let form = spelt.get("/compose?to=c@x.test").await?;
    let back = spelt.submit(&form, FORM, &[("subject", "Deux"), ("text", "Deux"), ("do", "send")]).await?;
    assert!(says_when(&back.all("[data-problem]")[0]), "{}", back.text());
    // Where there is no form, the hour is said all the same.
    let page = alice.get(&format!("/mail/INBOX/{}-1", validity(&desk.dovecot, "INBOX").await?)).await?;
    let told = alice.submit(&page, ".answers form", &[]).await?;
    assert_eq!(told.status.as_u16(), 429, "{}", told.text());
    assert!(told.text().contains("It can be sent ") && says_when(&told.text()), "{}", told.text());
    Ok(())
}
