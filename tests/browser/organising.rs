//! The same errands in both languages, with script and without: several messages archived and taken back, saved for other
//! software, and the way to a month long ago.

use std::{fs, io::Cursor, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Imap, View, seed::Seed};
use serde_json::json;

use crate::support::{House, Tab, mail};

struct Words {
    archived: &'static str,
    undone: &'static str,
}

const FRENCH: Words = Words { archived: "2 messages archivés", undone: "2 messages sont comme avant" };
const ENGLISH: Words = Words { archived: "2 messages archived", undone: "2 messages are as they were" };

/// Three years of letters, one a month, each with a file.
fn letters() -> impl Iterator<Item = Seed> {
    (0..36).map(|n| {
        let (year, month) = (2023 + n / 12, 1 + n % 12);
        let raw = format!(
            "From: Labo <labo@example.org>\r\nTo: alice@example.test\r\nSubject: Bilan {year}-{month:02}\r\n\
             Date: 05 {} {year} 08:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
             --x\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n--x\r\nContent-Type: text/csv; name=\"bilan.csv\"\r\n\
             Content-Disposition: attachment; filename=\"bilan.csv\"\r\n\r\na;{n}\r\n--x--\r\n",
            MONTHS[n % 12]
        );
        let arrived = format!("{year}-{month:02}-05T08:00:10Z").parse().expect("an instant");
        Seed { arrived, ..Seed::new(raw) }
    })
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

async fn archived(imap: &mut Imap, n: usize) -> Result<()> {
    for _ in 0..200 {
        imap.select("Archive").await?;
        if imap.search("ALL").await?.len() == n {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the archive does not hold {n}")
}

async fn select_two(tab: &Tab) -> Result<()> {
    tab.until("document.readyState === 'complete' && document.querySelector('[data-select]') && document.querySelector('.row')").await?;
    tab.click("[data-select]").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('label.pick').length > 10")
        .await?;
    for uid in [36, 34] {
        let tick = format!("[data-uid='{uid}'] .pick input");
        tab.one(&tick).await?;
        tab.eval(&format!("document.querySelector(\"{tick}\").scrollIntoView({{ block: 'center' }})"))
            .await?;
        if tab.scripts() {
            tab.click(&format!("[data-uid='{uid}'] label.pick")).await?;
        } else {
            tab.one(&tick).await?.send_keys(" ").await?;
        }
    }
    Ok(())
}

/// The archive that came into this folder, whole.
async fn downloaded(folder: &Path) -> Result<Vec<String>> {
    for _ in 0..200 {
        let names: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        if let [file] = names.as_slice()
            && file.extension().is_some_and(|end| end == "zip")
        {
            let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(file)?))?;
            let names = (0..archive.len()).map(|n| Ok(archive.by_index(n)?.name()?.into_owned()));
            return names.collect();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("no archive came")
}

async fn errands(name: &str, language: &str, scripts: bool) -> Result<()> {
    let words = if language == "fr" { FRENCH } else { ENGLISH };
    let house = House::enter().await?;
    let mut imap = house.fill(name, letters()).await?;
    let view = View { language: language.into(), scripts, ..View::phone() };
    let tab = house.signed_in(&view, name).await?;
    let folder = tempfile::tempdir()?;
    let into = json!({ "behavior": "allow", "downloadPath": folder.path().to_str().context("a name")? });
    tab.driver.cdp().send_raw("Browser.setDownloadBehavior", into).await?;

    select_two(&tab).await?;
    tab.click(".acting [value=archive]").await?;
    let told = |words| format!("document.querySelector('[data-told]')?.textContent.includes('{words}')");
    tab.until(&told(words.archived)).await?;
    archived(&mut imap, 2).await?;
    tab.click("[data-told] button").await?;
    tab.until(&format!("{} && document.querySelectorAll('.row').length === 36", told(words.undone))).await?;
    archived(&mut imap, 0).await?;
    imap.select("INBOX").await?;
    let uids = imap.search("ALL").await?;
    ensure!(uids.len() == 36, "{uids:?}");

    // What came back has new UIDs: the newest two.
    tab.go("/mail/INBOX?select").await?;
    tab.until("document.querySelector('.acting') && document.querySelectorAll('.pick input').length === 36")
        .await?;
    let newest = &uids[uids.len() - 2..];
    for uid in newest {
        let tick = format!("[data-uid='{uid}'] .pick input");
        tab.eval(&format!("document.querySelector(\"{tick}\").scrollIntoView({{ block: 'center' }})"))
            .await?;
        tab.one(&tick).await?.send_keys(" ").await?;
    }
    tab.click(".acting button[formaction$='/save']").await?;
    tab.until("document.querySelector('[data-files=\"2\"]')").await?;
    tab.click("button[name=as][value=files]").await?;
    let mut files = downloaded(folder.path()).await?;
    files.sort();
    let wanted =
        ["2025-10-05_Labo_Bilan-2025-10_bilan.csv", "2025-12-05_Labo_Bilan-2025-12_bilan.csv", "index.csv"];
    ensure!(files == wanted, "{files:?}");

    tab.go("/mail/INBOX/search").await?;
    tab.eval("document.querySelector('select[name=month]').value = 3").await?;
    tab.write("input[name=year]", "2024").await?;
    tab.click("form[aria-labelledby=date] button").await?;
    tab.until("location.search.startsWith('?before=2024-04-01') && document.querySelector('.row')").await?;
    let newest =
        "return document.querySelector('.row .subject, .row')?.textContent.includes('Bilan 2024-03')";
    ensure!(tab.eval(newest).await? == json!(true), "{:?}", tab.text(".row").await?);
    tab.close().await
}

#[tokio::test]
async fn in_french() -> Result<()> {
    errands("organise-fr", "fr", true).await
}

#[tokio::test]
async fn in_english() -> Result<()> {
    errands("organise-en", "en", true).await
}

#[tokio::test]
async fn in_french_without_script() -> Result<()> {
    errands("organise-fr-bare", "fr", false).await
}

#[tokio::test]
async fn in_english_without_script() -> Result<()> {
    errands("organise-en-bare", "en", false).await
}

#[tokio::test]
async fn the_number_beside_a_mailbox_follows_what_is_read_and_archived() -> Result<()> {
    let house = House::enter().await?;
    let seeds = (1..=4).map(|n| mail(&format!("Letter {n}"), "text/plain", "Hello"));
    let mut imap = house.fill("counted", seeds).await?;
    let tab = house.signed_in(&View::desktop(), "counted").await?;
    let shows =
        |n: &str| format!("document.querySelector('.rail [aria-current] .num')?.firstChild.data === '{n}'");
    tab.go("/folders").await?;
    tab.go("/mail/INBOX").await?;
    tab.until(&shows("4")).await?;
    // What another program delivers is counted once the counts are old: opening one makes them so.
    imap.append("INBOX", &mail("Letter 5", "text/plain", "Hello")).await?;
    tab.click("[data-uid='4'] a.open").await?;
    tab.until(&shows("4")).await?;
    tab.until("document.querySelector('[data-uid=\"4\"]:not(.unread)')").await?;
    tab.go("/mail/INBOX").await?;
    tab.until("document.querySelector('[data-uid=\"3\"] a.open')").await?;
    tab.eval("document.querySelector('[data-uid=\"3\"] a.open').focus()").await?;
    tab.press("e").await?;
    tab.until("!document.querySelector('[data-uid=\"3\"]')").await?;
    tab.until(&shows("3")).await?;
    tab.until("document.querySelector('[data-told] button')").await?;
    tab.click("[data-told] button").await?;
    tab.until(&shows("4")).await?;
    tab.close().await
}
