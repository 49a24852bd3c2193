//! The mail server dies or falls silent in the middle: what was found stays, and nobody is told "no results".

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::{Mode, Visitor};

use crate::support::{ALICE, House, PASSWORD, end, fill, further, search};

async fn filled(house: House) -> Result<House> {
    let mut imap = house.dovecot.client(ALICE).await?;
    // More than the first window: the newest hit is in it, the others are not.
    fill(&mut imap, "INBOX", 5_300, |uid| match uid {
        5_250 | 200 | 100 => format!("Report {uid}"),
        _ => format!("Letter {uid}"),
    })
    .await?;
    Ok(house)
}

#[tokio::test]
async fn what_was_found_stays_when_the_server_goes_silent_or_away() -> Result<()> {
    let house = filled(House::build().await?).await?;
    let alice = house.alice().await?;
    let french = Visitor::new(house.gateway.url(), "fr")?;
    french.sign_in(ALICE, PASSWORD).await?;
    house.asked();
    let whole = search(&alice, "INBOX", "subject:report").await?;
    assert_eq!(whole.uids(), [5_250, 200, 100]);
    assert!(end(&whole)?.contains("3 results. Every message"), "{}", end(&whole)?);
    let asked: Vec<String> = house.asked().into_iter().filter(|line| !line.contains("ENVELOPE")).collect();
    assert_eq!(
        asked,
        [
            "NOOP",
            "FETCH 301 (UID INTERNALDATE)",
            "UID SEARCH RETURN (ALL) 301:5300 SUBJECT \"report\"",
            "UID SEARCH RETURN (ALL) 1:300 SUBJECT \"report\"",
        ]
    );

    // So much is heard of the server that the first window and its hit come through.
    let probe = house.wire.counts().bytes_to_client;
    search(&alice, "INBOX", "subject:report").await?;
    let bytes = house.wire.counts().bytes_to_client - probe;
    for (mode, words) in [
        (Mode::StallAfter(bytes / 2), ["did not answer", "n’a pas répondu"]),
        (Mode::ResetAfter(bytes / 2), ["", ""]),
    ] {
        for (visitor, word) in [(&alice, words[0]), (&french, words[1])] {
            house.wire.set(Mode::Pass).await;
            visitor.get("/mail/INBOX").await?;
            house.wire.set(mode).await;
            let cut = search(visitor, "INBOX", "subject:report").await?;
            house.wire.set(Mode::Pass).await;
            let said = end(&cut)?;
            ensure!(cut.all("[data-end=broken]").len() == 1, "{mode:?}: {said}");
            ensure!(said.contains(word), "{mode:?}: {said}");
            ensure!(!cut.text().contains("No results") && !cut.text().contains("Aucun résultat"), "{said}");
            // From there it goes on, with nothing twice and nothing left out.
            let on = visitor.get(&further(&cut).context("no way on")?).await?;
            let mut found = cut.uids();
            found.extend(on.uids());
            assert_eq!(found, [5_250, 200, 100], "{mode:?}");
            ensure!(on.all("[data-end=whole]").len() == 1, "{}", on.text());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_page_ends_when_its_time_is_over_and_says_how_far_it_came() -> Result<()> {
    let house = filled(House::patient().await?).await?;
    let alice = house.alice().await?;
    // About 150 octets to hear for one window.
    house.wire.set(Mode::Dribble(Duration::from_millis(40))).await;
    let page = search(&alice, "INBOX", "subject:report before:2026-05-01").await?;
    house.wire.set(Mode::Pass).await;
    let said = end(&page)?;
    assert!(said.starts_with("Nothing found so far. Searched back to 28 Apr 2026."), "{said}");
    ensure!(page.uids().is_empty() && !page.text().contains("No results"), "{}", page.text());
    let on = alice.get(&further(&page).context("no way on")?).await?;
    assert_eq!(on.uids(), [200, 100]);
    ensure!(on.all("[data-end=whole]").len() == 1, "{}", on.text());
    Ok(())
}
