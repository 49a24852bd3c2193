//! Signing in and out: what is said, what is kept, what ends.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::{Answer, Dovecot, Gateway, Options, Script, Visitor, script::Reply};
use reqwest::Response;

use crate::support::{ALICE, House, PASSWORD, gateway};

/// A page without what differs between any two: the token of its form.
fn without_token(page: &Answer) -> String {
    let token = page.value("input[name=token]").unwrap_or_default();
    page.text().replace(&token, "TOKEN")
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_page() -> Result<()> {
    let house = House::build(Options::default()).await?;
    for (language, says, todo) in [
        ("en", "The address or the password is not right.", "not the one of your software"),
        ("fr", "L’adresse ou le mot de passe", "pas celui de votre logiciel"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        let wrong = visitor.sign_in(ALICE, "not it").await?;
        let unknown = visitor.sign_in("nobody@example.test", "not it").await?;
        assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (401, 401));
        assert_eq!(
            without_token(&wrong).replace(ALICE, "WHO"),
            without_token(&unknown).replace("nobody@example.test", "WHO")
        );
        assert_eq!(wrong.value("input[name=username]").as_deref(), Some(ALICE));
        assert_eq!(wrong.value("input[name=password]"), None, "a password is never sent back");
        assert!(wrong.text().contains(says) && wrong.text().contains(todo), "{}", wrong.text());
        assert!(
            wrong.headers.get_all("set-cookie").iter().all(|c| !c.to_str().unwrap_or("").contains("id="))
        );
    }
    Ok(())
}

/// What stands on the sign-in page when this script is the mail server.
async fn told_by(script: Script, language: &str) -> Result<Answer> {
    let server = script.start().await?;
    let gateway = gateway(server.port(), &[]).await?;
    Visitor::new(gateway.url(), language)?.sign_in(ALICE, PASSWORD).await
}

#[tokio::test]
async fn a_failure_names_its_stage_and_what_to_do() -> Result<()> {
    let not_imap = || Script::new().greeting(lab::Reply::SayAndClose(b"SSH-2.0-OpenSSH_9\r\n".to_vec()));
    let closes = || {
        Script::new()
            .on("AUTHENTICATE", lab::Reply::SayAndClose(Vec::new()))
            .on("LOGIN", lab::Reply::SayAndClose(Vec::new()))
    };
    let busy = || {
        let no = "{tag} NO [UNAVAILABLE] The users are being moved\r\n";
        Script::new().on("AUTHENTICATE", no).on("LOGIN", no)
    };
    for (script, language, status, words) in [
        (not_imap(), "en", 502, "is not an IMAP mail server"),
        (not_imap(), "fr", 502, "n’est pas un serveur"),
        (closes(), "en", 502, "cut the connection (signing in)"),
        (closes(), "fr", 502, "a coupé la connexion"),
        (busy(), "en", 502, "The users are being moved"),
        (busy(), "fr", 502, "The users are being moved"),
    ] {
        let page = told_by(script, language).await?;
        assert_eq!(page.status.as_u16(), status, "{words}");
        assert!(page.text().contains(words), "{words}: {}", page.text());
        assert_eq!(page.value("input[name=username]").as_deref(), Some(ALICE), "{words}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_there_is_told_at_once() -> Result<()> {
    let [port] = lab::process::free_ports::<1>()?;
    let gateway = gateway(port, &[]).await?;
    for (language, words) in [("en", "refuses the connection"), ("fr", "refuse la connexion")] {
        let page = Visitor::new(gateway.url(), language)?.sign_in(ALICE, PASSWORD).await?;
        // Two failures open no circuit: both are told what was met.
        assert_eq!(page.status, 502, "{}", page.text());
        assert!(page.all("[data-problem]").concat().contains(words), "{}", page.text());
        assert_eq!(page.value("input[name=username]").as_deref(), Some(ALICE));
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_gets_no_password() -> Result<()> {
    let dovecot = Dovecot::start(Options::default()).await?;
    let imap = format!("imaps://localhost:{}", dovecot.imaps_port());
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &imap]).await?;
    for (language, words) in
        [("en", "its certificate is not valid"), ("fr", "son certificat n’est pas valable")]
    {
        let page = Visitor::new(gateway.url(), language)?.sign_in(ALICE, PASSWORD).await?;
        assert_eq!(page.status, 502);
        assert!(page.all("[data-problem]").concat().contains(words), "{}", page.text());
    }
    assert!(!dovecot.log().contains("Login"), "{}", dovecot.log());
    Ok(())
}

#[tokio::test]
async fn passwords_of_every_kind() -> Result<()> {
    let passwords =
        ["a \"quoted\" one", r"back\slash\", "père Noël ☃ 密码", " spaces around ", "{5}", "%s&=+;", "'--"];
    let users: Vec<(String, String)> =
        passwords.iter().enumerate().map(|(n, p)| (format!("u{n}@example.test"), (*p).to_owned())).collect();
    let house = House::build(Options { users: users.clone(), ..Options::default() }).await?;
    for (user, password) in &users {
        Visitor::signed_in(house.gateway.url(), user, password).await.with_context(|| password.clone())?;
        let wrong = Visitor::new(house.gateway.url(), "en")?.sign_in(user, &format!("{password}x")).await?;
        assert_eq!(wrong.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_password_or_an_address_is_just_wrong() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let visitor = Visitor::new(house.gateway.url(), "en")?;
    let long = "x".repeat(5_000);
    for (user, password) in [
        (ALICE, ""),
        (ALICE, "se\r\ncret"),
        (ALICE, "se\0cret"),
        (ALICE, &long),
        ("alice@example.test\r\nA1 LOGOUT", PASSWORD),
        ("<script>alert(1)</script>", PASSWORD),
        (&long, PASSWORD),
    ] {
        let page = visitor.sign_in(user, password).await?;
        assert!(page.status == 401 || page.status == 400, "{user:.40}: {}", page.status);
        assert!(page.value("form[action='/login'] input[name=token]").is_some());
        assert!(page.all("script").len() == page.attributes("script", "src").len());
    }
    Ok(())
}

#[tokio::test]
async fn next_leads_to_a_page_of_ours_and_nowhere_else() -> Result<()> {
    let house = House::build(Options::default()).await?;
    for (next, path) in [
        ("/folders", "/folders"),
        ("/mail/Sent?page=1", "/mail/Sent?page=1"),
        ("//evil.example/x", "/mail/INBOX"),
        ("https://evil.example/", "/mail/INBOX"),
        ("/\\evil.example", "/mail/INBOX"),
        ("/logout", "/mail/INBOX"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), "en")?;
        let asked = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
        let page = visitor.get(&format!("/login?next={asked}")).await?;
        let landed = visitor
            .submit(&page, "form[action='/login']", &[("username", ALICE), ("password", PASSWORD)])
            .await?;
        assert_eq!(landed.path, path, "{next}");
    }
    // Whoever asks for a page signed out comes back to it.
    let visitor = Visitor::new(house.gateway.url(), "en")?;
    let page = visitor.get("/mail/Drafts").await?;
    assert!(page.path.starts_with("/login?next="), "{}", page.path);
    let wrong =
        visitor.submit(&page, "form[action='/login']", &[("username", ALICE), ("password", "no")]).await?;
    let landed = visitor.submit(&wrong, "form[action='/login']", &[("password", PASSWORD)]).await?;
    assert_eq!(landed.path, "/mail/Drafts");
    Ok(())
}

#[tokio::test]
async fn a_form_without_its_token_signs_nobody_in() -> Result<()> {
    let house = House::build(Options::default()).await?;
    // No cookie, no token: a script, or a browser that keeps no cookies.
    let stranger = Visitor::new(house.gateway.url(), "en")?;
    let fields = [("username", ALICE), ("password", PASSWORD)];
    let refused = stranger.post("/login", &fields).await?;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("nothing was done"), "{}", refused.text());
    assert_eq!(refused.value("input[name=username]").as_deref(), Some(ALICE), "what was typed is kept");
    // The page that refused brings what was missing.
    let landed = stranger.submit(&refused, "form[action='/login']", &[("password", PASSWORD)]).await?;
    assert_eq!(landed.path, "/mail/INBOX");

    let visitor = Visitor::new(house.gateway.url(), "fr")?;
    visitor.get("/login").await?;
    let other = Visitor::new(house.gateway.url(), "fr")?.get("/login").await?;
    let foreign = other.value("input[name=token]").context("a token")?;
    let refused = visitor.post("/login", &[("token", &foreign), fields[0], fields[1]]).await?;
    assert_eq!(refused.status, 403, "another browser's token");
    assert!(refused.text().contains("rien n’a été fait"), "{}", refused.text());
    assert_eq!(refused.value("input[name=username]").as_deref(), Some(ALICE), "what was typed is kept");
    assert_eq!(house.wire.counts().connections, 1, "only one sign-in reached the server");
    Ok(())
}

#[tokio::test]
async fn too_many_attempts_are_told_so_in_words() -> Result<()> {
    let house = House::build(Options::default()).await?;
    for (language, user, words) in [
        ("en", "alice@example.test", "Too many attempts"),
        ("fr", "bob@example.test", "Trop d’essais de connexion"),
    ] {
        let visitor = Visitor::new(house.gateway.url(), language)?;
        let mut last = visitor.sign_in(user, "guess").await?;
        for _ in 0..14 {
            if last.status == 429 {
                break;
            }
            last = visitor.sign_in(user, "guess").await?;
        }
        assert_eq!(last.status, 429);
        assert!(last.text().contains(words), "{}", last.text());
        assert!(last.header("retry-after").parse::<u64>()? > 0);
        // The right password must wait too, or the limit would say which guess was right.
        assert_eq!(visitor.sign_in(user, PASSWORD).await?.status, 429);
    }
    Ok(())
}

#[tokio::test]
async fn a_shared_device_keeps_no_cookie_after_the_browser_closes() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).cookie_store(true).build()?;
    for shared in [false, true] {
        let url = format!("{}/login", house.gateway.url());
        let page = client.get(&url).send().await?.text().await?;
        let token = page
            .split("name=\"token\" value=\"")
            .nth(1)
            .and_then(|t| t.split('"').next())
            .context("token")?;
        let mut fields = vec![("token", token), ("username", ALICE), ("password", PASSWORD)];
        fields.extend(shared.then_some(("shared", "1")));
        let answer = client.post(&url).form(&fields).send().await?;
        assert_eq!(answer.status(), 303);
        let set: Vec<String> = answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|c| Some(c.to_str().ok()?.to_lowercase()))
            .collect();
        assert_eq!(set.len(), 2, "{set:?}");
        for cookie in &set {
            assert!(
                cookie.contains("httponly") && cookie.contains("samesite=lax") && cookie.contains("path=/")
            );
            assert_eq!(cookie.contains("max-age") || cookie.contains("expires"), !shared, "{cookie}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn signing_out_ends_the_connections_and_the_cookies() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let alice = house.alice().await?;
    let page = alice.get("/folders").await?;
    assert!(house.wire.counts().open > 0);
    // The same browser in another window, with the same cookies.
    let kept = alice.clone();
    // Without the token nothing ends.
    assert_eq!(alice.post("/logout", &[("token", "x")]).await?.status, 403);
    assert!(alice.get("/mail/INBOX").await?.path.starts_with("/mail/"));
    // A GET is no sign-out.
    assert_eq!(alice.get("/logout").await?.status, 405);
    let out = alice.submit(&page, "form[action='/logout']", &[]).await?;
    assert_eq!(out.path, "/login?out=1");
    assert!(out.text().contains("You are signed out"));
    let closed = async {
        while house.wire.counts().open > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed).await.context("connections stay open")?;
    assert!(kept.get("/mail/INBOX").await?.path.starts_with("/login"));
    assert!(kept.get("/folders").await?.path.starts_with("/login"));
    Ok(())
}

#[tokio::test]
async fn old_cookies_are_nobody() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let (bare, cookies) = crate::support::cookies(&house, ALICE).await?;
    let ask = |cookie: String| {
        bare.get(format!("{}/mail/INBOX", house.gateway.url())).header("cookie", cookie).send()
    };
    assert_eq!(ask(cookies.clone()).await?.status(), 200);
    let page = ask(cookies.clone()).await?.text().await?;
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next()).context("token")?;
    let out = async |fields: &[(&str, &str)]| {
        let out = bare.post(format!("{}/logout", house.gateway.url())).header("cookie", cookies.clone());
        out.form(fields).send().await
    };
    let done = out(&[("token", token)]).await?;
    // A script wiped what this account had kept in the browser.
    assert_eq!((done.status().as_u16(), done.headers().get("clear-site-data")), (303, None));
    let after = ask(cookies.clone()).await?;
    assert_eq!(after.status(), 303, "led to the sign-in page");
    // None did; also where the session had ended by itself. Cookies are no storage.
    let done = out(&[("token", token), ("wipe", "relais x")]).await?;
    assert_eq!((done.status().as_u16(), &done.headers()["clear-site-data"]), (303, &"\"storage\"".parse()?));
    assert!(done.headers().get_all("set-cookie").iter().all(|set| !set.as_bytes().starts_with(b"lang")));
    Ok(())
}

#[tokio::test]
async fn short_names_are_led_to_their_server() -> Result<()> {
    let users = vec![("alice".to_owned(), PASSWORD.to_owned())];
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let config = format!(
        "[server.clinic]\nimap = \"imap://127.0.0.1:{}?tls=none\"\ndomains = [\"clinic.example\"]\nlogin = \"{{local}}\"\n",
        dovecot.imap_port()
    );
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &["--config", "{folder}/relais.toml"], |folder| {
            Ok(std::fs::write(folder.join("relais.toml"), config)?)
        })
        .await?;
    for name in ["alice@clinic.example", "Alice@Clinic.Example", "alice"] {
        let page = Visitor::new(gateway.url(), "en")?.sign_in(name, PASSWORD).await?;
        assert_eq!(page.path, "/mail/INBOX", "{name}: {}", page.text());
    }
    Ok(())
}

/// Somebody at an address, as the proxy tells it; each with a form of their own.
struct Caller {
    client: reqwest::Client,
    url: String,
    form: String,
    token: String,
}

impl Caller {
    async fn new(gateway: &Gateway) -> Result<Caller> {
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let url = format!("{}/login", gateway.url());
        let answer = client.get(&url).send().await?;
        let set = answer.headers().get("set-cookie").context("no cookie")?.to_str()?.to_owned();
        let page = answer.text().await?;
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next());
        let form = set.split(';').next().unwrap_or_default().to_owned();
        Ok(Caller { client, url, form, token: token.context("no token")?.to_owned() })
    }

    async fn sign_in(&self, from: &str, user: &str, password: &str) -> Result<u16> {
        Ok(self.answer("en", from, user, password).await?.status().as_u16())
    }

    async fn answer(&self, language: &str, from: &str, user: &str, password: &str) -> Result<Response> {
        let fields = [("token", self.token.as_str()), ("username", user), ("password", password)];
        let request = self.client.post(&self.url).header("cookie", &self.form);
        let request = request.header("x-forwarded-for", from).header("accept-language", language);
        Ok(request.form(&fields).send().await?)
    }
}

