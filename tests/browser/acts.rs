//! Many messages at once: with script in place, without it page by page, and by the keyboard.

use anyhow::Result;
use lab::{Imap, View};
use serde_json::json;

use crate::support::{ESCAPE, House, Tab, realistic};

async fn holds(imap: &mut Imap, mailbox: &str, n: usize) -> Result<()> {
    // What the page says was done is done; what it says next may take the server a moment.
    for _ in 0..200 {
        imap.select(mailbox).await?;
        if imap.search("ALL").await?.len() == n {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("{mailbox} does not hold {n}")
}

async fn ready(tab: &Tab) -> Result<()> {
    tab.until("document.readyState === 'complete' && document.querySelector('[data-select]') && document.querySelector('.row')").await
}

const UIDS: &str = "return [...document.querySelectorAll('.row')].map(r => +r.dataset.uid)";

#[tokio::test]
async fn many_are_archived_and_taken_back_in_place() -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill("acts", realistic(20)).await?;
    let tab = house.signed_in(&View::phone(), "acts").await?;
    ready(&tab).await?;
    tab.eval("window.same = true").await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('label.pick').length === 20")
        .await?;
    assert_eq!(
        tab.eval("return [...document.querySelectorAll('.acting > button')].every(b => b.disabled)").await?,
        json!(true)
    );
    // Targets are as large as a thumb.
    let small = "return [...document.querySelectorAll('label.pick, .acting > *, .bar > a')].filter(e => e.offsetWidth < 44 || e.offsetHeight < 44).length";
    assert_eq!(tab.eval(small).await?, json!(0));
    for uid in [20, 18] {
        tab.click(&format!("[data-uid='{uid}'] label.pick")).await?;
    }
    tab.until("document.querySelector('[data-count]').textContent === '2 sélectionnés'").await?;
    assert_eq!(tab.axe(&[]).await?, Vec::<String>::new());
    tab.click(".acting [value=archive]").await?;
    tab.until("document.querySelector('[data-told]')?.textContent.includes('2 messages archivés')").await?;
    // The page is the same one, without them, and out of the mode.
    assert_eq!(tab.eval("return window.same").await?, json!(true));
    assert_eq!(tab.eval(UIDS).await?.as_array().map(Vec::len), Some(18));
    assert_eq!(tab.eval("return document.querySelectorAll('label.pick, .acting').length").await?, json!(0));
    holds(&mut imap, "Archive", 2).await?;
    tab.click("[data-told] button").await?;
    tab.until("document.querySelectorAll('.row').length === 20 && !window.same").await?;
    holds(&mut imap, "Archive", 0).await?;
    holds(&mut imap, "INBOX", 20).await?;

    // Refused: the rows come back, and it is said.
    ready(&tab).await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('label.pick').length === 20")
        .await?;
    let uid = tab.eval(UIDS).await?[0].to_string();
    tab.click(&format!("[data-uid='{uid}'] label.pick")).await?;
    tab.eval("document.querySelector('#act [name=uidvalidity]').value = 7").await?;
    tab.click(".acting [value=archive]").await?;
    // What was told before stands there until then.
    tab.until("document.querySelector('.undo:not(:has(form))')?.textContent.length > 10").await?;
    assert_eq!(tab.eval(UIDS).await?.as_array().map(Vec::len), Some(20));
    holds(&mut imap, "INBOX", 20).await?;

    // What takes a page to go on gets one: the form is sent as browsers send it.
    tab.go("/mail/INBOX").await?;
    ready(&tab).await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('label.pick').length === 20")
        .await?;
    tab.click(&format!("[data-uid='{uid}'] label.pick")).await?;
    tab.eval("window.fetch = async () => new Response('{\"page\":true}', { status: 409 })").await?;
    tab.click(".acting [value=archive]").await?;
    tab.until("location.search.includes('done=') && document.querySelector('[data-told] form')").await?;
    holds(&mut imap, "Archive", 1).await?;
    tab.close().await
}

#[tokio::test]
async fn many_are_moved_and_taken_back_without_script() -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill("actsplain", realistic(8)).await?;
    let tab = house.signed_in(&View { scripts: false, ..View::phone() }, "actsplain").await?;
    ready(&tab).await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('#act')").await?;
    for uid in [8, 6, 5] {
        tab.one(&format!("[data-uid='{uid}'] .pick input")).await?.send_keys(" ").await?;
    }
    tab.click(".acting [value=move]").await?;
    tab.until("document.querySelector('[data-choose]')").await?;
    tab.click("[data-choose] button[value=Archive]").await?;
    tab.until("document.querySelector('[data-told]')?.textContent.includes('3 messages déplacés')").await?;
    holds(&mut imap, "Archive", 3).await?;
    tab.click("[data-told] button").await?;
    tab.until("document.querySelector('[data-told]')?.textContent.includes('3 messages sont comme avant')")
        .await?;
    holds(&mut imap, "Archive", 0).await?;
    holds(&mut imap, "INBOX", 8).await?;
    tab.close().await
}

#[tokio::test]
async fn keys_select_and_act() -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill("actskeys", realistic(8)).await?;
    let tab = house.signed_in(&View::desktop(), "actskeys").await?;
    ready(&tab).await?;
    // x ticks the row with the focus, and the next; Escape leaves.
    tab.press("j").await?;
    tab.press("x").await?;
    tab.until("document.querySelector('[data-count]')?.textContent === '1 sélectionné'").await?;
    tab.until("document.activeElement.matches('.open')").await?;
    tab.press("j").await?;
    tab.press("x").await?;
    tab.until("document.querySelector('[data-count]')?.textContent === '2 sélectionnés'").await?;
    tab.press(ESCAPE).await?;
    tab.until("!document.querySelector('#act') && document.querySelector('[data-select]')").await?;
    // A run with the shift key.
    tab.click("[data-select]").await?;
    tab.until("document.querySelectorAll('label.pick').length === 8").await?;
    tab.eval(
        "const box = n => document.querySelector(`[data-uid='${n}'] .pick input`)
        box(7).click()
        box(4).dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true, cancelable: true }))",
    )
    .await?;
    tab.until("document.querySelector('[data-count]').textContent === '4 sélectionnés'").await?;
    tab.press("#").await?;
    tab.until("document.querySelector('[data-told]')?.textContent.includes('4 messages mis à la corbeille')")
        .await?;
    holds(&mut imap, "Trash", 4).await?;
    // On one message: e archives, and the list is next.
    tab.go("/mail/INBOX").await?;
    ready(&tab).await?;
    let href = tab.eval("return document.querySelector('.open').getAttribute('href')").await?;
    tab.go(href.as_str().unwrap_or_default()).await?;
    tab.until("document.querySelector('#one') && document.readyState === 'complete'").await?;
    tab.press("e").await?;
    tab.until("document.querySelector('[data-told]')?.textContent.includes('1 message archivé')").await?;
    holds(&mut imap, "Archive", 1).await?;
    tab.close().await
}
