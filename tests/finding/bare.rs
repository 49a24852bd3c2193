//! Servers with nothing but IMAP4rev1, and servers that refuse what they announced.

use anyhow::{Result, ensure};
use lab::{Announce, Dovecot, Options, Script, Strip, Visitor};

use crate::support::{ALICE, PASSWORD, end, fill, further, gateway, search};

#[tokio::test]
async fn a_server_that_can_little_finds_the_same() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    fill(&mut imap, "INBOX", 130, |uid| format!("Report {uid} =?utf-8?q?=C3=A9t=C3=A9?=")).await?;
    for set in [&["IMAP4rev1"][..], &["IMAP4rev1", "LITERAL+"], &["IMAP4rev1", "ESEARCH"]] {
        let strip = Strip::start(dovecot.imap_port(), set, Announce::Unasked).await?;
        let gateway = gateway(strip.port()).await?;
        let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
        let mut page = search(&alice, "INBOX", "subject:été has:attachment").await?;
        ensure!(page.uids().is_empty() && end(&page)?.starts_with("No results."), "{}", page.text());
        page = search(&alice, "INBOX", "subject:été").await?;
        let mut found = page.uids();
        while let Some(path) = further(&page) {
            page = alice.get(&path).await?;
            found.extend(page.uids());
        }
        assert_eq!(found, (1..=130).rev().collect::<Vec<u32>>(), "{set:?}");
        ensure!(strip.refused().is_empty(), "{set:?}: {:?}", strip.refused());
    }
    Ok(())
}

const OPENED: &str =
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n{tag} OK [READ-ONLY] done\r\n";

#[tokio::test]
async fn a_refused_search_is_told_and_is_not_no_results() -> Result<()> {
    let server = Script::new()
        .on("EXAMINE", OPENED)
        .on("UID SEARCH", "{tag} NO [SERVERBUG] Not today\r\n")
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = search(&alice, "INBOX", "report").await?;
    let said = end(&page)?;
    assert!(said.contains("Not today") && said.contains("stopped before anything was found"), "{said}");
    assert!(!page.text().contains("No results") && further(&page).is_some(), "{said}");
    Ok(())
}

#[tokio::test]
async fn words_beyond_ascii_are_tried_without_a_charset_where_it_is_refused() -> Result<()> {
    let server = Script::new()
        .on("EXAMINE", OPENED)
        .on("UID SEARCH CHARSET", "{tag} NO [BADCHARSET (US-ASCII)] no\r\n")
        .on("UID SEARCH 1:3 SUBJECT", "* SEARCH 2\r\n{tag} OK done\r\n")
        // Such a server may describe little.
        .on("UID FETCH 2 (UID FLAGS INTERNALDATE", "* 2 FETCH (UID 2 FLAGS ())\r\n{tag} OK done\r\n")
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let page = search(&alice, "INBOX", "subject:été").await?;
    assert_eq!(page.uids(), [2], "{}", page.text());
    Ok(())
}
