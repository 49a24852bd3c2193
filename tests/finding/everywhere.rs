//! All mailboxes at once, grouped.

use anyhow::Result;

use crate::support::{ALICE, House, end, fill, further, message, search};

#[tokio::test]
async fn all_mailboxes_are_looked_through_junk_and_trash_last() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 30, |uid| format!("Report {uid}")).await?;
    imap.append("Trash", &message("Report, thrown away", 0)).await?;
    imap.append("Archive", &message("Report, old", 900)).await?;
    imap.append("Archive", &message("Letter, old", 900)).await?;
    imap.create("R&D é").await?;
    imap.append("R&D é", &message("Report of research", 1)).await?;
    let alice = house.alice().await?;
    let page = search(&alice, "INBOX", "subject:report in:all").await?;
    assert_eq!(page.all("h2.where"), ["Inbox", "Archive", "R&D é", "Trash"]);
    let uids: Vec<u32> = (21..=30).rev().chain([1, 1, 1]).collect();
    assert_eq!(page.uids(), uids);
    // The inbox has more: a search in it alone goes on.
    let more = page.attributes("[data-part] a", "href").pop().expect("a way on in the inbox");
    assert!(more.starts_with("/mail/INBOX?older=") && more.contains("&s="), "{more}");
    assert_eq!(alice.get(&more).await?.uids(), (1..=20).rev().collect::<Vec<u32>>());
    assert!(page.all("[data-end=over]").len() == 1 && further(&page).is_none(), "{}", end(&page)?);
    // A hit of another mailbox opens there, among these results.
    let hit =
        page.attributes("a.open", "href").into_iter().find(|href| href.contains("Archive")).expect("a hit");
    let opened = alice.get(&hit).await?;
    assert!(opened.all("h1").join("").contains("Report, old"));
    let back = opened.attributes(".bar a[data-back]", "href").pop().expect("a way back");
    assert_eq!(alice.get(&back).await?.uids(), uids);

    let none = search(&alice, "INBOX", "subject:xyzzy in:all").await?;
    assert_eq!(end(&none)?, "No results. Every message of all folders was looked at.");
    assert!(none.all("h2.where").is_empty());
    // The form says the same, and one may begin further on.
    let form = alice.get("/mail/INBOX/search").await?;
    let page = alice.submit(&form, "form[role=search]", &[("q", "subject:report"), ("in", "all")]).await?;
    assert_eq!(page.uids(), uids);
    let on = alice.get(&format!("{}&box=Trash", page.path)).await?;
    assert_eq!((on.all("h2.where"), on.all("[data-end=whole]").len()), (vec!["Trash".to_owned()], 0));
    Ok(())
}

#[tokio::test]
async fn a_server_that_falls_silent_is_told_and_the_way_on_leads_there() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 3, |uid| format!("Report {uid}")).await?;
    imap.append("Archive", &message("Report, old", 900)).await?;
    let alice = house.alice().await?;
    alice.get("/mail/INBOX").await?;
    let before = house.wire.counts().bytes_to_client;
    // Which mailboxes there are is asked first.
    alice.get("/folders").await?;
    search(&alice, "INBOX", "subject:report").await?;
    let of_the_inbox = house.wire.counts().bytes_to_client - before;
    alice.get("/mail/INBOX").await?;
    house.wire.set(lab::Mode::StallAfter(of_the_inbox + 20)).await;
    let cut = search(&alice, "INBOX", "subject:report in:all").await?;
    house.wire.set(lab::Mode::Pass).await;
    assert_eq!(cut.all("[data-end=broken]").len(), 1, "{}", cut.text());
    assert!(!cut.text().contains("No results") && cut.uids() == [3, 2, 1], "{:?}", cut.uids());
    let on = alice.get(&further(&cut).expect("a way on")).await?;
    assert_eq!(on.all("h2.where"), ["Archive"]);
    assert_eq!(on.all("[data-end=over]").len(), 1, "it did not see the inbox: {}", on.text());
    Ok(())
}
