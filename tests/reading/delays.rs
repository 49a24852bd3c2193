//! How long mail takes to arrive, for everybody to see: of what pages of the INBOX show anyway, one voice of each mailbox, and
//! nothing that a stranger could have written.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lab::{
    Announce, Chaos, Dovecot, Gateway, Options, Strip, Visitor,
    seed::{Seed, header_date},
};
use serde_json::Value;

use crate::{notices::relais, support::PASSWORD};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn person(n: usize) -> String {
    format!("person{n}@example.test")
}

/// A message that the operator's first server took `took` seconds before it was in the mailbox, `ago` seconds ago. Below
/// stands what its sender wrote, in the operator's name.
fn mail(n: i64, ago: i64, took: i64) -> Seed {
    let before = |seconds: i64| header_date(Timestamp::now() - SignedDuration::from_secs(seconds));
    let raw = format!(
        "Received: from mx.example.test (mx.example.test [10.1.2.3])\r\n\tby store.in.example.test with LMTP id {n}; {}\r\n\
         Received: from mx.example.test (unknown [203.0.113.9])\r\n\tby mx.example.test (Postfix) with ESMTPS id {n}; {}\r\n\
         Received: from mx.example.test (mx.example.test [10.1.2.3])\r\n\tby mx.example.test with ESMTP id {n}; {}\r\n\
         From: Labo <labo@example.org>\r\nTo: somebody@example.test\r\nSubject: {n}\r\nDate: {}\r\n\r\nBonjour\r\n",
        before(ago),
        before(ago + took),
        before(ago + took + 90 * HOUR),
        before(ago + took + HOUR),
    );
    Seed { arrived: Timestamp::now() - SignedDuration::from_secs(ago), ..Seed::new(raw) }
}

struct Room {
    dovecot: Dovecot,
    wire: Chaos,
    gateway: Gateway,
}

const TRUSTED: &str = "trusted_hosts = [\"mx.example.test\", \".in.example.test\", \"10.1.2.0/24\"]\n";

impl Room {
    async fn build(people: usize) -> Result<Room> {
        let users = (1..=people).map(|n| (person(n), PASSWORD.to_owned())).collect();
        let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
        let wire = Chaos::start(dovecot.imap_port()).await?;
        let gateway = gateway(wire.port(), TRUSTED).await?;
        Ok(Room { dovecot, wire, gateway })
    }

    async fn put(&self, n: usize, seeds: &[Seed]) -> Result<()> {
        self.dovecot.client(&person(n)).await?.multiappend("INBOX", seeds).await.map(drop)
    }

    /// Signs in and looks at the INBOX.
    async fn look(&self, n: usize) -> Result<Visitor> {
        look(&self.gateway, n).await
    }

    async fn delay(&self) -> Result<Value> {
        let answer = Visitor::new(self.gateway.url(), "en")?.get("/status.json").await?;
        let all: Value = serde_json::from_slice(&answer.body)?;
        Ok(all["measures"]["servers"][0]["delay"].clone())
    }

    async fn told(&self) -> Result<Vec<String>> {
        Ok(Visitor::new(self.gateway.url(), "en")?.get("/status").await?.texts("[data-delay]"))
    }

    async fn counted(&self) -> Result<Vec<String>> {
        let log = self.gateway.log();
        let port = log.split("metrics=").nth(1).and_then(|text| text.split_whitespace().next());
        let url = format!("http://{}/metrics", port.context("no port")?);
        let text = reqwest::Client::builder().no_proxy().build()?.get(url).send().await?.text().await?;
        Ok(text.lines().filter(|line| line.starts_with("relais_delay_seconds{")).map(str::to_owned).collect())
    }
}

async fn look(gateway: &Gateway, n: usize) -> Result<Visitor> {
    let visitor =
        Visitor::signed_in(gateway.url(), &person(n), PASSWORD).await.with_context(|| gateway.log())?;
    let list = visitor.get("/mail/INBOX").await?;
    ensure!(list.status == 200 && !list.uids().is_empty(), "{}", list.text());
    Ok(visitor)
}

