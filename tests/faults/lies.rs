//! Servers that say too little, or refuse for another reason than one thinks: nobody is told what nobody knows.

use anyhow::{Context, Result, ensure};
use lab::{Chaos, Dovecot, Options, Reply, Script, Visitor};
use tokio::task::JoinSet;

use crate::support::{
    ALICE, PASSWORD, alice, configured, done, gateway, gateway_at, inbox, plain, problem, refusals, row,
    until,
};

#[tokio::test]
async fn a_mailbox_opened_without_a_count_is_not_called_empty() -> Result<()> {
    for counted in ["", "* 99999999999999999999 EXISTS\r\n", "* EXISTS\r\n", "* x EXISTS\r\n"] {
        let opened = format!("{counted}* OK [UIDVALIDITY 7] ok\r\n{{tag}} OK [READ-ONLY] done\r\n");
        let server = Script::new().on("EXAMINE", opened.as_str()).start().await?;
        let gateway = gateway(server.port()).await?;
        let visitor = Visitor::new(gateway.url(), "en")?;
        visitor.sign_in(ALICE, PASSWORD).await?;
        let said = ["(opening the folder)", "(ouverture du dossier)"];
        for (page, said) in visitor.both("/mail/INBOX").await?.iter().zip(said) {
            ensure!(
                page.status == 502 && problem(page).contains(said),
                "{counted:?}: {} {}",
                page.status,
                page.all("main, .problem, .list").concat()
            );
            for empty in ["No messages here", "Aucun message ici"] {
                ensure!(!page.text().contains(empty), "{counted:?}: {}", page.text());
            }
        }
    }
    // What is empty is called so.
    let server = inbox(0).start().await?;
    let gateway = gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    for (page, empty) in
        visitor.both("/mail/INBOX").await?.iter().zip(["No messages here", "Aucun message ici"])
    {
        ensure!(page.text().contains(empty), "{}", page.text());
    }
    Ok(())
}

/// As Dovecot refuses every plain mechanism on a link that it does not think safe (RFC 5530 §3).
#[tokio::test]
async fn a_password_that_nobody_looked_at_is_not_called_wrong() -> Result<()> {
    for code in ["PRIVACYREQUIRED", "CANNOT"] {
        let no = format!("{{tag}} NO [{code}] Not on this link\r\n");
        let server = Script::new().on("AUTHENTICATE", no.as_str()).on("LOGIN", no.as_str()).start().await?;
        let gateway = gateway(server.port()).await?;
        let told = [
            [
                "takes none of the ways to sign in that Relais knows",
                "did not say whether your password is right",
                "tell your IT help desk",
            ],
            [
                "n’accepte aucune des manières de se connecter que Relais connaît",
                "n’a pas dit si votre mot de passe est le bon",
                "prévenez votre aide informatique",
            ],
        ];
        for (page, told) in refusals(&gateway).await?.iter().zip(told) {
            let said = problem(page);
            ensure!(page.status == 502 && told.iter().all(|words| said.contains(words)), "{code}: {said}");
            ensure!(said.contains("Not on this link"), "the server's own words: {said}");
        }
    }
    // One mechanism was judged: that counts, whatever is said of the others.
    let server = Script::new()
        .greeting("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n")
        .on("AUTHENTICATE PLAIN", "{tag} NO wrong\r\n")
        .on("AUTHENTICATE LOGIN", "{tag} NO [CANNOT] no\r\n")
        .on("LOGIN", "{tag} NO [PRIVACYREQUIRED] no\r\n")
        .start()
        .await?;
    for page in refusals(&gateway(server.port()).await?).await? {
        ensure!(page.status == 401, "{}", page.text());
    }
    Ok(())
}

