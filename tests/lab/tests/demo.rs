//! `make demo` as somebody meets it who just cloned: it says where to go, everything works there, and Ctrl-C leaves
//! nothing behind.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use lab::{Visitor, process::free_ports};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::ChildStdout,
    time::{sleep, timeout},
};

/// For a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What it prints, as far as the line that holds these words.
async fn hear(lines: &mut Lines<BufReader<ChildStdout>>, words: &str) -> Result<String> {
    let mut heard = String::new();
    let read = async {
        while let Some(line) = lines.next_line().await? {
            heard += &line;
            heard.push('\n');
            if line.contains(words) {
                return Ok::<_, anyhow::Error>(true);
            }
        }
        Ok(false)
    };
    let found = timeout(PATIENCE, read).await;
    ensure!(matches!(found, Ok(Ok(true))), "no “{words}”: {found:?}\n{heard}");
    Ok(heard)
}

/// Name, parent and start of every process.
fn processes() -> HashMap<u32, (String, u32, String)> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let read = folders.filter_map(|folder| {
        let stat = fs::read_to_string(folder.path().join("stat")).ok()?;
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        // proc_pid_stat(5), counted from the state: the parent is the second, the start the twentieth.
        let fields: Vec<&str> = rest.split(' ').collect();
        let (parent, start) = (fields.get(1)?.parse().ok()?, (*fields.get(19)?).to_owned());
        (fields.first()? != &"Z").then_some((pid.parse().ok()?, (name.to_owned(), parent, start)))
    });
    read.collect()
}

/// This process and all below it: id and start, by which it is told from a later one, and name.
fn family(of: u32) -> Vec<(u32, String, String)> {
    let all = processes();
    let is_below = |mut pid: u32| {
        while let Some((_, parent, _)) = all.get(&pid) {
            if pid == of {
                return true;
            }
            pid = *parent;
        }
        false
    };
    let below = all.iter().filter(|(pid, _)| is_below(**pid));
    below.map(|(pid, (name, _, start))| (*pid, start.clone(), name.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_the_way_works_and_leaves_nothing_behind() -> Result<()> {
    let demo = env!("CARGO_BIN_EXE_demo");
    ensure!(Path::new(demo).with_file_name("relais").exists(), "first: cargo build --workspace");
    let folder = tempfile::tempdir()?;
    // Dovecot's own account passes through.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let [port] = free_ports()?;
    let url = format!("http://127.0.0.1:{port}");
    let mut child = tokio::process::Command::from(Command::new(demo))
        .env("DEMO_LISTEN", format!("127.0.0.1:{port}"))
        .env("DEMO_MESSAGES", "120")
        .env("DEMO_DATA", folder.path().join("data"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let told = hear(&mut lines, "Ctrl-C stops it all.").await?;
    for words in
        [&format!("{url}/"), "alice@example.test  password demo", "huge@example.test   password demo"]
    {
        ensure!(told.contains(words), "{words}: {told}");
    }

    let alice = Visitor::signed_in(&url, "alice@example.test", "demo").await?;
    for (page, title) in alice.both("/mail/INBOX").await?.iter().zip(["Inbox", "Réception"]) {
        ensure!(page.uids().len() == 50 && page.all("title")[0].contains(title), "{}", page.text());
    }
    ensure!(!alice.get("/mail/INBOX?page=20").await?.uids().is_empty(), "fewer than a thousand");
    hear(&mut lines, "120 of 120 messages").await?;
    let huge = Visitor::signed_in(&url, "huge@example.test", "demo").await?;
    ensure!(huge.get("/mail/INBOX?page=3").await?.uids().len() == 20);
    // A letter leaves, and comes.
    let form = huge.get("/compose").await?;
    let letter =
        [("to", "alice@example.test"), ("subject", "From next door"), ("text", "Hello"), ("do", "send")];
    let sent = huge.submit(&form, "form[data-write]", &letter).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{} {}", sent.path, sent.text());
    let until = Instant::now() + PATIENCE;
    while !alice.get("/mail/INBOX").await?.all("[data-uid] .subject").concat().contains("From next door") {
        ensure!(Instant::now() < until, "it never came");
        sleep(Duration::from_millis(100)).await;
    }

    let pid = child.id().context("it ended")?;
    let before = family(pid);
    for name in ["demo", "relais", "dovecot", "master"] {
        ensure!(before.iter().any(|(_, _, found)| found == name), "no {name} among {before:?}");
    }
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGINT)?;
    let status = timeout(PATIENCE, child.wait()).await??;
    ensure!(status.success(), "{status}");
    hear(&mut lines, "Stopped.").await?;
    let now = processes();
    let left: Vec<_> = before
        .iter()
        .filter(|(pid, start, _)| now.get(pid).is_some_and(|(_, _, later)| later == start))
        .collect();
    ensure!(left.is_empty(), "they go on: {left:?}");
    Ok(())
}
