//! What the script makes of the plain pages.

use anyhow::Result;
use lab::View;
use serde_json::{Value, json};

use crate::support::{ESCAPE, House, Tab, mail, realistic};

const UIDS: &str = "return [...document.querySelectorAll('[data-uid]')].map(r => +r.dataset.uid)";

fn down(from: u32, to: u32) -> Value {
    json!((to..=from).rev().collect::<Vec<u32>>())
}

#[tokio::test]
async fn older_pages_come_by_scrolling_and_back_leads_to_the_row() -> Result<()> {
    let house = House::enter().await?;
    house.fill("scroll", realistic(200)).await?;
    let tab = house.signed_in(&View::phone(), "scroll").await?;
    assert_eq!(tab.eval(UIDS).await?, down(200, 151));
    // Previews are filled in without being asked for.
    tab.until(
        "[...document.querySelectorAll('.row .preview')].filter(p => p.textContent.length > 10).length > 20",
    )
    .await?;
    for rows in [100, 150, 200] {
        tab.eval("scrollTo(0, document.body.scrollHeight)").await?;
        tab.until(&format!("document.querySelectorAll('.row').length >= {rows}")).await?;
    }
    // Every message once, in order; each day said once; no way on left.
    assert_eq!(tab.eval(UIDS).await?, down(200, 1));
    let days = tab.eval("return [...document.querySelectorAll('.day')].map(d => d.dataset.day)").await?;
    let mut once = days.as_array().cloned().unwrap_or_default();
    once.dedup();
    assert_eq!(json!(once), days);
    assert_eq!(tab.eval("return document.querySelector('[data-more] a')").await?, Value::Null);

    // A row of the second page: open it, come back, and it is where it was.
    tab.eval("document.querySelector('[data-uid=\"120\"]').scrollIntoView({ block: 'center' })").await?;
    tab.click("[data-uid='120'] .open").await?;
    tab.until("location.pathname.endsWith('-120') && document.querySelector('.letter')").await?;
    tab.click("[data-back]").await?;
    let seen = "(r => r && r.getBoundingClientRect().top >= 0 && r.getBoundingClientRect().bottom <= innerHeight)(document.querySelector('[data-uid=\"120\"]'))";
    tab.until(seen).await?;
    // The browser's own way back does the same.
    tab.click("[data-uid='120'] .open").await?;
    tab.until("location.pathname.endsWith('-120') && document.querySelector('.letter')").await?;
    tab.driver.back().await?;
    tab.until(seen).await?;
    tab.close().await
}

#[tokio::test]
async fn a_message_opens_beside_the_list() -> Result<()> {
    let house = House::enter().await?;
    house.fill("beside", realistic(120)).await?;
    for width in [1280, 900] {
        let tab = house.signed_in(&View { width, ..View::desktop() }, "beside").await?;
        beside(&tab).await?;
        tab.close().await?;
    }
    Ok(())
}

async fn beside(tab: &Tab) -> Result<()> {
    tab.eval("window.same = true").await?;
    let both = "document.querySelector('.pane .row.current')?.getBoundingClientRect().width > 200 && document.querySelector('.reading .letter')?.getBoundingClientRect().width > 300";
    for uid in [119, 117] {
        tab.click(&format!("[data-uid='{uid}'] .open")).await?;
        tab.until(&format!("location.pathname.endsWith('-{uid}') && {both}")).await?;
        tab.until(&format!("document.querySelector('.row.current').dataset.uid === '{uid}'")).await?;
    }
    assert_eq!(tab.eval("return window.same").await?, json!(true), "the list was loaded again");
    assert_eq!(tab.eval("return document.querySelectorAll('main').length").await?, json!(1));
    // Back, forward, and the empty place of the beginning.
    tab.driver.back().await?;
    tab.until(
        "location.pathname.endsWith('-119') && document.querySelector('.row.current').dataset.uid === '119'",
    )
    .await?;
    tab.driver.back().await?;
    tab.until("location.pathname === '/mail/INBOX' && document.querySelector('.reading .empty')").await?;
    tab.driver.forward().await?;
    tab.until(&format!("location.pathname.endsWith('-119') && {both}")).await?;
    // The neighbours of the message.
    tab.click(".reading .bar [rel=next]").await?;
    tab.until(&format!("location.pathname.endsWith('-118') && {both}")).await?;
    // The address works by itself, and the list comes to its side.
    tab.driver.refresh().await?;
    tab.until(&format!("document.querySelector('.row.current')?.dataset.uid === '118' && {both}")).await?;
    tab.click("[data-uid='116'] .open").await?;
    tab.until(&format!("location.pathname.endsWith('-116') && {both}")).await
}

