//! *Suivi* in a browser: from the list to the trail, and sent again, with and without script; and that nobody is shut
//! out of it.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Gateway, Submission, Submitted, View, seed::Seed};
use relais::{
    outbox::{self, About, Accepted, Key, Outbox, Piece},
    session::account_id,
    store::Store,
};

use crate::{
    accessible::Inspector,
    support::{House, PASSWORD, Tab, address},
};

/// Nobody has acknowledged it for three days: accepted before the gateway starts, in its folder.
fn accept(folder: &Path, name: &str, count: u8) -> Result<()> {
    let (folder, address) = (folder.to_owned(), address(name));
    let work = async move || {
        let store = Arc::new(Store::open(&folder.join("data"), &folder.join("data.key")).await?);
        for key in 1..=count {
            let message_id = format!("m{key}@relais.example.test");
            let message = format!(
                "From: {address}\r\nTo: bob@example.test\r\nSubject: Flux {key}\r\nMessage-ID: <{message_id}>\r\n\
                 Date: Sun, 22 Nov 2026 09:00:00 +0000\r\nContent-Type: text/plain\r\n\
                 Content-Transfer-Encoding: quoted-printable\r\n\r\nhello\r\n"
            );
            let submission = outbox::Submission {
                account: account_id(store.keys(), "default", &address),
                server: "default".into(),
                login: address.clone(),
                password: PASSWORD.to_owned().into(),
                key: Key([key; 16]),
                digest: [key; 32],
                from: address.clone(),
                owns: vec![address.clone()],
                recipients: vec!["bob@example.test".into()],
                message: vec![Piece::Bytes(message.into_bytes())],
                not_before: Timestamp::now() - SignedDuration::from_hours(72),
                follow: true,
                about: About { message_id, subject: format!("Flux {key}"), ..About::default() },
                form: Vec::new(),
            };
            let accepted = Outbox::new(store.clone()).accept(submission).await?;
            ensure!(matches!(accepted, Accepted::New(_)), "{accepted:?}");
        }
        store.close().await;
        Ok(())
    };
    let runtime = move || tokio::runtime::Runtime::new()?.block_on(work());
    std::thread::spawn(runtime).join().map_err(|_| anyhow::anyhow!("it panicked"))?
}

/// A gateway of its own over the shared mailboxes.
async fn gateway(house: &House, name: &str, count: u8) -> Result<(Gateway, Submitted)> {
    let server = Submission::new().start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", house.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", server.port());
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let binary = env!("CARGO_BIN_EXE_relais");
    let gateway = Gateway::start_with(binary, &arguments, |folder| accept(folder, name, count)).await?;
    Ok((gateway, server))
}

async fn tab(house: &House, gateway: &Gateway, view: &View) -> Result<Tab> {
    let mut tab = house.tab(view).await?;
    tab.base = gateway.url().to_owned();
    tab.sign_in("follow").await?;
    Ok(tab)
}

/// Once the server took them all.
async fn settled(tab: &Tab, chips: &str, count: usize) -> Result<()> {
    for _ in 0..200 {
        tab.go("/outbox").await?;
        tab.until("document.readyState === 'complete'").await?;
        let all = format!(
            "return [...document.querySelectorAll('.row .chip')].filter(c => c.textContent.includes('{chips}')).length"
        );
        if tab.eval(&all).await? == count {
            return Ok(());
        }
    }
    anyhow::bail!("never {count} × {chips}: {}", tab.text("main").await?)
}

