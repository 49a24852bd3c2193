//! Paging: what a page costs, and that it stays true.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use lab::{
    Options, Visitor,
    seed::{self, Seed, documents, mime::Part},
};

use crate::support::{ALICE, House, PASSWORD, walk};

async fn house_with(messages: u64) -> Result<House> {
    let house = House::build(Options::default()).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let seeds: Vec<_> = seed::plain(messages, Timestamp::now()).collect();
    imap.multiappend("INBOX", &seeds).await?;
    Ok(house)
}

#[tokio::test]
async fn a_warm_page_of_a_quiet_mailbox_is_one_round_trip() -> Result<()> {
    let house = house_with(120).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    house.wire.clear();
    let page = alice.get("/mail/INBOX").await?;
    assert_eq!(page.uids(), (71..=120).rev().collect::<Vec<u32>>());
    assert_eq!(house.wire.counts().round_trips, 1, "{:?}", house.wire.commands());
    Ok(())
}

#[tokio::test]
async fn walking_shows_every_message_once() -> Result<()> {
    let house = house_with(120).await?;
    let seen = walk(&house.alice().await?).await?;
    assert_eq!(seen, (1..=120).rev().collect::<Vec<u32>>());
    Ok(())
}

/// As with a thumb on the number: any page is asked for as the first one is, and holds exactly its fifty.
#[tokio::test]
async fn the_middle_and_the_end_are_one_round_trip_away_too() -> Result<()> {
    let house = house_with(5_020).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    for (page, newest, oldest) in [(51, 2_520, 2_471), (100, 70, 21), (101, 20, 1), (2, 4_970, 4_921)] {
        house.wire.clear();
        let answer = alice.get(&format!("/mail/INBOX?page={page}")).await?;
        assert_eq!(answer.uids(), (oldest..=newest).rev().collect::<Vec<u32>>(), "page {page}");
        assert_eq!(house.wire.counts().round_trips, 1, "page {page}: {:?}", house.wire.commands());
        let moved = house.wire.counts().bytes_to_client;
        assert!(moved < 64 << 10, "page {page}: {moved} octets");
    }
    Ok(())
}

/// What was asked since the last look, without tags.
fn asked(house: &House) -> Vec<String> {
    let lines = house.wire.commands().into_iter().map(|command| command.line);
    let asked = lines.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
    house.wire.clear();
    asked
}

/// The rows as they are written, without what differs from one page to the next.
fn rows(page: &lab::Answer) -> Vec<String> {
    page.texts("[data-uid]")
}

#[tokio::test]
async fn a_page_shown_before_asks_for_its_flags_alone() -> Result<()> {
    let house = house_with(120).await?;
    let alice = house.alice().await?;
    let first = alice.get("/mail/INBOX").await?;
    asked(&house);
    let again = alice.get("/mail/INBOX").await?;
    assert_eq!(asked(&house), ["FETCH 71:120 (UID FLAGS PREVIEW (LAZY))", "NOOP"]);
    assert_eq!(rows(&again), rows(&first));
    assert!(again.all("[data-uid='100'].unread").len() == 1, "{:?}", again.all("[data-uid='100']"));

    // Read elsewhere: that is what was asked for.
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.store(100, "+FLAGS (\\Seen)").await?;
    let read = alice.get("/mail/INBOX").await?;
    assert_eq!(asked(&house).len(), 2);
    assert_eq!(read.all("[data-uid='100'].unread").len(), 0);

    // Walking there and back: each page is told once.
    let older = read.attributes("a[rel=next]", "href").into_iter().next().expect("there are older ones");
    alice.get(&older).await?;
    assert!(asked(&house)[0].contains("ENVELOPE"));
    alice.get(&older).await?;
    alice.get("/mail/INBOX").await?;
    let flags = |range: &str| format!("FETCH {range} (UID FLAGS PREVIEW (LAZY))");
    let marks = [flags("21:70"), "NOOP".to_owned(), flags("71:120"), "NOOP".to_owned()];
    assert_eq!(asked(&house), marks);
    Ok(())
}

