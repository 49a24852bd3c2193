//! "Accepted" is said after the disk has it. A kill proves nothing of that: what was written survives its process. So the
//! system's own calls are looked at: before the first octet of the answer, all that was written to the log is synced.

use std::{collections::HashMap, fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Dovecot, Gateway, Options, Visitor};

use crate::support::{ALICE, PASSWORD};

/// What accepts: `303 See Other`, to the message's own page.
const ANSWER: &str = "HTTP/1.1 303";

/// Whether everything written to SQLite's log before the last such answer was on disk by then. `None` when the trace
/// holds no answer, or nothing was written.
fn is_durable(trace: &str) -> Option<bool> {
    let lines: Vec<&str> = trace.lines().collect();
    let answer = lines.iter().rposition(|line| line.contains(ANSWER))?;
    let (mut written, mut on_disk) = (0, 0);
    // Syncs under way, by thread: what had been written when each began.
    let mut begun: HashMap<&str, usize> = HashMap::new();
    for line in &lines[..answer] {
        let (thread, call) = line.split_once(' ')?;
        let call = call.trim_start();
        let is_sync = call.starts_with("fdatasync(") || call.starts_with("fsync(");
        let to_log = call.contains("relais.db-wal>");
        if to_log && (call.starts_with("pwrite64(") || call.starts_with("write(")) {
            written += 1;
        } else if to_log && is_sync && call.contains("<unfinished") {
            begun.insert(thread, written);
        } else if to_log && is_sync && call.ends_with("= 0") {
            on_disk = written;
        } else if call.starts_with("<... f") && call.contains("sync resumed") && call.ends_with("= 0") {
            on_disk = begun.remove(thread).map_or(on_disk, |then| on_disk.max(then));
        }
    }
    (written > 0).then_some(on_disk == written)
}

#[test]
fn the_judge_reads_threads_apart() {
    let wal = "7</data/relais.db-wal>";
    let says = |lines: &[String]| is_durable(&lines.join("\n"));
    let write = format!("11 pwrite64({wal}, \"x\"..., 24, 0) = 24");
    let sync = format!("11 fdatasync({wal}) = 0");
    let answer = "12 writev(9<socket:[1]>, [{iov_base=\"HTTP/1.1 303 See Other\"...".to_owned();
    assert_eq!(says(&[write.clone(), sync.clone(), answer.clone()]), Some(true));
    assert_eq!(says(&[write.clone(), answer.clone(), sync.clone()]), Some(false));
    assert_eq!(says(&[sync.clone(), write.clone(), answer.clone()]), Some(false));
    assert_eq!(says(&[write.clone(), sync.replace("= 0", "= -1 EIO"), answer.clone()]), Some(false));
    assert_eq!(says(&[sync.clone(), answer.clone()]), None);
    let (begun, ended) =
        (format!("11 fdatasync({wal} <unfinished ...>"), "11 <... fdatasync resumed>) = 0".to_owned());
    assert_eq!(says(&[write.clone(), begun.clone(), ended.clone(), answer.clone()]), Some(true));
    assert_eq!(says(&[write.clone(), begun.clone(), answer.clone(), ended.clone()]), Some(false));
    assert_eq!(says(&[begun, write, ended, answer]), Some(false), "written while an earlier sync ran");
}

/// The calls of a gateway that accepts one message.
async fn traced(before: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let (script, trace) = (folder.path().join("relais"), folder.path().join("trace"));
    let calls = "fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg";
    let text = format!(
        "#!/bin/sh\nexec env {before} strace -f -y -s 48 -o {} -e trace={calls} {} \"$@\"\n",
        trace.display(),
        env!("CARGO_BIN_EXE_relais")
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let dovecot = Dovecot::start(Options::default()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let arguments = ["--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
    let gateway = Gateway::start(script.to_str().context("a name")?, &arguments).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let form = alice.get("/compose?to=mailto:bob%40example.test%3Fsubject=hello").await?;
    let sent = alice.submit(&form, "form[data-write]", &[("text", "Bonjour\n"), ("do", "send")]).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    read_when_there(&trace).await
}

/// strace writes a call down a moment after the client sees it.
async fn read_when_there(trace: &Path) -> Result<String> {
    for _ in 0..200 {
        let text = String::from_utf8_lossy(&fs::read(trace)?).into_owned();
        if text.matches(ANSWER).count() >= 2 {
            return Ok(text);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("two answers, to the sign-in and to the message, are not in the trace")
}

#[tokio::test]
async fn the_log_is_on_disk_before_accepted_is_said() -> Result<()> {
    let trace = traced("").await?;
    ensure!(is_durable(&trace) == Some(true), "{}", about_the_log(&trace));
    Ok(())
}

#[tokio::test]
async fn without_syncs_the_same_judge_says_no() -> Result<()> {
    let trace = traced("TEST_RELAIS_SYNCHRONOUS_OFF=1").await?;
    ensure!(is_durable(&trace) == Some(false), "{}", about_the_log(&trace));
    Ok(())
}

fn about_the_log(trace: &str) -> String {
    trace
        .lines()
        .filter(|line| line.contains("-wal>") || line.contains("resumed") || line.contains(ANSWER))
        .collect::<Vec<_>>()
        .join("\n")
}
