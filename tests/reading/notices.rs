//! What an administrator says with `relais notice`: who sees it, where, until when, and without the store.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use lab::{Database, Dovecot, Gateway, Options, Postgres, Visitor};
use serde_json::Value;

use crate::support::{ALICE, BOB, PASSWORD};

const CAROL: &str = "carol@other.test";
const BINARY: &str = env!("CARGO_BIN_EXE_relais");

/// People of two domains on one server.
async fn dovecot() -> Result<Dovecot> {
    let users = [ALICE, BOB, CAROL].map(|user| (user.into(), PASSWORD.into())).into();
    Dovecot::start(Options { users, ..Options::default() }).await
}

/// A gateway on a database, or on its own store where there is none. `before` puts files into its folder.
async fn gateway(
    dovecot: &Dovecot,
    database: Option<&str>,
    keys: &Path,
    before: impl FnOnce(&Path) -> Result<()>,
) -> Result<Gateway> {
    let database = database.map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
    let text = format!(
        "{database}key_file = \"{}\"\nsoftware = [\"Logiciel A\", \"Logiciel B\"]\ntime_zone = \"UTC\"\n\
         [server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n",
        keys.join("relais.key").display(),
        dovecot.imap_port()
    );
    let prepare = |folder: &Path| {
        fs::write(folder.join("relais.toml"), text)?;
        before(folder)
    };
    Gateway::start_with(BINARY, &["--config", "{folder}/relais.toml"], prepare).await
}

/// What a command beside a gateway prints, on both ways, and whether it went well.
pub fn relais(gateway: &Gateway, words: &[&str]) -> Result<(String, String, bool)> {
    let folder = gateway.folder();
    let mut command = Command::new(BINARY);
    command.args(words).arg("--config").arg(folder.join("relais.toml"));
    let done = command.arg("--data").arg(folder.join("data")).output()?;
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    Ok((text(done.stdout), text(done.stderr), done.status.success()))
}

/// `relais notice …` that must go well: the id, and all that it printed.
fn say(gateway: &Gateway, words: &[&str]) -> Result<(String, String)> {
    let (out, err, well) = relais(gateway, &[&["notice"], words].concat())?;
    ensure!(well, "{words:?}: {out}{err}");
    Ok((out.lines().next().unwrap_or_default().to_owned(), out + &err))
}

async fn fetch(gateway: &Gateway, path: &str) -> Result<String> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let asked = client.get(format!("{}{path}", gateway.url())).header("accept-language", "en");
    Ok(asked.send().await?.text().await?)
}

async fn json(gateway: &Gateway) -> Result<Value> {
    Ok(serde_json::from_str(&fetch(gateway, "/status.json").await?)?)
}