/// In front of a server where the password of everybody whose name begins with `x` is wrong.
async fn guessed_at(script: Script, more: &str) -> Result<(lab::script::Scripted, Gateway)> {
    guessed_at_from(script, "", more).await
}

/// The same, where these networks are shared.
async fn guessed_at_from(
    script: Script,
    shared: &str,
    more: &str,
) -> Result<(lab::script::Scripted, Gateway)> {
    let server = script.on("LOGIN \"x", "{tag} NO [AUTHENTICATIONFAILED] wrong\r\n").start().await?;
    let toml = format!(
        "trusted_proxies = [\"127.0.0.1\"]\nshared_networks = [{shared}]\n[server.default]\nimap = \"imap://127.0.0.1:{0}?tls=none\"\n{more}",
        server.port()
    )
    .replace("PORT", &server.port().to_string());
    let arguments = ["--config", "{folder}/relais.toml"];
    let gateway = Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
        Ok(std::fs::write(folder.join("relais.toml"), toml)?)
    })
    .await?;
    Ok((server, gateway))
}

#[tokio::test]
async fn an_attack_from_everywhere_keeps_nobody_out_who_was_here_before() -> Result<()> {
    let (server, gateway) = guessed_at(Script::new(), "").await?;
    let caller = Caller::new(&gateway).await?;
    assert_eq!(caller.sign_in("2001:db8:1:2::3", ALICE, PASSWORD).await?, 303);
    let mut last = 0;
    for n in 0..250 {
        let user = format!("x{n}@example.test");
        last = caller.sign_in(&format!("198.51.{n}.1"), &user, "guess").await?;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429, "the server is protected");
    let seen = server.heard().iter().filter(|line| line.contains("LOGIN")).count();
    assert!(seen < 200, "{seen}");
    assert_eq!(caller.sign_in("192.0.2.1", "bob@example.test", PASSWORD).await?, 429, "strangers wait");
    assert_eq!(
        caller.sign_in("2001:db8:1:ffff::9", ALICE, PASSWORD).await?,
        303,
        "another place in the same /48"
    );
    assert_eq!(
        caller.sign_in("2001:db8:2::3", ALICE, PASSWORD).await?,
        429,
        "an account's name opens nothing"
    );
    Ok(())
}

