//! What arrived while something did not work: counted and listed whatever another program marked, in every mailbox.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Announce, Dovecot, Gateway, Mode, Options, Strip, Visitor};

use crate::support::{ALICE, House, PASSWORD, fill, gateway, message};

/// From 06:00 to 10:00 on 22 November: five messages of [`fill`], which arrive at each full hour up to noon.
const SPAN: &str = "from=2026-11-22T06:00:00Z&to=2026-11-22T10:00:00Z";

/// The counts of each mailbox, and of all.
fn counts(page: &lab::Answer) -> (Vec<String>, String) {
    (page.texts("[data-counts]"), page.texts("[data-total] b").join(""))
}

#[tokio::test]
async fn what_another_program_read_is_there_and_what_was_opened_here_is_not() -> Result<()> {
    let house = House::build().await?;
    let mut other = house.dovecot.client(ALICE).await?;
    // UID 24 at 06:00, 27 at 09:00; 28 comes at 10:00, when it is over.
    fill(&mut other, "INBOX", 30, |uid| format!("Letter {uid}")).await?;
    other.append("Trash", &message("Thrown away", 3)).await?;
    other.append("Sent", &message("Written", 3)).await?;
    other.select("INBOX").await?;
    other.store(24, "+FLAGS (\\Seen)").await?;
    other.store(26, "+FLAGS (\\Seen $RelaisFiled)").await?;
    let alice = house.alice().await?;
    alice.get("/folders").await?;
    house.asked();
    let page = alice.get(&format!("/missed?{SPAN}")).await?;
    let asked = house.asked();
    let searches = asked.iter().filter(|line| line.contains("SINCE 21-Nov-2026 BEFORE 24-Nov-2026")).count();
    let fetches = asked.iter().filter(|line| line.ends_with("(UID FLAGS INTERNALDATE)")).count();
    assert_eq!(
        (searches, fetches),
        (2, 2),
        "one search a mailbox with messages, one look at what it found: {asked:?}"
    );
    assert!(asked.iter().all(|line| !line.contains("STORE")), "{asked:?}");
    let (each, all) = counts(&page);
    assert_eq!(each, ["Inbox · 4 messages · 4 to read", "Trash · 1 message · 1 to read"]);
    assert!(all.ends_with("5 messages · 5 to read · 4 to file · 1 filed"), "{all}");
    assert_eq!(page.uids(), [27, 26, 25, 24, 1]);
    assert_eq!(
        page.texts(".chip.late"),
        ["marked as read, not opened here", "marked as read, not opened here"]
    );
    assert!(page.text().contains("What another program removed from the mailbox cannot appear here."));

    // Opened here: it is not to be read any more, and what follows it still follows it.
    other.store(27, "+FLAGS ($RelaisOpened)").await?;
    let page = alice.get(&format!("/missed?{SPAN}")).await?;
    assert_eq!(page.uids(), [26, 25, 24, 1]);
    assert!(counts(&page).0[0].contains("4 messages · 3 to read"), "{:?}", counts(&page));
    let saved = page.attributes("section[data-box=Inbox] form input[name=uid]", "value");
    assert_eq!(saved, ["26", "25", "24"]);
    let archive = alice.submit(&page, "section[data-box=Inbox] form", &[]).await?;
    assert_eq!(archive.attributes("form input[name=uid]", "value").len(), 3, "{}", archive.text());

    // All of it, for a spreadsheet.
    let table = alice.get(&page.attributes("a[download]", "href").pop().context("a table")?).await?;
    assert!(table.header("content-disposition").contains("relais-2026-11-22.csv"));
    let body = table.text();
    let lines: Vec<&str> = body.lines().collect();
    assert_eq!(lines.len(), 1 + 5 + 1, "{body}");
    assert!(lines[1].ends_with("\"Letter 27\",\"0\",\"yes\",\"no\",\"no\""), "{}", lines[1]);
    assert!(lines[2].ends_with("\"Letter 26\",\"0\",\"no\",\"yes\",\"yes\""), "{}", lines[2]);
    assert_eq!(lines[6], "\"The list is complete.\"");

    other.store(26, "+FLAGS ($RelaisOpened)").await?;
    other.store(25, "+FLAGS ($RelaisOpened)").await?;
    other.store(24, "+FLAGS ($RelaisOpened)").await?;
    let quiet = alice.get("/missed?from=2026-11-21T20:00:00Z&to=2026-11-21T20:00:01Z").await?;
    assert_eq!(quiet.uids().len(), 1);
    let none = alice.get("/missed?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").await?;
    assert_eq!(none.all("[data-end=none]"), ["Nothing arrived in that time."]);
    Ok(())
}