/// Waits until `/status.json` is as it should be.
async fn until(gateway: &Gateway, right: impl Fn(&Value) -> bool) -> Result<Value> {
    let since = Instant::now();
    loop {
        let now = json(gateway).await?;
        if right(&now) {
            return Ok(now);
        }
        ensure!(since.elapsed() < Duration::from_secs(40), "{now:#}\n{}", gateway.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn ids(json: &Value) -> Vec<&str> {
    json["notices"].as_array().into_iter().flatten().filter_map(|notice| notice["id"].as_str()).collect()
}

/// The line on top of a page, without the spaces of its source.
async fn strip(visitor: &Visitor, path: &str) -> Result<String> {
    Ok(visitor
        .get(path)
        .await?
        .texts("aside.notice")
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" "))
}

#[tokio::test]
async fn said_at_one_gateway_and_seen_at_all() -> Result<()> {
    let (dovecot, database, keys) = (dovecot().await?, Database::new()?, tempfile::tempdir()?);
    let url = Some(&*database.url);
    let (one, two) = tokio::try_join!(
        gateway(&dovecot, url, keys.path(), |_| Ok(())),
        gateway(&dovecot, url, keys.path(), |_| Ok(()))
    )?;
    let (id, told) = say(
        &one,
        &[
            "add",
            "--level",
            "down",
            "--title-en",
            "Mail is down",
            "--works-en",
            "reading here",
            "--todo-fr",
            "rien",
            "--phone",
            "0 800 1",
            "--next-update",
            "2026-01-01T10:00",
            "--since",
            "2026-01-01",
        ],
    )?;
    ensure!(id.len() == 6 && told.contains("every gateway"), "{told}");
    ensure!(told.contains("no title in French") && told.contains("no todo in English"), "{told}");
    for gateway in [&one, &two] {
        let seen = until(gateway, |json| ids(json) == [&*id]).await?;
        let first = &seen["notices"][0];
        ensure!(seen["notice"] == *first && first["title"]["en"][0] == "Mail is down", "{seen:#}");
        ensure!(first["for"] == "everybody" && first["since"] == "2026-01-01", "{seen:#}");
        let late = async || {
            let since = Instant::now();
            while !gateway.log().contains("the next word of a notice is late") {
                ensure!(since.elapsed() < Duration::from_secs(30), "{}", gateway.log());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        late().await?;
        let page = fetch(gateway, "/status").await?;
        ensure!(page.contains("and has not come") && page.contains("tel:08001"), "{page}");
    }
    let (table, ..) = relais(&one, &["check", "--json"])?;
    let report: Value = serde_json::from_str(&table)?;
    let findings = report["findings"].as_array().context("findings")?;
    let late = findings.iter().find(|f| f["code"] == "gateway.notice-late").context("nothing is late")?;
    ensure!(
        late["fix"].as_str().is_some_and(|fix| fix.contains(&format!("relais notice update {id}"))),
        "{late}"
    );

    // What is not given stays; but a promise that is late is kept by the word that comes.
    let (_, told) = say(&two, &["update", &id.to_uppercase(), "--level", "degraded", "--title-fr", "Panne"])?;
    ensure!(told.contains("no longer promised"), "{told}");
    for gateway in [&one, &two] {
        let seen = until(gateway, |json| json["notices"][0]["level"] == "degraded").await?;
        let first = &seen["notices"][0];
        ensure!(ids(&seen) == [&*id] && first["title"]["fr"][0] == "Panne", "{seen:#}");
        ensure!(
            first["title"]["en"][0] == "Mail is down" && first["works"]["en"][0] == "reading here",
            "{seen:#}"
        );
        ensure!(first["phone"] == "0 800 1" && first["next_update"].is_null(), "{seen:#}");
    }
    let (table, ..) = relais(&two, &["check", "--json"])?;
    ensure!(!table.contains("notice-late"), "{table}");

    say(&one, &["end", &id])?;
    for gateway in [&one, &two] {
        until(gateway, |json| json["notice"].is_null()).await?;
        let feed = fetch(gateway, "/status.atom").await?;
        ensure!(feed.matches("<entry>").count() == 3, "each version and the end: {feed}");
        ensure!(
            feed.contains("over: Mail is down") && feed.matches(&format!("#{id}-")).count() == 3,
            "{feed}"
        );
    }
    let (out, err, well) = relais(&one, &["notice", "update", &id, "--level", "down"])?;
    ensure!(!well && err.contains("over already"), "{out}{err}");
    let (list, _) = relais(&two, &["notice", "list"]).map(|(out, err, _)| (out, err))?;
    ensure!(list.contains(&id) && list.contains("over"), "{list}");
    let audit: String = fs::read_dir(one.folder().join("data/audit"))?
        .map(|file| Ok(fs::read_to_string(file?.path())?))
        .collect::<Result<_>>()?;
    ensure!(audit.contains("admin-notice-add") && audit.contains("admin-notice-end"), "{audit}");
    ensure!(!database.holds(b"Mail is down")?, "what is said is sealed in the database");
    Ok(())
}

#[tokio::test]
async fn each_sees_what_concerns_them() -> Result<()> {
    let (dovecot, keys) = (dovecot().await?, tempfile::tempdir()?);
    let gateway = gateway(&dovecot, None, keys.path(), |_| Ok(())).await?;
    let (alice, bob, carol) = tokio::try_join!(
        Visitor::signed_in(gateway.url(), ALICE, PASSWORD),
        Visitor::signed_in(gateway.url(), BOB, PASSWORD),
        Visitor::signed_in(gateway.url(), CAROL, PASSWORD)
    )?;
    let stranger = Visitor::new(gateway.url(), "en")?;
    let lines = async || {
        anyhow::Ok([
            strip(&stranger, "/login").await?,
            strip(&alice, "/mail/INBOX").await?,
            strip(&bob, "/mail/INBOX").await?,
            strip(&carol, "/mail/INBOX").await?,
        ])
    };
    ensure!(lines().await?.concat().is_empty());

    let (own, told) = say(
        &gateway,
        &[
            "add",
            "--for",
            "account=Alice@example.test",
            "--title-en",
            "Your mailbox is being repaired",
            "--works-en",
            "mail of this week",
            "--level",
            "info",
        ],
    )?;
    ensure!(told.contains("nowhere else") && !told.contains("lice@"), "{told}");
    let (domain, _) = say(&gateway, &["add", "--for", "domain=OTHER.test", "--title-en", "Other is moving"])?;
    let (later, told) = say(
        &gateway,
        &["add", "--since", "2999-01-01T10:00", "--title-en", "MAINTENANCE", "--level", "down"],
    )?;
    ensure!(told.contains("2999-01-01 10:00 on"), "{told}");
    let seen = until(&gateway, |json| ids(json) == [&*domain]).await?;
    ensure!(seen["notices"][0]["for"]["domains"][0] == "other.test", "{seen:#}");
    let [login, of_alice, of_bob, of_carol] = lines().await?;
    ensure!(login.is_empty() && of_bob.is_empty(), "{login} {of_bob}");
    ensure!(of_alice.contains("being repaired") && of_alice.contains("mail of this week"), "{of_alice}");
    ensure!(of_carol.contains("Other is moving"), "{of_carol}");
    ensure!(alice.get("/mail/INBOX").await?.all("aside.notice details summary").len() == 1);
    for path in ["/status", "/status.json", "/status.atom"] {
        for visitor in [&stranger, &alice] {
            let body = visitor.open(path).await?.text().await?;
            ensure!(
                !body.contains(&own) && !body.contains(&later) && !body.contains("MAINTENANCE"),
                "{body}"
            );
            if path != "/status" {
                ensure!(!body.contains("repaired"), "{body}");
            }
        }
    }
    ensure!(stranger.get("/status").await?.text().contains("About: other.test"));

    // For everybody, and worse: it comes first where nothing is one's own, and counts where something is.
    say(&gateway, &["add", "--level", "down", "--title-en", "All is slow"])?;
    until(&gateway, |json| ids(json).len() == 2).await?;
    let [login, of_alice, of_bob, of_carol] = lines().await?;
    ensure!(login.starts_with("All is slow.") && of_bob.starts_with("All is slow."), "{login} {of_bob}");
    ensure!(of_alice.starts_with("Your mailbox") && of_alice.contains("one other notice"), "{of_alice}");
    ensure!(of_carol.starts_with("All is slow.") && of_carol.contains("one other notice"), "{of_carol}");

    // A row for each software; what is over was restored.
    let rows = async || Ok::<_, anyhow::Error>(stranger.get("/status").await?.texts(".gate").join(" | "));
    let (software, _) = say(
        &gateway,
        &["add", "--for", "software=Logiciel B", "--level", "down", "--todo-en", "use this page"],
    )?;
    until(&gateway, |json| json["software"][1]["state"] == "down").await?;
    let shown = rows().await?;
    ensure!(
        shown.contains("Logiciel A") && shown.contains("does not work") && shown.contains("use this page"),
        "{shown}"
    );
    ensure!(stranger.get("/status").await?.text().contains("1 of 2 work"));
    say(&gateway, &["update", &software, "--level", "degraded"])?;
    until(&gateway, |json| json["software"][1]["state"] == "ongoing").await?;
    say(&gateway, &["end", &software])?;
    let seen = until(&gateway, |json| json["software"][1]["state"] == "restored").await?;
    ensure!(seen["software"][0]["state"] == "ok" && rows().await?.contains("restored"), "{seen:#}");
    let (found, ..) = relais(&gateway, &["audit", "find", ALICE])?;
    ensure!(found.contains("admin-notice-add"), "{found}");
    Ok(())
}

#[tokio::test]
async fn what_is_odd_is_shown_as_text_or_refused_in_words() -> Result<()> {
    let (dovecot, keys) = (dovecot().await?, tempfile::tempdir()?);
    let gateway = gateway(&dovecot, None, keys.path(), |_| Ok(())).await?;
    let hostile = "</title><script>alert(1)</script>\u{202e}\u{7}&amp; «";
    let (id, told) =
        say(&gateway, &["add", "--title-en", hostile, "--works-en", hostile, "--phone", "\"><b>1"])?;
    ensure!(!told.contains('\u{7}') && !told.contains('\u{202e}'), "{told:?}");
    until(&gateway, |json| ids(json) == [&*id]).await?;
    for path in ["/status", "/login", "/status.atom"] {
        let body = fetch(&gateway, path).await?;
        ensure!(body.contains("&lt;script&gt;alert(1)") && !body.contains("<script>alert"), "{body}");
        ensure!(!body.contains("><b>1") && !body.contains(['\u{7}', '\u{202e}']), "{body}");
    }
    let long = "x".repeat(1001);
    for (words, said) in [
        (vec!["add", "--title-en", &long], "title is longer than 1000 characters"),
        (vec!["add", "--since", "yesterday"], "yesterday"),
        (vec!["add", "--for", "somebody"], "--for somebody"),
        (vec!["add", "--for", "domain=a.test", "--for", "software=x"], "one of"),
        (vec!["add", "--for", "domain=not a domain"], "not a mail domain"),
        (vec!["add", "--for", "account=@"], "not a mailbox address"),
        (vec!["add", "--file", "/nowhere/notice.toml"], "/nowhere/notice.toml"),
        (vec!["update", "aaaaaa"], "there is no notice aaaaaa"),
        (vec!["end", "no-such"], "six letters"),
    ] {
        let (out, err, well) = relais(&gateway, &[&["notice"][..], &words[..]].concat())?;
        ensure!(!well && err.contains(said), "{words:?}: {out}{err}");
    }
    // A file, and flags over it.
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/notice.example.toml").display().to_string();
    let (file, _) = say(&gateway, &["add", "--file", &example, "--title-en", "Of the flags"])?;
    let seen = until(&gateway, |json| ids(json).contains(&&*file)).await?;
    let of_file = seen["notices"].as_array().and_then(|all| all.iter().find(|n| n["id"] == *file));
    let of_file = of_file.context("it is there")?;
    ensure!(
        of_file["title"]["en"][0] == "Of the flags" && of_file["phone"] == "0 806 000 000",
        "{of_file:#}"
    );
    ensure!(of_file["title"]["fr"][0] == "Messagerie perturbée", "{of_file:#}");
    // What would not be read again is refused before it is written: words without a language count twice.
    let folder = gateway.folder();
    let lines = vec![format!("\"{}\"", "x".repeat(980)); 40].join(",");
    fs::write(folder.join("long.toml"), format!("level = \"info\"\nworks = [{lines}]"))?;
    let long = folder.join("long.toml").display().to_string();
    for local in [&["--local"][..], &[]] {
        let (out, err, well) = relais(&gateway, &[&["notice", "add", "--file", &long][..], local].concat())?;
        ensure!(!well && out.is_empty() && err.contains("shorten it"), "{out}{err}");
    }
    // Twenty at once, and no more.
    for _ in 2..20 {
        say(&gateway, &["add", "--title-en", "One of many"])?;
    }
    let (_, err, well) = relais(&gateway, &["notice", "add", "--title-en", "One too many"])?;
    ensure!(!well && err.contains("20 notices hold already"), "{err}");
    until(&gateway, |json| ids(json).len() == 20).await?;
    Ok(())
}

#[tokio::test]
async fn a_start_without_the_store_says_first_that_mail_cannot_be_reached() -> Result<()> {
    let (dovecot, keys) = (dovecot().await?, tempfile::tempdir()?);
    let [nobody, metrics] = lab::process::free_ports::<2>()?;
    let url = format!("postgres://relais@127.0.0.1:{nobody}/relais\"\nmetrics = \"127.0.0.1:{metrics}");
    let gateway = gateway(&dovecot, Some(&url), keys.path(), |_| Ok(())).await?;
    let stranger = Visitor::new(gateway.url(), "en")?;
    for path in ["/status", "/login"] {
        let page = stranger.get(path).await?;
        let heads = page.texts("main h2");
        ensure!(heads.first().is_some_and(|head| head.contains("cannot be reached")), "{heads:?}");
        ensure!(!page.text().contains("No incident") && !page.text().contains("works normally"));
        ensure!(page.text().contains("is safe on its server") && page.text().contains("telephone"));
    }
    let counted = reqwest::Client::builder().no_proxy().build()?;
    let counted = counted.get(format!("http://127.0.0.1:{metrics}/metrics")).send().await?.text().await?;
    ensure!(counted.contains("store_up 0"), "{counted}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_they_hold_and_more_can_be_said() -> Result<()> {
    let (dovecot, keys) = (dovecot().await?, tempfile::tempdir()?);
    let mut postgres = Postgres::start().await?;
    let url = postgres.database()?;
    let mut first = gateway(&dovecot, Some(&url), keys.path(), |_| Ok(())).await?;
    let (stored, _) = say(&first, &["add", "--level", "down", "--title-en", "Said before"])?;
    let (other, _) =
        say(&first, &["add", "--title-en", "Stays as it was", "--for", "account=alice@example.test"])?;
    until(&first, |json| ids(json) == [&*stored]).await?;
    let alice = Visitor::signed_in(first.url(), ALICE, PASSWORD).await?;
    let since = Instant::now();
    while !strip(&alice, "/mail/INBOX").await?.contains("Stays as it was") {
        ensure!(since.elapsed() < Duration::from_secs(30));
    }

    tokio::task::block_in_place(|| postgres.crash());
    let (out, err, well) = relais(&first, &["notice", "add", "--title-en", "Lost?"])?;
    ensure!(!well && err.contains("--local") && !err.contains("hunter2"), "{out}{err}");
    let (here, told) = say(&first, &["add", "--local", "--level", "degraded", "--title-en", "Said here"])?;
    ensure!(told.contains("data/notices"), "{told}");
    let seen = until(&first, |json| ids(json).len() == 2).await?;
    ensure!(ids(&seen) == [&*stored, &*here], "the worst first: {seen:#}");
    // What the store said is changed from what is known of it.
    say(&first, &["update", &stored, "--local", "--level", "info"])?;
    let seen = until(&first, |json| ids(json).first() == Some(&&*here)).await?;
    ensure!(seen["notices"][1]["title"]["en"][0] == "Said before", "{seen:#}");
    let (list, err, well) = relais(&first, &["notice", "list"])?;
    ensure!(
        well && list.contains(&stored) && !list.contains(&other) && err.contains("knew last"),
        "{list}{err}"
    );
    let kept = fs::read_to_string(first.folder().join("data/notices.json"))?;
    ensure!(kept.contains("Said before") && !kept.contains("Stays as it was"), "what is one's own: {kept}");
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        anyhow::Ok(fs::metadata(first.folder().join(name))?.permissions().mode() & 0o777)
    };
    ensure!(mode("data/notices.json")? == 0o600 && mode(&format!("data/notices/{here}.toml"))? == 0o600);

    // Another one starts on what the first left, with the store down.
    first.kill();
    let left = first.folder().join("data");
    let second = gateway(&dovecot, Some(&url), keys.path(), |folder| {
        fs::create_dir_all(folder.join("data/notices"))?;
        fs::copy(left.join("notices.json"), folder.join("data/notices.json"))?;
        for file in fs::read_dir(left.join("notices"))? {
            let file = file?;
            fs::copy(file.path(), folder.join("data/notices").join(file.file_name()))?;
        }
        Ok(())
    })
    .await?;
    let seen = until(&second, |json| ids(json).len() == 2).await?;
    ensure!(ids(&seen) == [&*here, &*stored], "{seen:#}");
    let stranger = Visitor::new(second.url(), "en")?;
    let page = stranger.get("/status").await?;
    ensure!(page.status == 200 && page.text().contains("Said here"), "{}", page.text());
    ensure!(
        page.text().contains("waits for its database") && !page.text().contains("Stays as"),
        "{}",
        page.text()
    );
    for (path, status) in
        [("/login", 503), ("/mail/INBOX", 503), ("/readyz", 503), ("/healthz", 200), ("/status.atom", 200)]
    {
        let answer = stranger.get(path).await?;
        ensure!(answer.status == status, "{path}: {}", answer.status);
    }
    let gone = stranger.post("/login", &[("username", ALICE), ("password", PASSWORD)]).await?;
    ensure!(gone.status == 503 && !second.log().contains(PASSWORD));

    // It opens by itself, and what was said here goes into the store with the next word.
    tokio::task::block_in_place(|| postgres.restart())?;
    let since = Instant::now();
    while !stranger.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
        ensure!(since.elapsed() < Duration::from_secs(40), "{}", second.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Visitor::signed_in(second.url(), BOB, PASSWORD).await?;
    say(&second, &["update", &here, "--level", "down"])?;
    say(&second, &["end", &stored])?;
    let seen = until(&second, |json| ids(json) == [&*here]).await?;
    ensure!(seen["notice"]["level"] == "down" && seen["notice"]["title"]["en"][0] == "Said here", "{seen:#}");
    ensure!(
        fs::read_dir(second.folder().join("data/notices"))?.next().is_none(),
        "nothing is left beside the store"
    );
    let feed = fetch(&second, "/status.atom").await?;
    ensure!(feed.contains("over: Said before"), "{feed}");
    Ok(())
}
