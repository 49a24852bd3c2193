//! `make bench`: what a search costs, beside the raw search of the whole mailbox on the same Dovecot, turn by turn in one
//! run; and what going to a date says to the server.
//!
//! Nothing here is asserted: machines differ, ratios less so. The mailboxes stay in `BENCH_DATA`
//! (`/var/tmp/relais-bench-find`); `BENCH_LARGEST` is for those who have no minutes.

#[path = "../pages/floor.rs"]
mod floor;

use std::{
    env,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use floor::Floor;
use jiff::Timestamp;
use lab::{
    Chaos, Dovecot, Gateway, Options, Visitor,
    seed::{self, Seed},
};

const ROUNDS: usize = 5;
const PASSWORD: &str = "secret";
/// Minutes from one message to the next.
const EVERY: i64 = 3;
/// What was missed is told of so many days, which ended as many days ago.
const DAYS: i64 = 30;
/// What is looked for in the subjects: in one of twelve messages, in the very first alone, in none.
const WORDS: [(&str, &str); 3] = [("common", "handover"), ("rare, old", "needle"), ("absent", "xyzzy")];

fn main() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(bench())
}

async fn bench() -> Result<()> {
    let largest = match env::var("BENCH_LARGEST") {
        Ok(number) => number.parse().context("BENCH_LARGEST is not a number")?,
        Err(_) => 1_000_000,
    };
    let sizes: Vec<u64> = [1_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= largest).collect();
    let data = env::var_os("BENCH_DATA").unwrap_or_else(|| "/var/tmp/relais-bench-find".into());
    let users = sizes.iter().map(|size| (user(*size), PASSWORD.to_owned())).collect();
    let options = Options { users, folder: Some(PathBuf::from(data)), ..Options::default() };
    let dovecot = Dovecot::start(options).await?;
    println!("Looking in the subjects, median of {ROUNDS}, ms\n");
    println!(" messages  word       raw whole  first hit  50 or end  hits  commands");
    for size in &sizes {
        fill(&dovecot, *size).await?;
        for (name, word) in WORDS {
            find(&dovecot, *size, name, word).await?;
        }
    }
    println!("\nGoing to a date in the middle\n\n messages  commands  octets sent  octets heard");
    for size in &sizes {
        date(&dovecot, *size).await?;
    }
    println!("\nWhat was missed in {DAYS} days, which ended {DAYS} days ago, median of {ROUNDS}, ms\n");
    println!(" messages  raw search      page  arrived  commands  octets heard");
    for size in sizes.iter().filter(|size| **size > 1_000) {
        missed(&dovecot, *size).await?;
    }
    Ok(())
}

fn user(size: u64) -> String {
    format!("find{size}@example.test")
}

/// All of it is written, a message every three minutes: what goes by dates needs them in order.
async fn fill(dovecot: &Dovecot, size: u64) -> Result<()> {
    const BATCH: usize = 5_000;
    let mut imap = dovecot.client(&user(size)).await?;
    let there = imap.select("INBOX").await?;
    if u64::from(there) < size {
        eprintln!("filling {}: {there} of {size}", user(size));
    }
    let now = Timestamp::now();
    let needle = Seed {
        arrived: now - jiff::SignedDuration::from_hours(24 * 365 * 20),
        ..Seed::new("From: Ann <ann@example.test>\r\nSubject: The needle\r\n\r\nHere.\r\n")
    };
    let slower = |seed: Seed| Seed { arrived: now - now.duration_since(seed.arrived) * EVERY as i32, ..seed };
    let all = std::iter::once(needle).chain(seed::plain(size - 1, now).map(slower));
    let mut seeds = all.skip(there as usize).peekable();
    while seeds.peek().is_some() {
        let batch: Vec<Seed> = seeds.by_ref().take(BATCH).collect();
        imap.multiappend("INBOX", &batch).await?;
    }
    Ok(())
}

async fn gateway(imap: u16) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{imap}?tls=none");
    Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await
}