/// Each guess at another name, so that no account is what is bounded.
#[tokio::test]
async fn guesses_from_one_network_are_bounded() -> Result<()> {
    let (server, gateway) = guessed_at(Script::new(), "").await?;
    let caller = Caller::new(&gateway).await?;
    // A network that is not quiet any more, as the one that guesses: both are counted in the same lane of the server.
    assert_eq!(caller.sign_in("198.51.100.1", "xa@example.test", "guess").await?, 401);
    let mut guesses = 0;
    for (language, words) in
        [("en", "Too many attempts to sign in"), ("fr", "Trop d’essais de connexion en peu de temps")]
    {
        let refused = loop {
            let (from, user) = (format!("192.0.2.{guesses}"), format!("x{guesses}@example.test"));
            let answer = caller.answer(language, &from, &user, "guess").await?;
            if answer.status() == 429 {
                break answer;
            }
            assert_eq!(answer.status(), 401);
            guesses += 1;
            // What a site may, and less than the server's lane holds.
            assert!(guesses < 60, "nothing bounds them");
        };
        assert!(refused.headers()["retry-after"].to_str()?.parse::<u64>()? > 0);
        let page = refused.text().await?;
        assert!(page.contains(words), "{page}");
    }
    assert!(guesses >= 40, "{guesses}");
    let asked = server.heard().iter().filter(|line| line.contains("LOGIN")).count();
    assert_eq!(asked, guesses + 1, "whoever is refused here is not heard there");
    // The server has room for others, and so has the lane.
    assert_eq!(caller.sign_in("198.51.100.2", "xb@example.test", "guess").await?, 401);
    assert_eq!(caller.sign_in("203.0.113.1", ALICE, PASSWORD).await?, 303);
    Ok(())
}

