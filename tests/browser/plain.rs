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
    // A key is pressed, and the page comes when it comes.
    let listed = async |from: u32, to: u32| -> Result<()> {
        let first = format!("document.querySelector('[data-uid]')?.dataset.uid === '{from}'");
        tab.until(&first).await?;
        assert_eq!(tab.eval(rows).await?, json!((to..=from).rev().collect::<Vec<u32>>()));
        Ok(())
    };
    let here = async |path: &str| {
        tab.until(&format!("location.pathname.endsWith('{path}') && document.readyState === 'complete'"))
            .await
    };

    // Older pages by the link, a page by its number.
    listed(121, 72).await?;
    tab.click("a[rel=next]").await?;
    listed(71, 22).await?;
    tab.click("a[rel=next]").await?;
    listed(21, 1).await?;
    tab.click("a[rel=prev]").await?;
    listed(71, 22).await?;
    tab.write("#page", "1").await?;
    tab.click("form.jump button").await?;
    listed(121, 72).await?;

    // A message and its images.
    tab.click("[data-uid='121'] .open").await?;
    here("-121").await?;
    assert_eq!(tab.text("h1").await?, "Des images");
    let list = tab.path().await?;
    tab.click("a[href*='images=1']").await?;
    tab.until("location.search === '?images=1'").await?;
    assert_eq!(
        tab.eval("return document.querySelectorAll(\".letter a[href*='images=1']\").length").await?,
        json!(0)
    );
    tab.go(&list).await?;

    // Read, unread: what the mail server says afterwards.
    imap.select("INBOX").await?;
    assert_eq!(imap.search("UID 121 UNSEEN").await?.len(), 1, "opening without script marks nothing");
    tab.click(".after .acts:not(.answers) form button").await?;
    tab.until("document.querySelector('.after input[value=unread]')").await?;
    imap.select("INBOX").await?;
    assert_eq!(imap.search("UID 121 SEEN").await?.len(), 1);
    assert_eq!(tab.path().await?, list);
    tab.click(".after .acts:not(.answers) form button").await?;
    here("/mail/INBOX").await?;
    assert_eq!(tab.path().await?, "/mail/INBOX#u121");
    imap.select("INBOX").await?;
    assert_eq!(imap.search("UID 121 UNSEEN").await?.len(), 1);
    tab.go(&list).await?;

    // Its neighbours, and back.
    tab.click(".bar a[href$='-120']").await?;
    here("-120").await?;
    tab.click(".bar a[href$='-121']").await?;
    here("-121").await?;
    tab.click("[data-back]").await?;
    here("/mail/INBOX").await?;

    // Another mailbox, and the way out.
    tab.click("[data-drawer]").await?;
    here("/folders").await?;
    tab.click(".folders a[href='/mail/Sent']").await?;
    here("/mail/Sent").await?;
    tab.click("[data-drawer]").await?;
    here("/folders").await?;
    tab.click("form[action='/logout'] button").await?;
    here("/login").await?;
    tab.go("/mail/INBOX").await?;
    here("/login").await?;
    tab.close().await
}
