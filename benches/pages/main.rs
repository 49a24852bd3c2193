//! `make bench`: what a page costs, beside the raw IMAP commands for the same page on the same Dovecot, in one run.
//!
//! Nothing here is asserted: machines differ, ratios less so. The mailboxes stay in `BENCH_DATA`
//! (`/var/tmp/relais-bench`), because the one of a million messages takes minutes to fill; `BENCH_LARGEST` is for
//! those who have no minutes.

mod floor;
mod http;
mod sends;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{
    Chaos, Dovecot, Gateway, Options, Visitor,
    seed::{self, Seed, mime::Part},
};

use floor::Floor;
use http::Browser;

/// Rounds of the interleaved comparison; odd, so that the median is one of them.
const ROUNDS: usize = 101;
/// Rounds before counting, for caches on every side.
const WARM_UP: usize = 10;
/// Pages after which the gateway has forgotten a page it showed.
const FORGET: usize = 11;
/// Signed-in users who turn pages at once, and for how long.
const USERS: usize = 8;
const CROWD: Duration = Duration::from_secs(10);
/// Users who sign in and do nothing more.
const IDLE: usize = 300;
/// How often each of them signs in, from another browser every time: what the allocator keeps in reserve is a few MB
/// more or less, which only a crowd makes small.
const SESSIONS: usize = 8;
/// More than the 60 s after which the gateway closes a connection nobody uses.
const UNTIL_CLOSED: Duration = Duration::from_secs(75);
/// Messages written one by one; a larger mailbox is made of copies.
const WRITTEN: usize = 100_000;
const ATTACHMENT: usize = 200 << 20;
const PASSWORD: &str = "secret";

type Texts = Vec<String>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(bench())
}

async fn bench() -> Result<()> {
    let largest = match env::var("BENCH_LARGEST") {
        Ok(number) => number.parse().context("BENCH_LARGEST is not a number")?,
        Err(_) => 1_000_000,
    };
    let sizes: Vec<u64> = [1_000, 100_000, 1_000_000].into_iter().filter(|size| *size <= largest).collect();
    let data = PathBuf::from(env::var_os("BENCH_DATA").unwrap_or_else(|| "/var/tmp/relais-bench".into()));
    let dovecot =
        Dovecot::start(Options { users: users(&sizes), folder: Some(data.clone()), ..Options::default() })
            .await?;
    let now = began(&data)?;
    for size in &sizes {
        fill(&dovecot, &plain(*size), *size, seed::plain(*size, now)).await?;
    }
    for user in 0..USERS {
        fill(&dovecot, &crowd(user), 1000, seed::realistic(1000, now, user as u64)).await?;
    }
    fill(&dovecot, &attached(), 1, std::iter::once_with(large_message)).await?;

    let gateway = gateway(dovecot.imap_port()).await?;
    println!("{}", machine());
    lists(&dovecot, &gateway, &sizes).await?;
    // Twenty pages are more than the gateway remembers.
    crowded(&gateway, "pages not seen before", 20).await?;
    crowded(&gateway, "back to pages seen before", 3).await?;
    first_visit(&gateway).await?;
    attachment(&gateway).await?;
    drop(gateway);
    sends::sends().await?;
    idle(&dovecot).await
}

fn plain(size: u64) -> String {
    format!("plain{size}@example.test")
}

fn crowd(user: usize) -> String {
    format!("crowd{user}@example.test")
}

fn attached() -> String {
    "scan@example.test".into()
}

fn idler(user: usize) -> String {
    format!("idle{user}@example.test")
}

fn users(sizes: &[u64]) -> Vec<(String, String)> {
    let plain = sizes.iter().map(|size| plain(*size));
    let all = plain.chain((0..USERS).map(crowd)).chain((0..IDLE).map(idler)).chain([attached()]);
    all.map(|user| (user, PASSWORD.to_owned())).collect()
}