#[tokio::test]
async fn a_span_is_typed() -> Result<()> {
    let house = House::build().await?;
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 120, |uid| format!("Letter {uid}")).await?;
    let alice = house.alice().await?;
    let form = alice.get("/missed").await?;
    assert!(form.all("nav[aria-labelledby=known]").is_empty(), "nothing was announced");
    let fields = [("from", "2026-11-18"), ("to", "2026-11-22T10:00")];
    let page = alice.submit(&form, "form[action='/missed']", &fields).await?;
    assert_eq!(page.path, "/missed?from=2026-11-18T00:00:00Z&to=2026-11-22T10:00:00Z");
    assert_eq!(page.uids(), (68..=117).rev().collect::<Vec<u32>>());
    // Fifty at a time, from one page to the next, also where the last one was opened meanwhile.
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.store(68, "+FLAGS ($RelaisOpened)").await?;
    let next = page.attributes("[data-more-of]", "href").pop().context("more")?;
    let page = alice.get(&next).await?;
    assert_eq!(page.uids(), (18..=67).rev().collect::<Vec<u32>>());
    other.store(18, "+FLAGS (\\Deleted)").await?;
    other.expunge(&[18]).await?;
    let next = page.attributes("[data-more-of]", "href").pop().context("more")?;
    assert_eq!(alice.get(&next).await?.uids(), (12..=17).rev().collect::<Vec<u32>>());
    let wrong = alice.submit(&form, "form[action='/missed']", &[("from", "then"), ("to", "now")]).await?;
    assert_eq!(
        (wrong.all("[data-problem]").len(), wrong.value("input[name=from]").as_deref()),
        (1, Some("then"))
    );
    assert_eq!(alice.get("/missed?from=x&to=y").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn the_same_on_the_plainest_server_and_in_disorder() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    // Moved from another server: the older half came last.
    let days = (1..=60).rev().chain(61..=120);
    let seeds: Vec<_> = days.map(|day| message(&format!("Day {day}"), day * 24)).collect();
    imap.multiappend("INBOX", &seeds).await?;
    let strip = Strip::start(dovecot.imap_port(), &["IMAP4rev1"], Announce::Unasked).await?;
    let gateway = gateway(strip.port()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    // From 62 to 58 days before, newest first although they stand in two halves.
    let page = alice.get("/missed?from=2026-09-21T00:00:00Z&to=2026-09-26T00:00:00Z").await?;
    assert_eq!(
        page.texts(".row .subject"),
        ["Day 58", "Day 59", "Day 60", "Day 61", "Day 62"],
        "{}",
        page.text()
    );
    assert!(strip.refused().is_empty(), "{:?}", strip.refused());
    Ok(())
}

/// Nobody waits for it any more: nothing more is asked.
#[tokio::test]
async fn who_leaves_ends_the_look() -> Result<()> {
    let house = House::patient().await?;
    let mut other = house.dovecot.client(ALICE).await?;
    for n in 10..22 {
        let name = format!("Box {n}");
        other.create(&name).await?;
        other.append(&name, &message("Letter", 4)).await?;
    }
    let alice = house.alice().await?;
    let whole = alice.get(&format!("/missed?{SPAN}")).await?;
    ensure!(counts(&whole).0.len() == 12, "{}", whole.text());
    let looked = |asked: &[String]| asked.iter().filter(|line| line.contains("Box ")).count();
    ensure!(looked(&house.asked()) >= 12);

    // The answers come by and by; the reader leaves when the page has begun.
    house.wire.set(Mode::Dribble(Duration::from_millis(1))).await;
    let mut page = alice.open(&format!("/missed?{SPAN}")).await?;
    let mut said = Vec::new();
    while !said.windows(12).any(|octets| octets == b"data-counts=") {
        said.extend_from_slice(&page.chunk().await?.context("the page ended")?);
    }
    drop(page);
    // From now on it would be over in no time, if somebody went on.
    house.wire.set(Mode::Pass).await;
    let mut looked_at = Vec::new();
    for _ in 0..2 {
        for _ in 0..5 {
            alice.get("/mail/INBOX").await?;
        }
        looked_at.push(looked(&house.asked()));
    }
    ensure!((1..12).contains(&looked_at[0]) && looked_at[1] == 0, "mailboxes looked at: {looked_at:?}");
    Ok(())
}

#[tokio::test]
async fn a_large_mailbox_is_looked_at_where_the_span_lies() -> Result<()> {
    let house = House::patient().await?;
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 10_200, |uid| format!("Letter {uid}")).await?;
    let alice = house.alice().await?;
    alice.get("/folders").await?;
    house.asked();
    let page = alice.get(&format!("/missed?{SPAN}")).await?;
    let asked = house.asked();
    assert_eq!(page.uids(), (10_194..=10_197).rev().collect::<Vec<u32>>());
    let search = asked.iter().find(|line| line.contains("SINCE")).context("a search")?;
    // A day more on both sides.
    assert!(search.contains(" 10170:10200 SINCE"), "{search}");
    let samples = asked.iter().filter(|line| line.ends_with("(UID INTERNALDATE)")).count();
    assert!(samples <= 6, "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_opened_hides_no_other() -> Result<()> {
    let extra = "mail_plugins = $mail_plugins acl\nprotocol imap {\n  mail_plugins = $mail_plugins imap_acl\n}\n\
                 plugin {\n  acl = vfile\n}\n";
    let dovecot = Dovecot::start(Options { extra: extra.into(), ..Options::default() }).await?;
    let gateway = gateway(dovecot.imap_port()).await?;
    let mut other = dovecot.client(ALICE).await?;
    fill(&mut other, "INBOX", 30, |uid| format!("Letter {uid}")).await?;
    other.create("Broken").await?;
    // It is listed, and cannot be read.
    other.run(&format!("SETACL Broken {ALICE} la")).await?;
    other.append("Archive", &message("Kept", 3)).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = alice.get(&format!("/missed?{SPAN}")).await?;
    assert_eq!(page.uids().len(), 5, "{}", page.text());
    assert_eq!(page.attributes("[data-sick]", "data-sick"), ["Broken"]);
    let total = page.all("[data-total]").concat();
    assert!(total.starts_with("In 4 folders"), "of six, without sent mail and drafts: {total}");
    Ok(())
}

#[tokio::test]
async fn the_inbox_leads_to_what_arrived_during_what_is_over() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let now = jiff::Timestamp::now();
    let hours = |n: i64| now - jiff::SignedDuration::from_hours(n);
    let mut imap = dovecot.client(ALICE).await?;
    for (n, arrived) in [(1, hours(40)), (2, hours(20)), (3, hours(1))] {
        let seed = message(&format!("Letter {n}"), 0);
        imap.append("INBOX", &lab::seed::Seed { arrived, ..seed }).await?;
    }
    let notice = format!(
        "level = \"down\"\ntitle = \"Nothing came\"\nsince = \"{}\"\nupdated = \"{}\"\nended = true\n",
        hours(30),
        hours(10)
    );
    let toml = format!(
        "shared_networks = [\"127.0.0.0/8\"]\ntime_zone = \"UTC\"\n[server.default]\n\
         imap = \"imap://127.0.0.1:{}?tls=none\"\n",
        dovecot.imap_port()
    );
    let arguments = ["--config", "{folder}/relais.toml"];
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        let file = folder.join("notice.toml");
        std::fs::write(&file, notice)?;
        let toml = format!("notice_file = \"{}\"\n{toml}", file.display());
        Ok(std::fs::write(folder.join("relais.toml"), toml)?)
    })
    .await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let inbox = alice.get("/mail/INBOX").await?;
    let way = inbox.attributes("[data-missed] a", "href").pop().context("a way")?;
    let page = alice.get(&way).await?;
    assert_eq!(page.texts(".row .subject"), ["Letter 2"]);
    let choice = alice.get("/missed").await?;
    assert_eq!(choice.attributes("nav[aria-labelledby=known] a", "href"), [way]);
    assert!(choice.text().contains("Nothing came"), "{}", choice.text());
    // A way on from the folders, too.
    assert!(alice.get("/mail/INBOX/search").await?.attributes("a", "href").contains(&"/missed".to_owned()));
    Ok(())
}

