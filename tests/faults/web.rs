//! Browsers that dribble, leave, or never read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{
    Chaos, Dovecot, Options, Visitor,
    seed::{self, Seed, mime::Part},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{ALICE, alice, gateway, until};

#[tokio::test]
async fn two_thousand_dribbling_sockets_are_borne() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let gateway = gateway(dovecot.imap_port()).await?;
    let visitor = alice(&gateway).await?;
    let before = gateway.memory();
    let host = gateway.url().strip_prefix("http://").context("http")?;
    let mut sockets = Vec::new();
    for n in 0..2000 {
        let mut socket = TcpStream::connect(host).await?;
        socket
            .write_all(
                &b"POST /login HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 900\r\n\r\ntok"[..5 + n % 60],
            )
            .await?;
        sockets.push(socket);
    }
    for path in ["/mail/INBOX", "/folders", "/status"] {
        ensure!(visitor.get(path).await?.status == 200, "{path}");
    }
    let grown = gateway.memory().saturating_sub(before);
    ensure!(grown < 64 << 20, "{grown} octets for 2,000 sockets");
    Ok(())
}

/// What is costly to show, asked for and not waited for: nobody's work goes on.
#[tokio::test]
async fn nothing_is_worked_on_for_a_reader_who_left() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut other = dovecot.client(ALICE).await?;
    let html = |body: &str| {
        let head =
            "From: a@example.test\r\nSubject: Costly\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n";
        Seed::new(format!("{head}{body}\r\n"))
    };
    let cells = format!("<table>{}</table>\r\n", "<tr><td style=\"color:red\">x</td></tr>\r\n".repeat(40));
    let line = format!("<p>{}</p>\r\n", "words ".repeat(150));
    let seeds = [
        html(&"<table><tr><td>\r\n".repeat(20_000)),
        html(&cells.repeat(200)),
        html(&line.repeat(50_000_000 / line.len())),
    ];
    other.multiappend("INBOX", &seeds).await?;
    let gateway = gateway(dovecot.imap_port()).await?;
    let visitor = alice(&gateway).await?;
    let hrefs = visitor.get("/mail/INBOX").await?.attributes("[data-uid] a.open", "href");
    ensure!(hrefs.len() == seeds.len(), "{hrefs:?}");
    // What one reading of each costs.
    let idle = gateway.cpu();
    for href in &hrefs {
        visitor.get(href).await?;
    }
    let once = gateway.cpu() - idle;
    let before = gateway.cpu();
    for n in 0..24 {
        let (visitor, href) = (visitor.clone(), hrefs[n % hrefs.len()].clone());
        let reading = tokio::spawn(async move { visitor.get(&href).await.map(drop) });
        tokio::time::sleep(Duration::from_millis(20)).await;
        reading.abort();
    }
    ensure!(gateway.cpu() > before, "nothing was begun: the test shows nothing");
    // What was begun ends, and most of it never begins: no core burns behind them.
    let mut quiet = false;
    for _ in 0..10 {
        let before = gateway.cpu();
        tokio::time::sleep(Duration::from_secs(1)).await;
        quiet = gateway.cpu() - before < Duration::from_millis(50);
        if quiet {
            break;
        }
    }
    let spent = gateway.cpu() - before;
    ensure!(quiet && spent < 4 * once, "{spent:?} for 24, {once:?} for one of each");
    ensure!(visitor.get("/mail/INBOX").await?.uids().len() == seeds.len());
    Ok(())
}

/// 200 MB in all.
const LINES: usize = (200 << 20) / 57;

/// 200 MB, which nobody reads to the end.
#[tokio::test]
async fn a_huge_attachment_costs_little_whoever_reads_it_and_however() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut other = dovecot.client(ALICE).await?;
    // Lines of 57 octets `Z` in base64.
    let letter = format!(
        "From: a@example.test\r\nSubject: Huge\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSee\r\n--b\r\nContent-Type: application/octet-stream\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=huge.bin\r\n\r\n{}--b--\r\n",
        format!("{}\r\n", "Wlpa".repeat(19)).repeat(LINES),
    );
    other.append("INBOX", &Seed::new(letter)).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let visitor = alice(&gateway).await?;
    let list = visitor.get("/mail/INBOX").await?;
    let href = list.attributes("[data-uid] a.open", "href").into_iter().next().context("a row")?;
    wire.clear();
    visitor.get(&href).await?;
    ensure!(wire.counts().bytes_to_client < 64 << 10, "opening moved {:?}", wire.counts());
    // A first whole walk through small pages warms what is warmed once.
    let part = format!("{href}/part/2");
    visitor.open(&part).await?.chunk().await?;
    let before = gateway.memory();

    // Five who never read, on one account with three connections: others of it still read.
    let mut never = Vec::new();
    for _ in 0..5 {
        never.push(visitor.open(&part).await?);
    }
    for _ in 0..3 {
        let page = visitor.get("/mail/INBOX").await?;
        ensure!(page.status == 200 && page.uids().len() == 1, "{}", page.text());
    }
    // One who reads slowly and leaves.
    let mut slow = visitor.open(&part).await?;
    let mut read = 0;
    while read < 20 << 20 {
        read += slow.chunk().await?.context("more")?.len();
    }
    drop((slow, never));
    // One who reads all.
    let mut whole = visitor.open(&part).await?;
    let (mut length, mut all) = (0, Vec::new());
    while let Some(chunk) = whole.chunk().await? {
        while all.len() < chunk.len() {
            all.resize(chunk.len(), b'Z');
        }
        ensure!(chunk[..] == all[..chunk.len()], "wrong bytes");
        length += chunk.len();
    }
    ensure!(length == LINES * 57, "{length} octets");
    let grown = gateway.memory().saturating_sub(before);
    ensure!(grown < 16 << 20, "{grown} octets");
    until(async || Ok(wire.counts().open <= 3)).await
}

/// A download cut by the mail server never looks complete.
#[tokio::test]
async fn a_download_that_breaks_is_an_error_for_the_browser() -> Result<()> {
    let mut dovecot = Dovecot::start(Options::default()).await?;
    let mut other = dovecot.client(ALICE).await?;
    let file = Part::file("application/octet-stream", "big.bin", &vec![1; 30 << 20]);
    let letter = Part::multi("mixed", "b", &[Part::text("plain", "See", "utf-8"), file]);
    other.append("INBOX", &Seed::new(letter.message_with("Subject: Big\r\n"))).await?;
    let seeds: Vec<_> = seed::plain(2, Timestamp::now()).collect();
    other.multiappend("INBOX", &seeds).await?;
    let gateway = gateway(dovecot.imap_port()).await?;
    let visitor: Visitor = alice(&gateway).await?;
    let list = visitor.get("/mail/INBOX").await?;
    let href = list.attributes("[data-uid='1'] a.open", "href").into_iter().next().context("a row")?;
    let mut download = visitor.open(&format!("{href}/part/2")).await?;
    download.chunk().await?.context("a beginning")?;
    dovecot.kill_hard();
    let end = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    ensure!(end.is_err(), "a cut download ended as if complete");
    dovecot.restart().await?;
    ensure!(visitor.get("/mail/INBOX").await?.uids().len() == 3);
    Ok(())
}