/// The time the mailboxes were begun: they are taken up where an earlier run stopped.
fn began(data: &Path) -> Result<Timestamp> {
    let stamp = data.join("began");
    if let Ok(text) = fs::read_to_string(&stamp) {
        return text.parse().context("the file “began” holds no time");
    }
    let now = Timestamp::now();
    fs::write(stamp, now.to_string())?;
    Ok(now)
}

/// Up to [`WRITTEN`] messages are written; the rest are copies of them, of which Dovecot keeps the bytes only once.
async fn fill(dovecot: &Dovecot, user: &str, size: u64, seeds: impl Iterator<Item = Seed>) -> Result<()> {
    const BATCH: usize = 5000;
    const COPIED: u64 = 10_000;
    let mut imap = dovecot.client(user).await?;
    let mut there = u64::from(imap.select("INBOX").await?);
    if there < size {
        eprintln!("filling {user}: {there} of {size}");
    }
    let mut seeds = seeds.take(WRITTEN).skip(usize::try_from(there)?).peekable();
    while seeds.peek().is_some() {
        let batch: Vec<Seed> = seeds.by_ref().take(BATCH).collect();
        there += batch.len() as u64;
        imap.multiappend("INBOX", &batch).await?;
    }
    while there < size {
        let first = there - WRITTEN as u64 + 1;
        let last = first + COPIED.min(size - there) - 1;
        imap.run(&format!("COPY {first}:{last} INBOX")).await?;
        there += last + 1 - first;
    }
    Ok(())
}

fn large_message() -> Seed {
    // What packing cannot make smaller, as a scan: xorshift, the same in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let bytes: Vec<u8> = (0..ATTACHMENT).map(|_| next()).collect();
    let part = Part::file("application/octet-stream", "scan.bin", &bytes);
    Seed::new(part.message_with("From: Lab <lab@example.test>\r\nSubject: 200 MB\r\n"))
}

async fn gateway(imap: u16) -> Result<Gateway> {
    let imap = format!("imap://127.0.0.1:{imap}?tls=none");
    Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("{model}, {cores} cores, load {}", load.split(' ').next().unwrap_or_default())
}

/// The list, warm, at each size: the commands for the page, the gateway's page, and the same page once more, turn by
/// turn.
async fn lists(dovecot: &Dovecot, gateway: &Gateway, sizes: &[u64]) -> Result<()> {
    struct Case {
        name: String,
        size: u64,
        url: String,
        commands: Texts,
        floor: Vec<f64>,
        page: Vec<f64>,
        again: Vec<f64>,
    }
    let mut cases = Vec::new();
    for size in sizes {
        let pages = size.div_ceil(50);
        for (name, page) in [("page 1", 1), ("middle", pages / 2), ("last", pages)] {
            let url = format!("/mail/INBOX?page={page}");
            let commands = commands(dovecot, &plain(*size), &url).await?;
            let name = format!("{size:>9}  {name:<7}");
            let (floor, page, again) = (Vec::new(), Vec::new(), Vec::new());
            cases.push(Case { name, size: *size, url, commands, floor, page, again });
        }
    }
    let mut sides = Vec::new();
    for size in sizes {
        let floor = Floor::open(dovecot.imap_port(), &plain(*size), PASSWORD).await?;
        sides.push((*size, floor, Browser::signed_in(gateway.url(), &plain(*size), PASSWORD).await?));
    }
    for round in 0..WARM_UP + ROUNDS {
        for case in &mut cases {
            let side = sides.iter_mut().find(|(size, ..)| *size == case.size);
            let (_, floor, browser) = side.context("every size has its connections")?;
            let at = Instant::now();
            let octets = floor.run(&case.commands).await?;
            let raw = at.elapsed();
            // So many that the gateway does not remember the rows of this one.
            let others = (2..=case.size.div_ceil(50)).map(|page| format!("/mail/INBOX?page={page}"));
            for other in others.filter(|url| *url != case.url).take(FORGET) {
                browser.get(&other).await?;
            }
            let at = Instant::now();
            let page = browser.get(&case.url).await?;
            let through = at.elapsed();
            ensure!(page.status == 200 && octets > 1000, "{}: {} {octets}", case.url, page.status);
            let at = Instant::now();
            browser.get(&case.url).await?;
            let again = at.elapsed();
            if round >= WARM_UP {
                case.floor.push(raw.as_secs_f64() * 1000.0);
                case.page.push(through.as_secs_f64() * 1000.0);
                case.again.push(again.as_secs_f64() * 1000.0);
            }
        }
    }
    println!("\nA warm list page, median of {ROUNDS}, ms\n\n messages  page      floor   page  ratio  again");
    let (mut least, mut most) = (0.0, 0.0);
    for case in &mut cases {
        let (floor, page) = (median(&mut case.floor), median(&mut case.page));
        let again = median(&mut case.again);
        println!("{}  {floor:6.2} {page:6.2} {:6.2} {again:6.2}", case.name, page / floor);
        if case.name.contains("page 1") {
            if case.size == sizes[0] {
                least = page;
            }
            most = page;
        }
    }
    println!("\nPage 1 at {} over page 1 at {}: {:.2}", sizes[sizes.len() - 1], sizes[0], most / least);
    Ok(())
}

