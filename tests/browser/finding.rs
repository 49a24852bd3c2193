//! Looking for a message with a thumb: results that go on and can be stopped, and the same without script.

use anyhow::{Result, ensure};
use lab::{Chaos, Gateway, Mode, View, seed::Seed};
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
    assert_eq!(
        tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            .await?,
        json!(true)
    );
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

/// Of one conversation; the last of them is long.
fn letters() -> Vec<Seed> {
    let letter = |n: u32| {
        let text = if n == 3 { "Bonjour\n".repeat(200) } else { "Bonjour".to_owned() };
        let mut seed = mail(&format!("Bilan {n}"), "text/plain", &text);
        let head = format!("Message-ID: <{n}@example.org>\r\nReferences: <1@example.org>\r\n");
        seed.raw = [head.as_bytes(), &seed.raw].concat();
        seed
    };
    let other = mail("Autre chose", "text/plain", "Bonjour");
    vec![letter(1), letter(2), other, letter(3)]
}

const TURNS: &str = "return [...document.querySelectorAll('.turn .subject')].map(e => e.textContent)";

#[tokio::test]
async fn a_conversation_comes_once_its_place_is_in_sight() -> Result<()> {
    let house = House::enter().await?;
    house.fill("thread", letters()).await?;
    let wire = Chaos::start(house.dovecot.imap_port()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", wire.port());
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await?;
    let searches = || wire.commands().iter().filter(|command| command.line.contains("SEARCH")).count();
    let mut tab = house.tab(&View::phone()).await?;
    tab.base = gateway.url().to_owned();
    tab.sign_in("thread").await?;
    tab.until("document.querySelector('[data-uid=\"4\"]')").await?;
    tab.click("[data-uid='4'] .open").await?;
    tab.until("document.querySelector('.thread a') && document.readyState === 'complete'").await?;
    // A long message: its end is out of sight, and nobody has looked for anything.
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert_eq!((searches(), tab.eval(TURNS).await?), (0, json!([])));
    tab.eval("document.querySelector('.thread').scrollIntoView()").await?;
    tab.until("document.querySelectorAll('.turn').length === 3").await?;
    ensure!(searches() > 0);
    assert_eq!(tab.eval(TURNS).await?, json!(["Bilan 1", "Bilan 2", "Bilan 3"]));
    assert_eq!(tab.text(".turn[aria-current] .chip").await?, "ce message");
    let small = "return [...document.querySelectorAll('.thread a')].filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)";
    assert_eq!(tab.eval(small).await?, json!([]));
    assert_eq!(
        tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            .await?,
        json!(true)
    );
    assert_eq!(tab.axe(&[]).await?, Vec::<String>::new());
    // Not under the dock.
    tab.eval("document.querySelector('.thread li:nth-child(2)').scrollIntoView({ block: 'center' })").await?;
    tab.click(".thread li:nth-child(2) a").await?;
    tab.until("location.pathname.endsWith('-2') && document.querySelector('.thread')").await?;
    tab.eval("document.querySelector('.thread').scrollIntoView()").await?;
    tab.until("document.querySelectorAll('.turn').length === 3").await?;
    tab.close().await?;

    // Beside the list, where the page that it came from does not run again.
    let mut tab = house.tab(&View { language: "en".into(), ..View::desktop() }).await?;
    tab.base = gateway.url().to_owned();
    tab.sign_in("thread").await?;
    tab.until("document.querySelector('[data-uid=\"2\"]')").await?;
    tab.eval("window.same = true").await?;
    tab.click("[data-uid='2'] .open").await?;
    tab.until("document.querySelectorAll('.turn').length === 3").await?;
    assert_eq!(tab.text(".turn[aria-current] .chip").await?, "this message");
    tab.click(".thread li:first-child a").await?;
    tab.until("location.pathname.endsWith('-1') && document.querySelector('.turn[aria-current]')?.textContent.includes('Bilan 1')").await?;
    assert_eq!(tab.eval("return window.same").await?, json!(true));
    let said = tab.console().await?;
    ensure!(said.iter().all(|line| !line.contains("Content Security Policy")), "{said:?}");
    tab.close().await
}

#[tokio::test]
async fn without_script_a_conversation_is_a_page() -> Result<()> {
    let house = House::enter().await?;
    house.fill("thread-bare", letters()).await?;
    let tab = house.signed_in(&View { scripts: false, ..View::phone() }, "thread-bare").await?;
    tab.click("[data-uid='2'] .open").await?;
    tab.until("document.querySelector('.thread a') && document.readyState === 'complete'").await?;
    tab.click(".thread a").await?;
    tab.until("location.pathname.endsWith('-2/thread') && document.querySelectorAll('.turn').length === 3")
        .await?;
    tab.click(".thread li:first-child a").await?;
    tab.until("location.pathname.endsWith('-1') && document.querySelector('.letter')").await?;
    tab.close().await
}

async fn picked(language: &str, archived: &str) -> Result<()> {
    let house = House::enter().await?;
    let name = format!("picked-{language}");
    house.fill(&name, (1..=70).map(|n| mail(&format!("Bilan {n}"), "text/plain", "Bonjour"))).await?;
    let tab = house.signed_in(&View { language: language.into(), ..View::phone() }, &name).await?;
    tab.until("document.querySelector('.row')").await?;
    tab.go("/mail/INBOX?is=unread").await?;
    tab.until("document.querySelector('[data-end]') && document.readyState === 'complete'").await?;
    // More of them, in a list of their own.
    tab.eval("scrollTo(0, document.body.scrollHeight)").await?;
    tab.until("document.querySelectorAll('.row').length === 70").await?;
    tab.eval("window.same = true; scrollTo(0, 0)").await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('.picking .pick input').length === 70").await?;
    assert_eq!(tab.eval("return document.querySelectorAll('[name=all]').length").await?, json!(0));
    assert_eq!(tab.axe(&[]).await?, Vec::<String>::new());
    for uid in [69, 3] {
        tab.eval(&format!(
            "document.querySelector('[data-uid=\"{uid}\"]').scrollIntoView({{ block: 'center' }})"
        ))
        .await?;
        tab.click(&format!("[data-uid='{uid}'] label.pick")).await?;
    }
    tab.click(".acting [value=archive]").await?;
    tab.until(&format!("document.querySelector('[data-told]')?.textContent.includes('{archived}')")).await?;
    assert_eq!(tab.eval("return window.same").await?, json!(true));
    tab.until("document.querySelectorAll('.row').length === 68 && !document.querySelector('#act, .picking, .acting')").await?;
    tab.click("[data-told] button").await?;
    tab.until("!window.same && location.search.startsWith('?is=unread&done=') && document.querySelector('[data-told]')").await?;
    tab.until("document.querySelector('[data-end]') && document.readyState === 'complete'").await?;
    // Those that came back are the newest now.
    let first =
        "return [...document.querySelectorAll('.row .subject')].slice(0, 2).map(e => e.textContent).sort()";
    assert_eq!(tab.eval(first).await?, json!(["Bilan 3", "Bilan 69"]));
    tab.close().await
}

#[tokio::test]
async fn hits_are_archived_in_place_and_taken_back_in_french() -> Result<()> {
    picked("fr", "2 messages archivés").await
}

#[tokio::test]
async fn hits_are_archived_in_place_and_taken_back_in_english() -> Result<()> {
    picked("en", "2 messages archived").await
}
