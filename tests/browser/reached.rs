//! What is not in the list of messages, reached with the Tab key and pressed with Enter, in English; each place on the way
//! can be seen.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail, ensure};
use lab::{View, seed::Seed};
use serde_json::json;

use crate::{
    frame::Tracker,
    keys::focus,
    support::{ENTER, ESCAPE, House, TAB, Tab, mail},
};

/// The dot of a pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn with_a_file() -> Seed {
    Seed::new(format!(
        "From: Jane <jane@example.org>\r\nTo: alice@example.test\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
         --x\r\nContent-Type: image/png; name=plan.png\r\nContent-Disposition: attachment; filename=plan.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{PICTURE}\r\n--x--\r\n"
    ))
}

/// Bars stay where they are while the page moves below them.
const COVERED: &str = "
    const e = document.activeElement, box = e.getBoundingClientRect()
    const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    return top && !e.contains(top) && !top.contains(e) ? top.outerHTML.slice(0, 99) : null";

/// Tab after Tab, as many as a page can need.
async fn reach(tab: &Tab, css: &str) -> Result<()> {
    for _ in 0..60 {
        tab.press(TAB).await?;
        let place = focus(tab).await?;
        ensure!(place[1] == json!(true) && place[2] == json!(true), "unseen on the way to {css}: {place}");
        let cover = tab.eval(COVERED).await?;
        ensure!(cover.is_null(), "{place} is under {cover}");
        let here = format!("return document.activeElement.matches({})", json!(css));
        if tab.eval(&here).await? == json!(true) {
            return Ok(());
        }
    }
    bail!("Tab does not lead to {css}")
}

async fn press(tab: &Tab, css: &str) -> Result<()> {
    reach(tab, css).await?;
    tab.press(ENTER).await
}

const READY: &str = "document.readyState === 'complete'";

async fn in_english(house: &House, view: View, name: &str, seeds: Vec<Seed>) -> Result<Tab> {
    house.fill(name, seeds).await?;
    let tab = house.signed_in(&View { language: "en".into(), ..view }, name).await?;
    ensure!(tab.eval("return document.documentElement.lang").await? == "en");
    tab.until(&format!("document.querySelector('.row') && {READY}")).await?;
    Ok(tab)
}

async fn signed_out(tab: &Tab) -> Result<()> {
    tab.until(&format!("location.search === '?out=1' && {READY}")).await?;
    assert_eq!(tab.text("[role=status]").await?, "You are signed out. Your messages stay in your mailbox.");
    Ok(())
}

#[tokio::test]
async fn another_mailbox_and_the_way_out_beside_the_list() -> Result<()> {
    let house = House::enter().await?;
    let tab =
        in_english(&house, View::desktop(), "reached", vec![mail("Hello", "text/plain", "Hello")]).await?;
    press(&tab, ".rail a[href='/mail/Archive']").await?;
    tab.until(&format!(
        "document.querySelector('.rail [aria-current]')?.getAttribute('href') === '/mail/Archive' && {READY}"
    ))
    .await?;
    assert_eq!(tab.path().await?, "/mail/Archive");
    press(&tab, ".rail form[action='/logout'] button").await?;
    signed_out(&tab).await?;
    tab.close().await
}

#[tokio::test]
async fn another_mailbox_and_the_way_out_in_the_drawer() -> Result<()> {
    let house = House::enter().await?;
    let tab =
        in_english(&house, View::phone(), "reached", vec![mail("Hello", "text/plain", "Hello")]).await?;
    let drawer = "document.querySelector('dialog[open] .folders')?.contains(document.activeElement)";
    press(&tab, "[data-drawer]").await?;
    tab.until(drawer).await?;
    assert_eq!(focus(&tab).await?[1], json!(true), "the drawer opens with its first place unseen");
    // Closed, one is where one was.
    tab.press(ESCAPE).await?;
    tab.until("document.activeElement.matches('[data-drawer]')").await?;
    tab.press(ENTER).await?;
    tab.until(drawer).await?;
    press(&tab, "dialog a[href='/mail/Archive']").await?;
    tab.until(&format!(
        "location.pathname === '/mail/Archive' && document.querySelector('.empty') && {READY}"
    ))
    .await?;
    press(&tab, "[data-drawer]").await?;
    tab.until(drawer).await?;
    press(&tab, "dialog form[action='/logout'] button").await?;
    signed_out(&tab).await?;
    tab.close().await
}

async fn saved(folder: &Path) -> Result<()> {
    for _ in 0..200 {
        if folder.join("plan.png").exists() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    bail!("nothing was saved: {:?}", fs::read_dir(folder)?.flatten().collect::<Vec<_>>())
}

#[tokio::test]
async fn files_and_images_of_a_message() -> Result<()> {
    let house = House::enter().await?;
    let tracker = Tracker::start().await?;
    let image =
        format!("<p>Hello</p><img src='http://tracker.elsewhere.test:{}/image' alt=Plan>", tracker.port);
    let seeds = vec![with_a_file(), mail("Images", "text/html", &image)];
    let tab = in_english(&house, View::phone(), "held", seeds).await?;
    let folder = tempfile::tempdir()?;
    let into = json!({ "behavior": "allow", "downloadPath": folder.path().to_str().context("a name")? });
    tab.driver.cdp().send_raw("Browser.setDownloadBehavior", into).await?;

    press(&tab, "[data-uid='1'] .open").await?;
    tab.until(&format!("document.querySelector('.files') && {READY}")).await?;
    press(&tab, ".files a[target=_blank]").await?;
    let here = tab.driver.window().await?;
    for _ in 0..200 {
        if tab.driver.windows().await?.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let windows = tab.driver.windows().await?;
    let other = windows.into_iter().find(|one| *one != here).context("the file does not open")?;
    tab.driver.switch_to_window(other).await?;
    tab.until("document.contentType === 'image/png' && document.images[0]?.naturalWidth === 1").await?;
    tab.driver.close_window().await?;
    tab.driver.switch_to_window(here).await?;
    press(&tab, ".files a[download]").await?;
    saved(folder.path()).await?;

    tab.go("/mail/INBOX").await?;
    press(&tab, "[data-uid='2'] .open").await?;
    tab.until(&format!("document.querySelector('iframe[data-body]') && {READY}")).await?;
    assert_eq!(tracker.paths().await, Vec::<String>::new());
    press(&tab, "a[href*='images=1']").await?;
    tab.until("location.search.includes('images=1')").await?;
    tab.until("document.querySelector('iframe[data-body]')?.contentDocument?.images[0]?.naturalWidth")
        .await?;
    assert_eq!(tracker.paths().await, ["/image"]);
    tab.close().await
}
