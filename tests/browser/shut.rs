//! Pages of a bad day: the mail server is away, or the access point is not open. axe finds nothing on them, and they fit a
//! small phone; each language and each theme once.

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Chaos, Gateway, Mode, View};

use crate::{
    narrow,
    support::{House, Tab, mail},
};

async fn gateway(imap: u16, access: &str) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{imap}?tls=none");
    let arguments = ["--imap", &imap, "--config", "{folder}/relais.toml"];
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), format!("[access]\n{access}\n"))?)
    })
    .await
}

async fn look(tab: &Tab, what: &str, shows: &str, found: &mut Vec<String>) -> Result<()> {
    tab.until(&format!("document.querySelector('{shows}') && document.readyState === 'complete'")).await?;
    narrow::look(tab, what, found).await?;
    found.extend(tab.axe(&[]).await?.into_iter().map(|violation| format!("{what}: {violation}")));
    Ok(())
}

#[tokio::test]
async fn pages_of_a_bad_day_can_be_read() -> Result<()> {
    let house = House::enter().await?;
    house.fill("shut", [mail("Bonjour", "text/plain", "Un mot.")]).await?;
    let hours = |n: i64| Timestamp::now() + SignedDuration::from_hours(n);
    let port = house.dovecot.imap_port();
    let wire = Chaos::start(port).await?;
    let away = gateway(1, "").await?;
    let ill = gateway(wire.port(), "").await?;
    let before = gateway(port, &format!("opens = {}", hours(1))).await?;
    let closing = gateway(port, &format!("closes = {}", hours(1))).await?;
    let closed = gateway(port, &format!("closes = {}", hours(-1))).await?;
    let over = gateway(port, &format!("closes = {}", hours(-24 * 300))).await?;
    for (language, dark) in [("fr", false), ("en", true)] {
        let mut found = Vec::new();
        let view = View { width: 320, height: 640, language: language.into(), dark, ..View::phone() };
        let mut tab = house.tab(&view).await?;
        tab.base = away.url().to_owned();
        tab.go("/login").await?;
        tab.fill_in("shut").await?;
        look(&tab, "nobody answers", "form .trouble", &mut found).await?;

        wire.set(Mode::Pass).await;
        tab.base = ill.url().to_owned();
        tab.sign_in("shut").await?;
        wire.set(Mode::CloseAfter(0)).await;
        tab.go("/mail/Archive").await?;
        look(&tab, "it hung up", "[data-problem]", &mut found).await?;

        for (what, gateway) in [("not open yet", &before), ("closed", &closed), ("closed long ago", &over)] {
            tab.base = gateway.url().to_owned();
            tab.go("/mail/INBOX").await?;
            look(&tab, what, "[data-shut]", &mut found).await?;
        }
        tab.base = closed.url().to_owned();
        tab.go("/login").await?;
        look(&tab, "what became of sent mail", "[action=\"/login\"]", &mut found).await?;
        tab.base = closing.url().to_owned();
        tab.sign_in("shut").await?;
        look(&tab, "open for an hour more", "aside.notice", &mut found).await?;
        ensure!(found.is_empty(), "{language} × {dark}:\n{}", found.join("\n"));
        tab.close().await?;
    }
    Ok(())
}