#[tokio::test]
async fn a_shared_network_is_not_bounded_as_one() -> Result<()> {
    let (_server, gateway) = guessed_at_from(Script::new(), "\"192.0.2.0/24\"", "").await?;
    let caller = Caller::new(&gateway).await?;
    // More than a network or a site may, and less than one lane of the server.
    for n in 0..63 {
        let (from, user) = (format!("192.0.2.{n}"), format!("x{n}@example.test"));
        assert_eq!(caller.sign_in(&from, &user, "guess").await?, 401, "guess {n}");
    }
    Ok(())
}

#[tokio::test]
async fn a_made_up_domain_brings_no_fresh_tries() -> Result<()> {
    let other = "domains = [\"example.test\"]\n[server.same]\nimap = \"imap://127.0.0.1:PORT?tls=none\"\ndomains = []\n";
    let (_server, gateway) = guessed_at(Script::new(), other).await?;
    let caller = Caller::new(&gateway).await?;
    for n in 0..10 {
        let user = format!("xavier@d{n}.example.org");
        assert_eq!(caller.sign_in(&format!("192.0.{n}.1"), &user, "guess").await?, 401);
    }
    assert_eq!(caller.sign_in("192.0.77.1", "Xavier@new.example.org", "guess").await?, 429);
    assert_eq!(caller.sign_in("192.0.77.1", "xenia@new.example.org", "guess").await?, 401);
    assert_eq!(
        caller.sign_in("192.0.77.1", "xavier@example.test", "guess").await?,
        401,
        "a real one is another"
    );
    Ok(())
}

