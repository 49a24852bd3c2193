//! A letter from its first word to the server that takes it, with everything that can happen on the way.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::{View, seed::Seed};
use serde_json::json;
use thirtyfour::cdp::domains::network::NetworkConditions;

use crate::support::{ENTER, House, PASSWORD, Tab, address};

const DOWN: &str = "\u{e015}";
const HOMONYMS: [&str; 2] = ["Paul Martin <paul@a.test>", "Paul Martin <paul@b.test>"];

#[tokio::test]
async fn from_first_word_to_last_in_french() -> Result<()> {
    whole("fr", true).await
}

#[tokio::test]
async fn from_first_word_to_last_in_english() -> Result<()> {
    whole("en", true).await
}

#[tokio::test]
async fn from_first_word_to_last_in_french_without_script() -> Result<()> {
    whole("fr", false).await
}

#[tokio::test]
async fn from_first_word_to_last_in_english_without_script() -> Result<()> {
    whole("en", false).await
}

fn value(name: &str) -> String {
    format!("document.querySelector('.write [name={name}]')?.value")
}

fn staged(n: usize) -> String {
    format!("document.querySelectorAll('[data-staged]').length === {n}")
}

/// A picture of the page as it is, where one is wanted.
async fn picture(tab: &Tab, name: &str) -> Result<()> {
    if let Ok(folder) = std::env::var("LAB_PICTURES") {
        tab.driver.screenshot(&std::path::Path::new(&folder).join(format!("{name}.png"))).await?;
    }
    Ok(())
}

