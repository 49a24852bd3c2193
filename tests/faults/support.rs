//! A gateway in front of whatever a test puts there.

use std::{fs, time::Duration};

use anyhow::{Result, ensure};
use lab::{Answer, Gateway, Reply, Script, Visitor};

pub const ALICE: &str = "alice@example.test";
pub const PASSWORD: &str = "secret";

/// One server at this URL; `limits` are lines of that table.
pub async fn gateway_at(imap: &str, limits: &str) -> Result<Gateway> {
    configured(&format!("[limits]\n{limits}\n[server.default]\nimap = \"{imap}\"\n")).await
}

/// With this `relais.toml`. Many tests come from one address: it is a shared network.
pub async fn configured(toml: &str) -> Result<Gateway> {
    let toml = format!("shared_networks = [\"127.0.0.0/8\"]\n{toml}");
    Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
        Ok(fs::write(folder.join("relais.toml"), toml)?)
    })
    .await
}

pub fn plain(port: u16) -> String {
    format!("imap://127.0.0.1:{port}?tls=none")
}

pub async fn gateway(port: u16) -> Result<Gateway> {
    gateway_at(&plain(port), "").await
}

/// One with a tenth of the patience.
pub async fn hasty(port: u16) -> Result<Gateway> {
    gateway_at(&plain(port), "patience = 10").await
}

pub async fn alice(gateway: &Gateway) -> Result<Visitor> {
    Visitor::signed_in(gateway.url(), ALICE, PASSWORD).await
}

/// The page that says what is wrong, in English and in French, after a try to sign in.
pub async fn refusals(gateway: &Gateway) -> Result<[Answer; 2]> {
    let english = Visitor::new(gateway.url(), "en")?.sign_in(ALICE, PASSWORD).await?;
    let french = Visitor::new(gateway.url(), "fr")?.sign_in(ALICE, PASSWORD).await?;
    for page in [&english, &french] {
        ensure!(page.all("[data-problem]").len() == 1, "no problem told: {}", page.text());
        ensure!(page.value("input[name=username]").as_deref() == Some(ALICE), "the address is lost");
    }
    Ok([english, french])
}

/// What the problem of a page says.
pub fn problem(page: &Answer) -> String {
    page.all("[data-problem]").join(" ")
}

/// A FETCH response about a small message.
pub fn row(n: u32) -> String {
    row_with(
        n,
        &format!(
            "(\"Sun, 22 Nov 2026 09:00:0{} +0000\" \"Subject {n}\" ((\"Ann\" NIL \"ann\" \"example.test\")) NIL NIL NIL NIL NIL NIL \"<{n}@x>\")",
            n % 10
        ),
    )
}

pub fn row_with(n: u32, envelope: &str) -> String {
    format!(
        "* {n} FETCH (UID {n} FLAGS () INTERNALDATE \"22-Nov-2026 09:00:00 +0000\" RFC822.SIZE 100 ENVELOPE {envelope} \
         BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 3 1) BODY[HEADER.FIELDS (RECEIVED)] {{2}}\r\n\r\n)\r\n"
    )
}

pub fn done(lines: &[String]) -> String {
    format!("{}{{tag}} OK done\r\n", lines.concat())
}

/// A script whose INBOX has `exists` messages, with UIDs like their positions.
pub fn inbox(exists: u32) -> Script {
    let opened = format!(
        "* {exists} EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT {}] ok\r\n{{tag}} OK [READ-ONLY] done\r\n",
        exists + 1
    );
    Script::new().on("EXAMINE", opened.as_str())
}

/// The list as it comes when every FETCH is answered so.
pub async fn list_after(exists: u32, reply: impl Into<Reply>) -> Result<Answer> {
    let [english, _] = lists_after(exists, reply).await?;
    Ok(english)
}

/// The same in English and in French.
pub async fn lists_after(exists: u32, reply: impl Into<Reply>) -> Result<[Answer; 2]> {
    let server = inbox(exists).on("FETCH", reply).start().await?;
    let gateway = gateway(server.port()).await?;
    alice(&gateway).await?.both("/mail/INBOX").await
}

/// Waits for a condition, for at most twenty seconds.
pub async fn until(mut met: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    for _ in 0..400 {
        if met().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("it never came to be")
}
