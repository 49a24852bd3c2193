//! A message that came late: seen in the list, said in the message, its way as a line of time; in both languages, with script
//! or without.

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{
    View,
    seed::{Seed, header_date},
};
use serde_json::json;

use crate::support::House;

/// It waited for 26 hours where it came from.
fn late() -> Seed {
    let ago = |minutes: i64| Timestamp::now() - SignedDuration::from_mins(minutes);
    let date = |minutes: i64| header_date(ago(minutes));
    let raw = format!(
        "Received: from out.example.org by mx.example.test with ESMTP id b; {}\r\n\
         Received: from somebody by out.example.org with ESMTP id a; {}\r\n\
         From: Labo <labo@example.org>\r\nTo: x@example.test\r\nSubject: Biologie\r\nDate: {}\r\n\r\nBonjour\r\n",
        date(180),
        date(29 * 60),
        date(29 * 60)
    );
    Seed { arrived: ago(180), ..Seed::new(raw) }
}

async fn told(user: &str, view: View, (chip, line, here): (&str, &str, &str)) -> Result<()> {
    let house = House::enter().await?;
    house.fill(user, [late()]).await?;
    let tab = house.signed_in(&view, user).await?;
    let ready = "document.readyState === 'complete'";
    tab.until(&format!("document.querySelector('.row .chip.late') && {ready}")).await?;
    assert_eq!(tab.text(".row .chip.late").await?, chip);
    tab.click(".row .open").await?;
    tab.until(&format!("document.querySelector('a[href$=\"/way\"]') && {ready}")).await?;
    let said = tab.eval("return document.body.innerText.replaceAll('\\u00a0', ' ')").await?;
    ensure!(said.as_str().is_some_and(|said| said.contains(line)), "{said}");
    tab.click("a[href$='/way']").await?;
    tab.until(&format!(
        "location.pathname.endsWith('/way') && document.querySelector('[data-way]') && {ready}"
    ))
    .await?;
    // Written, two servers, the mailbox; and where the time went.
    assert_eq!(
        tab.eval("return document.querySelectorAll('[data-way] .trail > li').length").await?,
        json!(4)
    );
    assert_eq!(tab.text("[data-way] li.late .chip.late").await?, here);
    let host = tab.eval("return document.querySelector('[data-way] li.late bdi').textContent").await?;
    assert_eq!(host, json!("out.example.org"));
    assert_eq!(
        tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            .await?,
        json!(true)
    );
    if view.scripts {
        ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    }
    tab.close().await
}

const FRENCH: (&str, &str, &str) =
    ("26 h de retard", "26 h de retard, surtout chez out.example.org.", "26 h ici");
const ENGLISH: (&str, &str, &str) = ("26 h late", "26 h late, most of it at out.example.org.", "26 h here");

fn english(view: View) -> View {
    View { language: "en".into(), ..view }
}

#[tokio::test]
async fn it_is_told_in_french() -> Result<()> {
    told("late-fr", View::phone(), FRENCH).await
}

#[tokio::test]
async fn it_is_told_in_english() -> Result<()> {
    told("late-en", english(View::desktop()), ENGLISH).await
}

#[tokio::test]
async fn it_is_told_in_french_without_script() -> Result<()> {
    told("late-fr-plain", View { scripts: false, ..View::desktop() }, FRENCH).await
}

#[tokio::test]
async fn it_is_told_in_english_without_script() -> Result<()> {
    told("late-en-plain", english(View { scripts: false, ..View::phone() }), ENGLISH).await
}
