//! Going to a date: what it costs, and where one lands.

use anyhow::Result;
use lab::{Announce, Dovecot, Options, Strip, Visitor};

use crate::support::{ALICE, House, PASSWORD, fill, gateway, message};

#[tokio::test]
async fn a_few_commands_lead_to_the_day() -> Result<()> {
    let house = House::build().await?;
    // 3,000 messages, an hour apart, the last at noon of 22 November: the first of that day has UID 2988.
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 3_000, |uid| format!("Letter {uid}")).await?;
    let alice = house.alice().await?;
    house.asked();
    let page = alice.get("/mail/INBOX?before=2026-11-22").await?;
    let asked = house.asked();
    let samples = asked.iter().filter(|line| line.ends_with("(UID INTERNALDATE)")).count();
    assert!(samples <= 3 && asked.len() == samples + 2, "{asked:?}");
    assert!(asked.iter().all(|line| line.len() < 600), "{asked:?}");
    assert_eq!(page.uids(), (2_938..=2_987).rev().collect::<Vec<u32>>());
    assert_eq!(
        (page.attributes("a[rel=prev]", "href").len(), page.attributes("a[rel=next]", "href").len()),
        (1, 1)
    );

    // By month and year, from the search page.
    let form = alice.get("/mail/INBOX/search").await?;
    assert_eq!(form.all("select[name=month] option").len(), 12);
    let page = alice.get("/mail/INBOX/search?month=10&year=2026").await?;
    assert_eq!(page.path, "/mail/INBOX?before=2026-11-01");
    assert_eq!(page.uids()[0], 2_483);
    assert!(alice.get("/mail/INBOX/search?month=13&year=2026").await?.text().contains("This is not a month"));

    // Before everything, and after everything.
    let page = alice.get("/mail/INBOX?before=2001-01-01").await?;
    assert_eq!(page.uids().last(), Some(&1));
    assert!(
        page.text().contains("No message of this folder arrived before 1 Jan 2001. These are its oldest.")
    );
    assert_eq!(alice.get("/mail/INBOX?before=2030-01-01").await?.uids()[0], 3_000);
    assert_eq!(alice.get("/mail/INBOX?before=2026-99-01").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn where_dates_are_in_disorder_the_server_looks() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    // Moved from another server: the older half came last.
    let days = (1..=60).rev().chain(61..=120);
    let seeds: Vec<_> = days.map(|day| message(&format!("Day {day}"), day * 24)).collect();
    imap.multiappend("INBOX", &seeds).await?;
    for set in [&["IMAP4rev1"][..], &["IMAP4rev1", "ESEARCH"]] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(strip.port()).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        // Thirty days before: in the second half all are older, the newest of them last.
        let page = alice.get("/mail/INBOX?before=2026-10-23").await?;
        assert_eq!(page.uids()[0], 120, "{set:?}");
        assert!(page.all("[data-problem]").is_empty() && strip.refused().is_empty(), "{:?}", strip.refused());
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_mailbox_has_no_dates() -> Result<()> {
    let house = House::build().await?;
    let page = house.alice().await?.get("/mail/INBOX?before=2026-11-22").await?;
    assert!(page.uids().is_empty() && page.all("[data-problem]").is_empty(), "{}", page.text());
    Ok(())
}
