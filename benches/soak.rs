//! `make soak`: people read every kind of mail for long (`SOAK_MINUTES`, 20), while the mail server comes and goes.
//!
//! It fails when a page is none of the answers a reader may get, or when memory goes on growing.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{
    Chaos, Dovecot, Gateway, Mode, Options, Visitor,
    seed::{self, Random, Seed},
};
use tokio::{task::JoinSet, time::sleep};

const READERS: u64 = 12;
const PASSWORD: &str = "secret";
/// What the second half may need more than the first.
const GROWTH: u64 = 32 << 20;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(soak())
}

async fn soak() -> Result<()> {
    let minutes: u64 = match env::var("SOAK_MINUTES") {
        Ok(text) => text.parse().context("SOAK_MINUTES is not a number")?,
        Err(_) => 20,
    };
    let users = (0..READERS).map(|n| (address(n), PASSWORD.to_owned())).collect();
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    for n in 0..READERS {
        let mut imap = dovecot.client(&address(n)).await?;
        let odd = seed::odd().into_iter().map(|(_, raw)| Seed::new(raw));
        let all: Vec<Seed> = seed::realistic(300, Timestamp::now(), n).chain(odd).collect();
        imap.multiappend("INBOX", &all).await?;
    }
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", wire.port());
    let mut gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await?;

    let half = Duration::from_secs(minutes * 30);
    let end = Instant::now() + half * 2;
    let mut readers = JoinSet::new();
    for n in 0..READERS {
        let visitor = Visitor::signed_in(gateway.url(), &address(n), PASSWORD).await?;
        readers.spawn(read(visitor, n, end));
    }
    let mut first = 0;
    while Instant::now() < end {
        // Well, cut off, well again, mute.
        for (mode, seconds) in
            [(Mode::Pass, 40), (Mode::ResetAfter(20_000), 5), (Mode::Pass, 40), (Mode::Stall, 5)]
        {
            wire.set(mode).await;
            sleep(Duration::from_secs(seconds).min(end.saturating_duration_since(Instant::now()))).await;
            wire.clear();
        }
        wire.set(Mode::Pass).await;
        ensure!(gateway.lives(), "the gateway ended:\n{}", gateway.log());
        if Instant::now() < end - half {
            first = first.max(gateway.memory());
        }
        println!("{:.1} MB", gateway.memory() as f64 / f64::from(1 << 20));
    }
    let mut pages = 0;
    while let Some(read) = readers.join_next().await {
        pages += read??;
    }
    let last = gateway.memory();
    println!("{pages} pages in {minutes} minutes");
    ensure!(first == 0 || last < first + GROWTH, "memory grew from {first} to {last} octets");
    Ok(())
}

fn address(n: u64) -> String {
    format!("reader{n}@example.test")
}

/// Follows links as they come; the pages read.
async fn read(visitor: Visitor, seed: u64, end: Instant) -> Result<u64> {
    let mut random = Random::new(seed);
    let (mut pages, mut path) = (0, "/mail/INBOX".to_owned());
    while Instant::now() < end {
        let page = visitor.get(&path).await?;
        // Gone, and what a sick server leads to, are answers; a failure of ours is not.
        ensure!(
            matches!(page.status.as_u16(), 200 | 404 | 410 | 422 | 502 | 503 | 504),
            "{path} answered {}",
            page.status
        );
        pages += 1;
        let links = page.attributes("a[href], iframe[src]", "href");
        let ours: Vec<&String> = links.iter().filter(|link| link.starts_with("/mail/")).collect();
        path = if ours.is_empty() || random.chance(10) {
            "/mail/INBOX".to_owned()
        } else {
            random.pick(&ours).to_string()
        };
        sleep(Duration::from_millis(100)).await;
    }
    Ok(pages)
}