#[tokio::test]
async fn one_mailbox_with_several_addresses_has_the_tries_of_one() -> Result<()> {
    let more = "login = \"{local}\"\ndomains = [\"a.test\", \"b.test\"]\n";
    let (_server, gateway) = guessed_at(Script::new(), more).await?;
    let caller = Caller::new(&gateway).await?;
    for n in 0..10 {
        let user = format!("xavier@{}.test", ["a", "b"][n % 2]);
        assert_eq!(caller.sign_in(&format!("192.0.{n}.1"), &user, "guess").await?, 401);
    }
    assert_eq!(caller.sign_in("192.0.77.1", "xavier@b.test", "guess").await?, 429);
    assert_eq!(caller.sign_in("192.0.77.1", "xenia@b.test", "guess").await?, 401);
    Ok(())
}

#[tokio::test]
async fn guesses_from_elsewhere_lock_no_mailbox_for_its_owner() -> Result<()> {
    let once = Script::new().times("LOGIN \"xo", 1, "{tag} OK in\r\n");
    let (_server, gateway) = guessed_at(once, "").await?;
    let caller = Caller::new(&gateway).await?;
    let owner = "xo@example.test";
    assert_eq!(caller.sign_in("203.0.113.5", owner, "right").await?, 303);
    for n in 0..10 {
        assert_eq!(caller.sign_in(&format!("192.0.{n}.1"), owner, "guess").await?, 401);
    }
    assert_eq!(caller.sign_in("192.0.77.1", owner, "guess").await?, 429);
    assert_eq!(caller.sign_in("203.0.113.99", owner, "mistyped").await?, 401, "it is heard");
    Ok(())
}

