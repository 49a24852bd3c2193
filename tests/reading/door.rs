//! A temporary access point: before, after, for whom, from where.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Answer, Chaos, Dovecot, Gateway, Options, Visitor};

use crate::{
    files::until_signed_out,
    support::{ALICE, BOB, PASSWORD},
};

struct House {
    _dovecot: Dovecot,
    wire: Chaos,
    gateway: Gateway,
}

/// A gateway with this `[access]`, and more before it.
async fn house(more: &str, access: &str) -> Result<House> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let wire = Chaos::start(dovecot.imap_port()).await?;
    let text = format!(
        "{more}\n[brand]\nphone = \"0 806 000 000\"\n[server.default]\nimap = \"imap://127.0.0.1:{}?tls=none\"\n\
         domains = [\"example.test\", \"other.test\"]\n[access]\n{access}\n",
        wire.port()
    );
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), text)?)
        })
        .await?;
    Ok(House { _dovecot: dovecot, wire, gateway })
}

fn hours(n: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(n)
}

fn nothing_to_fill_in(page: &Answer) -> Result<()> {
    ensure!(page.all("form[action='/login'], input[name=password]").is_empty(), "{}", page.text());
    ensure!(page.attributes("footer a[href='/status']", "href").len() == 1, "{}", page.text());
    ensure!(page.text().contains("0 806 000 000"), "{}", page.text());
    Ok(())
}