/// `relais notice …` beside this gateway: what it printed.
fn notice(gateway: &Gateway, words: &[&str]) -> Result<String> {
    let folder = gateway.folder();
    let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
    command.arg("notice").args(words).arg("--config").arg(folder.join("relais.toml"));
    let done = command.arg("--data").arg(folder.join("data")).output()?;
    let text = String::from_utf8(done.stdout)?;
    ensure!(done.status.success(), "{words:?}: {text}{}", String::from_utf8_lossy(&done.stderr));
    Ok(text)
}

#[tokio::test]
async fn it_is_gone_through_one_by_one_and_counted_without_names() -> Result<()> {
    let others: Vec<String> = (2..=5).map(|n| format!("person{n}@example.test")).collect();
    let users = others.iter().map(String::as_str).chain([ALICE]).map(|user| (user.into(), PASSWORD.into()));
    let dovecot = Dovecot::start(Options { users: users.collect(), ..Options::default() }).await?;
    let hours = |n: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_hours(n);
    let mut imap = dovecot.client(ALICE).await?;
    for (n, arrived) in [(1, 40), (2, 20), (3, 15), (4, 1)] {
        let seed = message(&format!("Letter {n}"), 0);
        imap.append("INBOX", &lab::seed::Seed { arrived: hours(arrived), ..seed }).await?;
    }
    let toml = format!(
        "shared_networks = [\"127.0.0.0/8\"]\ntime_zone = \"UTC\"\n[server.default]\n\
         imap = \"imap://127.0.0.1:{}?tls=none\"\n",
        dovecot.imap_port()
    );
    let arguments = ["--config", "{folder}/relais.toml"];
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), toml)?)
    })
    .await?;
    let since = hours(30).strftime("%Y-%m-%dT%H:%M").to_string();
    let added =
        notice(&gateway, &["add", "--level", "down", "--title-en", "Nothing came", "--since", &since])?;
    notice(&gateway, &["end", added.lines().next().context("an id")?])?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let mut inbox = alice.get("/mail/INBOX").await?;
    for _ in 0..100 {
        if !inbox.all("[data-missed]").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        inbox = alice.get("/mail/INBOX").await?;
    }
    let way = inbox.attributes("[data-missed] a", "href").pop().context("a way")?;

    // Its numbers come from a page of their own.
    let numbers = inbox.attributes("[data-missed] [data-lazy]", "data-lazy").pop().context("numbers")?;
    let said = alice.get(&numbers).await?.texts("[data-found]").concat();
    assert!(
        said.starts_with("3 messages arrived here during the incident (between")
            && said.contains("3 were not opened"),
        "{said}"
    );
    let looks = || -> Result<String> {
        Ok(notice(&gateway, &["list"])?.lines().last().context("nothing is listed")?.trim().to_owned())
    };
    assert_eq!(looks()?, "fewer than 5 people looked at what was missed");

    // From one to the next that nobody opened, and back.
    let page = alice.get(&way).await?;
    assert_eq!(page.texts(".row .subject"), ["Letter 4", "Letter 3", "Letter 2"]);
    let mut at = page.attributes(".row a.open", "href").swap_remove(0);
    for subject in ["Letter 4", "Letter 3", "Letter 2"] {
        let opened = alice.get(&at).await?;
        assert_eq!(opened.texts("h1"), [subject]);
        let back = opened.attributes("[data-back]", "href").concat();
        assert!(back.starts_with(&format!("{way}#u")), "{back}");
        // The button of those without script leads back to the same message, as it was opened.
        assert_eq!(opened.texts("[data-opened]:not([hidden]) button"), ["I have read this message"]);
        let read = alice.submit(&opened, "[data-opened] form", &[]).await?;
        assert_eq!((read.texts("h1"), read.all("[data-opened]").len()), (vec![subject.to_owned()], 0));
        at = read.attributes("a[rel=next]", "href").swap_remove(0);
    }
    assert_eq!(alice.get(&at).await?.path, way, "there is no other");
    // What is done with one is told, and undone, in its mailbox, from where it goes on.
    let opened = alice.get(&page.attributes(".row a.open", "href")[1]).await?;
    let archived = alice.submit(&opened, "form#one", &[("do", "archive")]).await?;
    assert_eq!(
        (archived.all("[data-told]").len(), archived.attributes("[data-missed] a", "href")),
        (1, vec![way.clone()])
    );
    let again = alice.get(&way).await?;
    assert_eq!(again.all("[data-end=none]").len(), 1, "{}", again.text());
    // Of one person there is no number; of five there are two, and what somebody threw away is in neither.
    assert_eq!(looks()?, "fewer than 5 people looked at what was missed");
    for other in &others {
        let mut theirs = dovecot.client(other).await?;
        for mailbox in ["INBOX", "Junk"] {
            theirs.append(mailbox, &lab::seed::Seed { arrived: hours(3), ..message("Theirs", 0) }).await?;
        }
        let page = Visitor::signed_in(gateway.url(), other, PASSWORD).await?.get(&way).await?;
        assert_eq!(page.texts(".row .subject"), ["Theirs", "Theirs"]);
    }
    let five = "5 people looked at what was missed; at least 4 message(s) not opened when they did";
    assert_eq!(looks()?, five);

    // What was sent meanwhile.
    let sent = page.attributes("a[href^='/outbox?']", "href").pop().context("the way to what was sent")?;
    assert!(alice.get(&sent).await?.text().contains("Relais sent nothing for you in that time."));
    assert_eq!(alice.get("/outbox?from=x&to=y").await?.status, 404);

    // Whoever is done with it says so.
    let done = alice.submit(&inbox, "[data-missed] form", &[]).await?;
    assert_eq!(
        (done.path.as_str(), done.all("[data-missed]").len()),
        ("/mail/INBOX", 0),
        "{}{}",
        done.text(),
        gateway.log()
    );
    let other = [("from", "2026-01-01T00:00:00Z"), ("to", "2026-01-02T00:00:00Z")];
    let unknown = alice.submit(&inbox, "[data-missed] form", &other).await?;
    assert_eq!(unknown.status, 404, "only what was announced is kept");
    Ok(())
}