async fn follow(view: View, overdue: &str, again: &str, sent: &str) -> Result<()> {
    let house = House::enter().await?;
    house.fill("follow", []).await?;
    let (gateway, server) = gateway(&house, "follow", 1).await?;
    let tab = tab(&house, &gateway, &view).await?;
    settled(&tab, overdue, 1).await?;
    // The list says since when nothing came, and when was looked.
    ensure!(tab.eval("return document.documentElement.lang").await? == view.language.as_str());
    tab.click(".row a.open").await?;
    tab.until("location.pathname.startsWith('/outbox/') && document.querySelector('.trail')").await?;
    let first = tab.path().await?;
    let trail = tab.text("body").await?;
    ensure!(trail.contains("2.0.0 ok"), "in the server's own words: {trail}");
    ensure!(tab.text("button[name=how][value=new]").await? == again, "{trail}");
    tab.click("button[name=how][value=new]").await?;
    let gone = format!(
        "location.pathname.startsWith('/outbox/') && location.pathname !== '{first}' && document.querySelector('.trail')"
    );
    tab.until(&gone).await?;
    // The new one is shown, then both are in the list; the first says what became of it, and asks for nothing more.
    let new = tab.path().await?;
    settled(&tab, overdue, 0).await?;
    tab.until("document.querySelectorAll('.row').length === 2").await?;
    tab.until(&format!("document.querySelector('.row a.open[href=\"{new}\"]')")).await?;
    tab.go(&first).await?;
    tab.until(&format!("document.querySelector('.sheet a[href=\"{new}\"]')")).await?;
    let trail = tab.text("main").await?;
    ensure!(trail.contains(sent), "{trail}");
    for _ in 0..400 {
        if server.messages().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let messages = server.messages();
    ensure!(messages.len() == 2, "{} left", messages.len());
    let second = String::from_utf8_lossy(&messages[1]).into_owned();
    ensure!(second.contains("References: <m1@relais.example.test>"), "{second}");
    let said = tab.console().await?;
    ensure!(said.iter().all(|line| !line.contains("SEVERE")), "{said:?}");
    tab.close().await
}

#[tokio::test]
async fn from_the_list_to_a_second_sending_in_french() -> Result<()> {
    follow(View::phone(), "sans accusé", "Renvoyer", "Renvoyé").await
}

#[tokio::test]
async fn from_the_list_to_a_second_sending_in_english() -> Result<()> {
    let view = View { language: "en".into(), ..View::desktop() };
    follow(view, "without acknowledgement", "Send again", "Sent again").await
}

#[tokio::test]
async fn from_the_list_to_a_second_sending_in_french_without_script() -> Result<()> {
    follow(View { scripts: false, ..View::desktop() }, "sans accusé", "Renvoyer", "Renvoyé").await
}

#[tokio::test]
async fn from_the_list_to_a_second_sending_in_english_without_script() -> Result<()> {
    let view = View { language: "en".into(), scripts: false, ..View::phone() };
    follow(view, "without acknowledgement", "Send again", "Sent again").await
}

#[tokio::test]
async fn nobody_is_shut_out_of_it() -> Result<()> {
    let house = House::enter().await?;
    let asks = "Return-Path: <s@example.org>\r\nFrom: S <s@example.org>\r\nSubject: Wish\r\n\
                Disposition-Notification-To: s@example.org\r\n\r\nhello\r\n";
    house.fill("follow-axe", [Seed::new(asks.as_bytes().to_vec())]).await?;
    let (gateway, _server) = gateway(&house, "follow-axe", 3).await?;
    let (fr, en) = (("fr", "sans accusé"), ("en", "without acknowledgement"));
    for ((language, overdue), dark) in [(fr, false), (fr, true), (en, false), (en, true)] {
        let some = if dark { View::desktop() } else { View::phone() };
        let mut tab = house.tab(&View { dark, language: language.into(), ..some }).await?;
        tab.base = gateway.url().to_owned();
        tab.sign_in("follow-axe").await?;
        let wish = tab.eval("return document.querySelector('.row a.open').getAttribute('href')").await?;
        let wish = wish.as_str().context("no message")?.to_owned();
        settled(&tab, overdue, 3).await?;
        let mut look = Inspector::new(tab);
        look.look("the list of what was sent").await?;
        look.tab.click(".row a.open").await?;
        look.tab.until("document.querySelector('.trail')").await?;
        look.look("what was never acknowledged").await?;
        look.go("/outbox/again", "several again").await?;
        look.tab.until("document.querySelectorAll('input[name=id][checked]').length === 3").await?;
        look.go(&wish, "a message that asks for a receipt").await?;
        look.tab.until("document.querySelector('form[action$=\"/receipt\"] button')").await?;
        look.done(&format!("{language} × {dark}")).await?;
    }
    Ok(())
}
