//! Everything can be done with scripts off.

use anyhow::Result;
use lab::{View, seed::Seed};
use serde_json::json;

use crate::support::{House, mail, realistic};

const IMAGES: &str = r#"<p>Bonjour</p><img src="https://images.example.org/a.png" alt="Plan"><p>Fin.</p>"#;

#[tokio::test]
async fn all_of_it_without_script() -> Result<()> {
    let house = House::enter().await?;
    let mut seeds: Vec<Seed> = realistic(120).collect();
    seeds.push(mail("Des images", "text/html", IMAGES));
    let mut imap = house.fill("plain", seeds).await?;
    let tab = house.signed_in(&View { scripts: false, ..View::phone() }, "plain").await?;
    let rows = "return [...document.querySelectorAll('[data-uid]')].map(r => +r.dataset.uid)";
    let down = |from: u32, to: u32| json!((to..=from).rev().collect::<Vec<u32>>());

    // Older pages by the link, a page by its number.
    assert_eq!(tab.eval(rows).await?, down(121, 72));
    tab.click("a[rel=next]").await?;
    assert_eq!(tab.eval(rows).await?, down(71, 22));
    tab.click("a[rel=next]").await?;
    assert_eq!(tab.eval(rows).await?, down(21, 1));
    tab.click("a[rel=prev]").await?;
    assert_eq!(tab.eval(rows).await?, down(71, 22));
    tab.write("#page", "1").await?;
    tab.click("form.jump button").await?;
    assert_eq!(tab.eval(rows).await?, down(121, 72));

    // A message and its images.
    tab.click("[data-uid='121'] .open").await?;
    assert_eq!(tab.text("h1").await?, "Des images");
    let list = tab.path().await?;
    tab.click("a[href*='images=1']").await?;
    assert_eq!(tab.eval("return document.querySelectorAll(\"a[href*='images=1']\").length").await?, json!(0));
    tab.go(&list).await?;

    // Read, unread: what the mail server says afterwards.
    imap.select("INBOX").await?;
    assert_eq!(imap.search("UID 121 UNSEEN").await?.len(), 1, "opening without script marks nothing");
    tab.click(".after form button").await?;
    assert_eq!(imap.search("UID 121 SEEN").await?.len(), 1);
    assert_eq!(tab.path().await?, list);
    tab.click(".after form button").await?;
    assert_eq!(tab.path().await?, "/mail/INBOX#u121");
    assert_eq!(imap.search("UID 121 UNSEEN").await?.len(), 1);
    tab.go(&list).await?;

    // Its neighbours, and back.
    tab.click("a[rel=next]").await?;
    assert!(tab.path().await?.ends_with("-120"), "{}", tab.path().await?);
    tab.click("a[rel=prev]").await?;
    assert!(tab.path().await?.ends_with("-121"));
    tab.click("[data-back]").await?;
    assert!(tab.path().await?.starts_with("/mail/INBOX"));

    // Another mailbox, and the way out.
    tab.click("[data-drawer]").await?;
    assert_eq!(tab.path().await?, "/folders");
    tab.click(".folders a[href='/mail/Sent']").await?;
    assert_eq!(tab.path().await?, "/mail/Sent");
    tab.click("[data-drawer]").await?;
    tab.click("form[action='/logout'] button").await?;
    assert!(tab.path().await?.starts_with("/login"));
    tab.go("/mail/INBOX").await?;
    assert!(tab.path().await?.starts_with("/login"));
    tab.close().await
}
