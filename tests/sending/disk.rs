//! A disk that is full, and one that cannot sync: nothing is said to be accepted that is not kept, the letter stays on
//! the page, nothing that was accepted before is lost, and all goes on by itself once the disk is well.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use lab::{Answer, Gateway, Visitor};

use crate::{
    compose::{FORM, text},
    support::{ALICE, BOB, PASSWORD, Servers},
};

/// Runs the gateway with its data folder on a file system of 8 MB that nobody else sees. `fill` in the folder `control`
/// makes that full, with SQLite's log cut short before; `free` makes room again.
const SMALL_DISK: &str = r#"#!/bin/sh
case $(id -u) in 0) how=-m ;; *) how=-rm ;; esac
exec unshare $how sh -c '
    control=$1; relais=$2; shift 2
    for word; do [ "$last" = --data ] && data=$word; last=$word; done
    mkdir -p "$data" && mount -t tmpfs -o size=8m,mode=700 none "$data" || exit 1
    gateway=$$
    while kill -0 $gateway 2>/dev/null; do
        if [ -e "$control/fill" ]; then
            until sqlite3 "$data/relais.db" "PRAGMA wal_checkpoint(TRUNCATE)" | grep -q "^0|"; do sleep 0.1; done
            cat /dev/zero > "$data/ballast" 2>/dev/null
            rm "$control/fill"
        fi
        if [ -e "$control/free" ]; then rm "$data/ballast" "$control/free"; fi
        sleep 0.1
    done &
    exec "$relais" "$@"' sh CONTROL RELAIS "$@"
"#;

async fn until(what: &str, mut so: impl FnMut() -> bool) -> Result<()> {
    for _ in 0..600 {
        if so() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("never: {what}")
}

/// Asks for it, and waits until it is done.
async fn ask(control: &Path, what: &str) -> Result<()> {
    let file = control.join(what);
    fs::write(&file, "")?;
    until(what, || !file.exists()).await
}

async fn letter(alice: &Visitor, subject: &str) -> Result<Answer> {
    alice.get(&format!("/compose?to=mailto:bob%40example.test%3Fsubject={subject}")).await
}

/// It is not accepted, and the page that says so is the letter.
fn is_not_kept(page: &Answer) -> Result<()> {
    let said = page.all("[data-problem]").join(" ");
    ensure!(page.path == "/compose" && said.contains("could not keep your message"), "{}", page.text());
    ensure!(text(page, "text") == "Bonjour\n" && text(page, "to").contains(BOB), "{}", page.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_accepts_nothing_and_loses_nothing() -> Result<()> {
    let servers = Servers::start().await?;
    let control = tempfile::tempdir()?;
    let script = control.path().join("small-disk");
    let place = control.path().to_str().context("a name")?;
    fs::write(&script, SMALL_DISK.replace("CONTROL", place).replace("RELAIS", env!("CARGO_BIN_EXE_relais")))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let gateway = Gateway::start(script.to_str().context("a name")?, &arguments).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;

    let form = letter(&alice, "before").await?;
    let before = alice.submit(&form, FORM, &[("text", "Bonjour\n"), ("do", "send")]).await?;
    ensure!(before.path.starts_with("/outbox/"), "{}", before.text());
    let form = letter(&alice, "meanwhile").await?;
    ask(control.path(), "fill").await?;
    let refused = alice.submit(&form, FORM, &[("text", "Bonjour\n"), ("do", "send")]).await?;
    is_not_kept(&refused)?;
    ensure!(alice.get("/outbox").await?.all(".row").len() == 1, "reading goes on, and nothing half is there");

    ask(control.path(), "free").await?;
    let sent = alice.submit(&refused, FORM, &[("do", "send")]).await?;
    ensure!(sent.path.starts_with("/outbox/") && sent.path != before.path, "{}", sent.text());
    let again = alice.submit(&refused, FORM, &[("do", "send")]).await?;
    ensure!(again.path == sent.path, "the same form is the same message");
    for path in [&before.path, &sent.path] {
        crate::pages::until(&alice, path, |page| page.all(".chip").contains(&"accepted".to_owned())).await?;
    }
    ensure!(servers.arrived(BOB, 2).await?.len() == 2, "each once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_sync_accepts_nothing() -> Result<()> {
    let servers = Servers::start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let arguments = ["--imap", &imap, "--smtp", &smtp];
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &arguments).await?;
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let form = letter(&alice, "sync").await?;

    // From now on every sync of the gateway fails, as on a disk that dies.
    let pid = gateway.pid().context("it runs")?.to_string();
    let trace = gateway.folder().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-p", &pid, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]);
    let mut strace = strace.arg("-o").arg(&trace).stderr(Stdio::null()).spawn()?;
    until("it is traced", || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !status.contains("TracerPid:\t0")
    })
    .await?;
    let refused = alice.submit(&form, FORM, &[("text", "Bonjour\n"), ("do", "send")]).await?;
    is_not_kept(&refused)?;
    ensure!(fs::read_to_string(&trace)?.contains("EIO"), "no sync was asked for");
    ensure!(alice.get("/outbox").await?.all(".row").is_empty());
    Command::new("kill").args(["-s", "INT", &strace.id().to_string()]).status()?;
    strace.wait()?;

    let sent = alice.submit(&refused, FORM, &[("do", "send")]).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    crate::pages::until(&alice, &sent.path, |page| page.all(".chip").contains(&"accepted".to_owned()))
        .await?;
    ensure!(servers.arrived(BOB, 1).await?.len() == 1);
    Ok(())
}