#[tokio::test]
async fn documents_about_patients_come_first_then_people_then_the_rest() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let offer = |n: i64| {
        let raw = "From: Shop <newsletter@shop.example>\r\nTo: alice@example.test\r\nSubject: -50% on everything\r\n\
                   List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nBuy.\r\n";
        lab::seed::Seed { arrived: message("", n).arrived, ..lab::seed::Seed::new(raw) }
    };
    imap.append("INBOX", &message("XDM/1.0/DDM+Bilan of the inbox", 6)).await?;
    imap.append("INBOX", &message("A letter", 5)).await?;
    imap.append("INBOX", &offer(4)).await?;
    imap.append("INBOX", &message("Another letter", 3)).await?;
    imap.append("Archive", &message("A letter put away", 4)).await?;
    imap.append("Archive", &message("XDM/1.0/DDM+Bilan of the archive", 5)).await?;
    let alice = house.alice().await?;
    let page = alice.get(&format!("/missed?{SPAN}")).await?;
    assert_eq!(
        page.texts("h2.where"),
        [
            "Inbox · clinical documents",
            "Archive · clinical documents",
            "Inbox · written by people",
            "Archive · written by people",
            "Inbox · the rest"
        ],
        "{}",
        page.text()
    );
    assert_eq!(
        page.texts(".row .subject"),
        [
            "Bilan of the inbox",
            "Bilan of the archive",
            "Another letter",
            "A letter",
            "A letter put away",
            "-50% on everything"
        ]
    );
    assert_eq!(counts(&page).0, ["Inbox · 4 messages · 4 to read", "Archive · 2 messages · 2 to read"]);
    Ok(())
}