/// A server that is slow to refuse, as many are after a wrong password.
#[tokio::test]
async fn guesses_from_elsewhere_hold_no_turn_of_whoever_was_here_before() -> Result<()> {
    let slow = Script::new().on("LOGIN \"ann@example.test\" \"guess", Reply::SayAndStall(Vec::new()));
    let (server, gateway) = guessed_at(slow, "").await?;
    let caller = Arc::new(Caller::new(&gateway).await?);
    let ann = "ann@example.test";
    ensure!(caller.sign_in("203.0.113.5", ann, "right").await? == 303);
    let asked = || server.heard().iter().filter(|line| line.contains("LOGIN")).count();
    let before = asked();
    let guesses: Vec<_> = (0..3)
        .map(|n| {
            let caller = caller.clone();
            tokio::spawn(async move { caller.sign_in(&format!("192.0.{n}.1"), ann, "guess").await })
        })
        .collect();
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if asked() == before + guesses.len() {
            break;
        }
    }
    ensure!(asked() == before + guesses.len(), "{:?}", server.heard());
    ensure!(
        caller.sign_in("198.51.100.1", ann, "right").await? == 503,
        "no turn was held: this shows nothing"
    );
    ensure!(caller.sign_in("203.0.113.99", ann, "right").await? == 303);
    ensure!(!guesses.iter().any(|guess| guess.is_finished()), "the turns were free again");
    Ok(())
}

