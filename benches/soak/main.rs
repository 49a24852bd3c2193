//! `make soak`: what takes longer than a test may. Ends with an error at the first thing that is not true.
//!
//! Four people walk a mailbox of `SOAK_MESSAGES` (20,000) from its newest to its oldest page, while another client
//! delivers and expunges all the time. Whoever walks must see every message that was there from beginning to end
//! exactly once, in order, whatever came and went meanwhile.
//!
//! Then `SOAK_SENDS` (2,000) messages are sent, half of them on SQLite and half by two gateways on PostgreSQL, while
//! gateways are killed and frozen at every named point: see `tests/sending/campaign.rs`. `SOAK_SEED` repeats a run.
//!
//! Then `SOAK_PEOPLE` (4,000) sign in within `SOAK_MINUTES` (10). `SOAK_ONLY=morning` does that alone.

#[path = "../../tests/sending/campaign.rs"]
mod campaign;
#[allow(dead_code, reason = "the other benchmark uses more of it")]
#[path = "../pages/http.rs"]
mod http;
mod morning;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/sending/victim.rs"]
mod victim;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{Dovecot, Gateway, Options, Visitor, seed};

const ALICE: &str = "alice@example.test";
const PASSWORD: &str = "secret";
const WALKERS: usize = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let morning = morning::morning(number("SOAK_PEOPLE", 4_000)?, number("SOAK_MINUTES", 10)?);
    if std::env::var("SOAK_ONLY").is_ok_and(|only| only == "morning") {
        return morning.await;
    }
    walks(number("SOAK_MESSAGES", 20_000)?).await?;
    let sends = usize::try_from(number("SOAK_SENDS", 2_000)?)? / 2;
    let seed = number("SOAK_SEED", Timestamp::now().as_millisecond().unsigned_abs())?;
    for home in [victim::Home::new()?, victim::Home::shared()?] {
        println!("{}", campaign::run(home, &campaign::Plan { sends, rounds: 5, seed }).await?);
    }
    morning.await
}

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(number) => number.parse().with_context(|| format!("{name} is not a number")),
        Err(_) => Ok(default),
    }
}

async fn walks(messages: u64) -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let mut imap = dovecot.client(ALICE).await?;
    let all: Vec<_> = seed::plain(messages, Timestamp::now()).collect();
    for batch in all.chunks(1_000) {
        imap.multiappend("INBOX", batch).await?;
    }
    let server = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &server]).await?;

    let stop = Arc::new(AtomicBool::new(false));
    let churn = tokio::spawn(churn(dovecot.client(ALICE).await?, messages as u32, stop.clone()));
    let walks = (0..WALKERS).map(|n| {
        let url = gateway.url().to_owned();
        tokio::spawn(async move { walk(&url).await.with_context(|| format!("walker {n}")) })
    });
    let mut seen = Vec::new();
    for walk in walks.collect::<Vec<_>>() {
        seen.push(walk.await??);
    }
    stop.store(true, Ordering::Relaxed);
    let expunged = churn.await??;
    for (n, uids) in seen.iter().enumerate() {
        ensure!(uids.is_sorted_by(|a, b| a > b), "walker {n} saw messages out of order or twice");
        let set: HashSet<u32> = uids.iter().copied().collect();
        let lost = (1..=messages as u32).filter(|uid| !expunged.contains(uid) && !set.contains(uid)).count();
        ensure!(lost == 0, "walker {n} did not see {lost} messages that were always there");
        println!("walker {n}: {} rows, in order, none lost, none twice", uids.len());
    }
    println!("meanwhile {} messages were expunged", expunged.len());
    Ok(())
}

/// Every UID of the rows, page by page, from the newest to the oldest.
async fn walk(url: &str) -> Result<Vec<u32>> {
    let visitor = Visitor::signed_in(url, ALICE, PASSWORD).await?;
    let mut seen = Vec::new();
    let mut next = Some("/mail/INBOX".to_owned());
    while let Some(path) = next {
        let page = visitor.get(&path).await?;
        ensure!(page.status == 200, "{path}: {}", page.status);
        seen.extend(page.uids());
        next = page.attributes("a[rel=next]", "href").into_iter().next();
    }
    Ok(seen)
}

/// Delivers and expunges until told to stop; which of the first messages it expunged.
async fn churn(mut imap: lab::Imap, messages: u32, stop: Arc<AtomicBool>) -> Result<HashSet<u32>> {
    imap.select("INBOX").await?;
    let mut random = seed::Random::new(7);
    let mut expunged = HashSet::new();
    while !stop.load(Ordering::Relaxed) {
        let uid = 1 + random.below(messages as usize) as u32;
        if expunged.insert(uid) {
            imap.expunge(&[uid]).await?;
        }
        let fresh: Vec<_> = seed::plain(2, Timestamp::now()).collect();
        imap.multiappend("INBOX", &fresh).await?;
    }
    Ok(expunged)
}