#[tokio::test]
async fn of_a_page_shown_before_only_what_is_new_is_told_again() -> Result<()> {
    let house = house_with(120).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.expunge(&[118, 90]).await?;
    let seeds: Vec<_> = seed::plain(3, Timestamp::now()).collect();
    other.multiappend("INBOX", &seeds).await?;
    asked(&house);
    let page = alice.get("/mail/INBOX").await?;
    let expected: Vec<u32> = (72..=123).rev().filter(|uid| ![118, 90].contains(uid)).collect();
    assert_eq!(page.uids(), expected);
    assert!(house.wire.counts().round_trips <= 2, "{:?}", house.wire.commands());
    let commands = asked(&house);
    assert_eq!(commands[..2], ["FETCH 71:120 (UID FLAGS PREVIEW (LAZY))", "NOOP"]);
    assert!(commands[2].starts_with("FETCH 119:121 (UID FLAGS INTERNALDATE"), "{commands:?}");
    assert_eq!(commands.len(), 3);
    // As somebody sees it who comes anew.
    assert_eq!(rows(&page), rows(&house.alice().await?.get("/mail/INBOX").await?));
    Ok(())
}

#[tokio::test]
async fn a_mailbox_opened_for_a_change_and_again_is_still_remembered_and_another_is_not_mistaken_for_it()
-> Result<()> {
    let house = house_with(60).await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.create("Other").await?;
    let seeds: Vec<_> = seed::realistic(60, Timestamp::now(), 7).collect();
    other.multiappend("Other", &seeds).await?;
    let alice = house.alice().await?;
    let list = alice.get("/mail/INBOX").await?;
    let message = list.attributes("[data-uid='60'] a", "href").into_iter().next().expect("a link");
    let page = alice.get(&message).await?;
    // Marked as read with the button: SELECT, and the list again.
    alice.submit(&page, "form[action$='/act']", &[("do", "read")]).await?;
    asked(&house);
    let back = alice.get("/mail/INBOX").await?;
    assert_eq!(asked(&house), ["FETCH 11:60 (UID FLAGS PREVIEW (LAZY))", "NOOP"]);
    assert_eq!(back.uids(), list.uids());
    // The same UIDs elsewhere are other messages.
    let elsewhere = alice.get("/mail/Other").await?;
    assert!(asked(&house).iter().any(|line| line.contains("ENVELOPE")));
    assert_eq!(rows(&elsewhere), rows(&house.alice().await?.get("/mail/Other").await?));
    assert_ne!(rows(&elsewhere), rows(&back));
    Ok(())
}

#[tokio::test]
async fn beyond_the_last_message_the_last_page_is_shown() -> Result<()> {
    let house = house_with(60).await?;
    let alice = house.alice().await?;
    let page = alice.get("/mail/INBOX").await?;
    let older = page.attributes("a[rel=next]", "href").into_iter().next().expect("there are older ones");
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.expunge(&(1..=10).collect::<Vec<u32>>()).await?;
    let page = alice.get(&older).await?;
    assert_eq!(page.uids(), (11..=60).rev().collect::<Vec<u32>>());
    assert_eq!(page.attributes("a[rel=next]", "href").len(), 0);
    Ok(())
}

/// Signing in, the namespaces and mailboxes, the mailbox, its rows; nothing twice.
#[tokio::test]
async fn the_first_page_after_signing_in_has_its_own_count() -> Result<()> {
    let house = house_with(120).await?;
    // Signing in leads to the list.
    let alice = house.alice().await?;
    assert_eq!(house.wire.counts().round_trips, 4, "{:?}", house.wire.commands());
    assert_eq!(asked(&house).iter().filter(|line| line.contains("ENVELOPE")).count(), 1);
    // In a mailbox that nobody opened yet, on the connection that is there.
    let mut other = house.dovecot.client(ALICE).await?;
    other.create("Other").await?;
    other.multiappend("Other", &seed::plain(60, Timestamp::now()).collect::<Vec<_>>()).await?;
    house.wire.clear();
    assert_eq!(alice.get("/mail/Other").await?.uids().len(), 50);
    assert_eq!(house.wire.counts().round_trips, 2, "{:?}", house.wire.commands());
    Ok(())
}

