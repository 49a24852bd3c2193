//! What advertises, opened, and its sender put among people: with a thumb or a mouse, in both languages, with script or without.

use anyhow::{Result, ensure};
use lab::{View, seed::Seed};
use serde_json::json;

use crate::support::{House, mail};

const UIDS: &str = "return [...document.querySelectorAll('[data-uid]')].map(r => +r.dataset.uid)";

fn campaign(n: u32) -> Seed {
    Seed::new(format!(
        "From: Shop <news@shop{n}.example>\r\nTo: x@example.test\r\nSubject: Campaign {n}\r\n\
         List-Unsubscribe: <https://shop.example/u>\r\nFeedback-ID: 1:2:3:x\r\n\r\nBuy.\r\n"
    ))
}

async fn moved(user: &str, view: View, (title, chosen): (&str, &str)) -> Result<()> {
    let house = House::enter().await?;
    let letters =
        (1..=3).flat_map(|n| [mail(&format!("Compte rendu {n}"), "text/plain", "Bonjour"), campaign(n)]);
    house.fill(user, letters).await?;
    let tab = house.signed_in(&view, user).await?;
    tab.click(".tabs a[href$='lane=commercial']").await?;
    let ready = "document.readyState === 'complete'";
    tab.until(&format!("location.search === '?lane=commercial' && {ready}")).await?;
    assert_eq!(tab.eval(UIDS).await?, json!([6, 4, 2]));
    assert_eq!(
        tab.eval("return document.querySelector('.tabs [aria-current]').textContent").await?,
        json!(title)
    );
    assert_eq!(
        tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            .await?,
        json!(true)
    );
    if view.scripts {
        ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    }
    tab.click("[data-uid='4'] .open").await?;
    tab.until(&format!("location.pathname.endsWith('-4') && document.querySelector('.why') && {ready}"))
        .await?;
    // Not under the dock.
    tab.eval("document.querySelector('.why').scrollIntoView({ block: 'center' })").await?;
    tab.click(".why summary").await?;
    if view.scripts {
        ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    }
    tab.eval("document.querySelector('.why form').scrollIntoView({ block: 'center' })").await?;
    tab.click(".why button[value=people]").await?;
    tab.until(&format!("location.hash === '#why' && document.querySelector('.why[open]') && {ready}"))
        .await?;
    assert_eq!(tab.eval("return document.querySelector('.why li').textContent").await?, json!(chosen));
    tab.go("/mail/INBOX?lane=commercial").await?;
    assert_eq!(tab.eval(UIDS).await?, json!([6, 2]));
    tab.click(".tabs a[href$='lane=priority']").await?;
    tab.until(&format!("location.search === '?lane=priority' && {ready}")).await?;
    assert_eq!(tab.eval(UIDS).await?, json!([5, 4, 3, 1]));
    // Forgotten where it is listed.
    tab.go("/settings/senders").await?;
    tab.click("[data-sender='news@shop2.example'] button").await?;
    tab.until(&format!("!document.querySelector('[data-sender]') && {ready}")).await?;
    tab.go("/mail/INBOX?lane=priority").await?;
    assert_eq!(tab.eval(UIDS).await?, json!([5, 3, 1]));
    tab.close().await
}

const FRENCH: (&str, &str) = ("Publicités", "Vous avez rangé cet expéditeur ici.");
const ENGLISH: (&str, &str) = ("Advertising", "You put this sender here.");

fn english(view: View) -> View {
    View { language: "en".into(), ..view }
}

#[tokio::test]
async fn a_sender_is_put_among_people_in_french() -> Result<()> {
    moved("lanes-fr", View::phone(), FRENCH).await
}

#[tokio::test]
async fn a_sender_is_put_among_people_in_english() -> Result<()> {
    moved("lanes-en", english(View::desktop()), ENGLISH).await
}

#[tokio::test]
async fn a_sender_is_put_among_people_in_french_without_script() -> Result<()> {
    moved("lanes-fr-bare", View { scripts: false, ..View::desktop() }, FRENCH).await
}

#[tokio::test]
async fn a_sender_is_put_among_people_in_english_without_script() -> Result<()> {
    moved("lanes-en-bare", View { scripts: false, ..english(View::phone()) }, ENGLISH).await
}