#[tokio::test]
async fn before_it_opens_there_is_a_page_and_nothing_to_fill_in() -> Result<()> {
    // As TOML has it.
    let access = format!("opens = {}\ncloses = {}", hours(2), hours(3));
    let house = house("", &access).await?;
    for (language, title, words) in [
        ("en", "Not open yet", "This access to your mail opens"),
        ("fr", "Pas encore ouvert", "Cet accès à votre messagerie ouvre"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        for path in ["/", "/login", "/mail/INBOX", "/compose", "/outbox", "/nowhere"] {
            let page = visitor.get(path).await?;
            ensure!(page.status == 503 && page.all("h1") == [title], "{path}: {}", page.text());
            ensure!(page.text().contains(words), "{}", page.text());
            let wait: i64 = page.header("retry-after").parse()?;
            ensure!((7000..=7200).contains(&wait), "{wait}");
            nothing_to_fill_in(&page)?;
        }
        let posted = visitor.post("/login", &[("username", ALICE), ("password", PASSWORD)]).await?;
        ensure!(posted.status == 503, "{}", posted.status);
        for path in ["/status", "/status.json", "/privacy", "/accessibility", "/healthz", "/readyz"] {
            ensure!(visitor.get(path).await?.status == 200, "{path}");
        }
        // Its words, in the other language.
        let page = visitor.get("/login").await?;
        let lang = page.attributes("form[action='/language'] button", "value").concat();
        let other = visitor.submit(&page, "form[action='/language']", &[("lang", &lang)]).await?;
        ensure!(other.path == "/login" && other.all("h1") != [title], "{} {}", other.path, other.text());
    }
    ensure!(house.wire.counts().connections == 0, "the mail server was asked");
    Ok(())
}

#[tokio::test]
async fn when_all_is_over_nothing_is_left_but_the_page() -> Result<()> {
    let access = format!("closes = \"{}\"\nsuivi = \"30d\"", hours(-31 * 24));
    let house = house("", &access).await?;
    for (language, title, words) in [
        ("en", "This access is closed", "can no longer be seen"),
        ("fr", "Cet accès est fermé", "On ne peut plus voir ici"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        for path in ["/", "/login", "/mail/INBOX", "/outbox"] {
            let page = visitor.get(path).await?;
            ensure!(page.status == 410 && page.all("h1") == [title], "{path}: {}", page.text());
            ensure!(page.text().contains(words), "{}", page.text());
            nothing_to_fill_in(&page)?;
        }
        ensure!(visitor.post("/login", &[("username", ALICE)]).await?.status == 410);
        ensure!(visitor.get("/status").await?.status == 200);
    }
    ensure!(house.wire.counts().connections == 0, "the mail server was asked");
    Ok(())
}

#[tokio::test]
async fn elsewhere_there_is_a_page_that_says_so() -> Result<()> {
    let house = house("trusted_proxies = [\"127.0.0.1\"]", "networks = [\"192.0.2.0/24\"]").await?;
    for (language, title) in [("en", "Not from this network"), ("fr", "Pas depuis ce réseau")] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        for (hops, inside) in [
            ("192.0.2.7", true),
            ("198.51.100.1, 192.0.2.7", true),
            ("198.51.100.1", false),
            // Anybody can write that.
            ("192.0.2.7, 198.51.100.1", false),
        ] {
            let page = visitor.get_with("/login", &[("x-forwarded-for", hops)]).await?;
            let form = !page.all("form[action='/login']").is_empty();
            ensure!(form == inside && (page.status == 200) == inside, "{hops}: {}", page.text());
            if !inside {
                ensure!(page.status == 403 && page.all("h1") == [title], "{hops}: {}", page.text());
                nothing_to_fill_in(&page)?;
            }
        }
        let posted = visitor.post("/login", &[("username", ALICE), ("password", PASSWORD)]).await?;
        ensure!(posted.status == 403 && posted.all("h1") == [title], "{}", posted.text());
        ensure!(visitor.get("/status").await?.status == 200);
    }
    ensure!(house.wire.counts().connections == 0, "the mail server was asked");
    Ok(())
}

/// A page without what was typed and the token of its form.
fn bare(page: &Answer) -> String {
    let token = page.value("input[name=token]").unwrap_or_default();
    let typed = page.value("input[name=username]").unwrap_or_default();
    page.text().replace(&token, "TOKEN").replace(&typed, "WHO")
}

#[tokio::test]
async fn another_domain_is_refused_before_anybody_is_asked() -> Result<()> {
    let house = house("", "domains = [\"example.test\"]").await?;
    for (language, words) in
        [("en", "not open to the mail domain"), ("fr", "n’est pas ouvert au domaine de messagerie")]
    {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        let mut pages = Vec::new();
        for who in ["alice@other.test", "nobody@other.test", "alice@nowhere.test", "alice"] {
            for password in [PASSWORD, "not it"] {
                let page = visitor.sign_in(who, password).await?;
                ensure!(page.status == 403 && page.text().contains(words), "{who}: {}", page.text());
                pages.push(bare(&page));
            }
        }
        pages.dedup();
        ensure!(pages.len() == 1, "who exists can be told by the page");
    }
    ensure!(house.wire.counts().connections == 0, "the mail server was asked");
    Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    Ok(())
}

#[tokio::test]
async fn only_who_has_the_password_learns_who_is_on_the_list() -> Result<()> {
    let house = house("", "users = [\"Alice@Example.test\"]").await?;
    for (language, words) in [
        ("en", "this temporary access is not open to your mailbox"),
        ("fr", "cet accès provisoire n’est pas ouvert à votre boîte aux lettres"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        let mut pages = Vec::new();
        for who in [ALICE, BOB, "nobody@example.test"] {
            let page = visitor.sign_in(who, "not it").await?;
            ensure!(page.status == 401, "{who}: {}", page.status);
            pages.push(bare(&page));
        }
        pages.dedup();
        ensure!(pages.len() == 1, "who is on the list can be told by the page");
        let page = visitor.sign_in(BOB, PASSWORD).await?;
        ensure!(page.status == 403 && page.text().contains(words), "{}", page.text());
        ensure!(visitor.get("/mail/INBOX").await?.path.starts_with("/login"), "he came in");
        // He is not shut out for long by having tried: those tries are given back.
        for _ in 0..12 {
            ensure!(visitor.sign_in(BOB, PASSWORD).await?.status == 403);
        }
    }
    Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    let gone = async {
        while house.wire.counts().open > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.context("his connections stay open")?;
    Ok(())
}

#[tokio::test]
async fn at_closing_sessions_and_their_connections_end() -> Result<()> {
    let closes = Timestamp::now() + SignedDuration::from_secs(20);
    let house = house("", &format!("closes = {closes}")).await?;
    let (english, french) =
        (Visitor::new(house.gateway.url(), "en")?, Visitor::new(house.gateway.url(), "fr")?);
    ensure!(english.get("/login").await?.text().contains("This access closes "));
    ensure!(french.get("/login").await?.text().contains("Cet accès ferme "));
    let alice = Visitor::signed_in(house.gateway.url(), ALICE, PASSWORD).await?;
    let form = alice.get("/compose").await?;
    ensure!(house.wire.counts().open > 0 && form.status == 200);
    let closed = async {
        while alice.get("/mail/INBOX").await?.status != 410 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while house.wire.counts().open > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.context("it stays open")??;

    // Whoever was writing still has the words.
    let late = [("to", "bob@example.test"), ("subject", "Too late"), ("text", "Dear Bob,"), ("do", "send")];
    let page = alice.submit(&form, "form[action='/compose']", &late).await?;
    ensure!(page.status == 410, "{} {}", page.status, page.text());
    ensure!(page.texts("textarea") == ["bob@example.test", "Too late", "Dear Bob,"], "{}", page.text());
    ensure!(page.text().contains("Copy it before you leave this page"), "{}", page.text());

    // What is left leads to Suivi, and asks for the password again.
    until_signed_out(&alice, "/outbox").await?;
    for (visitor, title, submit) in
        [(&english, "This access is closed", "Sign in"), (&french, "Cet accès est fermé", "Se connecter")]
    {
        let page = visitor.get("/").await?;
        ensure!(page.path.starts_with("/login?next="), "{}", page.path);
        ensure!(page.status == 200 && page.all("h1") == [title], "{}", page.text());
        ensure!(page.all("form[action='/login'] button.primary") == [submit], "{}", page.text());
        let page = visitor.get("/folders").await?;
        ensure!(page.status == 410 && page.all("h1") == [title], "{}", page.text());
        ensure!(page.attributes("[data-shut] a.primary", "href") == ["/outbox"], "{}", page.text());
        ensure!(visitor.sign_in(ALICE, "not it").await?.status == 401);
        let page = visitor.sign_in(ALICE, PASSWORD).await?;
        ensure!(
            page.path == "/outbox" && page.all("[data-visit]").len() == 1,
            "{} {}",
            page.path,
            page.text()
        );
        ensure!(
            page.all("nav.dock, a[href='/compose'], a[href='/mail/INBOX']").is_empty(),
            "{}",
            page.text()
        );
    }
    // The password that was checked is kept nowhere, and opens nothing.
    let gone = async {
        while house.wire.counts().open > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.context("a connection stays open")?;
    let before = house.wire.counts().connections;
    let token =
        english.get("/outbox").await?.value("form[action='/logout'] input[name=token]").context("token")?;
    for path in
        ["/mail/INBOX", "/folders", "/compose", "/drafts", "/settings", "/outbox/again", "/compose/people"]
    {
        ensure!(english.get(path).await?.status == 410, "{path}");
    }
    let one = format!("/outbox/{}", "0".repeat(32));
    for path in [one.as_str(), "/outbox/again", "/drafts", "/settings", "/compose", "/mail/INBOX/act"] {
        let posted = english.post(path, &[("token", &token), ("do", "send")]).await?;
        ensure!(posted.status == 410, "{path}: {} {}", posted.status, posted.text());
    }
    ensure!(english.get("/outbox/report.csv").await?.status == 200 && english.get(&one).await?.status == 404);
    ensure!(house.wire.counts().connections == before, "the mail server was asked for a page");
    let page = english.get("/outbox").await?;
    let out = english.submit(&page, "form[action='/logout']", &[]).await?;
    ensure!(out.path == "/login?out=1" && out.status == 200, "{} {}", out.path, out.status);
    ensure!(english.get("/outbox").await?.path.starts_with("/login"));
    ensure!(french.get("/outbox").await?.path == "/outbox", "another session");
    Ok(())
}