async fn find(dovecot: &Dovecot, size: u64, name: &str, word: &str) -> Result<()> {
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let visitor = Visitor::signed_in(gateway.url(), &user(size), PASSWORD).await?;
    let form = visitor.get("/mail/INBOX/search").await?;
    let typed = format!("subject:{word}");
    let path = visitor.submit(&form, "form[role=search]", &[("q", &typed)]).await?.path;
    let mut floor = Floor::open(dovecot.imap_port(), &user(size), PASSWORD).await?;
    let raw = [format!("UID SEARCH RETURN (ALL) SUBJECT {word}")];
    let (mut wholes, mut firsts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let (mut hits, mut commands) = (0, 0);
    for _ in 0..ROUNDS {
        let at = Instant::now();
        floor.run(&raw).await?;
        wholes.push(ms(at.elapsed()));
        wire.clear();
        let at = Instant::now();
        let (mut first, mut page) = (None, String::new());
        let mut next = Some(path.clone());
        // To the end, or to the first fifty.
        while let Some(path) = next.take() {
            let mut answer = visitor.open(&path).await?;
            let from = page.len();
            while let Some(piece) = answer.chunk().await? {
                page.push_str(&String::from_utf8_lossy(&piece));
                if first.is_none() && page.contains("data-uid=") {
                    first = Some(ms(at.elapsed()));
                }
            }
            hits = page.matches("data-uid=").count();
            ensure!(page[from..].contains("data-end="), "a page without an end");
            next = further(&page[from..]).filter(|_| hits < 50);
        }
        ends.push(ms(at.elapsed()));
        firsts.extend(first);
        commands = wire.counts().commands;
    }
    let first = if firsts.is_empty() { "-".to_owned() } else { format!("{:.1}", median(&mut firsts)) };
    let (whole, end) = (median(&mut wholes), median(&mut ends));
    println!("{size:>9}  {name:<9} {whole:>10.1} {first:>10} {end:>10.1} {hits:>5} {commands:>9}");
    Ok(())
}

fn further(page: &str) -> Option<String> {
    let (before, _) = page.split_once("\" rel=\"next\" data-further")?;
    Some(before.rsplit("href=\"").next()?.replace("&amp;", "&"))
}

async fn date(dovecot: &Dovecot, size: u64) -> Result<()> {
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let visitor = Visitor::signed_in(gateway.url(), &user(size), PASSWORD).await?;
    visitor.get("/mail/INBOX").await?;
    wire.clear();
    let minutes = EVERY * i64::try_from(size / 2)?;
    let day = Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    visitor.get(&format!("/mail/INBOX?before={}", day.strftime("%Y-%m-%d"))).await?;
    let counts = wire.counts();
    println!(
        "{size:>9} {:>9} {:>12} {:>13}",
        counts.commands, counts.bytes_to_server, counts.bytes_to_client
    );
    Ok(())
}

async fn missed(dovecot: &Dovecot, size: u64) -> Result<()> {
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let visitor = Visitor::signed_in(gateway.url(), &user(size), PASSWORD).await?;
    let days = |n: i64| Timestamp::now() - jiff::SignedDuration::from_hours(24 * n);
    let (from, to) = (days(2 * DAYS), days(DAYS));
    let mut floor = Floor::open(dovecot.imap_port(), &user(size), PASSWORD).await?;
    let day = |at: Timestamp| at.strftime("%d-%b-%Y").to_string();
    let raw =
        format!("UID SEARCH RETURN (ALL) SINCE {} BEFORE {} UNKEYWORD $RelaisOpened", day(from), day(to));
    let instant = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!("/missed?from={}&to={}", instant(from), instant(to));
    let (mut raws, mut pages) = (Vec::new(), Vec::new());
    let (mut arrived, mut counts) = (String::new(), wire.counts());
    for _ in 0..ROUNDS {
        let at = Instant::now();
        floor.run(std::slice::from_ref(&raw)).await?;
        raws.push(ms(at.elapsed()));
        wire.clear();
        let at = Instant::now();
        let page = visitor.get(&path).await?;
        pages.push(ms(at.elapsed()));
        counts = wire.counts();
        let told = page.texts("[data-counts=Inbox]").concat();
        arrived = told.split(" · ").nth(1).context("the inbox is not counted")?.replace(" messages", "");
    }
    println!(
        "{size:>9} {:>11.1} {:>9.1} {arrived:>8} {:>9} {:>13}",
        median(&mut raws),
        median(&mut pages),
        counts.commands,
        counts.bytes_to_client
    );
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