/// A zone in which no message of these tests, a few minutes old, is of yesterday. (`Etc/GMT-2` is two hours ahead of UTC.)
fn where_it_is_noon() -> String {
    format!("Etc/GMT{:+}", Timestamp::now().to_zoned(TimeZone::UTC).hour() - 12)
}

async fn gateway(port: u16, trusted: &str) -> Result<Gateway> {
    let text = format!(
        "metrics = \"127.0.0.1:0\"\ntime_zone = \"{}\"\n[server.default]\nimap = \"imap://127.0.0.1:{port}?tls=none\"\n\
         {trusted}",
        where_it_is_noon()
    );
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), text)?)
    })
    .await
}

fn about(found: &Value, expected: f64) -> bool {
    found.as_f64().is_some_and(|found| (found / expected - 1.0).abs() < 0.05)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_mailboxes_tell_and_four_do_not() -> Result<()> {
    let room = Room::build(6).await?;
    for n in 1..=5 {
        room.put(n, &[mail(1, 3 * MINUTE, 20)]).await?;
    }
    for n in 1..=4 {
        // Again and again is no more.
        let visitor = room.look(n).await?;
        for path in ["/mail/INBOX", "/mail/INBOX?page=1", "/mail/INBOX"] {
            visitor.get(path).await?;
        }
    }
    let delay = room.delay().await?;
    ensure!(
        delay["hour"].is_null() && delay["day"].is_null() && delay["days"] == serde_json::json!([]),
        "{delay}"
    );
    let told = room.told().await?;
    ensure!(told.len() == 1 && told[0].contains("not enough mailboxes"), "{told:?}");
    ensure!(room.counted().await?.is_empty(), "{:?}", room.counted().await?);

    room.look(5).await?;
    let delay = room.delay().await?;
    for span in ["hour", "day"] {
        ensure!(about(&delay[span]["median"], 20.0) && delay[span]["mailboxes"] == 5, "{delay}");
    }
    ensure!(delay["late"] == false && delay["days"][0]["samples"] == 5, "{delay}");
    let told = room.told().await?;
    // Of five, nine of ten would be one of them.
    ensure!(told[0].contains("half within 19\u{a0}s") && !told[0].contains("9 of 10"), "{told:?}");
    ensure!(!told[0].contains("default"), "no server's name: {told:?}");
    let counted = room.counted().await?;
    ensure!(
        counted.len() == 2 && counted.iter().all(|line| line.contains("quantile=\"0.5\"")),
        "{counted:?}"
    );

    // A thousand that came late, in one mailbox.
    let late: Vec<Seed> = (0..1000).map(|n| mail(n, 2 * MINUTE + n % 1200, 30 * HOUR)).collect();
    room.put(6, &late).await?;
    let sixth = room.look(6).await?;
    for page in 1..=20 {
        sixth.get(&format!("/mail/INBOX?page={page}")).await?;
    }
    let delay = room.delay().await?;
    // How many there are is told in steps.
    ensure!(about(&delay["hour"]["median"], 20.0) && delay["hour"]["mailboxes"] == 5, "{delay}");
    ensure!(delay["days"][0]["samples"] == 6, "{delay}");
    ensure!(about(&delay["day"]["median"], 20.0) && delay["late"] == false, "{delay}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proves_nothing_tells_nothing() -> Result<()> {
    let room = Room::build(6).await?;
    let strange = |received: &str| {
        let raw = format!("{received}From: a@example.org\r\nSubject: x\r\n\r\nx\r\n");
        Seed { arrived: Timestamp::now() - SignedDuration::from_secs(9), ..Seed::new(raw) }
    };
    let at = |seconds: i64| header_date(Timestamp::now() - SignedDuration::from_secs(seconds));
    let stranger = format!(
        "Received: from mx.example.test (mx.example.test [10.1.2.3]) by evil.example; {}\r\n",
        at(900)
    );
    let future = format!("Received: from a (a [203.0.113.9]) by mx.example.test; {}\r\n", at(-900));
    // Copied there a moment ago.
    let moved: Vec<Seed> = (0..6)
        .map(|n| Seed {
            arrived: Timestamp::now() - SignedDuration::from_secs(60 + n),
            ..mail(n, 40 * HOUR, 20)
        })
        .collect();
    let old = mail(1, 30 * HOUR, 20);
    for (n, seeds) in [
        vec![strange("")],
        vec![strange(&stranger)],
        vec![strange(&future)],
        moved,
        vec![old],
        vec![mail(1, MINUTE, 20)],
    ]
    .iter()
    .enumerate()
    {
        room.put(n + 1, seeds).await?;
        room.look(n + 1).await?;
    }
    // One of them counted: four more make five, not more.
    for n in 1..=4 {
        ensure!(room.delay().await?["hour"].is_null(), "{n}");
        room.put(n, &[mail(7, 2, 20)]).await?;
        room.look(n).await?;
    }
    let delay = room.delay().await?;
    ensure!(about(&delay["hour"]["median"], 20.0) && delay["hour"]["mailboxes"] == 5, "{delay}");
    Ok(())
}

/// On the page at once; as a proposal when it lasts, in the log and by the command, which asks the store.
#[tokio::test(flavor = "multi_thread")]
async fn a_delay_that_lasts_is_worth_a_notice() -> Result<()> {
    let room = Room::build(8).await?;
    for n in 1..=8 {
        let ago = if n % 2 == 0 { 4 * MINUTE } else { 45 * MINUTE };
        room.put(n, &[mail(1, ago, 2 * HOUR)]).await?;
        room.look(n).await?;
    }
    let delay = room.delay().await?;
    ensure!(delay["late"] == true && about(&delay["hour"]["median"], 7200.0), "{delay}");
    let page = Visitor::new(room.gateway.url(), "en")?.get("/status").await?;
    ensure!(page.all("[data-delay] .chip.late") == ["2 h"], "{}", page.text());
    ensure!(!page.text().contains("works normally"), "never against what is observed: {}", page.text());
    let until = Instant::now() + Duration::from_secs(90);
    let printed = loop {
        let (printed, trouble, well) = relais(&room.gateway, &["notice", "propose"])?;
        ensure!(well, "{trouble}");
        if !printed.contains("nothing that was measured") {
            break printed;
        }
        ensure!(Instant::now() < until, "{printed}{}", room.gateway.log());
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    ensure!(printed.contains("as the headers of received mail show"), "{printed}");
    ensure!(printed.contains("--title-en 'Mail arrives late'") && !printed.contains("--for"), "{printed}");
    while !room.gateway.log().contains("proposal=\"delayed-mail\"") {
        ensure!(Instant::now() < until, "{}", room.gateway.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// With the hosts named and without, on a server that can do all it can and on one that can do nothing but IMAP4rev1.
#[tokio::test(flavor = "multi_thread")]
async fn it_costs_no_command_and_no_octet() -> Result<()> {
    let room = Room::build(1).await?;
    let mails: Vec<Seed> = (0..60).map(|n| mail(n, (61 - n) * MINUTE, 20)).collect();
    room.put(1, &mails).await?;
    let bare = Strip::start(room.dovecot.imap_port(), &["IMAP4rev1"], Announce::Unasked).await?;
    let bare_wire = Chaos::start(bare.port()).await?;
    for wire in [&room.wire, &bare_wire] {
        let mut asked = Vec::new();
        for trusted in [TRUSTED, ""] {
            let gateway = gateway(wire.port(), trusted).await?;
            wire.clear();
            let visitor = look(&gateway, 1).await?;
            for path in ["/mail/INBOX", "/mail/INBOX?page=2", "/mail/INBOX"] {
                ensure!(visitor.get(path).await?.status == 200);
            }
            // Without their tags: signing in asks for the mailboxes beside the first page, on a connection of its own or not.
            let commands = wire.commands();
            let bare = commands.iter().filter_map(|command| Some(command.line.split_once(' ')?.1.to_owned()));
            asked.push(bare.filter(|command| command.starts_with("FETCH")).collect::<Vec<String>>());
            // Without them the page does not speak of it.
            let page = Visitor::new(gateway.url(), "en")?.get("/status").await?;
            ensure!(page.all("[data-delay]").len() == usize::from(!trusted.is_empty()), "{}", page.text());
        }
        ensure!(asked[0].len() >= 4 && asked[0] == asked[1], "{asked:#?}");
    }
    Ok(())
}
