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

#[tokio::test]
async fn after_others_delivered_and_expunged_a_page_is_two_round_trips_and_true() -> Result<()> {
    let house = house_with(120).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    other.expunge(&[118, 90]).await?;
    let seeds: Vec<_> = seed::plain(3, Timestamp::now()).collect();
    other.multiappend("INBOX", &seeds).await?;
    house.wire.clear();
    let page = alice.get("/mail/INBOX").await?;
    let expected: Vec<u32> = (72..=123).rev().filter(|uid| ![118, 90].contains(uid)).collect();
    assert_eq!(page.uids(), expected);
    assert!(house.wire.counts().round_trips <= 2, "{:?}", house.wire.commands());
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
