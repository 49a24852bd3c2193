//! What a server says before and while somebody signs in.

use anyhow::{Result, ensure};
use lab::{Reply, Script, Visitor};

use crate::support::{
    ALICE, PASSWORD, alice, configured, gateway, gateway_at, hasty, plain, problem, refusals,
};

// In English and in French.
const NOT_IMAP: [&str; 2] = ["is not an IMAP mail server", "n’est pas un serveur de messagerie IMAP"];
const NO_SAFE_WAY: [&str; 2] = ["offers no safe way to sign in", "n’offre aucun moyen sûr de se connecter"];
const WRONG_PASSWORD: [&str; 2] =
    ["The address or the password is not right.", "L’adresse ou le mot de passe n’est pas le bon."];

/// The words of both languages for a server that speaks first in this way.
async fn greeted(reply: impl Into<Reply>) -> Result<[String; 2]> {
    let server = Script::new().greeting(reply).start().await?;
    let gateway = hasty(server.port()).await?;
    let pages = refusals(&gateway).await?;
    ensure!(pages.iter().all(|page| page.status.as_u16() >= 500), "{} {}", pages[0].status, pages[1].status);
    Ok(pages.map(|page| problem(&page)))
}

#[tokio::test]
async fn what_is_no_imap_server_is_called_so() -> Result<()> {
    for greeting in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 smtp.example.test ESMTP\r\n",
        "* PREAUTH somebody is in already\r\n",
        "\r\n",
        "\u{15}\u{3}\u{3}\n",
        "* HELLO\r\n",
    ] {
        let todo = ["tell your IT help desk", "prévenez votre aide informatique"];
        for (n, said) in greeted(greeting).await?.iter().enumerate() {
            assert!(said.contains(NOT_IMAP[n]) && said.contains(todo[n]), "{greeting:?}: {said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_goodbye_as_greeting_is_told_with_the_servers_words() -> Result<()> {
    let said = Reply::SayAndClose(b"* BYE [UNAVAILABLE] Too many <b>connections\r\n".to_vec());
    let [english, french] = greeted(said).await?;
    assert!(
        english.contains("refused the request") && english.contains("Too many <b>connections"),
        "{english}"
    );
    assert!(french.contains("a refusé la demande") && french.contains("Too many"), "{french}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_hangs_up_or_says_nothing_is_told_with_its_stage() -> Result<()> {
    let [english, french] = greeted(Reply::SayAndClose(b"* OK [CAPAB".to_vec())).await?;
    assert!(english.contains("cut the connection (first contact)"), "{english}");
    assert!(french.contains("a coupé la connexion (premier contact)"), "{french}");
    // As a port that speaks TLS does to one who waits for words.
    let [english, french] = greeted(Reply::SayAndStall(Vec::new())).await?;
    assert!(english.contains("(first contact)") && english.contains("1 second"), "{english}");
    assert!(french.contains("(premier contact)"), "{french}");
    Ok(())
}

/// Signing in works although what is advertised does not.
async fn signs_in(capabilities: &str, script: Script) -> Result<Vec<String>> {
    let server = script
        .greeting(format!("* OK [CAPABILITY IMAP4rev1 {capabilities}] hi\r\n").as_str())
        .on("CAPABILITY", format!("* CAPABILITY IMAP4rev1 {capabilities}\r\n{{tag}} OK done\r\n").as_str())
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    alice(&gateway).await?;
    Ok(server.heard())
}

#[tokio::test]
async fn mechanisms_that_do_not_work_do_not_lock_people_out() -> Result<()> {
    signs_in("AUTH=PLAIN SASL-IR", Script::new().on("AUTHENTICATE", "{tag} NO not today\r\n")).await?;
    signs_in("AUTH=PLAIN", Script::new().on("AUTHENTICATE", "{tag} BAD what?\r\n")).await?;
    signs_in(
        "AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=GSSAPI",
        Script::new().on("AUTHENTICATE", "{tag} NO [CANNOT] no\r\n"),
    )
    .await?;
    // It says that LOGIN is off, and it is not.
    signs_in("LOGINDISABLED", Script::new()).await?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_one_whatever_else_was_tried() -> Result<()> {
    let server =
        Script::new().on("LOGIN", "{tag} NO [AUTHENTICATIONFAILED] User unknown.\r\n").start().await?;
    let gateway = gateway(server.port()).await?;
    let [english, french] = refusals(&gateway).await?.map(|page| (page.status.as_u16(), problem(&page)));
    assert_eq!((english.0, french.0), (401, 401));
    for (said, words) in [&english.1, &french.1].into_iter().zip(WRONG_PASSWORD) {
        assert!(said.contains(words) && !said.contains("unknown"), "{said}");
    }
    let tried = server.heard().iter().filter(|l| l.contains("LOGIN") || l.contains("AUTHENTICATE")).count();
    assert_eq!(tried, 2, "once for each of two tries: {:?}", server.heard());
    Ok(())
}

#[tokio::test]
async fn once_a_mechanism_worked_a_wrong_password_is_one_failure() -> Result<()> {
    let server = Script::new()
        .greeting("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\r\n")
        .times("AUTHENTICATE", 1, "{tag} NO [CANNOT] that is only advertised\r\n")
        .times("LOGIN", 1, "{tag} OK in\r\n")
        .on("AUTHENTICATE", "{tag} NO no\r\n")
        .times("LOGIN", 2, "{tag} NO wrong\r\n")
        .times("LOGIN", 1, "{tag} BAD LOGIN is switched off now\r\n")
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    let tried = || {
        let heard = server.heard();
        let verb = |l: &String| l.split(' ').nth(1).unwrap_or_default().to_owned();
        heard.iter().map(verb).filter(|v| v == "LOGIN" || v == "AUTHENTICATE").collect::<Vec<_>>()
    };
    alice(&gateway).await?;
    assert_eq!(tried(), ["AUTHENTICATE", "LOGIN"], "what is advertised, then what works");
    let pages = refusals(&gateway).await?;
    assert!(pages.iter().all(|page| page.status == 401), "{}", problem(&pages[0]));
    assert_eq!(tried()[2..], ["LOGIN", "LOGIN"], "once for each of two tries");
    // A server that was set up anew locks nobody out.
    Visitor::new(gateway.url(), "en")?.sign_in(ALICE, PASSWORD).await?;
    assert_eq!(tried()[4..], ["LOGIN", "AUTHENTICATE", "AUTHENTICATE"]);
    Ok(())
}

#[tokio::test]
async fn a_server_that_takes_no_mechanism_is_not_called_a_wrong_password() -> Result<()> {
    let bad = "{tag} BAD unknown command\r\n";
    let server = Script::new().on("LOGIN", bad).on("AUTHENTICATE", bad).start().await?;
    let gateway = gateway(server.port()).await?;
    let [english, french] = refusals(&gateway).await?.map(|page| (page.status.as_u16(), problem(&page)));
    assert_eq!((english.0, french.0), (502, 502));
    assert!(english.1.contains("none of the ways to sign in"), "{}", english.1);
    assert!(french.1.contains("aucune des manières de se connecter"), "{}", french.1);
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_not_forgotten_when_the_server_then_hangs_up() -> Result<()> {
    let server = Script::new()
        .on("LOGIN", "{tag} NO wrong\r\n")
        .on("AUTHENTICATE", Reply::SayAndClose(b"* BYE enough\r\n".to_vec()))
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    for (page, words) in refusals(&gateway).await?.iter().zip(WRONG_PASSWORD) {
        assert_eq!(page.status, 401, "{}", problem(page));
        assert!(problem(page).contains(words), "{}", problem(page));
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_out_of_order_is_not_called_a_wrong_password() -> Result<()> {
    let server = Script::new().on("LOGIN", "{tag} NO [UNAVAILABLE] Directory is down\r\n").start().await?;
    let gateway = gateway(server.port()).await?;
    let [english, french] = refusals(&gateway).await?.map(|page| problem(&page));
    assert!(english.contains("refused the request") && english.contains("Directory is down"), "{english}");
    assert!(french.contains("a refusé la demande") && french.contains("Directory is down"), "{french}");
    Ok(())
}

/// What was said while signing in stands with the folders; what is said when a mailbox is opened, above its list.
#[tokio::test]
async fn alerts_said_while_signing_in_are_shown() -> Result<()> {
    let opened = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [ALERT] Back <b>at</b> noon\r\n{tag} OK [READ-ONLY] done\r\n";
    let server = Script::new()
        .on("LOGIN", "* OK [ALERT] Disk <i>full</i> at 10\r\n{tag} OK in\r\n")
        .on("EXAMINE", opened)
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    for (language, ours) in [("en", "The mail server says:"), ("fr", "Le serveur de messagerie signale :")] {
        let page = Visitor::new(gateway.url(), language)?.sign_in(ALICE, PASSWORD).await?;
        let shown = page.all(".alert");
        // In the rail, and for a screen that has none.
        let said = [format!("{ours} Disk <i>full</i> at 10")];
        assert_eq!(
            (page.all(".rail .alert"), page.all("main .no-rail .alert")),
            (said.to_vec(), said.to_vec())
        );
        assert_eq!(page.all("main .alert[role=alert]"), [format!("{ours} Back <b>at</b> noon")], "{shown:?}");
    }
    Ok(())
}

#[tokio::test]
async fn capabilities_are_asked_again_after_signing_in() -> Result<()> {
    let server = Script::new()
        .times("CAPABILITY", 1, "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")
        .on("CAPABILITY", "* CAPABILITY IMAP4rev1 NAMESPACE\r\n{tag} OK done\r\n")
        .greeting("* OK hi\r\n")
        .on("NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n{tag} OK done\r\n")
        .start()
        .await?;
    let gateway = gateway(server.port()).await?;
    alice(&gateway).await?.get("/folders").await?;
    assert!(server.heard().iter().any(|l| l.ends_with("NAMESPACE")), "{:?}", server.heard());
    Ok(())
}

#[tokio::test]
async fn starttls_is_required_where_it_is_configured() -> Result<()> {
    // Not offered, refused, and with words slipped in before TLS begins.
    for (reply, words) in [
        ("{tag} BAD unknown\r\n", NO_SAFE_WAY),
        ("{tag} NO [UNAVAILABLE] no key\r\n", NO_SAFE_WAY),
        ("{tag} OK go\r\n* CAPABILITY IMAP4rev1 LOGIN-FOR-ALL\r\n", NOT_IMAP),
        ("{tag} OK go\r\nX1 OK in\r\n", NOT_IMAP),
        ("{tag} OK go\r\nplain", NOT_IMAP),
    ] {
        let server = Script::new().on("STARTTLS", reply).start().await?;
        let gateway = gateway_at(&format!("imap://127.0.0.1:{}", server.port()), "patience = 10").await?;
        for (said, words) in refusals(&gateway).await?.map(|page| problem(&page)).iter().zip(words) {
            assert!(said.contains(words), "{reply:?}: {said}");
        }
        assert!(
            !server.heard().iter().any(|l| l.contains("LOGIN") || l.contains("AUTHENTICATE")),
            "{:?}",
            server.heard()
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_browsers_address_is_told_only_where_the_admin_says_so() -> Result<()> {
    for forward in [true, false] {
        let script = Script::new()
            .greeting("* OK [CAPABILITY IMAP4rev1 ID] hi\r\n")
            .on("ID", "* ID NIL\r\n{tag} OK done\r\n");
        let server = script.start().await?;
        let toml =
            format!("[server.default]\nimap = \"{}\"\nforward_client_ip = {forward}\n", plain(server.port()));
        let gateway = configured(&toml).await?;
        let page = Visitor::new(gateway.url(), "en")?.sign_in(ALICE, PASSWORD).await?;
        ensure!(page.path == "/mail/INBOX", "{}", page.text());
        let heard = server.heard();
        let id =
            heard.iter().position(|l| l.contains("ID (") && l.contains("\"x-originating-ip\" \"127.0.0.1\""));
        let login = heard.iter().position(|l| l.contains("LOGIN"));
        assert_eq!(id.is_some(), forward, "{heard:?}");
        assert!(!forward || id < login, "{heard:?}");
    }
    Ok(())
}
