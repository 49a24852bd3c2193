//! What accepting costs, with the disk's part in it: tap to "accepted" for one person, and accepted sends a second for
//! several at once.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::{Database, Dovecot, Gateway, Options, Visitor};

const ALONE: usize = 101;
const AT_ONCE: usize = 8;
const CROWD: Duration = Duration::from_secs(5);
const PASSWORD: &str = "secret";

fn author(n: usize) -> String {
    format!("author{n}@example.test")
}

/// Nothing listens where it would be sent to: what is measured is the promise.
pub async fn sends() -> Result<()> {
    let users = (0..AT_ONCE).map(|n| (author(n), PASSWORD.to_owned())).collect();
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    for store in ["SQLite", "PostgreSQL"] {
        let database = if store == "PostgreSQL" { Some(Database::new()?) } else { None };
        let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
        let text = database.as_ref().map_or_else(String::new, |d| format!("database = \"{}\"\n", d.url));
        let prepare = |folder: &std::path::Path| Ok(std::fs::write(folder.join("relais.toml"), text)?);
        let arguments =
            ["--config", "{folder}/relais.toml", "--imap", &imap, "--smtp", "smtp://127.0.0.1:9?tls=none"];
        let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, prepare).await?;
        measure(store, gateway.url()).await?;
    }
    Ok(())
}

async fn measure(store: &str, url: &str) -> Result<()> {
    let alone = Visitor::signed_in(url, &author(0), PASSWORD).await?;
    let mut taps = Vec::with_capacity(ALONE);
    for n in 0..ALONE {
        taps.push(tap(&alone, n).await?);
    }
    taps.sort_unstable();
    println!(
        "tap to accepted, {store}: {:.2} ms (median of {ALONE}), {:.2} ms at worst",
        taps[ALONE / 2].as_secs_f64() * 1e3,
        taps[ALONE - 1].as_secs_f64() * 1e3
    );
    let until = Instant::now() + CROWD;
    let authors = (0..AT_ONCE).map(|n| {
        let url = url.to_owned();
        tokio::spawn(async move {
            let author = Visitor::signed_in(&url, &author(n), PASSWORD).await?;
            let mut accepted = 0usize;
            while Instant::now() < until {
                tap(&author, accepted).await?;
                accepted += 1;
            }
            anyhow::Ok(accepted)
        })
    });
    let mut accepted = 0;
    for author in authors.collect::<Vec<_>>() {
        accepted += author.await??;
    }
    let each = accepted as f64 / CROWD.as_secs_f64();
    println!(
        "accepted sends, each with its fsync, {store}: {each:.0} a second by {AT_ONCE} authors (forms and answers fetched too)"
    );
    Ok(())
}

/// From the tap on "send" to the page that says so; the form is there already, as in life.
async fn tap(author: &Visitor, n: usize) -> Result<Duration> {
    let form = author.get("/compose?to=mailto:bob%40example.test").await?;
    let subject = format!("Number {n}");
    let fields = [("subject", subject.as_str()), ("text", "Bonjour,\n\nvoici.\n"), ("do", "send")];
    let tapped = Instant::now();
    let accepted = author.submit(&form, "form[data-write]", &fields).await?;
    let took = tapped.elapsed();
    ensure!(accepted.path.starts_with("/outbox/"), "not accepted: {}\n{}", accepted.status, accepted.text());
    Ok(took)
}
