//! The keyboard alone.

use anyhow::Result;
use lab::View;
use serde_json::{Value, json};

use crate::support::{ENTER, ESCAPE, House, PASSWORD, TAB, Tab, address, realistic};

/// What has the focus, and whether that can be seen.
const FOCUS: &str = "
    const e = document.activeElement
    const style = getComputedStyle(e), before = getComputedStyle(e, '::before')
    const box = e.getBoundingClientRect()
    return [e.className || e.name || e.tagName.toLowerCase(),
        [style, before].some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2),
        box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth]";

pub async fn focus(tab: &Tab) -> Result<Value> {
    tab.eval(FOCUS).await
}

/// Until this message is there, with its neighbours, however late the mail server named them.
async fn read(tab: &Tab, uid: &str) -> Result<()> {
    let there = "document.querySelector('.letter') && document.querySelector('[rel=next]') && document.readyState === 'complete'";
    tab.until(&format!("location.pathname.endsWith('-{uid}') && {there}")).await
}

/// A key that leads to the next message. Its event comes from the page itself, and after this call: chromedriver sends a
/// key once more when the page changes under it, which would walk two messages on.
async fn walk(tab: &Tab, key: &str) -> Result<()> {
    let event = format!("new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }})");
    tab.eval(&format!("setTimeout(() => document.activeElement.dispatchEvent({event}))")).await?;
    Ok(())
}

#[tokio::test]
async fn keys_are_enough() -> Result<()> {
    let house = House::enter().await?;
    house.fill("keys", realistic(60)).await?;
    // Below two panes, where a message is a page of its own.
    let tab = house.tab(&View { width: 700, phone: false, ..View::desktop() }).await?;
    tab.go("/login").await?;
    // The first field waits for the address.
    assert_eq!(focus(&tab).await?[0], "username");
    tab.press(format!("{}{TAB}", address("keys"))).await?;
    tab.press(format!("{PASSWORD}{ENTER}")).await?;
    tab.until("location.pathname === '/mail/INBOX' && document.querySelector('.row') && document.readyState === 'complete'").await?;

    // Tab: the skip link first, then as it is read; each place can be seen.
    tab.press(TAB).await?;
    assert_eq!(focus(&tab).await?, json!(["skip", true, true]));
    let mut places = Vec::new();
    for _ in 0..9 {
        tab.press(TAB).await?;
        let place = focus(&tab).await?;
        assert_eq!((&place[1], &place[2]), (&json!(true), &json!(true)), "{place}");
        places.push(place[0].as_str().unwrap_or_default().to_owned());
    }
    // Search, order, select, the three tabs and those that are folded, then the messages.
    assert_eq!(places, ["drawer", "a", "a", "a", "a", "a", "a", "summary", "open"]);
    // The skip link leads to the list.
    tab.eval("document.activeElement.blur(); getSelection().removeAllRanges()").await?;
    tab.go("/mail/INBOX").await?;
    tab.press(format!("{TAB}{ENTER}")).await?;
    for place in ["a", "a", "a", "summary", "open"] {
        tab.press(TAB).await?;
        assert_eq!(focus(&tab).await?[0], place);
    }

    // j, k, Enter, u.
    let uid = "return document.activeElement.closest('.row')?.dataset.uid ?? null";
    tab.go("/mail/INBOX").await?;
    for (key, at) in [("j", "60"), ("j", "59"), ("j", "58"), ("k", "59")] {
        tab.press(key).await?;
        assert_eq!(tab.eval(uid).await?, json!(at), "{key}");
        assert_eq!((&focus(&tab).await?[1], &focus(&tab).await?[2]), (&json!(true), &json!(true)));
    }
    tab.press(ENTER).await?;
    read(&tab, "59").await?;
    walk(&tab, "j").await?;
    read(&tab, "58").await?;
    walk(&tab, "k").await?;
    read(&tab, "59").await?;
    tab.press("u").await?;
    tab.until("location.pathname === '/mail/INBOX' && document.querySelector('.row') && document.readyState === 'complete'").await?;

    // ? tells, Escape closes, and unticked they are off, here and on the next page.
    tab.press("?").await?;
    tab.until("document.querySelector('dialog[open][data-keys]')").await?;
    tab.press(ESCAPE).await?;
    tab.until("!document.querySelector('dialog[open]')").await?;
    // Chromium may still be at the Escape: a key that comes in that moment is lost.
    for _ in 0..20 {
        tab.press("?").await?;
        if tab.eval("return !!document.querySelector('dialog[open] input')").await? == json!(true) {
            break;
        }
    }
    tab.until("document.querySelector('dialog[open] input')").await?;
    tab.click("dialog[open] input").await?;
    tab.click("dialog[open] button").await?;
    tab.go("/mail/INBOX").await?;
    tab.press("j").await?;
    assert_eq!(tab.eval(uid).await?, json!(null));

    // A letter in a field is a letter.
    tab.go("/mail/INBOX?page=2").await?;
    tab.eval("localStorage.keys = 'on'").await?;
    tab.go("/mail/INBOX?page=2").await?;
    tab.eval("document.getElementById('page').focus()").await?;
    tab.press("j").await?;
    assert_eq!(tab.eval("return document.activeElement.id").await?, json!("page"));
    tab.close().await
}
