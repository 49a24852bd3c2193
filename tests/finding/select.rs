//! Hits are ticked and acted on where they were found, with plain forms.

use anyhow::{Context, Result, ensure};
use lab::{Announce, Answer, Dovecot, Options, Strip, Visitor};

use crate::support::{ALICE, House, PASSWORD, end, fill, further, gateway, search};

/// What the form of the page sends with these ticked.
async fn act(visitor: &Visitor, page: &Answer, action: &str, verb: &str, uids: &[u32]) -> Result<Answer> {
    let hidden = |name: &str| page.value(&format!("#act > [name={name}]")).context("no such field");
    let (token, validity, back) = (hidden("token")?, hidden("uidvalidity")?, hidden("back")?);
    let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
    let mut fields =
        vec![("token", token.as_str()), ("uidvalidity", &validity), ("back", &back), ("do", verb)];
    fields.extend(uids.iter().map(|uid| ("uid", uid.as_str())));
    visitor.post(action, &fields).await
}

#[tokio::test]
async fn hits_are_archived_and_the_way_leads_back_to_the_results() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 130, |uid| format!("{} {uid}", if uid % 2 == 0 { "Report" } else { "Letter" }))
        .await?;
    // A server with all it can, and one with little.
    for (set, (first, second), language, said, again) in [
        (&[][..], (130, 126), "en", "2 messages archived", "2 messages are as they were"),
        (&["IMAP4rev1", "UIDPLUS"], (128, 124), "fr", "2 messages archivés", "2 messages sont comme avant"),
    ] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(if set.is_empty() { dovecot.imap_port() } else { strip.port() }).await?;
        let alice = Visitor::new(gateway.url(), language)?;
        alice.sign_in(ALICE, PASSWORD).await?;
        let results = search(&alice, "INBOX", "subject:report").await?;
        ensure!(results.all("#act").is_empty() && results.all(".pick input").is_empty());
        let way = results.attributes("a[data-select]", "href").pop().context("no way to select")?;
        ensure!(way.starts_with("/mail/INBOX?s=") && way.ends_with("&select"), "{way}");
        let page = alice.get(&way).await?;
        assert_eq!(page.uids(), results.uids());
        assert_eq!(page.all("#act").len(), 1, "one form for all of them");
        assert_eq!(page.attributes(".picking .pick input[form=act]", "value").len(), 50);
        // More than what is shown is not offered.
        ensure!(page.all("[name=all], [name=of]").is_empty());
        ensure!(page.attributes("a[data-unselect]", "href") == [results.path.clone()], "{}", results.path);
        // The next page goes on selecting.
        let on = further(&page).context("there is more")?;
        ensure!(on.ends_with("&select"), "{on}");
        let next = alice.get(&on).await?;
        ensure!(
            next.uids() == (2..=30).rev().filter(|uid| uid % 2 == 0).collect::<Vec<u32>>(),
            "{:?}",
            next.uids()
        );
        assert_eq!(next.all("#act").len(), 1);
        let all = alice.get(&way.replace("&select", "&select=all")).await?;
        assert_eq!(all.attributes(".pick input[checked]", "value").len(), 50);

        let done = act(&alice, &page, "/mail/INBOX/act", "archive", &[first, second]).await?;
        ensure!(done.path.starts_with(&results.path) && done.path.contains("&done="), "{}", done.path);
        ensure!(done.text().contains(said), "{}", done.text());
        ensure!(
            !done.uids().contains(&first) && !done.uids().contains(&second) && done.all("#act").is_empty()
        );
        let undone = alice.submit(&done, "[data-told] form", &[]).await?;
        ensure!(undone.text().contains(again), "{}", undone.text());
        // Back, under other UIDs.
        let found = undone.all(".row .subject");
        ensure!(
            found.contains(&format!("Report {first}")) && found.contains(&format!("Report {second}")),
            "{found:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn hits_are_handed_over_and_the_way_leads_back() -> Result<()> {
    let house = House::build().await?;
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 6, |uid| format!("Report {uid}")).await?;
    let alice = house.alice().await?;
    let results = search(&alice, "INBOX", "subject:report").await?;
    let page = alice.get(&format!("{}&select", results.path)).await?;
    let action = page.attributes(".acting [formaction]", "formaction").pop().context("no way to save")?;
    let saved = act(&alice, &page, &action, "", &[2, 4]).await?;
    assert_eq!(saved.attributes("input[name=uid]", "value"), ["2", "4"]);
    assert_eq!(saved.attributes(".bar [data-back]", "href"), std::slice::from_ref(&results.path));
    Ok(())
}

#[tokio::test]
async fn nothing_is_selected_in_all_mailboxes_at_once_nor_where_nothing_was_found() -> Result<()> {
    let house = House::build().await?;
    fill(&mut house.dovecot.client(ALICE).await?, "INBOX", 6, |uid| format!("Report {uid}")).await?;
    let alice = house.alice().await?;
    let results = search(&alice, "INBOX", "subject:report in:all").await?;
    ensure!(results.all("a[data-select]").is_empty(), "{}", results.text());
    let page = alice.get(&format!("{}&select", results.path)).await?;
    ensure!(page.uids() == results.uids() && page.all("#act, .acting").is_empty());
    let none = search(&alice, "INBOX", "subject:xyzzy").await?;
    let page = alice.get(&format!("{}&select", none.path)).await?;
    ensure!(page.all("#act").is_empty() && end(&page)?.starts_with("No results."), "{}", end(&page)?);
    Ok(())
}

#[tokio::test]
async fn what_is_still_to_be_dealt_with_is_one_step_from_the_list() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 60, |uid| format!("Report {uid}")).await?;
    imap.append("Sent", &crate::support::message("Mine", 1)).await?;
    imap.select("INBOX").await?;
    imap.store(60, "+FLAGS ($RelaisDone)").await?;
    let alice = house.alice().await?;
    alice.get("/folders").await?;
    let list = alice.get("/mail/INBOX").await?;
    assert_eq!(list.all(".tabs a"), ["All", "Priority", "Advertising", "To deal with", "Unread"]);
    assert_eq!(list.all(".tabs [aria-current]"), ["All"]);
    let todo = alice.get(&list.attributes(".tabs a", "href")[3]).await?;
    assert_eq!(todo.uids().first(), Some(&59));
    assert_eq!(todo.all(".tabs [aria-current]"), ["To deal with"]);
    // Those beside it stand where they are seen.
    assert_eq!(todo.all(".tabs a"), ["All", "To deal with", "Unread", "Priority", "Advertising"]);
    // Dealt with from there.
    let page = alice.get("/mail/INBOX?is=todo&select").await?;
    let done = act(&alice, &page, "/mail/INBOX/act", "done", &[59, 58]).await?;
    ensure!(done.path.starts_with("/mail/INBOX?is=todo&done="), "{}", done.path);
    assert_eq!(done.uids().first(), Some(&57));
    // Once a mailbox, and not where nothing is to be dealt with.
    let older = list.attributes("[data-more] a", "href").pop().context("older ones")?;
    ensure!(alice.get(&older).await?.all(".tabs").is_empty());
    for other in ["/mail/Sent", "/mail/INBOX?select"] {
        ensure!(alice.get(other).await?.all(".tabs").is_empty(), "{other}");
    }
    Ok(())
}
