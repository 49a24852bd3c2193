//! `relais check` names the fault: each is made here, on real servers where one can be made to show it.

use std::{fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Announce, Chaos, Dovecot, Mode, Options, Postfix, Script, Strip, postfix, seed};
use relais::store::Store;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, process::Command};

use crate::{
    support::{ALICE, PASSWORD, plain},
    tls::{Certificate, good_for, terminator},
};

/// What one run says.
pub struct Said {
    pub findings: Vec<Value>,
    failed: bool,
}

impl Said {
    pub fn verdict(&self, code: &str) -> Option<&str> {
        self.findings.iter().find(|finding| finding["code"] == code)?["verdict"].as_str()
    }

    /// This fault, with what to do about it, and the exit status that goes with it.
    pub fn finds(&self, verdict: &str, code: &str) -> Result<()> {
        let found = self.findings.iter().find(|finding| finding["code"] == code);
        let found = found.with_context(|| format!("{code} was not found: {:#?}", self.findings))?;
        ensure!(found["verdict"] == verdict, "{found}");
        ensure!(
            verdict == "good" || !found["fix"].as_str().unwrap_or_default().is_empty() || verdict == "note",
            "{found}"
        );
        let any = self.findings.iter().any(|finding| finding["verdict"] == "failure");
        ensure!(self.failed == any, "the exit status says something else");
        Ok(())
    }
}

/// With this `relais.toml`, and as Alice with this password; a tenth of the patience.
async fn check(toml: &str, password: Option<&str>) -> Result<Said> {
    let folder = tempfile::tempdir()?;
    check_in(folder.path(), toml, password, &[]).await
}

