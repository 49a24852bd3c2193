//! The conversation of a message: looked for when somebody asks, by what the messages say of each other.

use anyhow::{Context, Result, ensure};
use lab::{Announce, Answer, Dovecot, Imap, Options, Strip, Visitor, seed::Seed};

use crate::support::{ALICE, House, PASSWORD, end, fill, gateway, message};

/// A message of this conversation, and whom it answers.
fn letter(id: &str, subject: &str, answers: &[&str], hours: i64) -> Seed {
    let names = answers.iter().map(|id| format!("<{id}@example.test>")).collect::<Vec<_>>().join(" ");
    let parent = answers.last().map(|id| format!("In-Reply-To: <{id}@example.test>\r\n")).unwrap_or_default();
    let references = if names.is_empty() { String::new() } else { format!("References: {names}\r\n") };
    with(&format!("Message-ID: <{id}@example.test>\r\n{parent}{references}"), subject, hours)
}

/// One whose program names only the message that it answers.
fn curt(id: &str, answers: &str, hours: i64) -> Seed {
    let head = format!("Message-ID: <{id}@example.test>\r\nIn-Reply-To: <{answers}@example.test>\r\n");
    with(&head, &format!("Re: {id}"), hours)
}

fn with(head: &str, subject: &str, hours: i64) -> Seed {
    let mut seed = message(subject, hours);
    seed.raw = [head.as_bytes(), &seed.raw].concat();
    seed
}

/// The conversation as it is told: the subjects, and where each lies.
fn told(page: &Answer) -> Vec<(String, String)> {
    let subjects = page.all(".turn .subject");
    let hrefs = page.attributes(".turn", "href");
    let folder = |href: String| href.split('/').nth(2).unwrap_or_default().to_owned();
    subjects.into_iter().zip(hrefs.into_iter().map(folder)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(subject, folder)| ((*subject).to_owned(), (*folder).to_owned())).collect()
}

/// The page of the conversation of the message with this UID in INBOX.
async fn thread(alice: &Visitor, uid: u32) -> Result<Answer> {
    let list = alice.get("/mail/INBOX").await?;
    let href = list.attributes(&format!("[data-uid='{uid}'] a.open"), "href").pop().context("no such row")?;
    let opened = alice.get(&href).await?;
    let way = opened.attributes(".thread a", "href").pop().context("no way to it")?;
    assert_eq!(way, format!("{href}/thread"));
    alice.get(&way).await
}

async fn told_of(imap: &mut Imap) -> Result<()> {
    imap.append("INBOX", &letter("root", "Bilan", &[], 100)).await?;
    imap.append("Sent", &letter("mine", "Re: Bilan (mine)", &["root"], 90)).await?;
    imap.append("INBOX", &letter("other", "Bilan", &[], 80)).await?;
    imap.append("INBOX", &letter("last", "Re: Bilan (last)", &["root", "mine"], 70)).await?;
    // Their References are cut: each is found by the one that was found before.
    imap.append("INBOX", &curt("curt", "last", 60)).await?;
    imap.append("Sent", &curt("curter", "curt", 50)).await?;
    // A copy to oneself is one message.
    imap.append("INBOX", &curt("curter", "curt", 49)).await?;
    // The same conversation, and too long ago to be of it.
    imap.append("INBOX", &letter("ancient", "Re: Bilan", &["root"], 24 * 200)).await?;
    Ok(())
}

const WHOLE: [(&str, &str); 5] = [
    ("Bilan", "INBOX"),
    ("Re: Bilan (mine)", "Sent"),
    ("Re: Bilan (last)", "INBOX"),
    ("Re: curt", "INBOX"),
    ("Re: curter", "INBOX"),
];

#[tokio::test]
async fn a_conversation_is_found_across_mailboxes_when_somebody_asks() -> Result<()> {
    let house = House::build().await?;
    told_of(&mut house.dovecot.client(ALICE).await?).await?;
    let alice = house.alice().await?;
    // Where there are rights (RFC 4314) they are asked for once.
    alice.get("/mail/INBOX?select").await?;
    let list = alice.get("/mail/INBOX").await?;
    house.asked();
    let href = list.attributes("[data-uid='3'] a.open", "href").pop().context("a row")?;
    let opened = alice.get(&href).await?;
    // What it is made of, then its text with its neighbours: nothing more than without a conversation.
    let asked = house.asked();
    assert_eq!(asked.len(), 3, "{asked:?}");
    ensure!(asked.iter().all(|line| line.contains("FETCH")), "{asked:?}");
    assert_eq!(opened.all(".thread h2"), ["Conversation"]);

    for (uid, this) in [(1, 0), (3, 2), (4, 3), (5, 4)] {
        let page = thread(&alice, uid).await?;
        assert_eq!(told(&page), pairs(&WHOLE), "{uid}: {}", page.text());
        let current = page.attributes(".turn[aria-current]", "href");
        assert_eq!(current, [page.attributes(".turn", "href")[this].clone()]);
        ensure!(page.text().contains("Looked for in Inbox, Sent,"), "{}", page.text());
        ensure!(!page.text().contains("Not every message was looked at"), "{}", page.text());
    }
    // Each leads to its message.
    let page = thread(&alice, 3).await?;
    for (href, subject) in page.attributes(".turn", "href").iter().zip(page.all(".turn .subject")) {
        assert_eq!(alice.get(href).await?.all("h1"), [subject]);
    }
    // And on to all mailboxes.
    let further = page.attributes("a[href*='?s=']", "href").pop().context("the search that goes on")?;
    ensure!(!further.contains("example.test") && !further.contains("Bilan"), "{further}");
    let found = alice.get(&further).await?;
    assert_eq!(found.all("h2.where"), ["Inbox", "Sent"], "{}", end(&found)?);
    Ok(())
}

