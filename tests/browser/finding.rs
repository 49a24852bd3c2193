//! Looking for a message with a thumb: results that go on and can be stopped, and the same without script.

use anyhow::{Result, ensure};
use lab::{Chaos, Gateway, Mode, View};
use serde_json::{Value, json};

use crate::support::{ENTER, House, mail};

const UIDS: &str = "return [...document.querySelectorAll('[data-uid]')].map(r => +r.dataset.uid)";

fn down(from: u32, to: u32) -> Value {
    json!((to..=from).rev().collect::<Vec<u32>>())
}

#[tokio::test]
async fn results_go_on_by_scrolling_and_can_be_stopped() -> Result<()> {
    let house = House::enter().await?;
    house
        .fill("finding", (1..=230).map(|n| mail(&format!("Compte rendu {n}"), "text/plain", "Bonjour")))
        .await?;
    let wire = Chaos::start(house.dovecot.imap_port()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", wire.port());
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await?;
    let mut tab = house.tab(&View::phone()).await?;
    tab.base = gateway.url().to_owned();
    tab.sign_in("finding").await?;
    tab.click(".bar a[href$='/search']").await?;
    tab.until("location.pathname === '/mail/INBOX/search' && document.readyState === 'complete'").await?;
    ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    let small = "return [...document.querySelectorAll('main a, main button, main select, main input:not([type=hidden])')]
        .filter(e => e.getClientRects().length && (e.closest('label') || e).getBoundingClientRect().height < 43.5).map(e => e.outerHTML)";
    assert_eq!(tab.eval(small).await?, json!([]));
    assert_eq!(tab.eval("return document.documentElement.scrollWidth <= innerWidth").await?, json!(true));
    tab.write("input[name=q]", "sujet:compte").await?;
    tab.press(ENTER).await?;
    tab.until("document.querySelector('[data-end]') && document.readyState === 'complete'").await?;
    let path = tab.path().await?;
    ensure!(path.starts_with("/mail/INBOX?s=") && !path.contains("compte"), "{path}");
    ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    for rows in [100, 150] {
        tab.eval("scrollTo(0, document.body.scrollHeight)").await?;
        tab.until(&format!("document.querySelectorAll('.row').length >= {rows}")).await?;
    }
    // The mail server takes its time, and the reader has enough.
    tab.until("document.querySelector('[data-further]')").await?;
    wire.set(Mode::Stall).await;
    let before = tab.eval(UIDS).await?.as_array().map_or(0, Vec::len);
    tab.eval("scrollTo(0, document.body.scrollHeight)").await?;
    tab.until("document.querySelector('[data-stop]:not(form)')").await?;
    tab.click("[data-stop]:not(form)").await?;
    tab.until("document.querySelector('[data-further]') && document.activeElement.matches('[data-further]')")
        .await?;
    assert_eq!(tab.eval(UIDS).await?, down(230, 231 - u32::try_from(before)?));
    wire.set(Mode::Pass).await;
    // Nothing goes on by itself until it is asked to.
    tab.click("[data-further]").await?;
    tab.until("document.querySelectorAll('.row').length >= 200").await?;
    tab.eval("scrollTo(0, document.body.scrollHeight)").await?;
    tab.until("document.querySelector('[data-end=whole]')").await?;
    assert_eq!(tab.eval(UIDS).await?, down(230, 1));
    assert_eq!(
        tab.eval("return document.querySelectorAll('[data-end], [data-further]').length").await?,
        json!(1)
    );

    // A hit, and back to where it stood.
    tab.eval("document.querySelector('[data-uid=\"120\"]').scrollIntoView({ block: 'center' })").await?;
    tab.click("[data-uid='120'] .open").await?;
    tab.until("location.pathname.endsWith('-120') && document.querySelector('.letter')").await?;
    tab.click("[data-back]").await?;
    tab.until("document.querySelector('[data-uid=\"120\"]')?.getBoundingClientRect().top >= 0").await?;
    let said = tab.console().await?;
    ensure!(said.iter().all(|line| !line.contains("Content Security Policy")), "{said:?}");
    tab.close().await
}

#[tokio::test]
async fn without_script_links_and_forms_do_it() -> Result<()> {
    let house = House::enter().await?;
    house
        .fill("finding-bare", (1..=70).map(|n| mail(&format!("Compte rendu {n}"), "text/plain", "Bonjour")))
        .await?;
    let tab = house.signed_in(&View { scripts: false, ..View::desktop() }, "finding-bare").await?;
    tab.go("/mail/INBOX/search").await?;
    tab.write("input[name=q]", "compte").await?;
    tab.click("form[role=search] button").await?;
    tab.until("document.querySelector('[data-end]') && document.readyState === 'complete'").await?;
    assert_eq!(tab.eval(UIDS).await?, down(70, 21));
    let lines =
        "return [...document.querySelectorAll('.looked')].filter(e => e.getClientRects().length).length";
    assert_eq!(tab.eval(lines).await?, json!(1), "only how far it came in the end");
    tab.click("[data-further]").await?;
    tab.until("document.querySelector('[data-end=whole]')").await?;
    assert_eq!(tab.eval(UIDS).await?, down(20, 1));
    tab.go("/mail/INBOX/search").await?;
    tab.write("input[name=year]", "2001").await?;
    tab.click("form[aria-labelledby=date] button").await?;
    tab.until("location.search.startsWith('?before=2001-') && document.querySelector('[data-uid=\"1\"]')")
        .await?;
    tab.close().await
}
