//! Paging: what a page costs, and that it stays true.

use anyhow::Result;
use jiff::Timestamp;
use lab::{Options, seed};

use crate::support::{ALICE, House};

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
    let alice = house.alice().await?;
    let mut seen = Vec::new();
    let mut next = Some("/mail/INBOX".to_owned());
    while let Some(path) = next {
        let page = alice.get(&path).await?;
        seen.extend(page.uids());
        next = page.attributes("a[rel=next]", "href").into_iter().next();
    }
    assert_eq!(seen, (1..=120).rev().collect::<Vec<u32>>());
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