async fn whole(language: &str, scripts: bool) -> Result<()> {
    let house = House::enter().await?;
    let name = format!("{}-{language}", if scripts { "letter" } else { "bare" });
    let mut mailbox = house.fill(&name, []).await?;
    let sent = HOMONYMS
        .map(|to| Seed::new(format!("From: {}\r\nTo: {to}\r\nSubject: x\r\n\r\nx\r\n", address(&name))));
    mailbox.multiappend("Sent", &sent).await?;
    let tab = house.signed_in(&View { scripts, language: language.into(), ..View::phone() }, &name).await?;
    let files = tempfile::tempdir()?;
    let file = |name: &str, octets: usize| -> Result<String> {
        let path = files.path().join(name);
        std::fs::write(&path, vec![b'x'; octets])?;
        Ok(path.to_str().context("a path")?.to_owned())
    };
    let (large, small) = (file("radio.bin", 400_000)?, file("note <b>.txt", 2_000)?);
    let add = ".add label:first-child input";

    tab.go("/compose").await?;
    if scripts {
        complete(&tab, language).await?;
        tab.eval("window.same = true").await?;
    } else {
        tab.click("button[value=people]").await?;
        tab.until("document.querySelectorAll('[name=person]').length === 2").await?;
        picture(&tab, &format!("people-{language}")).await?;
        tab.one("[name=person]").await?.send_keys(" ").await?;
        tab.click("fieldset.known button").await?;
        tab.until(&format!("{} === '{}'", value("to"), HOMONYMS[1])).await?;
    }
    tab.write("[name=subject]", &name).await?;
    tab.write("[name=text]", "Bonjour,").await?;
    if scripts {
        uploads(&tab, add, &large, &small).await?;
    } else {
        tab.one(add).await?.send_keys(format!("{large}\n{small}")).await?;
        tab.click("[data-attach]").await?;
    }
    tab.until(&staged(2)).await?;
    tab.until(&format!("{} === 'Bonjour,'", value("text"))).await?;
    picture(&tab, &format!("{name}-files")).await?;

    // The session is gone, in the middle of a sentence.
    tab.driver.delete_all_cookies().await?;
    tab.one("[name=text]").await?.send_keys(" voici la suite").await?;
    tab.click(".sendbar button").await?;
    tab.until("document.querySelector(\"form[action='/login'] [name=username]\")").await?;
    picture(&tab, &format!("{name}-signed-out")).await?;
    tab.write("input[name=username]", &address(&name)).await?;
    tab.write("input[name=password]", PASSWORD).await?;
    tab.click("form[action='/login'] button").await?;
    if !scripts {
        tab.until("document.querySelector('[data-resume]')").await?;
        tab.click("[data-resume] button").await?;
    }
    tab.until(&staged(2)).await?;
    tab.until(&format!("{}.includes('voici la suite')", value("text"))).await?;
    tab.until(&format!("{}.includes('{}')", value("to"), HOMONYMS[1])).await?;
    assert_eq!(tab.eval(&format!("return {}", value("subject"))).await?, json!(name));

    // Sent, undone, better, sent.
    tab.click(".sendbar button").await?;
    tab.until("location.pathname.startsWith('/outbox/')").await?;
    picture(&tab, &format!("{name}-undo")).await?;
    tab.click(".undo button").await?;
    tab.until("location.search.startsWith('?taken=')").await?;
    tab.until(&staged(2)).await?;
    tab.write("[name=text]", "Mieux dit.").await?;
    tab.click(".sendbar button").await?;
    tab.until("location.pathname.startsWith('/outbox/')").await?;

    let subject = format!("Subject: {name}\r\n");
    let arrived = async || -> Result<Vec<String>> {
        let all = house.smtp.messages();
        let texts = all.iter().map(|message| String::from_utf8_lossy(message).into_owned());
        Ok(texts.filter(|message| message.contains(&subject)).collect())
    };
    let mut tries = 0;
    while arrived().await?.is_empty() {
        tries += 1;
        ensure!(tries < 600, "nothing left: {}", house.gateway.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let arrived = arrived().await?;
    ensure!(arrived.len() == 1, "what was undone left as well");
    let letter = &arrived[0];
    ensure!(letter.contains("Mieux dit.") && !letter.contains("la suite"), "the last text left");
    ensure!(letter.contains("paul@b.test") && !letter.contains("paul@a.test"), "whom it was meant for");
    // The files, octet for octet: x is 0x78.
    ensure!(letter.matches(&"eHh4".repeat(19)).count() > 400_000 / 57, "both files left");
    // Nothing of it stays in the tab.
    if scripts {
        let left = tab.eval("return Object.keys(sessionStorage).filter(k => k.startsWith('letter'))").await?;
        assert_eq!(left, json!([]));
    }
    tab.close().await
}

/// Three letters of a name, one key down, Enter.
async fn complete(tab: &Tab, language: &str) -> Result<()> {
    tab.click("[name=to]").await?;
    tab.press("pau").await?;
    tab.until("document.querySelectorAll('.found:not([hidden]) li').length === 2").await?;
    let shown =
        tab.eval("return [...document.querySelectorAll('.found li')].map(li => li.textContent)").await?;
    assert_eq!(shown, json!(["Paul Martinpaul@b.test", "Paul Martinpaul@a.test"]));
    tab.press(DOWN).await?;
    tab.until("document.querySelector('.found [aria-selected=true]')").await?;
    let found = tab.axe(&[]).await?;
    ensure!(found.is_empty(), "{found:?}");
    let (here, there) =
        ("document.activeElement", "document.querySelector('.found [aria-selected=true]').id");
    tab.until(&format!("{here}.getAttribute('aria-activedescendant') === {there}")).await?;
    picture(tab, &format!("people-script-{language}")).await?;
    tab.press(ENTER).await?;
    tab.until(&format!("{} === '{}, '", value("to"), HOMONYMS[1])).await?;
    tab.until("document.querySelector('.found').hidden").await
}

/// Files go while somebody writes on; the one that takes too long is called back.
async fn uploads(tab: &Tab, add: &str, large: &str, small: &str) -> Result<()> {
    let cdp = tab.driver.cdp();
    // So slow that it cannot end meanwhile, however busy the machine is.
    let slow = NetworkConditions { upload_throughput: 8_000, ..NetworkConditions::default() };
    cdp.network().emulate_network_conditions(slow).await?;
    tab.one(add).await?.send_keys(large).await?;
    tab.until("document.querySelector('.attach progress')?.value > 0").await?;
    tab.one("[name=text]").await?.send_keys(" …").await?;
    picture(tab, "upload-progress").await?;
    tab.click(".files li button").await?;
    tab.until("!document.querySelector('.files li')").await?;
    cdp.network().emulate_network_conditions(NetworkConditions::default()).await?;
    tab.write("[name=text]", "Bonjour,").await?;
    // Both at once.
    tab.one(add).await?.send_keys(format!("{large}\n{small}")).await?;
    tab.until(&staged(2)).await?;
    // Removed, and joined again.
    tab.click("[data-staged] button").await?;
    tab.until(&staged(1)).await?;
    tab.one(add).await?.send_keys(large).await?;
    tab.until(&staged(2)).await?;
    tab.until("window.same === true && !document.querySelector('.attach progress')").await
}
