//! What is written down of who did what, what the help desk is told, what is counted: and that no name is in it.

use std::{collections::BTreeSet, fs, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use lab::{
    Dovecot, Gateway, Options, Postfix, Visitor, postfix,
    seed::{Seed, documents, mime::Part},
};
use serde_json::Value;

use crate::{
    compose::{FORM, validity},
    pages::until,
    support::{ALICE, BOB},
};

/// Stands in all that is Alice's: what she got, what she wrote, her files, her password.
const MARK: &str = "of-alice";
const PASSWORD: &str = "Passw0rd-of-alice";

struct House {
    dovecot: Dovecot,
    _postfix: Postfix,
    gateway: Gateway,
}

impl House {
    async fn start() -> Result<House> {
        let users = vec![(ALICE.into(), PASSWORD.into()), (BOB.into(), "secret".into())];
        let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
        let postfix = Postfix::start_with(&dovecot, postfix::Options::default()).await?;
        let toml = format!(
            "metrics = \"127.0.0.1:0\"\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n\
             smtp = \"smtp://127.0.0.1:{}?tls=none\"\n",
            dovecot.imap_port(),
            postfix.submission_port()
        );
        let prepare = |folder: &Path| Ok(fs::write(folder.join("relais.toml"), toml)?);
        let arguments = ["--config", "{folder}/relais.toml"];
        let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, prepare).await?;
        Ok(House { dovecot, _postfix: postfix, gateway })
    }

    /// Runs a command beside the gateway: what it prints, on both ways, and whether it went well.
    fn run(&self, words: &[&str]) -> Result<(String, bool)> {
        let folder = self.gateway.folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(words).arg("--config").arg(folder.join("relais.toml"));
        let done = command.arg("--data").arg(folder.join("data")).output()?;
        let said = [done.stdout, done.stderr].concat();
        Ok((String::from_utf8_lossy(&said).into_owned(), done.status.success()))
    }

    fn audit(&self) -> Result<String> {
        let mut text = String::new();
        for entry in fs::read_dir(self.gateway.folder().join("data/audit"))? {
            text.push_str(&fs::read_to_string(entry?.path())?);
        }
        Ok(text)
    }

    /// The audit, once the gateway has written so many lines.
    async fn audited(&self, lines: usize) -> Result<Vec<Value>> {
        for _ in 0..400 {
            let text = self.audit().unwrap_or_default();
            if text.lines().count() >= lines {
                return Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        anyhow::bail!("fewer lines: {:?}", self.audit())
    }

    async fn metrics(&self) -> Result<String> {
        let log = self.gateway.log();
        let (_, rest) = log.split_once("metrics=").context("no metrics")?;
        let address: String = rest.chars().take_while(|c| !c.is_whitespace()).collect();
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(client.get(format!("http://{address}/metrics")).send().await?.error_for_status()?.text().await?)
    }
}

fn mail() -> Seed {
    let parts = [
        Part::text("plain", "Body-of-alice", "utf-8"),
        Part::file("application/pdf", "File-of-alice.pdf", &documents::png(16, (1, 2, 3))),
    ];
    let head = format!(
        "From: Sender-of-alice <sender-of-alice@example.org>\r\nTo: {ALICE}\r\nSubject: Subject-of-alice\r\n"
    );
    Seed::new(Part::multi("mixed", "x", &parts).message_with(&head))
}

/// Everything that is written down, once.
async fn walk(house: &House) -> Result<()> {
    house.dovecot.client(ALICE).await?.append("INBOX", &mail()).await?;
    let alice = Visitor::new(house.gateway.url(), "en")?;
    ensure!(alice.sign_in(ALICE, "Wr0ng-of-alice").await?.status == 401);
    ensure!(alice.sign_in(ALICE, PASSWORD).await?.path.starts_with("/mail/"));
    let message = format!("/mail/INBOX/{}-1", validity(&house.dovecot, "INBOX").await?);
    for path in ["", "/part/2", "/raw", "/headers"] {
        ensure!(alice.get(&format!("{message}{path}")).await?.status == 200, "{path}");
    }
    let select = alice.get("/mail/INBOX?select").await?;
    let flagged = alice.submit(&select, "#act", &[("uid", "1"), ("do", "flag")]).await?;
    ensure!(flagged.path.contains("done="), "{}", flagged.text());
    ensure!(alice.get("/outbox/report.csv").await?.status == 200);
    let letter = [("to", BOB), ("subject", "Sent-of-alice"), ("text", "Text-of-alice")];
    let form = alice.get("/compose").await?;
    let file = [("Upload-of-alice.txt", "text/plain", &b"Bytes-of-alice"[..])];
    let sent = alice.upload(&form, FORM, &letter, "file", &file, ("do", "send")).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let back = alice.submit(&sent, ".undo form", &[]).await?;
    ensure!(back.path.starts_with("/compose?taken="), "{} {}", back.path, back.text());
    let form = alice.get(&format!("/compose?reply={}", &message["/mail/".len()..])).await?;
    let sent = alice.submit(&form, FORM, &[("to", BOB), ("do", "send")]).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    until(&alice, &sent.path, |page| page.all(".chip").iter().any(|chip| chip == "accepted")).await?;
    let elsewhere = Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    let page = alice.get("/settings/sessions").await?;
    ensure!(page.all(".gate").len() == 2, "{}", page.text());
    let page = alice.submit(&page, "form[action='/settings/sessions']", &[("end", "others")]).await?;
    ensure!(page.path == "/settings/sessions?ended=1", "{}", page.path);
    ensure!(elsewhere.get("/mail/INBOX").await?.path.starts_with("/login"), "it lives on");
    let page = alice.get("/folders").await?;
    alice.submit(&page, "form[action='/logout']", &[]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_did_is_found_and_names_nothing() -> Result<()> {
    let house = House::start().await?;
    walk(&house).await?;
    let lines = house.audited(15).await?;
    let what: Vec<&str> = lines.iter().filter_map(|line| line["what"].as_str()).collect();
    ensure!(
        what == [
            "sign-in-failed",
            "sign-in",
            "message-opened",
            "attachment-fetched",
            "message-exported",
            "message-opened",
            "messages-changed",
            "report-exported",
            "sent",
            "cancelled",
            "message-opened",
            "sent",
            "sign-in",
            "session-ended",
            "sign-out",
        ],
        "{what:?}"
    );
    // One account, one network, one mailbox, one message; two that were sent.
    let of =
        |field: &str| lines.iter().filter_map(|line| line[field].as_str()).collect::<BTreeSet<_>>().len();
    ensure!((of("account"), of("network"), of("mailbox"), of("message")) == (1, 1, 1, 3), "{lines:#?}");
    ensure!(lines[0]["stage"] == "sign-in" && lines[0]["why"] == "refused" && lines[3]["part"] == "2");
    ensure!(lines[2]["ms"].is_u64(), "{}", lines[2]);
    ensure!(lines[6]["verb"] == "flag" && lines[6]["n"] == 1, "{}", lines[6]);

    // Whoever asks is in it too; another account did nothing of this.
    let (found, done) = house.run(&["audit", "find", &ALICE.to_uppercase(), "--json"])?;
    ensure!(done && found.lines().count() == 16 && found.contains("admin-audit-find"), "{found}");
    let (told, done) = house.run(&["audit", "find", ALICE, "--since", "2020-01-01"])?;
    ensure!(done && told.contains("sign-in-failed  at sign-in: refused"), "{told}");
    let (found, done) = house.run(&["audit", "find", BOB])?;
    ensure!(done && found.contains("admin-audit-find") && found.contains("1 line(s) in 1 day(s)"), "{found}");
    let (why, done) = house.run(&["why", ALICE])?;
    for words in [
        "sign-in-failed  at sign-in: refused",
        "3 in all, 1 failed",
        "messages opened: 1,",
        "signed in now: 0",
        "outbox: 2 message(s)",
        "cancelled: 1",
        "taken by the server: 1",
    ] {
        ensure!(done && why.contains(words), "{words}: {why}");
    }
    let alice = Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    let (why, _) = house.run(&["why", ALICE])?;
    ensure!(why.contains("signed in now: 1\n") && why.contains("own device"), "{why}");
    let nobody = house.run(&["why", "nobody@"])?;
    ensure!(!nobody.1, "{}", nobody.0);

    let metrics = house.metrics().await?;
    for line in [
        "relais_sign_ins_total{outcome=\"accepted\"} 3",
        "relais_sign_ins_total{outcome=\"refused\"} 1",
        "relais_sessions 1",
        "relais_store_up 1",
        "relais_circuit_open{server=\"default\"} 0",
        "relais_outbox_messages{state=\"waiting\"} 0",
        "relais_audit_lines_lost_total 0",
    ] {
        ensure!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    for part in [
        "route=\"/mail/{folder}/{message}\",status=\"2xx\"",
        "relais_imap_seconds_bucket{",
        "stage=\"sign-in\"",
        "relais_imap_failures_total{server=\"default\",stage=\"sign-in\",kind=\"refused\"}",
        "relais_imap_connections{server=\"default\"}",
    ] {
        ensure!(metrics.contains(part), "{part}\n{metrics}");
    }

    let page = alice.get("/folders").await?;
    alice.submit(&page, "form[action='/logout']", &[]).await?;
    let audit = house.audit()?;
    for (place, text) in [("audit", audit), ("log", house.gateway.log()), ("metrics", metrics)] {
        ensure!(!text.is_empty());
        for secret in [MARK, "alice", "bob@", "example.test", "example.org", "INBOX", "File", "127.0.0"] {
            let line = text.lines().filter(|line| !line.contains("listen=") && !line.contains("metrics="));
            let line = line.into_iter().find(|line| line.contains(secret));
            ensure!(line.is_none(), "{place}: {secret}: {line:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_cannot_be_written_stops_nobody_but_whoever_looks() -> Result<()> {
    let house = House::start().await?;
    let alice = Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    house.audited(1).await?;
    let folder = house.gateway.folder().join("data/audit");
    // Root may write anywhere, but not below a file.
    fs::remove_dir_all(&folder)?;
    fs::write(&folder, b"")?;
    ensure!(alice.get("/outbox/report.csv").await?.status == 200);
    until(&alice, "/readyz", |page| page.text().contains("audit is not written")).await?;
    let form = alice.get("/compose").await?;
    let sent =
        alice.submit(&form, FORM, &[("to", BOB), ("subject", "x"), ("text", "x"), ("do", "send")]).await?;
    ensure!(sent.path.starts_with("/outbox/"), "{}", sent.text());
    let log = house.gateway.log();
    ensure!(log.matches("the audit is not written").count() == 1, "{log}");
    let (said, done) = house.run(&["audit", "find", ALICE])?;
    ensure!(!done && said.contains("would not be in the audit"), "{said}");
    let (said, _) = house.run(&["check", "--json"])?;
    ensure!(said.contains("gateway.audit") && said.contains("the audit cannot be written"), "{said}");
    fs::remove_file(&folder)?;
    alice.get("/outbox/report.csv").await?;
    until(&alice, "/readyz", |page| page.text().trim() == "ok").await?;
    ensure!(house.audit()?.contains("\"what\":\"lost\""), "{}", house.audit()?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn old_files_go_and_days_are_apart() -> Result<()> {
    let users = vec![(ALICE.into(), PASSWORD.into())];
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let name = |days: i64| -> Result<String> {
        use jiff::ToSpan;
        Ok(format!("{}.jsonl", today.checked_sub(days.days())?))
    };
    let prepare = |folder: &Path| {
        let audit = folder.join("data/audit");
        fs::create_dir_all(&audit)?;
        for days in [179, 181] {
            fs::write(audit.join(name(days)?), "{}\n")?;
        }
        Ok(())
    };
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap], prepare).await?;
    let audit = gateway.folder().join("data/audit");
    Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    for _ in 0..400 {
        if !audit.join(name(181)?).exists() && audit.join(name(0)?).exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    ensure!(!audit.join(name(181)?).exists() && audit.join(name(179)?).exists());
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(audit.join(name(0)?))?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "{mode:o}");
    Ok(())
}