/// What the gateway says to the server for a page of an open mailbox that it did not show before.
async fn commands(dovecot: &Dovecot, user: &str, url: &str) -> Result<Texts> {
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let mut browser = Browser::signed_in(gateway.url(), user, PASSWORD).await?;
    // Another page, of which nothing else is remembered than what is asked for here.
    browser.get(if url.ends_with("page=1") { "/mail/INBOX?page=2" } else { "/mail/INBOX" }).await?;
    wire.clear();
    browser.get(url).await?;
    let commands: Texts =
        wire.commands().iter().filter_map(|c| Some(c.line.split_once(' ')?.1.to_owned())).collect();
    ensure!(commands.len() == 2 && wire.counts().round_trips == 1, "not one round trip: {commands:?}");
    Ok(commands)
}

/// Everybody turns pages as fast as they come: these, again and again.
async fn crowded(gateway: &Gateway, what: &str, turned: u32) -> Result<()> {
    let mut browsers = Vec::new();
    for user in 0..USERS {
        let mut browser = Browser::signed_in(gateway.url(), &crowd(user), PASSWORD).await?;
        browser.get("/mail/INBOX").await?;
        browsers.push(browser);
    }
    let (cpu, at) = (gateway.cpu(), Instant::now());
    let mut tasks = tokio::task::JoinSet::new();
    for mut browser in browsers {
        tasks.spawn(async move {
            let mut pages = 0_u32;
            while at.elapsed() < CROWD {
                let page = browser.get(&format!("/mail/INBOX?page={}", 1 + pages % turned)).await?;
                ensure!(page.status == 200, "{}", page.status);
                pages += 1;
            }
            Ok(pages)
        });
    }
    let mut pages = 0;
    while let Some(done) = tasks.join_next().await {
        pages += done??;
    }
    let (spent, took) = (gateway.cpu() - cpu, at.elapsed().as_secs_f64());
    println!(
        "\n{USERS} users turning {what} of realistic mail: {:.0} pages a second (Dovecot and this client on the same \
         cores); {:.2} ms of the gateway's CPU a page",
        f64::from(pages) / took,
        spent.as_secs_f64() * 1000.0 / f64::from(pages),
    );
    Ok(())
}