/// Each pane scrolls by itself: no fragment of an address can push the page out of the window.
#[tokio::test]
async fn a_wide_page_is_never_higher_than_the_window() -> Result<()> {
    let house = House::enter().await?;
    house.fill("beside", realistic(120)).await?;
    let tab = house.signed_in(&View { height: 480, ..View::desktop() }, "beside").await?;
    let fits = "document.documentElement.scrollHeight <= innerHeight && document.readyState === 'complete'";
    tab.until("document.querySelector('.rail a[href=\"/mail/Sent\"]')").await?;
    tab.until(fits).await?;
    tab.click("[data-uid='119'] .open").await?;
    tab.until("document.querySelector('.reading .after')").await?;
    let address = tab.path().await?;
    tab.go(&format!("{address}#more")).await?;
    tab.until(&format!(
        "document.querySelector('.rail') && document.querySelector('.reading .after') && {fits}"
    ))
    .await?;
    assert_eq!(tab.eval("return document.documentElement.scrollTop").await?, json!(0));
    tab.close().await
}

#[tokio::test]
async fn folders_come_as_a_drawer_and_as_a_rail() -> Result<()> {
    let house = House::enter().await?;
    house.fill("beside", realistic(120)).await?;
    for width in [390, 900] {
        let tab = house.signed_in(&View { width, phone: width < 700, ..View::desktop() }, "beside").await?;
        tab.click("[data-drawer]").await?;
        tab.until("document.querySelector('dialog[open] .folders a[href=\"/mail/Sent\"]')").await?;
        assert_eq!(tab.path().await?, "/mail/INBOX");
        tab.press(ESCAPE).await?;
        tab.until("!document.querySelector('dialog[open]')").await?;
        tab.click("[data-drawer]").await?;
        tab.until("document.querySelector('dialog[open] .folders')").await?;
        tab.click("dialog .folders a[href='/mail/Sent']").await?;
        tab.until("location.pathname === '/mail/Sent'").await?;
        tab.close().await?;
    }
    let tab = house.signed_in(&View::desktop(), "beside").await?;
    tab.until("document.querySelector('.rail a[href=\"/mail/Sent\"]')?.getBoundingClientRect().width > 100")
        .await?;
    assert_eq!(
        tab.eval("return document.querySelector('.rail [aria-current]').getAttribute('href')").await?,
        "/mail/INBOX"
    );
    tab.close().await
}

#[tokio::test]
async fn looking_at_a_message_marks_it() -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill("empty", [mail("Bonjour", "text/plain", "Un mot.")]).await?;
    let tab = house.signed_in(&View::phone(), "empty").await?;
    assert_eq!(tab.eval("return document.querySelectorAll('.row.unread').length").await?, json!(1));
    tab.click(".row .open").await?;
    tab.until("[...document.querySelectorAll('input[name=do]')].some(i => i.value === 'unread')").await?;
    imap.select("INBOX").await?;
    assert_eq!(imap.search("SEEN").await?, [1]);
    assert_eq!(imap.search("KEYWORD $RelaisOpened").await?, [1]);
    // The button says what it does now, and what it did lasts.
    let words = tab.text(".after [data-seen] button").await?;
    assert_eq!(words, "Marquer comme non lu");
    tab.click(".after [data-seen] button").await?;
    tab.until("location.pathname === '/mail/INBOX' && document.querySelector('.row.unread')").await?;
    imap.select("INBOX").await?;
    assert_eq!(imap.search("UNSEEN").await?, [1]);
    tab.close().await
}
