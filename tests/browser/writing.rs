//! What is typed is safe: at once in the tab, seconds later at the gateway, in the mailbox for drafts on leaving.

use anyhow::Result;
use lab::View;
use serde_json::json;

use crate::support::House;

const SAVED: &str = "document.querySelector('[data-kept]').textContent.startsWith('Brouillon enregistré')";
const TEXT: &str = "document.querySelector('[name=text]').value";

#[tokio::test]
async fn a_letter_outlives_reloads_tabs_and_sign_out() -> Result<()> {
    let house = House::enter().await?;
    let mut drafts = house.fill("writing", []).await?;
    let tab = house.signed_in(&View::phone(), "writing").await?;
    tab.go("/compose").await?;
    tab.write("[name=to]", "bob@example.test").await?;
    tab.write("[name=text]", "Bonjour,\nje vous écris").await?;
    // At once in this tab.
    let kept = "Object.keys(sessionStorage).some(k => k.startsWith('letter ') && sessionStorage[k].includes('écris'))";
    assert_eq!(tab.eval(&format!("return {kept}")).await?, json!(true));
    tab.until(SAVED).await?;
    tab.until("location.search.startsWith('?draft=')").await?;
    let path = tab.path().await?;
    if let Ok(folder) = std::env::var("LAB_PICTURES") {
        tab.driver.screenshot(&std::path::Path::new(&folder).join("compose-390.png")).await?;
    }
    // What came after the last save, and a page loaded again.
    tab.write("[name=subject]", "Suite").await?;
    tab.driver.refresh().await?;
    tab.until(&format!(
        "{TEXT}.includes('écris') && document.querySelector('[name=subject]').value === 'Suite'"
    ))
    .await?;
    tab.until(SAVED).await?;
    // Left without a word.
    tab.go("/mail/INBOX").await?;
    let mut tries = 0;
    while drafts.select("Drafts").await? == 0 {
        tries += 1;
        anyhow::ensure!(tries < 400, "no copy in the mailbox for drafts");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // A new letter is a new one; the other waits.
    tab.go("/compose").await?;
    tab.until("document.querySelector('a[href=\"/drafts\"]')").await?;
    assert_eq!(tab.eval(&format!("return {TEXT}")).await?, json!(""));
    tab.click("a[href='/drafts']").await?;
    tab.click("[data-draft] a").await?;
    tab.until(&format!("{TEXT}.includes('écris')")).await?;

    // Another window changes it: both texts are kept.
    let other = house.signed_in(&View::phone(), "writing").await?;
    other.go(&path).await?;
    other.write("[name=text]", "De l’autre côté").await?;
    other.until(SAVED).await?;
    tab.write("[name=text]", "De ce côté").await?;
    tab.until("document.querySelector('[data-kept] a')").await?;
    tab.click("[data-kept] a").await?;
    tab.until("document.querySelectorAll('[data-version]').length === 2").await?;
    let both = tab.text("main").await?;
    assert!(both.contains("De ce côté") && both.contains("De l’autre côté"), "{both}");
    other.close().await?;

    // Signed out, nothing of it stays in this tab; what was being typed was saved.
    tab.go("/compose").await?;
    tab.write("[name=text]", "Encore un").await?;
    tab.go("/folders").await?;
    tab.click("form[action='/logout'] button").await?;
    tab.until("location.search === '?out=1'").await?;
    let left = tab.eval("return Object.keys(sessionStorage).filter(k => k.startsWith('letter'))").await?;
    assert_eq!(left, json!([]));
    assert_eq!(
        tab.console()
            .await?
            .into_iter()
            .filter(|line| line.contains("SEVERE") && !line.contains("409"))
            .count(),
        0
    );
    tab.close().await
}