#[tokio::test]
async fn read_where_it_was_sent_it_has_its_answers() -> Result<()> {
    let house = House::build().await?;
    told_of(&mut house.dovecot.client(ALICE).await?).await?;
    let alice = house.alice().await?;
    let list = alice.get("/mail/Sent").await?;
    let href = list.attributes("a.open", "href").pop().context("a row")?;
    let page = alice.get(&format!("{href}/thread")).await?;
    let mut expected = WHOLE;
    // Its copy here stands for the one in INBOX.
    expected[4].1 = "Sent";
    assert_eq!(told(&page), pairs(&expected), "{}", page.text());
    assert_eq!(page.all(".turn .chip"), ["Inbox", "this message", "Inbox", "Inbox"]);
    Ok(())
}

#[tokio::test]
async fn a_server_that_can_little_finds_the_same() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    told_of(&mut dovecot.client(ALICE).await?).await?;
    for set in [&["IMAP4rev1"][..], &["IMAP4rev1", "ESEARCH"]] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(strip.port()).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        assert_eq!(told(&thread(&alice, 3).await?), pairs(&WHOLE), "{set:?}");
        ensure!(strip.refused().is_empty(), "{set:?}: {:?}", strip.refused());
    }
    Ok(())
}

#[tokio::test]
async fn one_of_many_is_found_near_itself_and_the_rest_is_a_search() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let long: Vec<Seed> = (0..90)
        .map(|n| letter(&format!("n{n}"), &format!("Long {n}"), if n > 0 { &["n0"] } else { &[] }, 200 - n))
        .collect();
    imap.multiappend("INBOX", &long).await?;
    // Far more than one window came later.
    fill(&mut imap, "INBOX", 6_000, |uid| format!("Other {uid}")).await?;
    let alice = house.alice().await?;
    let validity = alice.get("/mail/INBOX").await?.attributes("[data-list]", "data-uidvalidity").remove(0);
    let page = alice.get(&format!("/mail/INBOX/{validity}-61/thread")).await?;
    let subjects = page.all(".turn .subject");
    assert_eq!(subjects.len(), 50, "{subjects:?}");
    ensure!(subjects.contains(&"Long 60".to_owned()), "{subjects:?}");
    // From the message on, both ways.
    assert_eq!(
        (subjects.first().map(String::as_str), subjects.last().map(String::as_str)),
        (Some("Long 36"), Some("Long 85"))
    );
    ensure!(page.text().contains("Not every message was looked at."), "{}", page.text());
    let further = page.attributes("a[href*='?s=']", "href").pop().context("the search that goes on")?;
    assert_eq!(alice.get(&further).await?.uids(), (81..=90).rev().collect::<Vec<u32>>());
    Ok(())
}

#[tokio::test]
async fn what_another_program_deletes_meanwhile_is_left_out() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    told_of(&mut imap).await?;
    let alice = house.alice().await?;
    let before = thread(&alice, 3).await?;
    // The connection of before still has the mailbox open.
    imap.select("INBOX").await?;
    imap.expunge(&[1]).await?;
    let way = before.path.clone();
    let after = alice.get(&way).await?;
    assert_eq!(told(&after), pairs(&WHOLE[1..]), "{}", after.text());
    imap.expunge(&[3]).await?;
    let gone = alice.get(&way).await?;
    assert_eq!(gone.status, 410, "{}", gone.text());
    let rebuilt = alice.get("/mail/INBOX/7-4/thread").await?;
    assert_eq!(rebuilt.status, 410, "{}", rebuilt.text());
    Ok(())
}

#[tokio::test]
async fn a_message_without_a_name_has_no_conversation() -> Result<()> {
    let house = House::build().await?;
    house.dovecot.client(ALICE).await?.append("INBOX", &message("Alone", 1)).await?;
    let alice = house.alice().await?;
    let list = alice.get("/mail/INBOX").await?;
    let href = list.attributes("a.open", "href").first().context("a row")?.clone();
    let opened = alice.get(&href).await?;
    ensure!(opened.all(".thread").is_empty(), "{}", opened.text());
    assert_eq!(alice.get(&format!("{href}/thread")).await?.status, 404);
    Ok(())
}
