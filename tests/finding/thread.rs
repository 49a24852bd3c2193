//! The conversation of a message: looked for when somebody asks, in all mailboxes, by what the messages say of each other.

use anyhow::{Context, Result};
use lab::seed::Seed;

use crate::support::{ALICE, House, end, message};

/// A message of this conversation, and whom it answers.
fn letter(id: &str, subject: &str, answers: &[&str], hours: i64) -> Seed {
    let mut seed = message(subject, hours);
    let names = answers.iter().map(|id| format!("<{id}@example.test>")).collect::<Vec<_>>().join(" ");
    let parent = answers.last().map(|id| format!("In-Reply-To: <{id}@example.test>\r\n")).unwrap_or_default();
    let references = if names.is_empty() { String::new() } else { format!("References: {names}\r\n") };
    let head = format!("Message-ID: <{id}@example.test>\r\n{parent}{references}");
    seed.raw = [head.as_bytes(), &seed.raw].concat();
    seed
}

#[tokio::test]
async fn a_conversation_is_found_across_mailboxes() -> Result<()> {
    let house = House::build().await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    imap.append("INBOX", &letter("root", "Bilan", &[], 100)).await?;
    imap.append("Sent", &letter("mine", "Re: Bilan", &["root"], 90)).await?;
    imap.append("INBOX", &letter("other", "Bilan", &[], 80)).await?;
    imap.append("INBOX", &letter("last", "Re: Bilan", &["root", "mine"], 70)).await?;
    // The same conversation, and too long ago to be of it.
    imap.append("INBOX", &letter("ancient", "Re: Bilan", &["root"], 24 * 200)).await?;
    let alice = house.alice().await?;
    let list = alice.get("/mail/INBOX").await?;
    for (at, what) in [(1, "the answer"), (3, "the first")] {
        let href = list.attributes("a.open", "href").get(at).context("five rows")?.clone();
        house.asked();
        let opened = alice.get(&href).await?;
        assert!(house.asked().iter().all(|line| !line.contains("SEARCH")), "nobody asked for it yet");
        let way = opened.attributes("a[href*='?s=']", "href");
        let [way] = way.as_slice() else { anyhow::bail!("{way:?}") };
        let found = alice.get(way).await?;
        assert_eq!(found.all("h2.where"), ["Inbox", "Sent"], "{what}: {}", end(&found)?);
        assert_eq!(found.uids(), [3, 1, 1], "{what}");
        assert!(!way.contains("example.test"));
    }
    Ok(())
}

#[tokio::test]
async fn a_message_without_a_name_has_no_way_to_its_conversation() -> Result<()> {
    let house = House::build().await?;
    house.dovecot.client(ALICE).await?.append("INBOX", &message("Alone", 1)).await?;
    let alice = house.alice().await?;
    let list = alice.get("/mail/INBOX").await?;
    let href = list.attributes("a.open", "href").first().context("a row")?.clone();
    let opened = alice.get(&href).await?;
    assert!(opened.attributes("a[href*='?s=']", "href").is_empty(), "{}", opened.text());
    Ok(())
}