#[tokio::test]
async fn a_try_that_is_broken_off_is_in_the_audit() -> Result<()> {
    let (server, gateway) =
        guessed_at(Script::new().on("LOGIN \"mute", Reply::SayAndStall(Vec::new())), "").await?;
    let caller = Caller::new(&gateway).await?;
    let asked = async {
        while !server.heard().iter().any(|line| line.contains("LOGIN")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        answer = caller.sign_in("192.0.2.1", "mute@example.test", "guess") => panic!("{answer:?}"),
        () = asked => {}
    }
    for _ in 0..500 {
        let mut lines = String::new();
        for day in std::fs::read_dir(gateway.folder().join("data/audit")).into_iter().flatten() {
            lines.push_str(&std::fs::read_to_string(day?.path())?);
        }
        if let Some(line) = lines.lines().find(|line| line.contains("broken-off")) {
            ensure!(line.contains("sign-in-failed") && line.contains("\"account\""), "{line}");
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("nothing was told")
}

#[tokio::test]
async fn the_language_is_chosen_by_a_form_and_a_get_changes_nothing() -> Result<()> {
    let house = House::build(Options::default()).await?;
    let language = |page: &Answer| page.attributes("html", "lang").concat();
    let form = "form[action='/language']";
    // Before signing in: on the sign-in page, which keeps where it leads, and on the public one.
    let visitor = Visitor::new(house.gateway.url(), "en")?;
    for path in ["/login?next=%2Ffolders", "/status", "/privacy", "/accessibility"] {
        let page =
            visitor.get(&format!("{path}{}lang=fr", if path.contains('?') { '&' } else { '?' })).await?;
        assert_eq!((language(&page), visitor.get(path).await?.header("set-cookie")), ("en".to_owned(), ""));
        for chosen in ["fr", "en"] {
            let page = visitor.get(path).await?;
            assert_eq!(page.attributes(&format!("{form} button[name=lang]"), "value"), [chosen]);
            let page = visitor.submit(&page, form, &[("lang", chosen)]).await?;
            assert_eq!((page.path.as_str(), language(&page)), (path, chosen.to_owned()));
        }
    }
    // Signed in, with the token of the session.
    let alice = house.alice().await?;
    let folders = alice.get("/folders").await?;
    let page = alice.submit(&folders, form, &[("lang", "fr")]).await?;
    assert_eq!((page.path.as_str(), language(&page)), ("/folders", "fr".to_owned()));
    // Nobody is led elsewhere, and without its token a form does nothing.
    for elsewhere in ["//evil.example/x", "https://evil.example/", "/\\evil.example", ""] {
        let page = alice.submit(&folders, form, &[("lang", "fr"), ("here", elsewhere)]).await?;
        assert_eq!(page.path, "/mail/INBOX", "{elsewhere}");
    }
    for (name, value, status) in [("token", "", 403), ("lang", "xx", 400)] {
        let page = alice.submit(&folders, form, &[("lang", "en"), (name, value)]).await?;
        assert_eq!((page.status.as_u16(), language(&page)), (status, "fr".to_owned()));
    }
    let stranger = Visitor::new(house.gateway.url(), "en")?;
    let token = folders.value(&format!("{form} input[name=token]")).context("a token")?;
    let refused = stranger.post("/language", &[("token", &token), ("lang", "fr"), ("here", "/")]).await?;
    assert_eq!((refused.status.as_u16(), language(&refused)), (403, "en".to_owned()));
    Ok(())
}
