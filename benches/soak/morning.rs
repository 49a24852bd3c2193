//! 8:30 in the morning: thousands of people sign in within minutes, read their list, open a message, and come back to the
//! list. Nobody may be refused.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{Dovecot, Gateway, Options, seed};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{PASSWORD, http::Browser};

/// Messages in each mailbox.
const MESSAGES: usize = 20;
/// How long people read before they go on.
const READING: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Took {
    sign_in: Vec<Duration>,
    list: Vec<Duration>,
    message: Vec<Duration>,
    again: Vec<Duration>,
}

/// `people` come evenly within `minutes`; what each step took, and the most that the gateway needed for them.
pub async fn morning(people: u64, minutes: u64) -> Result<()> {
    let users: Vec<_> = (0..people).map(|n| (address(n), PASSWORD.to_owned())).collect();
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let mail: Vec<_> = seed::realistic(MESSAGES, Timestamp::now(), 830).collect();
    for n in 0..people {
        dovecot.client(&address(n)).await?.multiappend("INBOX", &mail).await?;
    }
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    // They come from one hospital.
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("relais.toml");
    fs::write(&config, "shared_networks = [\"127.0.0.0/8\"]\n")?;
    let config = config.to_str().context("a folder's name is not UTF-8")?;
    let gateway =
        Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--config", config, "--imap", &imap]).await?;
    let gateway = Arc::new(gateway);
    let pid = gateway.pid().context("the gateway does not run")?;

    let (before, began) = (gateway.memory(), Instant::now());
    let most = Arc::new(Most::default());
    let watch = tokio::spawn(watch(gateway.clone(), pid, most.clone()));
    let mut coming = interval(Duration::from_secs(60 * minutes) / u32::try_from(people)?);
    coming.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut visits = JoinSet::new();
    for n in 0..people {
        coming.tick().await;
        let url = gateway.url().to_owned();
        visits.spawn(async move { visit(&url, n).await.with_context(|| address(n)) });
    }
    let mut took = Took::default();
    let mut refused = Vec::new();
    while let Some(done) = visits.join_next().await {
        match done? {
            Ok(steps) => {
                for (all, one) in [&mut took.sign_in, &mut took.list, &mut took.message, &mut took.again]
                    .into_iter()
                    .zip(steps)
                {
                    all.push(one);
                }
            }
            Err(error) => refused.push(error),
        }
    }
    let (wall, spent) = (began.elapsed(), gateway.cpu());
    watch.abort();
    println!(
        "\n{people} people in {:.0} s: {} refused; the gateway's CPU {:.0} s; memory {:.1} MB before, {:.1} MB at most; \
         {} descriptors at most",
        wall.as_secs_f64(),
        refused.len(),
        spent.as_secs_f64(),
        before as f64 / f64::from(1 << 20),
        most.memory.load(Relaxed) as f64 / f64::from(1 << 20),
        most.descriptors.load(Relaxed),
    );
    for (name, times) in [
        ("sign-in", took.sign_in),
        ("list", took.list),
        ("message", took.message),
        ("list again", took.again),
    ] {
        told(name, times);
    }
    match refused.into_iter().next() {
        Some(first) => Err(first.context("somebody was refused")),
        None => Ok(()),
    }
}

fn address(n: u64) -> String {
    format!("person{n}@example.test")
}

/// Signs in, reads the list, opens the newest message, and comes back. Their connection to the mail server stays for its
/// minute, and their session for the day.
async fn visit(url: &str, n: u64) -> Result<[Duration; 4]> {
    let at = Instant::now();
    let mut browser = Browser::signed_in(url, &address(n), PASSWORD).await?;
    let sign_in = at.elapsed();
    let at = Instant::now();
    let page = browser.get("/mail/INBOX").await?;
    let list = at.elapsed();
    let text = page.text()?;
    ensure!(page.status == 200 && text.contains("data-uid="), "the list answered {}: {text}", page.status);
    let message =
        text.split("href=\"/mail/INBOX/").nth(1).and_then(|rest| rest.split(['"', '?', '#']).next());
    let message = format!("/mail/INBOX/{}", message.context("no message in the list")?);
    sleep(READING).await;
    let at = Instant::now();
    let page = browser.get(&message).await?;
    let opened = at.elapsed();
    ensure!(page.status == 200, "the message answered {}", page.status);
    sleep(READING).await;
    let at = Instant::now();
    let page = browser.get("/mail/INBOX").await?;
    ensure!(page.status == 200, "the list answered {} the second time", page.status);
    Ok([sign_in, list, opened, at.elapsed()])
}

/// The most of each, seen once a second.
#[derive(Default)]
struct Most {
    memory: AtomicU64,
    descriptors: AtomicU64,
}

async fn watch(gateway: Arc<Gateway>, pid: u32, most: Arc<Most>) {
    let mut every = interval(Duration::from_secs(1));
    loop {
        every.tick().await;
        most.memory.fetch_max(gateway.memory(), Relaxed);
        let open = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        most.descriptors.fetch_max(open as u64, Relaxed);
    }
}

fn told(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| {
        times.get(times.len() * part / 100).or(times.last()).map_or(0.0, |t| t.as_secs_f64() * 1000.0)
    };
    println!("{name:>11}: median {:.0} ms, 95 % within {:.0} ms, worst {:.0} ms", at(50), at(95), at(100));
}