pub async fn check_in(folder: &Path, toml: &str, password: Option<&str>, more: &[&str]) -> Result<Said> {
    let file = folder.join("relais.toml");
    let toml = toml.replace("{folder}", &folder.display().to_string());
    // A server of ours that answers late under load is none that is slow or silent.
    let patience = if more.iter().any(|more| matches!(*more, "--dns" | "--round-trip")) { 30 } else { 10 };
    let toml = format!("data = \"{}/data\"\n{toml}\n[limits]\npatience = {patience}\n", folder.display());
    fs::write(&file, toml)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
    command.args(["check", "--json", "--config"]).arg(&file).args(more);
    if password.is_some() {
        command.args(["--user", ALICE]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    input.write_all(format!("{}\n", password.unwrap_or_default()).as_bytes()).await?;
    drop(input);
    let output = child.wait_with_output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    let said: Value = serde_json::from_str(&text)
        .with_context(|| format!("no JSON: {text}\n{}", String::from_utf8_lossy(&output.stderr)))?;
    ensure!(!text.contains(PASSWORD), "the password is told");
    let findings = said["findings"].as_array().context("no findings")?.clone();
    Ok(Said { findings, failed: !output.status.success() })
}

fn imap(url: &str) -> String {
    format!("[server.default]\nimap = \"{url}\"\n")
}

fn smtp(dovecot: &Dovecot, port: u16) -> String {
    format!("{}smtp = \"smtp://127.0.0.1:{port}?tls=none\"\n", imap(&plain(dovecot.imap_port())))
}

async fn nobody_listens() -> Result<u16> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

#[tokio::test]
async fn a_sound_pair_of_servers_is_sound_up_to_the_message_that_arrives() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let postfix = Postfix::start(&dovecot).await?;
    let letters: Vec<_> = seed::plain(60, jiff::Timestamp::now()).collect();
    dovecot.client(ALICE).await?.multiappend("INBOX", &letters).await?;
    let toml = format!(
        "[server.default]\nimap = \"imap://localhost:{}?ca={ca}\"\nsmtp = \"smtp://localhost:{}?ca={ca}\"\n",
        dovecot.imap_port(),
        postfix.submission_port(),
        ca = dovecot.ca_pem().display(),
    );
    let folder = tempfile::tempdir()?;
    let said = check_in(folder.path(), &toml, Some(PASSWORD), &["--round-trip"]).await?;
    let bad: Vec<_> =
        said.findings.iter().filter(|f| f["verdict"] == "failure" || f["verdict"] == "warning").collect();
    ensure!(bad.is_empty() && !said.failed, "{bad:#?}");
    for code in [
        "gateway.store",
        "gateway.descriptors",
        "imap.name",
        "imap.greeting",
        "imap.certificate",
        "imap.sign-in",
        "imap.connections",
        "imap.mailboxes",
        "imap.page",
        "smtp.greeting",
        "smtp.certificate",
        "smtp.size",
        "smtp.sign-in",
        "round-trip.sent",
        "round-trip.arrived",
    ] {
        said.finds("good", code)?;
    }
    ensure!(said.verdict("smtp.no-dsn").is_none());
    // Nothing stays on this machine but what was there.
    let left: Vec<_> =
        fs::read_dir(folder.path())?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    ensure!(left == ["relais.toml"], "{left:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_on_the_way_to_the_server() -> Result<()> {
    check(&imap("imaps://nowhere.invalid"), None).await?.finds("failure", "imap.unknown-name")?;
    let closed = nobody_listens().await?;
    check(&imap(&plain(closed)), None).await?.finds("failure", "imap.refused")?;

    let server = Script::new().start().await?;
    // TLS where there is none, and a server that cannot upgrade.
    check(&imap(&format!("imaps://127.0.0.1:{}", server.port())), None)
        .await?
        .finds("failure", "imap.no-tls")?;
    check(&imap(&format!("imap://127.0.0.1:{}", server.port())), None)
        .await?
        .finds("failure", "imap.no-tls")?;

    let silent = Chaos::start(server.port()).await?;
    silent.set(Mode::Stall).await;
    check(&imap(&plain(silent.port())), None).await?.finds("failure", "imap.no-greeting")?;
    let slow = Chaos::start(server.port()).await?;
    slow.set(Mode::Dribble(Duration::from_millis(10))).await;
    check(&imap(&plain(slow.port())), None).await?.finds("warning", "imap.slow-greeting")?;

    let other = Script::new().greeting("220 mail.example.test ESMTP\r\n").start().await?;
    check(&imap(&plain(other.port())), None).await?.finds("failure", "imap.not-imap")?;
    let full = Script::new().greeting("* BYE too many connections\r\n").start().await?;
    check(&imap(&plain(full.port())), None).await?.finds("failure", "imap.turned-away")?;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate() -> Result<()> {
    let server = Script::new().start().await?;
    for (kind, verdict, code) in [
        (Certificate::Right, "good", "imap.certificate"),
        (Certificate::ExpiresSoon, "warning", "imap.certificate-expires-soon"),
        (Certificate::Expired, "failure", "imap.certificate-expired"),
        (Certificate::NotYetValid, "failure", "imap.certificate-not-yet-valid"),
        (Certificate::WrongName, "failure", "imap.certificate-wrong-name"),
        (Certificate::UnknownAuthority, "failure", "imap.certificate-unknown-issuer"),
    ] {
        let (port, ca) = terminator(server.port(), kind).await?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("ca.pem"), ca)?;
        let toml = imap(&format!("imaps://127.0.0.1:{port}?ca={{folder}}/ca.pem"));
        check_in(folder.path(), &toml, None, &[])
            .await?
            .finds(verdict, code)
            .with_context(|| format!("{kind:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_in() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let here = imap(&plain(dovecot.imap_port()));
    check(&here, Some("wrong")).await?.finds("failure", "imap.sign-in-refused")?;
    let two = format!(
        "{here}domains = [\"one.test\"]\n[server.other]\nimap = \"{}\"\ndomains = [\"two.test\"]\n",
        plain(dovecot.imap_port())
    );
    check(&two, Some(PASSWORD)).await?.finds("failure", "gateway.no-server-for-user")?;

    let closed = Script::new()
        .greeting("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI] hello\r\n")
        .start()
        .await?;
    check(&imap(&plain(closed.port())), None).await?.finds("failure", "imap.no-way-to-sign-in")?;
    let lost = Script::new().on("LOGIN", "{tag} NO [UNAVAILABLE] LDAP is away\r\n").start().await?;
    check(&imap(&plain(lost.port())), Some(PASSWORD)).await?.finds("failure", "imap.sign-in-unavailable")?;
    let private = Script::new().on("LOGIN", "{tag} NO [PRIVACYREQUIRED] not in clear\r\n");
    let private = private.on("AUTHENTICATE", "{tag} NO [PRIVACYREQUIRED] not in clear\r\n").start().await?;
    check(&imap(&plain(private.port())), Some(PASSWORD)).await?.finds("failure", "imap.sign-in-needs-tls")?;
    let slow = Chaos::start(dovecot.imap_port()).await?;
    slow.set(Mode::Dribble(Duration::from_millis(2))).await;
    check(&imap(&plain(slow.port())), Some(PASSWORD)).await?.finds("warning", "imap.slow-sign-in")?;

    let one = Dovecot::start(Options { mail_max_userip_connections: 1, ..Options::default() }).await?;
    check(&imap(&plain(one.imap_port())), Some(PASSWORD)).await?.finds("failure", "imap.connection-limit")?;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_in_a_mailbox() -> Result<()> {
    let bare = Dovecot::start(Options { folders: Vec::new(), ..Options::default() }).await?;
    let future = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    let letters: Vec<_> = seed::plain(3, future).collect();
    bare.client(ALICE).await?.multiappend("INBOX", &letters).await?;
    let said = check(&imap(&plain(bare.imap_port())), Some(PASSWORD)).await?;
    for code in ["imap.no-sent", "imap.no-drafts", "imap.no-trash", "imap.no-junk"] {
        said.finds("note", code)?;
    }
    said.finds("warning", "imap.clock")?;

    // Whose word on delays is believed: nobody's of those who wrote the header, or a server's that did.
    let received =
        "Received: from a (a [203.0.113.9]) by mx.example.test; Sat, 21 Nov 2026 09:00:00 +0000\r\n\r\nx\r\n";
    bare.client(ALICE).await?.append("INBOX", &seed::Seed::new(received)).await?;
    for (host, verdict, code) in
        [("imap", "warning", "imap.no-trusted-trace"), ("mx", "good", "imap.trusted-trace")]
    {
        let trusting = format!("{}trusted_hosts = \"{host}.example.test\"\n", imap(&plain(bare.imap_port())));
        check(&trusting, Some(PASSWORD)).await?.finds(verdict, code)?;
    }

    // What it cannot do is told with its price.
    let strip = Strip::start(bare.imap_port(), &["IMAP4rev1"], Announce::Unasked).await?;
    let said = check(&imap(&plain(strip.port())), Some(PASSWORD)).await?;
    for code in
        ["imap.no-list-status", "imap.no-special-use", "imap.no-esearch", "imap.no-uidplus", "imap.no-move"]
    {
        said.finds("note", code)?;
    }
    said.finds("good", "imap.page")?;

    let full = Script::new()
        .greeting("* OK [CAPABILITY IMAP4rev1 QUOTA] hello\r\n")
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 QUOTA\r\n{tag} OK done\r\n")
        .on("GETQUOTAROOT", "* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 990 1000)\r\n{tag} OK done\r\n")
        .start()
        .await?;
    check(&imap(&plain(full.port())), Some(PASSWORD)).await?.finds("warning", "imap.quota")?;
    let broken = Script::new().on("LIST", "{tag} NO the index is broken\r\n").start().await?;
    check(&imap(&plain(broken.port())), Some(PASSWORD)).await?.finds("failure", "imap.no-mailboxes")?;
    let unread = Script::new().on("EXAMINE", "{tag} NO the index is broken\r\n").start().await?;
    check(&imap(&plain(unread.port())), Some(PASSWORD)).await?.finds("failure", "imap.no-page")
}

#[tokio::test]
async fn what_is_wrong_with_submission() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let said = check(&imap(&plain(dovecot.imap_port())), None).await?;
    said.finds("note", "smtp.none")?;
    check(&smtp(&dovecot, nobody_listens().await?), None).await?.finds("failure", "smtp.refused")?;
    check(&smtp(&dovecot, dovecot.imap_port()), None).await?.finds("failure", "smtp.not-smtp")?;

    let extra = "smtpd_discard_ehlo_keywords = dsn\nsmtpd_sasl_auth_enable = no".to_owned();
    let options = postfix::Options { message_size_limit: 1_000_000, extra, ..postfix::Options::default() };
    let poor = Postfix::start_with(&dovecot, options).await?;
    let said = check(&smtp(&dovecot, poor.submission_port()), None).await?;
    said.finds("failure", "smtp.no-auth")?;
    said.finds("note", "smtp.no-dsn")?;
    said.finds("note", "smtp.size")?;

    let extra = "smtpd_client_restrictions = reject\nsmtpd_delay_reject = no".to_owned();
    let rude =
        Postfix::start_with(&dovecot, postfix::Options { extra, ..postfix::Options::default() }).await?;
    check(&smtp(&dovecot, rude.submission_port()), None).await?.finds("failure", "smtp.turned-away")?;

    // Taken, and never delivered.
    let extra = "defer_transports = dovecot".to_owned();
    let stuck =
        Postfix::start_with(&dovecot, postfix::Options { extra, ..postfix::Options::default() }).await?;
    let folder = tempfile::tempdir()?;
    let toml = smtp(&dovecot, stuck.submission_port());
    let said = check_in(folder.path(), &toml, Some(PASSWORD), &["--round-trip"]).await?;
    said.finds("good", "round-trip.sent")?;
    said.finds("failure", "round-trip.not-arrived")
}

#[tokio::test]
async fn what_is_wrong_with_the_certificate_of_the_page() -> Result<()> {
    let server = Script::new().start().await?;
    let folder = tempfile::tempdir()?;
    let here = folder.path();
    lab::tls::certificates(here)?;
    let toml = |host: &str, files: &str| {
        format!(
            "public_url = \"https://{host}\"\n[tls]\n{files}\n{}",
            imap(&plain(server.port())).replace("{folder}", "")
        )
    };
    let files = "certificate = \"{folder}/server.pem\"\nkey = \"{folder}/server.key\"";
    let said = check_in(here, &toml("localhost", files), None, &[]).await?;
    said.finds("good", "gateway.certificate")?;
    said.finds("warning", "gateway.certificate-doubtful")?;
    ensure!(said.verdict("gateway.key-readable").is_none());
    let said = check_in(here, &toml("mail.clinic.test", files), None, &[]).await?;
    said.finds("failure", "gateway.certificate-wrong-name")?;

    let key = here.join("server.key");
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    let said = check_in(here, &toml("localhost", files), None, &[]).await?;
    said.finds("warning", "gateway.key-readable")?;
    for (days, verdict, code) in [
        ((-400, 3), "warning", "gateway.certificate-expires-soon"),
        ((-400, -35), "failure", "gateway.certificate-expired"),
        ((35, 400), "failure", "gateway.certificate-not-yet-valid"),
    ] {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".into()])?;
        good_for(&mut params, days);
        let own = rcgen::KeyPair::generate()?;
        fs::write(here.join("own.pem"), params.self_signed(&own)?.pem() + &own.serialize_pem())?;
        let said =
            check_in(here, &toml("localhost", "certificate = \"{folder}/own.pem\""), None, &[]).await?;
        said.finds(verdict, code)?;
    }
    let other = "certificate = \"{folder}/own.pem\"\nkey = \"{folder}/server.key\"";
    check_in(here, &toml("localhost", other), None, &[])
        .await?
        .finds("failure", "gateway.certificate-other-key")?;
    let none = "certificate = \"{folder}/absent.pem\"";
    check_in(here, &toml("localhost", none), None, &[])
        .await?
        .finds("failure", "gateway.certificate-unusable")
}

#[tokio::test]
async fn what_is_wrong_with_this_machine() -> Result<()> {
    let server = Script::new().start().await?;
    let here = imap(&plain(server.port()));
    let strange =
        format!("public_url = \"https://webmail.elsewhere.test\"\n{here}domains = [\"clinic.test\"]\n");
    check(&strange, None).await?.finds("warning", "gateway.public-url-elsewhere")?;
    let own = format!("public_url = \"https://webmail.clinic.test\"\n{here}domains = [\"clinic.test\"]\n");
    check(&own, None).await?.finds("good", "gateway.public-url")?;
    check(&here, None).await?.finds("note", "gateway.public-url")?;

    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("data.key"), "everybody reads this\n")?;
    let said = check_in(folder.path(), &here, None, &[]).await?;
    said.finds("failure", "gateway.key-file")?;

    // A gateway of another version may be at work on it: nothing is made there, nor a key file.
    let (folder, database) = (tempfile::tempdir()?, lab::Database::new()?);
    let shared = format!("database = \"{}\"\n{here}", database.url);
    check_in(folder.path(), &shared, None, &[]).await?.finds("good", "gateway.store")?;
    ensure!(!Store::has_tables(&database.url.clone().try_into()?).await?);
    ensure!(!folder.path().join("data.key").exists());

    let folder = tempfile::tempdir()?;
    let few = Command::new("sh")
        .args(["-c", "ulimit -n 600; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_relais"), "check", "--imap"])
        .arg(plain(server.port()))
        .arg("--data")
        .arg(folder.path().join("data"))
        .output()
        .await?;
    let table = String::from_utf8(few.stdout)?;
    ensure!(few.status.success(), "what only costs something does not fail: {table}");
    ensure!(table.contains("WARN 600 open files are allowed") && table.contains("LimitNOFILE="), "{table}");
    ensure!(table.contains("\n0 failed, 1 will be felt"), "{table}");
    Ok(())
}
