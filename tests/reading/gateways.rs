//! Two gateways behind one store: whoever signs in at one is known at the other.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use lab::{Database, Dovecot, Gateway, Options, Visitor};

use crate::support::{self, ALICE, PASSWORD};

struct Pair {
    dovecot: Dovecot,
    database: Database,
    first: Gateway,
    second: Gateway,
    _keys: tempfile::TempDir,
}

async fn gateway(dovecot: &Dovecot, database: &Database, keys: &Path) -> Result<Gateway> {
    let text = format!(
        "database = \"{}\"\nkey_file = \"{}\"\nmetrics = \"127.0.0.1:0\"\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n",
        database.url,
        keys.join("relais.key").display(),
        dovecot.imap_port()
    );
    let prepare = |folder: &Path| Ok(std::fs::write(folder.join("relais.toml"), text)?);
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], prepare).await
}

impl Pair {
    async fn start() -> Result<Pair> {
        let dovecot = Dovecot::start(Options::default()).await?;
        let (database, keys) = (Database::new()?, tempfile::tempdir()?);
        // At once, on an empty database: one prepares the tables and makes the keys, the other waits for it.
        let (first, second) = tokio::try_join!(
            gateway(&dovecot, &database, keys.path()),
            gateway(&dovecot, &database, keys.path())
        )?;
        Ok(Pair { dovecot, database, first, second, _keys: keys })
    }
}

#[tokio::test]
async fn a_session_lives_at_both_and_ends_at_both() -> Result<()> {
    let mut pair = Pair::start().await?;
    let (bare, cookies) = support::cookies_of(pair.first.url(), ALICE).await?;
    let ask = async |gateway: &str, path: &str| {
        bare.get(format!("{gateway}{path}")).header("cookie", &cookies).send().await
    };
    let (first, second) = (pair.first.url().to_owned(), pair.second.url().to_owned());
    for gateway in [&first, &second] {
        ensure!(ask(gateway, "/mail/INBOX").await?.status() == 200);
    }
    // The first knows the mailboxes already: its page has the form.
    let page = ask(&first, "/mail/INBOX").await?.text().await?;
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next()).context("a token")?;
    let out = bare.post(format!("{second}/logout")).header("cookie", &cookies).form(&[("token", token)]);
    ensure!(out.send().await?.status() == 303);
    let ended = Instant::now();
    ensure!(ask(&second, "/mail/INBOX").await?.status() == 303, "at once where it was said");
    while ask(&first, "/mail/INBOX").await?.status() != 303 {
        ensure!(ended.elapsed() < Duration::from_secs(10), "it lives on at the other gateway");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The connections go too, long before they would for having nothing to do.
    for gateway in [&pair.first, &pair.second] {
        ensure!(!gateway.log().contains("hunter2"), "the password of the database is in the log");
    }
    while pair.dovecot.log().matches("Disconnected: Logged out").count()
        + pair.dovecot.log().matches("Connection closed").count()
        < 2
    {
        ensure!(ended.elapsed() < Duration::from_secs(20), "connections stay open:\n{}", pair.dovecot.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // One dies: the other goes on.
    let (_, cookies) = support::cookies_of(&first, ALICE).await?;
    pair.first.kill();
    let page = bare.get(format!("{second}/mail/INBOX")).header("cookie", &cookies).send().await?;
    ensure!(page.status() == 200);
    Ok(())
}

#[tokio::test]
async fn a_session_is_seen_and_ended_from_the_other() -> Result<()> {
    let pair = Pair::start().await?;
    let (first, second) = (pair.first.url().to_owned(), pair.second.url().to_owned());
    let (bare, cookies) = support::cookies_of(&first, ALICE).await?;
    let ask = || bare.get(format!("{first}/mail/INBOX")).header("cookie", &cookies).send();
    ensure!(ask().await?.status() == 200);
    let alice = Visitor::signed_in(&second, ALICE, PASSWORD).await?;
    let page = alice.get("/settings/sessions").await?;
    ensure!(page.all(".gate").len() == 2 && page.all(".gate .chip") == ["This session"], "{}", page.text());
    let name = page.value(".gate button[name=end]").context("no button")?;
    let log = pair.first.log();
    let metrics =
        log.split("metrics=").nth(1).and_then(|t| t.split_whitespace().next()).context("no port")?;
    let counted = bare.get(format!("http://{metrics}/metrics")).send().await?.text().await?;
    ensure!(counted.contains("relais_sessions 2\n") && counted.contains("relais_store_up 1\n"), "{counted}");
    // A form without the token ends nothing, nor does what is no session of hers.
    let forged = alice.post("/settings/sessions", &[("end", &name)]).await?;
    ensure!(forged.status == 403, "{}", forged.status);
    let bob = Visitor::signed_in(&first, "bob@example.test", PASSWORD).await?;
    let own = bob.get("/settings/sessions").await?;
    ensure!(own.all(".gate").len() == 1 && own.all("button[name=end]").is_empty(), "{}", own.text());
    let other = bob.submit(&own, "form[action='/settings/sessions']", &[("end", &name)]).await?;
    ensure!(other.path == "/settings/sessions?ended=0", "{}", other.path);
    ensure!(ask().await?.status() == 200);
    let done = alice.submit(&page, "form[action='/settings/sessions']", &[("end", &name)]).await?;
    ensure!(done.path == "/settings/sessions?ended=1" && done.all(".gate").len() == 1, "{}", done.text());
    let ended = Instant::now();
    while ask().await?.status() != 303 {
        ensure!(ended.elapsed() < Duration::from_secs(10), "it lives on at the other gateway");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(alice.get("/mail/INBOX").await?.status == 200, "who ended it goes on");
    ensure!(!pair.database.holds(b"Firefox")?);
    Ok(())
}

#[tokio::test]
async fn failures_count_at_both() -> Result<()> {
    let pair = Pair::start().await?;
    let visitors = [Visitor::new(pair.first.url(), "en")?, Visitor::new(pair.second.url(), "en")?];
    for n in 0..10 {
        ensure!(visitors[n % 2].sign_in(ALICE, "guess").await?.status == 401, "try {n}");
    }
    for visitor in &visitors {
        ensure!(visitor.sign_in(ALICE, PASSWORD).await?.status == 429, "ten tries, wherever");
    }
    for visitor in &visitors {
        // Another account, with its right password, again and again: what was no failure is given back to both.
        for _ in 0..8 {
            ensure!(visitor.sign_in("bob@example.test", PASSWORD).await?.status == 200);
        }
    }
    let names = pair.database.sql("SELECT count(*) FROM allowance")?;
    ensure!(names.parse::<u32>()? > 0 && !pair.database.holds(b"alice@")?);
    Ok(())
}

#[tokio::test]
async fn a_gateway_older_than_the_tables_says_so_and_its_pages_go_on() -> Result<()> {
    let pair = Pair::start().await?;
    let ready = Visitor::new(pair.first.url(), "en")?;
    ensure!(ready.get("/readyz").await?.status == 200);
    pair.database.sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999999, 'later', true, '', 0)",
    )?;
    let answer = ready.get("/readyz").await?;
    ensure!(answer.status == 503 && answer.text().contains("later version"), "{}", answer.text());
    let until = Instant::now() + Duration::from_secs(60);
    while !pair.first.log().contains("claims no message any more") {
        ensure!(Instant::now() < until, "the log says nothing:\n{}", pair.first.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Visitor::signed_in(pair.first.url(), ALICE, PASSWORD).await?;
    Ok(())
}
