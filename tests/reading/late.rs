//! Messages that came late: told where one looks, with where the time was lost, and never where it is not known.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{
    Chaos, Dovecot, Gateway, Options, Visitor,
    seed::{Seed, header_date},
};

use crate::support::{ALICE, PASSWORD, validity};

const HOUR: i64 = 3_600;

/// A message that these servers had, so many seconds ago, the first one first; in the mailbox `arrived` seconds ago.
fn sent(subject: &str, hops: &[(&str, i64)], arrived: i64) -> Seed {
    let ago = |seconds: i64| Timestamp::now() - SignedDuration::from_secs(seconds);
    let received: String = (0..hops.len())
        .rev()
        .map(|n| {
            let from = n.checked_sub(1).map_or("somebody", |before| hops[before].0);
            let (host, at) = hops[n];
            format!("Received: from {from} by {host} with ESMTP id x; {}\r\n", header_date(ago(at)))
        })
        .collect();
    let written = header_date(ago(hops.first().map_or(arrived, |(_, at)| *at)));
    let raw = format!(
        "{received}From: Labo <labo@example.org>\r\nTo: {ALICE}\r\nSubject: {subject}\r\nDate: {written}\r\n\r\nBonjour\r\n"
    );
    Seed { arrived: ago(arrived), ..Seed::new(raw) }
}

fn mail() -> Vec<Seed> {
    let mut all = vec![
        sent(
            "operator",
            &[
                ("out.example.org", 30 * HOUR),
                ("mx.example.test", 30 * HOUR - 60),
                ("store.in.example.test", 4 * HOUR),
            ],
            4 * HOUR,
        ),
        sent("elsewhere", &[("out.example.org", 9 * HOUR), ("mx.example.test", 3 * HOUR)], 3 * HOUR),
        sent("in time", &[("out.example.org", 2 * HOUR), ("mx.example.test", 2 * HOUR - 3)], 2 * HOUR - 3),
        sent("no trace", &[], HOUR),
        // As a migration leaves it.
        sent("moved", &[("out.example.org", 400 * HOUR), ("mx.example.test", 400 * HOUR - 9)], 60),
    ];
    all.extend((0..4).map(|n| sent(&format!("moved {n}"), &[("mx.example.test", (20 + n) * HOUR)], 60)));
    all
}

/// Who looks, with the operator's servers named or not.
async fn room(trusted: &str) -> Result<(Dovecot, Chaos, Gateway, Visitor)> {
    let dovecot = Dovecot::start(Options::default()).await?;
    dovecot.client(ALICE).await?.multiappend("INBOX", &mail()).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let text = format!("[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n{trusted}\n", wire.port());
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), text)?)
        })
        .await?;
    let visitor = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await.with_context(|| gateway.log())?;
    Ok((dovecot, wire, gateway, visitor))
}

const TRUSTED: &str = "trusted_hosts = [\"mx.example.test\", \".in.example.test\"]";

#[tokio::test]
async fn the_list_says_it_and_costs_what_it_did() -> Result<()> {
    let (_dovecot, wire, _gateway, alice) = room(TRUSTED).await?;
    alice.get("/mail/INBOX?page=1").await?;
    // Told from the header, and then from what is remembered.
    for _ in 0..2 {
        wire.clear();
        let list = alice.get("/mail/INBOX").await?;
        ensure!(wire.counts().round_trips == 1, "{:?}", wire.commands());
        let chips = |uid: u32| list.all(&format!("[data-uid=\"{uid}\"] .chip.late"));
        ensure!(chips(1) == ["26 h late"], "{:?}", chips(1));
        ensure!(chips(2) == ["6 h late"], "{:?}", chips(2));
        for uid in 3..=9 {
            ensure!(chips(uid).is_empty(), "{uid}: {:?}", chips(uid));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_message_says_where_and_leads_to_its_way() -> Result<()> {
    for (trusted, at_operator, elsewhere) in [
        (TRUSTED, "26 h late, at your operator.", "6 h late, most of it at out.example.org."),
        ("", "26 h late, most of it at mx.example.test.", "6 h late, most of it at out.example.org."),
    ] {
        let (dovecot, wire, _gateway, alice) = room(trusted).await?;
        let uidvalidity = validity(&mut dovecot.client(ALICE).await?, "INBOX").await?;
        let path = |uid: u32| format!("/mail/INBOX/{uidvalidity}-{uid}");
        alice.get("/mail/INBOX").await?;
        wire.clear();
        for (uid, line) in
            [(1, Some(at_operator)), (2, Some(elsewhere)), (3, None), (4, None), (5, None), (7, None)]
        {
            let page = alice.get(&path(uid)).await?;
            let told = page.all(".late-line b");
            ensure!(told.iter().map(String::as_str).eq(line), "{uid}: {told:?}");
        }
        ensure!(wire.counts().round_trips == 12, "two for each message: {:?}", wire.commands());

        let page = alice.get(&path(1)).await?;
        let href = page.attributes(".late-line a", "href").pop().context("no way to it")?;
        let way = alice.get(&href).await?;
        let hosts = way.all(".trail li bdi");
        ensure!(hosts == ["out.example.org", "mx.example.test", "store.in.example.test"], "{hosts:?}");
        let waited = way.all(".trail .chip.late");
        ensure!(waited == ["26 h here"], "{waited:?}");
        ensure!(way.all(".trail .chip.ok").len() == if trusted.is_empty() { 0 } else { 2 });
        ensure!(way.all("[data-way] b") == [at_operator], "{}", way.text());

        let way = alice.get(&format!("{}/way", path(4))).await?;
        ensure!(way.text().contains("How long it took is not known"), "{}", way.text());
        let way = alice.get(&format!("{}/way", path(5))).await?;
        ensure!(way.text().contains("moved to another server"), "{}", way.text());
        ensure!(
            way.all("[data-way] b") == ["Not late: 9 s from its first server to its last."],
            "{}",
            way.text()
        );
        let gone = alice.get(&format!("{}/way", path(99))).await?;
        ensure!(gone.status == 410, "{}", gone.status);
    }
    Ok(())
}
