//! Measures and probes: what everybody sees of how long things take, with real servers.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use lab::{Chaos, Database, Dovecot, Gateway, Options, Postfix, Postgres, Submission, Visitor};
use relais::smtp::Envelope;
use serde_json::Value;

use crate::{
    compose::seed,
    support::{ALICE, BOB, PASSWORD, Servers, chunks},
};

const PROBE: &str = "probe@example.test";
/// Letters with the subject of its own: more than a probe looks at.
const FORGED: u32 = 130;

/// A gateway that probes, with this configuration.
async fn gateway(text: String) -> Result<Gateway> {
    let prepare = |folder: &Path| {
        fs::write(folder.join("password"), format!("{PASSWORD}\n"))?;
        Ok(fs::write(folder.join("relais.toml"), text.replace("{folder}", &folder.display().to_string()))?)
    };
    Gateway::start_probing(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], prepare).await
}

/// What `/status.json` says of the measures, once it says this.
async fn told(gateway: &Gateway, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
    let visitor = Visitor::new(gateway.url(), "en")?;
    let until = Instant::now() + Duration::from_secs(180);
    loop {
        let answer = visitor.get("/status.json").await?;
        ensure!(answer.status == 200, "{}", answer.text());
        let all: Value = serde_json::from_slice(&answer.body)?;
        if is_so(&all["measures"]) {
            return Ok(all["measures"].clone());
        }
        ensure!(Instant::now() < until, "{what}: {all}\n{}", gateway.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn answers(measures: &Value, so: bool) -> bool {
    measures["servers"][0]["answers"] == Value::Bool(so)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_with_a_mailbox_reads_writes_and_leaves_nothing_behind() -> Result<()> {
    let mut options = Options::default();
    options.users.push((PROBE.into(), PASSWORD.into()));
    let dovecot = Dovecot::start(options).await?;
    let postfix = Postfix::start_with(&dovecot, lab::postfix::Options::default()).await?;
    // What others write to it stays, whatever it is called, and hides nothing.
    let mut mailbox = dovecot.client(PROBE).await?;
    for n in 0..FORGED {
        let forged =
            format!("From: {BOB}\nTo: {PROBE}\nSubject: Relais: probe\nMessage-ID: <{n:032x}@example.test>");
        mailbox.append("INBOX", &seed(&forged, "x")).await?;
    }
    let gateway = gateway(format!(
        "[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{}?tls=none\"\n\
         probe_user = \"{PROBE}\"\nprobe_password_file = \"{{folder}}/password\"\n",
        dovecot.imap_port(),
        postfix.submission_port()
    ))
    .await?;
    let measures = told(&gateway, "the letter arrives", |measures| {
        answers(measures, true) && measures["open"]["samples"] == 1 && measures["arrive"]["samples"] == 1
    })
    .await?;
    ensure!(measures["arrive"]["now"].as_f64().is_some_and(|seconds| seconds < 90.0), "{measures}");
    ensure!(
        measures["servers"][0]["takes_mail"] == true && measures["arrive"]["late"] == false,
        "{measures}"
    );
    ensure!(postfix.log().contains(&format!("to=<{PROBE}>")), "{}", postfix.log());
    let mut mailbox = dovecot.client(PROBE).await?;
    ensure!(mailbox.select("INBOX").await? == FORGED, "a letter stays, or what is not its own was taken out");
    let page = Visitor::new(gateway.url(), "en")?.get("/status").await?;
    let rows = page.texts(".gate");
    ensure!(rows.iter().any(|row| row.starts_with("Mail server") && row.contains("answers")), "{rows:?}");
    ensure!(rows.iter().any(|row| row.starts_with("Time to arrive")), "{rows:?}");
    for public in [page.text(), measures.to_string()] {
        ensure!(
            !public.contains("127.0.0.1") && !public.contains(PROBE) && !public.contains("Dovecot"),
            "{public}"
        );
    }
    ensure!(!gateway.log().contains(PASSWORD) && !gateway.log().contains(PROBE), "{}", gateway.log());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_greets_and_takes_no_letter_takes_no_mail() -> Result<()> {
    let mut options = Options::default();
    options.users.push((PROBE.into(), PASSWORD.into()));
    let dovecot = Dovecot::start(options).await?;
    let submission = Submission::new().times("MAIL", 2, "451 4.3.0 not now\r\n").start().await?;
    let gateway = gateway(format!(
        "[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{}?tls=none\"\n\
         probe_user = \"{PROBE}\"\nprobe_password_file = \"{{folder}}/password\"\n",
        dovecot.imap_port(),
        submission.port()
    ))
    .await?;
    let takes = |so: bool| move |measures: &Value| measures["servers"][0]["takes_mail"] == Value::Bool(so);
    let measures = told(&gateway, "it takes no mail", takes(false)).await?;
    ensure!(answers(&measures, true) && measures["servers"][0]["takes_none_since"].is_string(), "{measures}");
    told(&gateway, "it takes mail again", takes(true)).await?;
    ensure!(submission.messages().len() == 1, "{:?}", submission.heard());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_does_not_answer_and_one_that_starts_does() -> Result<()> {
    let mut servers = Servers::start().await?;
    let gateway = gateway(format!(
        "[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\nsmtp = \"smtp://127.0.0.1:{}?tls=none\"\n",
        servers.dovecot.imap_port(),
        servers.postfix.submission_port()
    ))
    .await?;
    let measures = told(&gateway, "it answers", |measures| answers(measures, true)).await?;
    ensure!(measures["servers"][0]["takes_mail"] == true, "{measures}");
    ensure!(!servers.dovecot.log().contains("Login: user"), "nobody signed in:\n{}", servers.dovecot.log());
    servers.dovecot.stop();
    let visitor = Visitor::new(gateway.url(), "en")?;
    // Real traffic tells sooner than the next probe.
    for _ in 0..3 {
        visitor.sign_in(ALICE, PASSWORD).await?;
    }
    let measures = told(&gateway, "it does not answer", |measures| answers(measures, false)).await?;
    ensure!(measures["servers"][0]["silent_since"].is_string(), "{measures}");
    let page = visitor.get("/status").await?;
    let chips = page.all(".gate .chip.bad");
    ensure!(chips == ["does not answer"], "{chips:?}");
    servers.dovecot.restart().await?;
    let measures = told(&gateway, "it answers again", |measures| answers(measures, true)).await?;
    ensure!(measures["servers"][0]["silent_since"].is_null(), "{measures}");
    Ok(())
}

/// Two gateways on one store, each with its own way to the mail server.
struct Pair {
    dovecot: Dovecot,
    wires: [Chaos; 2],
    gateways: [Gateway; 2],
    keys: tempfile::TempDir,
}

impl Pair {
    async fn start(database: &str) -> Result<Pair> {
        Pair::with(database, Options::default(), "").await
    }

    async fn with(database: &str, options: Options, of_the_server: &str) -> Result<Pair> {
        let (dovecot, keys) = (Dovecot::start(options).await?, tempfile::tempdir()?);
        let wires = [Chaos::start(dovecot.imap_port()).await?, Chaos::start(dovecot.imap_port()).await?];
        let text = |wire: &Chaos| {
            format!(
                "database = \"{database}\"\nkey_file = \"{}\"\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n{of_the_server}",
                keys.path().join("relais.key").display(),
                wire.port()
            )
        };
        // One makes the keys.
        let (first, second) = (gateway(text(&wires[0])).await?, gateway(text(&wires[1])).await?);
        Ok(Pair { dovecot, wires, gateways: [first, second], keys })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_gateways_probes_and_both_show_one_truth() -> Result<()> {
    let database = Database::new()?;
    let pair = Pair::start(&database.url).await?;
    for gateway in &pair.gateways {
        told(gateway, "both know that it answers", |measures| answers(measures, true)).await?;
    }
    let probed = pair.wires.iter().filter(|wire| wire.counts().connections > 0).count();
    ensure!(probed == 1, "{:?}", pair.wires.iter().map(Chaos::counts).collect::<Vec<_>>());
    // One at each, and both know of both.
    for (gateway, user) in [(0, ALICE), (1, BOB)] {
        let person = Visitor::signed_in(pair.gateways[gateway].url(), user, PASSWORD).await?;
        for _ in 0..3 {
            ensure!(person.get("/mail/INBOX").await?.status == 200);
        }
    }
    for gateway in &pair.gateways {
        let two = |measures: &Value| measures["open"]["samples"].as_u64().is_some_and(|n| n >= 2);
        told(gateway, "what was measured at one is known at both", two).await?;
    }
    ensure!(!database.holds(b"alice@")?);
    Ok(())
}

/// How long mail takes to arrive: whoever is seen at both gateways is no two mailboxes, and nobody's name is kept.
#[tokio::test(flavor = "multi_thread")]
async fn mailboxes_are_counted_at_the_gateway_that_saw_most() -> Result<()> {
    let database = Database::new()?;
    let person = |n: usize| format!("person{n}@example.test");
    let users = (1..=5).map(|n| (person(n), PASSWORD.to_owned())).collect();
    let trusted = "trusted_hosts = [\"mx.example.test\"]\n";
    let pair = Pair::with(&database.url, Options { users, ..Options::default() }, trusted).await?;
    let look = async |gateway: &Gateway, n: usize| -> Result<()> {
        let visitor = Visitor::signed_in(gateway.url(), &person(n), PASSWORD).await?;
        ensure!(visitor.get("/mail/INBOX").await?.status == 200);
        Ok(())
    };
    for n in 1..=5 {
        let taken = lab::seed::header_date(jiff::Timestamp::now() - jiff::SignedDuration::from_secs(40));
        let trace = format!(
            "Received: from a.example (a.example [203.0.113.9]) by mx.example.test; {taken}\n\
             From: Labo <labo@example.org>\nTo: {}\nSubject: x",
            person(n)
        );
        pair.dovecot.client(&person(n)).await?.append("INBOX", &seed(&trace, "x")).await?;
    }
    // Three at both, and a fourth at the first one: four at least, and not seven.
    for (gateway, n) in [(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2), (1, 3)] {
        look(&pair.gateways[gateway], n).await?;
    }
    let rows = || database.sql("SELECT count(DISTINCT gateway) FROM delay");
    let until = Instant::now() + Duration::from_secs(120);
    while rows()?.trim() != "2" {
        ensure!(Instant::now() < until, "{}", rows()?);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for gateway in &pair.gateways {
        let measures = told(gateway, "anything", |_| true).await?;
        ensure!(measures["servers"][0]["delay"]["hour"].is_null(), "{measures}");
    }
    look(&pair.gateways[0], 5).await?;
    for gateway in &pair.gateways {
        let measures = told(gateway, "both know of five", |measures| {
            measures["servers"][0]["delay"]["hour"]["mailboxes"] == 5
        })
        .await?;
        let median = measures["servers"][0]["delay"]["hour"]["median"].as_f64();
        ensure!(median.is_some_and(|seconds| (35.0..60.0).contains(&seconds)), "{measures}");
    }
    let kept = database.sql("SELECT server, grain, length(counts) < 100 FROM delay")?;
    ensure!(kept.lines().count() >= 4 && !database.holds(b"person1@")?, "{kept}");
    Ok(())
}

/// Fields as Postfix and Dovecot really write them: what a message brought along in their name is below them.
#[tokio::test(flavor = "multi_thread")]
async fn mail_that_really_came_tells_how_long_it_took() -> Result<()> {
    let person = |n: usize| format!("person{n}@example.test");
    let users = (1..=5).map(|n| (person(n), PASSWORD.to_owned())).collect();
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let postfix = Postfix::start_with(&dovecot, lab::postfix::Options::default()).await?;
    let servers = Servers { dovecot, postfix };
    let forged = lab::seed::header_date(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(20));
    let letter = format!(
        "Received: from mail.example.test (mail.example.test [127.0.0.1]) by mail.example.test (Postfix) with ESMTP id 4X; {forged}\n\
         From: {}\nTo: everybody\nSubject: x",
        person(1)
    );
    let letter = seed(&letter, "x").raw;
    let mut connection = servers.open("smtp").await?;
    connection.sign_in(&person(1), PASSWORD).await?;
    let from = Envelope { from: person(1), size: letter.len() as u64, ..Envelope::default() };
    connection.mail(&from).await?;
    for n in 1..=5 {
        connection.recipient(&person(n)).await?;
    }
    connection.data(chunks(&letter, letter.len())).await?;
    connection.quit().await;
    let gateway = gateway(format!(
        "[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\ntrusted_hosts = [\"mail.example.test\"]\n",
        servers.dovecot.imap_port()
    ))
    .await?;
    for n in 1..=5 {
        let arrived = servers.arrived(&person(n), 1).await?;
        let visitor = Visitor::signed_in(gateway.url(), &person(n), PASSWORD).await?;
        ensure!(visitor.get("/mail/INBOX").await?.status == 200);
        let measures = told(&gateway, "anything", |_| true).await?;
        let hour = &measures["servers"][0]["delay"]["hour"];
        ensure!(hour.is_null() == (n < 5), "{hour} {}", String::from_utf8_lossy(&arrived[0].0));
        ensure!(n < 5 || hour["median"].as_f64().is_some_and(|seconds| seconds < 60.0), "{hour}");
        // Of five, nine of ten would be one of them.
        ensure!(hour["p90"].is_null(), "{hour}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_store_down_the_last_known_stays_also_for_a_restart() -> Result<()> {
    let mut server = Postgres::start().await?;
    let mut pair = Pair::start(&server.database()?).await?;
    let person = Visitor::signed_in(pair.gateways[0].url(), ALICE, PASSWORD).await?;
    ensure!(person.get("/mail/INBOX").await?.status == 200);
    let known = |measures: &Value| answers(measures, true) && measures["open"]["samples"] != 0;
    let before = told(&pair.gateways[0], "something is known", known).await?;
    // The snapshot is written within a minute.
    let folder = pair.gateways[0].folder();
    let file = folder.join("data/measures.json");
    let until = Instant::now() + Duration::from_secs(150);
    while !fs::read_to_string(&file)
        .is_ok_and(|text| text.contains("\"default\":[1") && !text.contains("\"rows\":[]"))
    {
        ensure!(Instant::now() < until, "{:?}", fs::read_to_string(&file));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.crash();
    let after = told(&pair.gateways[0], "it is still known", known).await?;
    ensure!(before["open"]["days"][0]["median"] == after["open"]["days"][0]["median"], "{after}");
    pair.gateways[0].kill();
    // A restart, while nothing answers but the gateway itself.
    let configuration = fs::read_to_string(folder.join("relais.toml"))?;
    let snapshot = fs::read_to_string(&file)?;
    let prepare = |folder: &Path| {
        fs::create_dir(folder.join("data"))?;
        fs::write(folder.join("data/measures.json"), snapshot)?;
        Ok(fs::write(folder.join("relais.toml"), configuration)?)
    };
    let binary = env!("CARGO_BIN_EXE_relais");
    let again = Gateway::start_with(binary, &["--config", "{folder}/relais.toml"], prepare).await?;
    let begun = told(&again, "what is known after a restart", |_| true).await?;
    ensure!(before["open"]["days"][0]["median"] == begun["open"]["days"][0]["median"], "{begun}");
    ensure!(answers(&begun, true), "{begun}");
    let visitor = Visitor::new(again.url(), "en")?;
    ensure!(visitor.get("/status").await?.all(".gate").len() > 1);
    ensure!(visitor.get("/readyz").await?.status == 503 && visitor.get("/healthz").await?.status == 200);
    // The store comes: everything else does, too.
    server.restart()?;
    let until = Instant::now() + Duration::from_secs(60);
    while visitor.get("/readyz").await?.status != 200 {
        ensure!(Instant::now() < until, "the store is not taken up:\n{}", again.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let person = Visitor::signed_in(again.url(), ALICE, PASSWORD).await?;
    ensure!(person.get("/mail/INBOX").await?.status == 200);
    ensure!(pair.keys.path().exists());
    Ok(())
}
