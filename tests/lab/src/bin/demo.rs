//! `make demo`: Relais with a mail server of its own, ready to sign in.
//!
//! `DEMO_LISTEN` (127.0.0.1:8080), `DEMO_MESSAGES` in the huge mailbox (100000), `DEMO_DATA` (demo-data): what is
//! kept between runs. `demo --mail-only` starts and fills the mail servers and prints where they listen; `DEMO_PORTS`
//! (`IMAP,IMAPS,SUBMISSION,SUBMISSIONS`) says where they shall.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lab::{
    Dovecot, Imap, Options, Postfix, postfix,
    process::{Process, Who},
    seed::{self, Seed},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::{sleep, timeout},
};

const ALICE: &str = "alice@example.test";
const HUGE: &str = "huge@example.test";
const PASSWORD: &str = "demo";
/// The notice on every page; whoever edits the copy among the demo's data sees it change.
const NOTICE: &str = include_str!("../../../../docs/notice.example.toml");
/// Messages in one APPEND: enough to be quick, few enough to be stopped soon.
const BATCH: usize = 5000;

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Dropping the demo ends its processes.
    tokio::select! {
        done = demo() => done,
        _ = interrupt.recv() => stopped(),
        _ = terminate.recv() => stopped(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an arm of the select above")]
fn stopped() -> Result<()> {
    println!("\nStopped.");
    Ok(())
}

async fn demo() -> Result<()> {
    let mail_only = env::args().any(|argument| argument == "--mail-only");
    let listen = env::var("DEMO_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let messages: u64 = match env::var("DEMO_MESSAGES") {
        Ok(number) => number.parse().context("DEMO_MESSAGES is not a number")?,
        Err(_) => 100_000,
    };
    let data = data()?;
    println!("Everything is kept in {}", data.display());

    let huge = Huge::plan(&data, messages)?;
    let (imap, submission) = ports()?.unzip();
    let dovecot = Dovecot::start(Options { ports: imap, ..mailboxes(&data) }).await?;
    let sending = postfix::Options { ports: submission, ..postfix::Options::default() };
    let postfix = Postfix::start_with(&dovecot, sending).await?;
    alice(&dovecot, &data).await?;

    let mut relais = None;
    if mail_only {
        println!(
            "IMAP: 127.0.0.1:{} (STARTTLS), 127.0.0.1:{} (TLS)",
            dovecot.imap_port(),
            dovecot.imaps_port()
        );
        println!("SMTP: 127.0.0.1:{} (STARTTLS)", postfix.submission_port());
        println!("CA: {}", dovecot.ca_pem().display());
    } else {
        let mut started = gateway(&listen, &data, &dovecot, &postfix)?;
        healthy(&mut started, &listen, &data).await?;
        relais = Some(started);
        println!("\n  http://{listen}/\n");
        println!("  The notice on its pages is {}", data.join("notice.toml").display());
    }
    println!("  {ALICE}  password {PASSWORD}");
    println!(
        "  {HUGE}   password {PASSWORD}   ({messages} messages, being filled)\n\nCtrl-C stops it all.\n"
    );

    huge.fill(&dovecot).await?;
    loop {
        sleep(Duration::from_millis(200)).await;
        if let Some(status) = relais.as_mut().and_then(Process::ended) {
            bail!("Relais ended ({status}):\n{}", log(&data));
        }
    }
}

/// Of one protocol: without TLS, and with it.
type Ports = (u16, u16);

/// Those of IMAP and of submission, where somebody wants certain ones.
fn ports() -> Result<Option<(Ports, Ports)>> {
    let Ok(wanted) = env::var("DEMO_PORTS") else { return Ok(None) };
    let ports: Result<Vec<u16>, _> = wanted.split(',').map(|port| port.trim().parse()).collect();
    match ports.as_deref() {
        Ok(&[imap, imaps, submission, submissions]) => Ok(Some(((imap, imaps), (submission, submissions)))),
        _ => bail!("DEMO_PORTS is not four ports, such as 1143,1993,1587,1465"),
    }
}

/// Where things are kept. Dovecot never runs as root, so root's own folders are no place for its mailboxes.
fn data() -> Result<PathBuf> {
    let wanted = PathBuf::from(env::var_os("DEMO_DATA").unwrap_or_else(|| "demo-data".into()));
    let absolute = std::path::absolute(&wanted)?;
    let open = |folder: &Path| fs::metadata(folder).map_or(true, |found| found.mode() & 0o001 != 0);
    let root = fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0);
    if root && env::var_os("DEMO_DATA").is_none() && !absolute.ancestors().skip(1).all(open) {
        return made(PathBuf::from("/var/tmp/relais-demo"));
    }
    made(absolute)
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn mailboxes(data: &Path) -> Options {
    let folder = |name: &str, special: &str| (name.to_owned(), special.to_owned());
    Options {
        users: vec![(ALICE.into(), PASSWORD.into()), (HUGE.into(), PASSWORD.into())],
        folders: vec![
            folder("Archives", r"\Archive"),
            folder("Brouillons", r"\Drafts"),
            folder("Corbeille", r"\Trash"),
            folder("Envoyés", r"\Sent"),
            folder("Indésirables", r"\Junk"),
        ],
        // As a real Dovecot has it.
        mail_max_userip_connections: 10,
        folder: Some(data.join("dovecot")),
        ..Options::default()
    }
}

/// Fills alice's mailboxes on the first run; later, adds what would have arrived since.
async fn alice(dovecot: &Dovecot, data: &Path) -> Result<()> {
    let stamp = data.join("alice.stamp");
    let before: Option<Timestamp> = fs::read_to_string(&stamp).ok().and_then(|text| text.trim().parse().ok());
    let now = Timestamp::now();
    let mut imap = dovecot.client(ALICE).await?;
    match before {
        Some(before) => {
            let day = now.as_second() / 86_400;
            let fresh: Vec<Seed> = seed::realistic(1000, now, day.cast_unsigned())
                .filter(|seed| seed.arrived > before)
                .collect();
            append(&mut imap, "INBOX", fresh).await?;
        }
        None => {
            append(&mut imap, "INBOX", seed::realistic(1000, now, 1)).await?;
            let older = now.saturating_sub(jiff::SignedDuration::from_hours(24 * 120))?;
            append(&mut imap, "Archives", seed::realistic(300, older, 2)).await?;
            append(&mut imap, "Envoyés", seed::sent(80, now, 3)).await?;
            append(&mut imap, "Brouillons", drafts(now)).await?;
            append(&mut imap, "Indésirables", seed::realistic(25, now, 5)).await?;
            append(&mut imap, "Corbeille", seed::realistic(15, now, 6)).await?;
            let made = [
                "Archives/2025",
                "Archives/2025/Factures",
                "Projets/Été 2026/Photos",
                "Famille & amis",
                "Vide",
            ];
            for (number, name) in (7..).zip(made) {
                imap.create(name).await?;
                if name != "Vide" {
                    append(&mut imap, name, seed::realistic(12, now, number)).await?;
                }
            }
            // Names that trip mail programs up, and the odd mail itself.
            imap.create(r#"Devis "urgent" \ 100 %"#).await?;
            imap.create("日本語 📎").await?;
            append(&mut imap, "Cas étranges", seed::odd().into_iter().map(|(_, raw)| Seed::new(raw))).await?;
        }
    }
    fs::write(stamp, now.to_string())?;
    Ok(())
}

fn drafts(now: Timestamp) -> impl Iterator<Item = Seed> {
    seed::sent(3, now, 4).map(|seed| Seed { flags: r"\Seen \Draft".into(), ..seed })
}

async fn append(imap: &mut Imap, mailbox: &str, seeds: impl IntoIterator<Item = Seed>) -> Result<()> {
    imap.create(mailbox).await.or_else(|error| if mailbox == "INBOX" { Ok(()) } else { Err(error) })?;
    let mut seeds = seeds.into_iter().peekable();
    while seeds.peek().is_some() {
        let batch: Vec<Seed> = seeds.by_ref().take(BATCH).collect();
        imap.multiappend(mailbox, &batch).await?;
    }
    Ok(())
}

/// The huge mailbox: filled behind, taken up again where the last run stopped.
struct Huge {
    messages: u64,
    /// The newest message's time, the same at each run so that the order of arrival stays the order of dates.
    now: Timestamp,
}

impl Huge {
    /// Empties the mailbox when another size than last time is wanted.
    fn plan(data: &Path, messages: u64) -> Result<Self> {
        let stamp = data.join("huge.stamp");
        let before = fs::read_to_string(&stamp).unwrap_or_default();
        if let Some((size, now)) = before.trim().split_once(' ')
            && size == messages.to_string()
        {
            return Ok(Self { messages, now: now.parse().context("huge.stamp holds no time")? });
        }
        let mailbox = data.join("dovecot/mail").join(HUGE);
        if mailbox.exists() {
            fs::remove_dir_all(&mailbox)?;
        }
        let now = Timestamp::now();
        fs::write(stamp, format!("{messages} {now}"))?;
        Ok(Self { messages, now })
    }

    async fn fill(&self, dovecot: &Dovecot) -> Result<()> {
        let mut imap = dovecot.client(HUGE).await?;
        let mut there = u64::from(imap.select("INBOX").await?);
        imap.run("CLOSE").await?;
        let first = there;
        let (start, mut told) = (Instant::now(), Instant::now());
        let mut seeds = seed::plain(self.messages, self.now).skip(usize::try_from(there)?).peekable();
        while seeds.peek().is_some() {
            let batch: Vec<Seed> = seeds.by_ref().take(BATCH).collect();
            imap.multiappend("INBOX", &batch).await?;
            there += batch.len() as u64;
            if told.elapsed() > Duration::from_secs(2) || there == self.messages {
                let second = (there - first) * 1000 / u64::try_from(start.elapsed().as_millis())?.max(1);
                println!("{HUGE}: {there} of {} messages ({second} a second)", self.messages);
                told = Instant::now();
            }
        }
        Ok(())
    }
}

/// Starts `relais serve`, the program beside this one.
fn gateway(listen: &str, data: &Path, dovecot: &Dovecot, postfix: &Postfix) -> Result<Process> {
    let relais = env::current_exe()?.with_file_name("relais");
    let ca = dovecot.ca_pem();
    let ca = ca.display();
    let imap = format!("imaps://127.0.0.1:{}?ca={ca}", dovecot.imaps_port());
    let smtp = format!("smtp://127.0.0.1:{}?ca={ca}", postfix.submission_port());
    let store = data.join("relais");
    let arguments = ["serve", "--listen", listen, "--imap", &imap, "--smtp", &smtp, "--data"];
    let notice = data.join("notice.toml");
    if !notice.exists() {
        fs::write(&notice, NOTICE)?;
    }
    let notice = format!("RELAIS_NOTICE_FILE={}", notice.display());
    let mut command = ["env", &notice].map(std::ffi::OsStr::new).to_vec();
    command.push(relais.as_os_str());
    command.extend(arguments.map(std::ffi::OsStr::new));
    command.push(store.as_os_str());
    Process::start(&command, Who::Us, &data.join("relais.log"))
}

/// Waits for `/healthz` to say 200.
async fn healthy(relais: &mut Process, listen: &str, data: &Path) -> Result<()> {
    let until = Instant::now() + lab::process::START;
    loop {
        if let Ok(Ok(true)) = timeout(Duration::from_secs(2), health(listen)).await {
            return Ok(());
        }
        if let Some(status) = relais.ended() {
            bail!("Relais ended ({status}) instead of serving:\n{}", log(data));
        }
        if Instant::now() > until {
            bail!("Relais does not answer on {listen}:\n{}", log(data));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn health(listen: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(listen).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {listen}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    Ok(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
}

fn log(data: &Path) -> String {
    let text = fs::read_to_string(data.join("relais.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