#[tokio::test]
async fn the_next_page_follows_a_message_that_is_gone_also_in_a_mailbox_that_was_moved() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    // The newest came first: UIDs go the other way than time.
    let seeds: Vec<_> = (0..120).map(|n| message(&format!("Letter {n}"), n)).collect();
    imap.multiappend("INBOX", &seeds).await?;
    let alice = house.alice().await?;
    let page = alice.get("/missed?from=2026-11-01T00:00:00Z&to=2026-11-23T00:00:00Z").await?;
    assert_eq!(page.uids(), (1..=50).collect::<Vec<u32>>());
    imap.select("INBOX").await?;
    imap.store(50, "+FLAGS (\\Deleted)").await?;
    imap.expunge(&[50]).await?;
    let next = page.attributes("[data-more-of]", "href").swap_remove(0);
    let second = alice.get(&next).await?;
    assert_eq!(second.uids(), (51..=100).collect::<Vec<u32>>());
    // A message opened there leads back there, to its own row.
    let row = &second.attributes(".row a.open", "href")[3];
    let back = alice.get(row).await?.attributes("[data-back]", "href").concat();
    let (path, fragment) = back.split_once('#').context("the row")?;
    assert_eq!(path, next);
    assert_eq!(alice.get(path).await?.attributes(".row", "id")[3], fragment);
    Ok(())
}