/// Unread counts are a courtesy: a server that takes for ever over them is not down.
#[tokio::test]
async fn slow_counts_are_nobodys_stall() -> Result<()> {
    let server = inbox(3)
        .on("FETCH", done(&[row(1), row(2), row(3)]).as_str())
        .on("LIST \"\" \"*\"", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Slow\r\n{tag} OK done\r\n")
        .on("STATUS", Reply::SayAndStall(Vec::new()))
        .start()
        .await?;
    let toml = format!(
        "metrics = \"127.0.0.1:0\"\n[limits]\npatience = 5\n[server.default]\nimap = \"{}\"\n",
        plain(server.port())
    );
    let gateway = configured(&toml).await?;
    let log = gateway.log();
    let port = log.split("metrics=").nth(1).and_then(|text| text.split_whitespace().next());
    let url = format!("http://{}/metrics", port.context("no port")?);
    let client = reqwest::Client::builder().no_proxy().build()?;
    let people = ["ann", "bob", "cid", "dan"];
    for name in people {
        let visitor = Visitor::signed_in(gateway.url(), &format!("{name}@example.test"), PASSWORD).await?;
        ensure!(visitor.get("/folders").await?.status == 200);
    }
    let given_up = async || {
        let told = client.get(&url).send().await?.text().await?;
        let number = told
            .split("stage=\"counts\",kind=\"deadline\"} ")
            .nth(1)
            .and_then(|n| n.split_whitespace().next());
        anyhow::Ok(number.and_then(|n| n.parse::<usize>().ok()).unwrap_or(0))
    };
    until(async || Ok(given_up().await? >= people.len())).await?;
    ensure!(!gateway.log().contains("circuit opened"), "{}", gateway.log());
    ensure!(alice(&gateway).await?.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
    Ok(())
}

/// A server that greets, signs in and stalls again: those who come next do not all wait it out once more.
#[tokio::test]
async fn a_greeting_is_no_recovery_from_stalls() -> Result<()> {
    let server = inbox(3).on("FETCH", Reply::SayAndStall(Vec::new())).start().await?;
    let gateway = gateway_at(&plain(server.port()), "patience = 5").await?;
    let sign_in = async |name: &str| {
        let visitor = Visitor::new(gateway.url(), "en")?;
        visitor.sign_in(&format!("{name}@example.test"), PASSWORD).await
    };
    for name in ["ann", "bob", "cid"] {
        ensure!(problem(&sign_in(name).await?).contains("opening the folder"));
    }
    let opened = || gateway.log().matches("circuit opened").count();
    ensure!(opened() == 1);
    // Our own probe is greeted.
    until(async || Ok(gateway.log().contains("circuit closed"))).await?;
    ensure!(problem(&sign_in("dan").await?).contains("opening the folder"));
    ensure!(opened() == 2, "three more had to wait: {}", gateway.log());
    ensure!(sign_in("eve").await?.status == 503);
    Ok(())
}

/// One refusal is not for ever, and what is refused with and without previews is not blamed on them.
#[tokio::test]
async fn previews_are_not_given_up_for_a_refusal_of_something_else() -> Result<()> {
    let rows = done(&[row(1), row(2), row(3)]);
    let server = inbox(3)
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 PREVIEW\r\n{tag} OK done\r\n")
        .times("UID FETCH 1:3 (UID", 2, "{tag} NO [UNAVAILABLE] in a moment\r\n")
        .on("FETCH", rows.as_str())
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    let visitor = alice(&gateway).await?;
    let asked = visitor.get("/mail/INBOX/previews?uidvalidity=7&uid=1&uid=2&uid=3").await?;
    ensure!(asked.status != 200 || asked.text() == "{}", "{} {}", asked.status, asked.text());
    ensure!(!gateway.log().contains("announces PREVIEW but refuses it"), "{:#?}", server.heard());
    visitor.get("/mail/INBOX").await?;
    let heard = server.heard();
    ensure!(heard.iter().rev().take(2).any(|line| line.contains("PREVIEW")), "{heard:#?}");
    Ok(())
}

/// A mailbox that many share, at eight o'clock: its server allows it so many connections, and nobody is refused.
#[tokio::test]
async fn ten_who_open_one_mailbox_at_once_stay_under_what_its_server_allows() -> Result<()> {
    let dovecot = Dovecot::start(Options { mail_max_userip_connections: 7, ..Options::default() }).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let gateway = gateway(wire.port()).await?;
    let mut coming = JoinSet::new();
    for _ in 0..10 {
        let url = gateway.url().to_owned();
        coming.spawn(async move { Visitor::signed_in(&url, ALICE, PASSWORD).await });
    }
    let mut inside = 0;
    while let Some(came) = coming.join_next().await {
        came??;
        inside += 1;
    }
    ensure!(inside == 10);
    Ok(())
}
