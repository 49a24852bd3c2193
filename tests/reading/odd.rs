//! Mail as it should not be: each has its row and its page, and none hides another.

use anyhow::{Context, Result, ensure};
use lab::{
    Answer, Options, Visitor,
    seed::{self, Seed},
};

use crate::support::{ALICE, House, PASSWORD, source, uidvalidity};

/// Those whose subject does not hold their name: that is what is odd about them.
const NAMELESS: [&str; 3] = ["no-subject", "no-headers", "empty"];

/// The odd mail in alice's inbox, each with its UID.
async fn odd_house() -> Result<(House, Vec<(u32, &'static str, Vec<u8>)>)> {
    let house = House::build(Options::default()).await?;
    let mut imap = house.dovecot.client(ALICE).await?;
    let mut kept = Vec::new();
    for (name, raw) in seed::odd() {
        let uid = imap.append("INBOX", &Seed::new(raw.clone())).await.with_context(|| name)?;
        kept.push((uid, name, raw));
    }
    Ok((house, kept))
}

async fn walk(alice: &Visitor) -> Result<Vec<u32>> {
    let mut seen = Vec::new();
    let mut next = Some("/mail/INBOX".to_owned());
    while let Some(path) = next {
        let page = alice.get(&path).await?;
        seen.extend(page.uids());
        next = page.attributes("a[rel=next]", "href").into_iter().next();
    }
    Ok(seen)
}

fn check_page(name: &str, page: &Answer) -> Result<()> {
    ensure!(page.status == 200, "{}", page.status);
    let titles = page.all("article.letter h1");
    ensure!(titles.len() == 1 && !titles[0].is_empty(), "titles {titles:?}");
    ensure!(NAMELESS.contains(&name) || titles[0].contains(name), "title {titles:?}");
    let text = page.all("article.letter > [data-text]").len();
    let frames = page.attributes("article.letter > iframe[data-body]", "src").len();
    ensure!(text + frames >= 1 || page.all("article.letter > header p.quiet").len() == 1, "no body");
    // Nothing of the mail became markup of ours.
    let scripts = page.attributes("script", "src");
    ensure!(scripts.len() == page.all("script").len(), "an inline script");
    ensure!(scripts.iter().all(|src| src.starts_with("/static/")), "{scripts:?}");
    ensure!(page.all("img, [onerror], [onload], style, [style]").is_empty(), "markup of the mail");
    ensure!(page.all("main").len() == 1, "the page was broken open");
    Ok(())
}

#[tokio::test]
async fn each_has_a_row_a_page_its_source_and_its_headers() -> Result<()> {
    let (house, kept) = odd_house().await?;
    let alice = house.alice().await?;
    let expected: Vec<u32> = kept.iter().rev().map(|(uid, ..)| *uid).collect();
    assert_eq!(walk(&alice).await?, expected);
    let uidvalidity = uidvalidity(&house).await?;
    let mut wrong = Vec::new();
    let mut other = house.dovecot.client(ALICE).await?;
    other.select("INBOX").await?;
    for (uid, name, _) in &kept {
        let path = format!("/mail/INBOX/{uidvalidity}-{uid}");
        let page = alice.get(&path).await?;
        if let Err(why) = check_page(name, &page) {
            wrong.push(format!("{name}: {why}"));
        }
        for src in page.attributes("iframe[data-body]", "src") {
            let frame = alice.get(&src).await?;
            if frame.status != 200 || !frame.header("content-security-policy").starts_with("sandbox ") {
                wrong.push(format!("{name}: its frame says {}", frame.status));
            }
        }
        if alice.get(&format!("{path}/raw")).await?.body != source(&mut other, *uid).await? {
            wrong.push(format!("{name}: the source is another"));
        }
        let headers = alice.get(&format!("{path}/headers")).await?;
        if headers.status != 200 {
            wrong.push(format!("{name}: its headers say {}", headers.status));
        }
        let plain = alice.get(&format!("{path}?as=text")).await?;
        if let Err(why) = check_page(name, &plain) {
            wrong.push(format!("{name} as text: {why}"));
        }
        for link in page.attributes("[data-part] a", "href") {
            let file = alice.get(&link).await?;
            if file.status != 200 {
                wrong.push(format!("{name}: {link} says {}", file.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The walk again: opening them changed nothing, and the session lives.
    assert_eq!(walk(&alice).await?.len(), kept.len());
    let log = house.gateway.log();
    assert!(!log.contains("panicked"), "{log}");
    Ok(())
}

/// The page of one odd message, for what it says.
async fn page_of(name: &str) -> Result<Answer> {
    let (_, raw) = seed::odd().into_iter().find(|(n, _)| *n == name).context("no such seed")?;
    let house = House::with(&[Seed::new(raw)]).await?;
    let alice = Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    alice.get(&format!("/mail/INBOX/{}-1", uidvalidity(&house).await?)).await
}

#[tokio::test]
async fn subjects_of_health_documents_lose_their_prefix() -> Result<()> {
    let page = page_of("xdm-subject").await?;
    assert_eq!(page.all("article.letter h1"), ["odd xdm-subject é"]);
    Ok(())
}

#[tokio::test]
async fn ten_thousand_recipients_are_counted() -> Result<()> {
    let page = page_of("10000-recipients").await?;
    assert!(page.all(".people dd").len() < 300);
    let text = page.all("article.letter").concat();
    assert!(text.contains("9,999 others"), "{}", &text[..400]);
    assert!(text.contains("and 9,800 other recipients"));
    Ok(())
}
