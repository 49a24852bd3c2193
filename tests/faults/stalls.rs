//! A server that says nothing more: the page names the stage after its deadline, and nobody else waits for it.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Result, ensure};
use lab::{Chaos, Mode, Reply, Script, Visitor};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::{ALICE, PASSWORD, alice, configured, done, hasty, inbox, plain, problem, refusals, row};

// In English and in French.
const LATE: [&str; 2] = ["did not answer within", "n’a pas répondu en"];
const NOT_THE_PASSWORD: [&str; 2] =
    ["Your password is not the cause.", "Votre mot de passe n’est pas en cause."];
const MAIL_IS_SAFE: [&str; 2] = [
    "Your messages are on the server; Relais erased none of them.",
    "Vos messages sont sur le serveur ; Relais n’en a effacé aucun.",
];
const TRY_LATER: [&str; 2] = ["Try again in a moment.", "Réessayez dans un moment."];

fn told(said: &str, words: &[&str]) -> bool {
    words.iter().all(|words| said.contains(words))
}

fn silence(said: &str) -> Reply {
    Reply::SayAndStall(said.as_bytes().to_vec())
}

#[tokio::test]
async fn the_page_names_the_stage_before_and_while_signing_in() -> Result<()> {
    let contact = ["(first contact)", "(premier contact)"];
    let signing = ["(signing in)", "(identification)"];
    // Servers answer late on purpose after wrong passwords: nobody knows.
    let unknown = [
        "The server did not say whether your password is right.",
        "Le serveur n’a pas dit si votre mot de passe est le bon.",
    ];
    let stages = [
        (Script::new().greeting(silence("")), contact, NOT_THE_PASSWORD),
        (Script::new().greeting(silence("* OK [CAPABILITY IMAP4re")), contact, NOT_THE_PASSWORD),
        (
            Script::new().greeting("* OK hi\r\n").on("CAPABILITY", silence("* CAPA")),
            contact,
            NOT_THE_PASSWORD,
        ),
        (Script::new().on("LOGIN", silence("")), signing, unknown),
        (Script::new().on("LOGIN", silence("{tag} O")), signing, unknown),
    ];
    for (script, stage, still) in stages {
        let server = script.start().await?;
        let gateway = hasty(server.port()).await?;
        let pages = refusals(&gateway).await?;
        assert!(pages.iter().all(|page| page.status == 504), "{}", pages[0].status);
        let said = pages.map(|page| problem(&page));
        for (n, said) in said.iter().enumerate() {
            assert!(told(said, &[LATE[n], stage[n], still[n], TRY_LATER[n]]), "{said}");
        }
    }
    // TLS that never answers.
    let server = Script::new().greeting(silence("")).start().await?;
    let gateway =
        crate::support::gateway_at(&format!("imaps://127.0.0.1:{}", server.port()), "patience = 10").await?;
    let said = refusals(&gateway).await?.map(|page| problem(&page));
    assert!(said[0].contains("(encryption)") && said[1].contains("(chiffrement)"), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn the_page_names_the_stage_while_reading_and_what_still_works() -> Result<()> {
    let literal = "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (RECEIVED)] {1000}\r\nonly this";
    let (folders, open) =
        (["(list of folders)", "(liste des dossiers)"], ["(opening the folder)", "(ouverture du dossier)"]);
    for (verb, reply, path, stage) in [
        ("LIST", silence(""), "/folders", folders),
        ("EXAMINE", silence("* 3 EXISTS\r\n"), "/mail/INBOX", open),
        ("FETCH", silence(""), "/mail/INBOX", open),
        ("FETCH", silence(literal), "/mail/INBOX", open),
        ("UID FETCH", silence(""), "/mail/INBOX/7-2", ["(reading)", "(lecture)"]),
    ] {
        let server = Script::new().on(verb, reply);
        let server = if verb == "EXAMINE" {
            server.start().await?
        } else {
            server.on("EXAMINE", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n").start().await?
        };
        let gateway = hasty(server.port()).await?;
        // The sign-in leads to the inbox, which may be what stalls.
        let visitor = Visitor::new(gateway.url(), "en")?;
        visitor.sign_in(ALICE, PASSWORD).await?;
        for (n, page) in visitor.both(path).await?.iter().enumerate() {
            let said = problem(page);
            assert!(told(&said, &[LATE[n], stage[n], MAIL_IS_SAFE[n], TRY_LATER[n]]), "{verb}: {said}");
            assert_eq!(page.all("[data-problem] a.primary"), [["Try again", "Réessayer"][n]], "{said}");
            assert_eq!(page.attributes("[data-problem] a.primary", "href"), [path], "{said}");
            let elsewhere = page.attributes("[data-problem] a:not(.primary)", "href");
            assert_eq!(elsewhere, ["/status"], "{said}");
        }
    }
    Ok(())
}

/// A machine that takes no connection and refuses none: a port whose queue is full.
#[tokio::test]
async fn a_machine_that_does_not_answer_is_named_before_any_word_was_exchanged() -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let full = socket.listen(1)?;
    let port = full.local_addr()?.port();
    let mut queue = Vec::new();
    while let Ok(waiting) =
        timeout(Duration::from_millis(500), TcpStream::connect((Ipv4Addr::LOCALHOST, port))).await
    {
        queue.push(waiting?);
        ensure!(queue.len() < 100, "it takes them all");
    }
    let gateway = hasty(port).await?;
    for (n, page) in refusals(&gateway).await?.iter().enumerate() {
        let said = problem(page);
        ensure!(page.status == 504, "{}", page.status);
        let stage = ["(connecting)", "(connexion)"];
        ensure!(told(&said, &[LATE[n], stage[n], NOT_THE_PASSWORD[n], TRY_LATER[n]]), "{said}");
    }
    Ok(())
}

/// One dead server, and one account that hangs, beside somebody who reads.
#[tokio::test]
async fn nobody_else_waits() -> Result<()> {
    let dead = Script::new().greeting(silence("")).start().await?;
    let healthy = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(healthy.port()).await?;
    // A minute of patience: whatever is answered below was not waited for.
    let toml = format!(
        "[limits]\npatience = 300\n[server.dead]\nimap = \"{}\"\ndomains = [\"dead.test\"]\n[server.well]\nimap = \"{}\"\n\
         domains = [\"example.test\"]\n[server.slow]\nimap = \"{}\"\ndomains = [\"slow.test\"]\n",
        plain(dead.port()),
        plain(healthy.port()),
        plain(wire.port())
    );
    let gateway = configured(&toml).await?;
    let slow = Visitor::signed_in(gateway.url(), "bob@slow.test", PASSWORD).await?;
    wire.set(Mode::Stall).await;
    let mut waiting = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (slow, url) = (slow.clone(), gateway.url().to_owned());
        waiting.spawn(async move {
            if n < 10 {
                slow.get("/mail/INBOX").await.map(drop)
            } else {
                Visitor::new(&url, "en")?.sign_in(&format!("u{n}@dead.test"), PASSWORD).await.map(drop)
            }
        });
    }
    // They are under way: the dead server was called, the slow one asked.
    crate::support::until(async || Ok(wire.counts().open >= 2)).await?;
    for _ in 0..5 {
        let visitor = alice(&gateway).await?;
        ensure!(visitor.get("/mail/INBOX").await?.uids() == [3, 2, 1]);
        for path in ["/login", "/status", "/healthz"] {
            let page = Visitor::new(gateway.url(), "en")?.get(path).await?;
            ensure!(page.status == 200, "{path}: {}", page.status);
        }
    }
    ensure!(waiting.try_join_next().is_none(), "somebody was not kept waiting: the test shows nothing");
    Ok(())
}

#[tokio::test]
async fn a_dribbling_server_is_cut_at_its_deadline() -> Result<()> {
    let server = inbox(3).on("FETCH", done(&[row(1), row(2), row(3)]).as_str()).start().await?;
    let wire = Chaos::start(server.port()).await?;
    let gateway = hasty(wire.port()).await?;
    let visitor = alice(&gateway).await?;
    let stage = ["(opening the folder)", "(ouverture du dossier)"];
    for (n, language) in ["en", "fr"].into_iter().enumerate() {
        // A connection that works, so that what dribbles is the list.
        assert_eq!(visitor.get("/mail/INBOX").await?.uids(), [3, 2, 1]);
        wire.set(Mode::Dribble(Duration::from_millis(50))).await;
        let page = visitor.get_with("/mail/INBOX", &[("accept-language", language)]).await?;
        let said = problem(&page);
        assert!(told(&said, &[LATE[n], stage[n], MAIL_IS_SAFE[n], TRY_LATER[n]]), "{}", page.text());
        wire.set(Mode::Pass).await;
    }
    assert_eq!(visitor.get("/mail/INBOX").await?.uids(), [3, 2, 1]);
    Ok(())
}
