//! Pictures of the main screens, for people to look at: `cargo test --test browser pictures -- --ignored` writes them to
//! `target/pictures`.

use std::{fs, path::Path};

use anyhow::Result;
use lab::View;

use crate::support::{House, Tab, realistic};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures");

#[tokio::test]
#[ignore = "makes pictures to look at; asserts nothing"]
async fn pictures() -> Result<()> {
    let house = House::enter().await?;
    house.fill("alice", realistic(300)).await?;
    fs::create_dir_all(FOLDER)?;
    for language in ["fr", "en"] {
        for dark in [false, true] {
            for view in [View::phone(), View::desktop(), View { width: 900, ..View::desktop() }] {
                let view = View { dark, language: language.into(), ..view };
                let name = format!("{}-{language}-{}", view.width, if dark { "dark" } else { "light" });
                if std::env::var("ONLY").is_ok_and(|only| !name.contains(&only)) {
                    continue;
                }
                screens(&house, &view, &name).await?;
            }
        }
    }
    Ok(())
}

async fn screens(house: &House, view: &View, name: &str) -> Result<()> {
    let mut tab = house.tab(view).await?;
    let plain = tab.base.clone();
    tab.base = house.bad_day.url().to_owned();
    tab.go("/login").await?;
    keep(&tab, name, "login").await?;
    tab.go("/status").await?;
    keep(&tab, name, "status").await?;
    tab.base = plain;
    tab.go("/login").await?;
    tab.write("input[name=username]", "alice@example.test").await?;
    tab.write("input[name=password]", "wrong").await?;
    tab.click("form[action='/login'] button").await?;
    keep(&tab, name, "login-refused").await?;
    tab.sign_in("alice").await?;
    tab.until("![...document.querySelectorAll('[data-preview]')].length").await?;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    keep(&tab, name, "inbox").await?;
    if view.width >= 768 {
        tab.click(".row:nth-child(3) .open").await?;
        tab.until("document.querySelector('.reading .letter')").await?;
        keep(&tab, name, "beside").await?;
    }
    tab.go("/folders").await?;
    keep(&tab, name, "folders").await?;
    let kinds = [
        ("text", "[data-text]"),
        ("html", "iframe[data-body]"),
        ("files", "[data-part]"),
        ("forwarded", ".nested"),
    ];
    let links = "return [...document.querySelectorAll('.open')].map(a => a.getAttribute('href'))";
    tab.go("/mail/INBOX").await?;
    let mut hrefs = tab.eval(links).await?.as_array().cloned().unwrap_or_default();
    tab.go("/mail/INBOX?page=2").await?;
    hrefs.extend(tab.eval(links).await?.as_array().cloned().unwrap_or_default());
    let mut wanted: Vec<_> = kinds.into();
    for href in hrefs.iter().filter_map(|h| h.as_str()) {
        if wanted.is_empty() {
            break;
        }
        tab.go(href).await?;
        let mut found = None;
        for (at, (_, css)) in wanted.iter().enumerate() {
            if tab.eval(&format!("return !!document.querySelector(\"{css}\")")).await? == true {
                found = Some(at);
            }
        }
        if let Some(at) = found {
            let (kind, _) = wanted.remove(at);
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
            keep(&tab, name, kind).await?;
        }
    }
    tab.go("/nowhere").await?;
    keep(&tab, name, "problem").await?;
    tab.go("/mail/Trash").await?;
    keep(&tab, name, "empty").await?;
    tab.close().await
}

async fn keep(tab: &Tab, name: &str, screen: &str) -> Result<()> {
    // Transitions end.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    tab.driver.screenshot(&Path::new(FOLDER).join(format!("{screen}-{name}.png"))).await?;
    Ok(())
}
