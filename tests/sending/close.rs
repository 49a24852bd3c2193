//! `relais close`: nothing goes without being told, and what is told to be gone is gone.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, ensure};
use lab::{Database, Dovecot, Gateway, Options, Visitor, process::free_ports};
use relais::{
    outbox::Piece,
    session::account_id,
    store::{Keys, Store},
};

use crate::{
    compose::FORM,
    outbox::submission,
    pages::{accept, until},
    support::{ALICE, BOB, PASSWORD, Servers},
};

/// What a command said.
struct Said {
    ok: bool,
    out: String,
    err: String,
}

/// Runs a command of the program on the store in this folder, with servers that nobody is.
fn relais(folder: &Path, arguments: &[&str]) -> Result<Said> {
    with_servers(folder, ("imap://127.0.0.1:9?tls=none", "smtp://127.0.0.1:9?tls=none"), arguments)
}

fn with_servers(folder: &Path, (imap, smtp): (&str, &str), arguments: &[&str]) -> Result<Said> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
    command.args(arguments).args(["--imap", imap, "--smtp", smtp, "--data"]).arg(folder.join("data"));
    said(command)
}

fn said(mut command: Command) -> Result<Said> {
    let output = command.stdin(Stdio::null()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said { ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) })
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// Nowhere in what is left of a store.
fn holds(folder: &Path, word: &str) -> Result<bool> {
    for entry in fs::read_dir(folder.join("data"))? {
        let path = entry?.path();
        // The audit, which names nobody, stays.
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(path)?;
        if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_without_being_told() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let [nobody] = free_ports::<1>()?;
    let smtp = format!("smtp://127.0.0.1:{nobody}?tls=none");
    let mut ids = Vec::new();
    let binary = env!("CARGO_BIN_EXE_relais");
    let mut gateway = Gateway::start_with(binary, &["--imap", &imap, "--smtp", &smtp], |folder| {
        let two = |submission: &mut relais::outbox::Submission| {
            submission.recipients = vec![BOB.into(), "=carol@example.test".into()];
        };
        ids = accept(folder, vec![(1, Box::new(|_| {})), (2, Box::new(two))])?;
        Ok(())
    })
    .await?;
    let folder = gateway.folder();
    let (key, certificate) = (folder.join("data.key"), folder.join("data.closed.txt"));
    let alice = Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await?;
    let form = alice.get("/compose").await?;
    alice.submit(&form, FORM, &[("to", BOB), ("subject", "A draft"), ("do", "save")]).await?;

    // Beside a gateway it lists, and does nothing.
    let refused = relais(&folder, &["close"])?;
    ensure!(!refused.ok && refused.err.contains("2 messages are not settled"), "{}", refused.err);
    ensure!(refused.err.contains("--wait") && refused.err.contains("Nothing was changed"), "{}", refused.err);
    for id in &ids {
        let line = refused.out.lines().find(|line| line.starts_with(id)).unwrap_or_default();
        ensure!(line.contains(ALICE) && line.contains("waiting") && line.contains(" s)"), "{}", refused.out);
    }
    ensure!(!refused.out.contains("carol") && !refused.out.contains("Number"), "{}", refused.out);
    let refused = relais(&folder, &["close", "--discard", "--yes"])?;
    ensure!(!refused.ok && refused.err.contains("in use by another relais"), "{}", refused.err);
    ensure!(alice.get("/outbox").await?.all(".row").len() == 2, "it took something from a gateway at work");
    gateway.kill();

    // Nobody to confirm: sessions ended, files are written, nothing else.
    let export = folder.join("export");
    let to = export.display().to_string();
    let refused = relais(&folder, &["close", "--export", &to])?;
    ensure!(!refused.ok && refused.err.contains("--yes"), "{}", refused.err);
    ensure!(
        refused.out.contains("1 session(s) ended") && refused.out.contains("  1 drafts"),
        "{}",
        refused.out
    );
    ensure!(key.exists() && !certificate.exists());
    let days = fs::read_dir(folder.join("data/audit"))?.map(|day| fs::read_to_string(day?.path()));
    let audit = days.collect::<Result<String, _>>()?;
    ensure!(audit.matches("\"admin-close\"").count() == 1, "{audit}");

    // Once more: the same files, and then all is gone.
    fs::create_dir_all(folder.join("data/notices"))?;
    fs::write(folder.join("data/notices/k3x7qp.toml"), "level = \"info\"")?;
    fs::write(folder.join("data/notices.json"), "[]")?;
    fs::write(folder.join("data/measures.json"), "{}")?;
    let account = account_id(&Keys::read(&key)?, "default", ALICE);
    let kept = folder.join("copy.key");
    fs::copy(&key, &kept)?;
    let done = relais(&folder, &["close", "--export", &to, "--yes"])?;
    ensure!(done.ok, "{}", done.err);
    ensure!(mode(&export)? == 0o700);
    for (id, n) in ids.iter().zip(1..) {
        let file = export.join(format!("{id}.eml"));
        let [Piece::Bytes(sent)] = &submission(account, n, "hello\r\n").message[..] else {
            anyhow::bail!("more than one piece")
        };
        ensure!(fs::read(&file)? == *sent && mode(&file)? == 0o600, "{}", file.display());
    }
    let table = fs::read_to_string(export.join("recipients.csv"))?;
    ensure!(mode(&export.join("recipients.csv"))? == 0o600 && table.lines().count() == 4, "{table}");
    ensure!(table.contains(&format!("\"{}.eml\",\"{ALICE}\",\"'=carol@example.test\"", ids[1])), "{table}");
    ensure!(table.contains("\"waiting\"") && fs::read_dir(&export)?.count() == 3, "{table}");

    let text = fs::read_to_string(&certificate)?;
    ensure!(mode(&certificate)? == 0o600 && done.out.contains(&text), "{}", done.out);
    for words in [
        "2 messages are not settled",
        "2 of them exported to ",
        "1 drafts",
        "2 lines of the journal",
        "  key 1 ",
    ] {
        ensure!(text.contains(words), "{words}: {text}");
    }
    ensure!(text.contains("complete: the key file was overwritten and removed"), "{text}");
    let prints = text.matches("fingerprint ").count();
    ensure!(prints == 2 && !text.contains(ALICE) && !text.contains("carol"), "{text}");
    for gone in ["data.key", "data.key.age", "data/notices", "data/notices.json", "data/measures.json"] {
        ensure!(!folder.join(gone).exists(), "{gone}");
    }
    ensure!(!holds(&folder, "default")?, "the server of a message stands there still");

    // No gateway begins anew there, with a copy of the keys or without.
    for with_key in [false, true] {
        if with_key {
            fs::copy(&kept, &key)?;
        }
        let serve = relais(&folder, &["serve", "--listen", "127.0.0.1:0"])?;
        ensure!(!serve.ok && serve.err.contains("closed for good"), "{}", serve.err);
    }
    fs::remove_file(&key)?;
    let again = relais(&folder, &["close", "--yes"])?;
    ensure!(!again.ok && again.err.contains("closed already"), "{}", again.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_closing_the_courier_goes_on_and_authors_read_it() -> Result<()> {
    let servers = Servers::start().await?;
    let text = format!(
        "[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{}?tls=none\"\n\
         [access]\ncloses = {}\n",
        servers.dovecot.imap_port(),
        servers.postfix.submission_port(),
        jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1)
    );
    let binary = env!("CARGO_BIN_EXE_relais");
    let mut ids = Vec::new();
    let gateway = Gateway::start_with(binary, &["--config", "{folder}/relais.toml"], |folder| {
        fs::write(folder.join("relais.toml"), text)?;
        let wrong =
            |submission: &mut relais::outbox::Submission| submission.password = "no".to_owned().into();
        ids = accept(folder, vec![(1, Box::new(|_| {})), (2, Box::new(wrong))])?;
        Ok(())
    })
    .await?;
    ensure!(servers.arrived(BOB, 1).await?.len() == 1, "what was accepted is sent");
    let alice = Visitor::new(gateway.url(), "en")?;
    let page = alice.sign_in(ALICE, PASSWORD).await?;
    ensure!(page.path == "/outbox" && page.all(".row").len() == 2, "{} {}", page.path, page.text());
    // What waits for her sign-in leaves with it. (The wrong password may be on its way to be refused just now.)
    let mut inbox = servers.dovecot.client(BOB).await?;
    let mut tries = 0;
    while inbox.select("INBOX").await? < 2 {
        tries += 1;
        ensure!(tries < 40, "it still waits: {}", servers.postfix.log());
        Visitor::new(gateway.url(), "en")?.sign_in(ALICE, PASSWORD).await?;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let list = until(&alice, "/outbox", |page| page.all(".row .chip") == ["accepted", "accepted"]).await?;
    ensure!(list.text().contains("to send one again, use your usual software"), "{}", list.text());
    for id in &ids {
        let path = format!("/outbox/{id}");
        let page = alice.get(&path).await?;
        ensure!(page.status == 200 && page.all(".trail li").len() > 2, "{}", page.text());
        ensure!(page.attributes("main form", "action") == ["/logout"], "{}", page.text());
        let token = page.value("form[action='/logout'] input[name=token]").unwrap_or_default();
        for word in ["resend", "retry", "cancel", "edit", "release", "dismiss"] {
            let fields = [("token", token.as_str()), ("do", word), ("seen", "0"), ("how", "new")];
            ensure!(alice.post(&path, &fields).await?.status == 410, "{word}");
        }
    }
    ensure!(servers.arrived(BOB, 2).await?.len() == 2, "it was sent again");
    // Nobody else's, as ever.
    let bob = Visitor::new(gateway.url(), "fr")?;
    ensure!(bob.sign_in(BOB, PASSWORD).await?.all(".row").is_empty());
    ensure!(bob.get(&format!("/outbox/{}", ids[0])).await?.status == 404);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_leave_leaves_and_what_waits_for_somebody_is_not_waited_for() -> Result<()> {
    let servers = Servers::start().await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", servers.dovecot.imap_port());
    let smtp = format!("smtp://127.0.0.1:{}?tls=none", servers.postfix.submission_port());
    let urls = (imap.as_str(), smtp.as_str());
    let folder = tempfile::tempdir()?;
    let wrong = |submission: &mut relais::outbox::Submission| submission.password = "no".to_owned().into();
    let ids = accept(folder.path(), vec![(1, Box::new(|_| {})), (2, Box::new(wrong))])?;

    let refused = with_servers(folder.path(), urls, &["close", "--wait", "1h", "--yes"])?;
    ensure!(
        !refused.ok && refused.err.contains("1 message is neither settled nor exported"),
        "{}",
        refused.err
    );
    ensure!(
        refused.out.contains(&ids[1]) && refused.out.contains("1 waiting-for-sign-in"),
        "{}",
        refused.out
    );
    ensure!(servers.arrived(BOB, 1).await?.len() == 1, "what could leave left");
    ensure!(servers.dovecot.client(ALICE).await?.select("Sent").await? == 1, "and its copy is kept");
    ensure!(folder.path().join("data.key").exists());

    let done = with_servers(folder.path(), urls, &["close", "--discard", "--yes"])?;
    ensure!(done.ok && done.out.contains("1 message is not settled"), "{} {}", done.out, done.err);
    ensure!(done.out.contains("1 thrown away by the administrator’s wish"), "{}", done.out);
    ensure!(!folder.path().join("data.key").exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cut_is_run_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let home = folder.path();
    accept(home, vec![(1, Box::new(|_| {}))])?;
    let (key, certificate) = (home.join("data.key"), home.join("data.closed.txt"));
    let copy = fs::read(&key)?;
    let put_back = || -> Result<()> {
        fs::write(&key, &copy)?;
        Ok(fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?)
    };

    // Cut in the middle of wiping: the certificate has begun, some of it is gone.
    let hex = |print: [u8; 32]| print.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let prints: Vec<String> = Keys::read(&key)?.fingerprints().map(|(_, print)| hex(print)).collect();
    let begun = format!(
        "Certificate of closing\n{}\n2026  begun; what was there:\n    9 drafts\n",
        prints.join("\n")
    );
    fs::write(&certificate, &begun)?;
    let done = relais(home, &["close", "--discard", "--yes"])?;
    ensure!(
        done.ok && done.out.contains("    9 drafts\n") && done.out.contains("    1 lines of the journal"),
        "{}{}",
        done.out,
        done.err
    );

    // Cut before the keys were destroyed, and right after that.
    let text = fs::read_to_string(&certificate)?;
    let (emptied, _) = text.split_once("complete: ").unwrap_or_default();
    let emptied = emptied.trim_end_matches(|c: char| c != '\n');
    ensure!(emptied.contains("the store was emptied"), "{text}");
    for with_key in [true, false] {
        if with_key {
            put_back()?;
        }
        fs::write(&certificate, emptied)?;
        let done = relais(home, &["close"])?;
        ensure!(done.ok && done.out.contains("complete: ") && !key.exists(), "{} {}", done.out, done.err);
    }

    // A gateway took mail after the store was emptied: nothing of that is thrown away unseen.
    let late = tempfile::tempdir()?;
    accept(late.path(), vec![(1, Box::new(|_| {}))])?;
    let own: Vec<String> =
        Keys::read(&late.path().join("data.key"))?.fingerprints().map(|(_, print)| hex(print)).collect();
    let claims = emptied.replace(&prints.join("\n"), &own.join("\n"));
    fs::write(late.path().join("data.closed.txt"), claims)?;
    let refused = relais(late.path(), &["close", "--discard", "--yes"])?;
    ensure!(!refused.ok && refused.err.contains("since it was emptied"), "{}{}", refused.out, refused.err);
    ensure!(late.path().join("data.key").exists());
    let there = relais(late.path(), &["close"]).map(|said| said.err)?;
    ensure!(there.contains("since it was emptied"), "{there}");

    // Another store's keys are not destroyed for it.
    let other = tempfile::tempdir()?;
    accept(other.path(), vec![(1, Box::new(|_| {}))])?;
    fs::write(other.path().join("data.closed.txt"), emptied)?;
    for arguments in [&["close"][..], &["close", "--discard", "--yes"]] {
        let refused = relais(other.path(), arguments)?;
        ensure!(!refused.ok && refused.err.contains("--record"), "{}", refused.err);
        ensure!(other.path().join("data.key").exists());
    }
    fs::write(other.path().join("data.closed.txt"), begun)?;
    let refused = relais(other.path(), &["close", "--discard", "--yes"])?;
    ensure!(
        !refused.ok && refused.err.contains("another store") && other.path().join("data.key").exists(),
        "{}",
        refused.err
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_database_is_closed_once_every_gateway_stopped() -> Result<()> {
    let database = Database::new()?;
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("relais.key");
    let store = Store::connect(&database.url.clone().try_into()?, &key).await?;
    let account = account_id(store.keys(), "default", ALICE);
    let outbox = relais::outbox::Outbox::new(std::sync::Arc::new(store));
    outbox.accept(submission(account, 1, "hello\r\n")).await?;
    drop(outbox);
    let config = folder.path().join("relais.toml");
    let [nobody] = free_ports::<1>()?;
    fs::write(
        &config,
        format!(
            "listen = \"127.0.0.1:0\"\ndatabase = \"{}\"\nkey_file = \"{}\"\n[server.default]\n\
             imap = \"imap://127.0.0.1:{nobody}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{nobody}?tls=none\"\n",
            database.url,
            key.display()
        ),
    )?;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relais"));
        command.args(arguments).arg("--config").arg(&config);
        said(command)
    };
    let at = config.display().to_string();
    let mut gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--config", &at]).await?;
    let refused = run(&["close", "--discard", "--yes"])?;
    ensure!(!refused.ok && refused.err.contains("stop every gateway"), "{} {}", refused.out, refused.err);
    ensure!(database.sql("SELECT count(*) FROM message")?.trim() == "1");
    gateway.kill();
    let copy = folder.path().join("copy.key");
    fs::copy(&key, &copy)?;
    let done = run(&["close", "--discard", "--yes"])?;
    ensure!(done.ok && !key.exists(), "{} {}", done.out, done.err);
    ensure!(fs::read_to_string(folder.path().join("relais.closed.txt"))?.contains("1 lines of the journal"));
    for table in ["message", "blob_chunk", "recipient", "attempt", "session"] {
        ensure!(database.sql(&format!("SELECT count(*) FROM {table}"))?.trim() == "0", "{table}");
    }
    // Another gateway has a copy of the keys.
    fs::copy(&copy, &key)?;
    let serve = run(&["serve"])?;
    ensure!(!serve.ok && serve.err.contains("closed for good"), "{}", serve.err);
    Ok(())
}