/// All that a browser without anything of ours loads, for the inbox.
async fn first_visit(gateway: &Gateway) -> Result<()> {
    let mut browser = Browser::signed_in(gateway.url(), &crowd(0), PASSWORD).await?;
    let page = browser.get("/mail/INBOX").await?;
    let (mut all, mut script) = (page.octets, 0);
    let text = page.text()?;
    let mut files: Vec<&str> = text
        .match_indices("\"/static/")
        .map(|(at, _)| text[at + 1..].split('"').next().unwrap_or(""))
        .collect();
    files.sort_unstable();
    files.dedup();
    for file in &files {
        let octets = browser.get(file).await?.octets;
        all += octets;
        script += if file.ends_with(".js") { octets } else { 0 };
    }
    println!(
        "\nFirst visit to the inbox: {:.1} KB compressed in {} files; the page {:.1} KB, script {:.1} KB",
        all as f64 / 1024.0,
        files.len() + 1,
        page.octets as f64 / 1024.0,
        script as f64 / 1024.0
    );
    Ok(())
}

async fn attachment(gateway: &Gateway) -> Result<()> {
    let visitor = Visitor::signed_in(gateway.url(), &attached(), PASSWORD).await?;
    let list = visitor.get("/mail/INBOX").await?;
    let message = list.attributes("a.open", "href").pop().context("no message in the list")?;
    let page = visitor.get(&message).await?;
    let file = page.attributes("[data-part] a", "href").into_iter().next().context("no attachment in it")?;
    let one = downloaded("An attachment", gateway, visitor.open(&file).await?).await?;
    ensure!(one == ATTACHMENT, "the attachment came with {one} octets");
    let id = message.rsplit('/').next().and_then(|id| id.split_once('-')).context("no message's address")?;
    let token = page.value("input[name=token]").context("a form without its token")?;
    let fields = [("token", &*token), ("uidvalidity", id.0), ("uid", id.1), ("as", "files")];
    let archive = visitor.open_post("/mail/INBOX/save", &fields).await?;
    let zip = downloaded("A zip for other software", gateway, archive).await?;
    ensure!(zip > ATTACHMENT, "the zip came with {zip} octets");
    Ok(())
}

/// Reads it to its end; its octets.
async fn downloaded(what: &str, gateway: &Gateway, mut answer: reqwest::Response) -> Result<usize> {
    let before = gateway.memory();
    let (mut most, mut octets, at) = (before, 0, Instant::now());
    while let Some(piece) = answer.chunk().await? {
        if octets >> 20 != (octets + piece.len()) >> 20 {
            most = most.max(gateway.memory());
        }
        octets += piece.len();
    }
    println!(
        "\n{what} of {} MB: {:.1} MB more memory at most, {:.0} MB a second",
        octets >> 20,
        (most - before) as f64 / f64::from(1 << 20),
        (octets >> 20) as f64 / at.elapsed().as_secs_f64()
    );
    Ok(octets)
}

/// What somebody costs who signed in, read the list and went for coffee.
async fn idle(dovecot: &Dovecot) -> Result<()> {
    let gateway = gateway(dovecot.imap_port()).await?;
    let visit = async |from: usize, to: usize| {
        for user in from..to {
            for _ in 0..SESSIONS {
                Browser::signed_in(gateway.url(), &idler(user), PASSWORD).await?.get("/mail/INBOX").await?;
            }
        }
        anyhow::Ok(())
    };
    // What the first visitors cost in caches and tables is not theirs alone.
    visit(0, IDLE / 10).await?;
    tokio::time::sleep(UNTIL_CLOSED).await;
    let before = gateway.memory();
    visit(IDLE / 10, IDLE).await?;
    let open = gateway.memory();
    tokio::time::sleep(UNTIL_CLOSED).await;
    let closed = gateway.memory();
    let sessions = (IDLE - IDLE / 10) * SESSIONS;
    let each = |memory: u64| (memory as f64 - before as f64) / 1024.0 / sessions as f64;
    println!(
        "\nA signed-in session: {:.1} KB just after its page, {:.1} KB without a connection ({sessions} of them); the \
         gateway at rest {:.1} MB",
        each(open),
        each(closed),
        before as f64 / f64::from(1 << 20)
    );
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