#[tokio::test]
async fn what_arrives_while_somebody_walks_moves_no_row() -> Result<()> {
    let house = house_with(170).await?;
    let alice = house.alice().await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    let mut seen = Vec::new();
    let mut next = Some("/mail/INBOX".to_owned());
    while let Some(path) = next {
        let page = alice.get(&path).await?;
        seen.extend(page.uids());
        next = page.attributes("a[rel=next]", "href").into_iter().next();
        // Between any two pages something comes, and something that was shown goes.
        other.multiappend("INBOX", &seed::plain(3, Timestamp::now()).collect::<Vec<_>>()).await?;
        other.expunge(&[seen[seen.len() - 2]]).await?;
    }
    assert_eq!(seen, (1..=170).rev().collect::<Vec<u32>>());
    // And back again: nothing that is there is passed over.
    let oldest = alice.get("/mail/INBOX?page=99").await?;
    assert_eq!(oldest.uids().last(), Some(&1));
    Ok(())
}

/// A mailbox that was moved: everything arrived today, in no order of its dates.
#[tokio::test]
async fn an_order_that_is_plainly_not_that_of_the_dates_is_said() -> Result<()> {
    let now = Timestamp::now();
    let dated = |days: i64| {
        let date = seed::header_date(now - SignedDuration::from_hours(24 * days));
        Seed::new(format!("From: a@x.example\r\nDate: {date}\r\nSubject: {days} days\r\n\r\nx\r\n"))
    };
    let moved: Vec<Seed> = (0..20).map(|n| dated(n * 7 % 20 * 5)).collect();
    let house = House::with(&moved).await?;
    house.dovecot.client(ALICE).await?.create("Kept").await?;
    let kept: Vec<Seed> = (0..20).map(|n| dated((20 - n) * 5)).collect();
    house.dovecot.client(ALICE).await?.multiappend("Kept", &kept).await?;
    for (language, said) in [
        ("en", "in the order they arrived in this mailbox, which is not the order of their dates"),
        ("fr", "dans l’ordre de leur arrivée dans cette boîte, qui n’est pas celui de leurs dates"),
    ] {
        let alice = Visitor::new(house.gateway.url(), language)?;
        alice.sign_in(ALICE, PASSWORD).await?;
        let page = alice.get("/mail/INBOX").await?;
        assert!(page.texts("main .quiet").concat().contains(said), "{:?}", page.texts("main .quiet"));
        assert!(page.all("h2.day").is_empty() && page.uids().len() == 20);
        let kept = alice.get("/mail/Kept").await?;
        assert!(!kept.text().contains(said) && !kept.all("h2.day").is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_row_counts_its_documents_and_one_that_was_sent_names_who_gets_it() -> Result<()> {
    let head =
        "From: Me <alice@example.test>\r\nTo: Bob Roy <bob@x.example>, c@x.example\r\nSubject: Two\r\n";
    let parts = [
        Part::text("plain", "Both of them.", "utf-8"),
        Part::file("application/pdf", "a.pdf", &documents::pdf("a", &[])),
        Part::file("application/pdf", "b.pdf", &documents::pdf("b", &[])),
    ];
    let two = Seed::new(Part::multi("mixed", "x", &parts).message_with(head));
    let house = House::with(std::slice::from_ref(&two)).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let _ = imap.run("CREATE Sent").await;
    imap.append("Sent", &two).await?;
    for (language, said) in [("en", "2 attachments"), ("fr", "2 documents joints")] {
        let alice = Visitor::new(house.gateway.url(), language)?;
        alice.sign_in(ALICE, PASSWORD).await?;
        let inbox = alice.get("/mail/INBOX").await?;
        assert_eq!(inbox.texts("[data-uid='1'] .who"), ["Me"]);
        assert_eq!(inbox.texts("[data-uid='1'] .tail .chip"), [said]);
        let sent = alice.get("/mail/Sent").await?;
        assert_eq!(sent.texts("[data-uid='1'] .who"), ["Bob Roy, c@x.example"], "{language}");
    }
    Ok(())
}
