//! A mail server, two gateways and a browser, shared by the tests that run at the same time. Each test has a mailbox
//! and a browser profile of its own.

use std::{
    ops::Deref,
    sync::{Arc, LazyLock, Weak},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lab::{
    Browser, Dovecot, Gateway, Imap, Options, Submission, Submitted, View,
    seed::{self, Seed},
};
use serde_json::{Value, json};
use thirtyfour::{WebDriver, prelude::*};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

pub const PASSWORD: &str = "secret";
/// For a loaded machine: what is waited for comes, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

// As WebDriver writes keys.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";

pub struct House {
    pub dovecot: Dovecot,
    /// An ordinary day.
    pub gateway: Gateway,
    /// The same with a notice.
    pub bad_day: Gateway,
    pub browser: Browser,
    /// What leaves.
    pub smtp: Submitted,
}

/// Where `scripts/install` puts it.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/axe/node_modules/axe-core/axe.min.js");

static SHARED: Mutex<Weak<House>> = Mutex::const_new(Weak::new());

const BRAND: &str = r#"
[brand]
name = "Centre hospitalier de Valmont"
phone = "01 23 45 67 89"
help = "Une question ? Le service informatique répond de 8 h à 18 h."
"#;

const NOTICE: &str = r#"
level = "degraded"
title = { fr = "Messagerie perturbée", en = "Mail is disturbed" }
works = { fr = ["lire et envoyer depuis cette page"], en = ["reading and sending from this page"] }
broken = { fr = "la réception dans Logiciel B", en = "receiving in Software B" }
todo = { fr = "passez par cette page", en = "use this page" }
since = "2026-11-05T08:10"
updated = "2026-11-05T14:10"
next_update = "2026-11-05T16:00"
expected_end = "2026-12-15"

[[software]]
name = "Logiciel A"
state = "restored"
since = "2026-12-12"
note = { fr = "rien à réinstaller", en = "nothing to reinstall" }

[[software]]
name = "Logiciel B"
state = "ongoing"
since = "2026-11-05"

[[software]]
name = "Logiciel C"
state = "down"
"#;

/// A test in the house, while it is its turn.
pub struct Visit {
    house: Arc<House>,
    _turn: SemaphorePermit<'static>,
}

impl Deref for Visit {
    type Target = House;

    fn deref(&self) -> &House {
        &self.house
    }
}

impl House {
    /// The one that other tests use now, else a new one. It ends with its last user. A browser needs the processor that other
    /// tests leave alone while they wait: not all of them at once.
    pub async fn enter() -> Result<Visit> {
        static TURNS: LazyLock<Semaphore> =
            LazyLock::new(|| Semaphore::new(2 * std::thread::available_parallelism().map_or(1, usize::from)));
        let turn = TURNS.acquire().await?;
        let mut shared = SHARED.lock().await;
        if let Some(house) = shared.upgrade() {
            return Ok(Visit { house, _turn: turn });
        }
        let house = Arc::new(House::build().await?);
        *shared = Arc::downgrade(&house);
        Ok(Visit { house, _turn: turn })
    }

    async fn build() -> Result<House> {
        let names = "acts actsplain actskeys alice axe-fr axe-en plain keys narrow scroll beside frame hostile sheet budget empty writing follow follow-axe \
             letter-fr letter-en bare-fr bare-en killed lent borrower shared leaving wiped versions at-once loaded crashed finding \
             finding-bare thread thread-bare picked-fr picked-en organise-fr organise-en organise-fr-bare organise-en-bare \
             lanes-fr lanes-en lanes-fr-bare lanes-en-bare counted heavy \
             paper forged reached held shut missed-fr missed-en missed-fr-plain missed-en-plain missed-stop late-fr late-en late-fr-plain late-en-plain"
            .split_whitespace();
        let users = names.map(|name| (address(name), PASSWORD.to_owned())).collect();
        let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
        let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
        // Each test has a runtime of its own; this one outlives the test that came first.
        let lasting = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let smtp = lasting.spawn(Submission::new().start()).await??;
        std::mem::forget(lasting);
        let out = format!("smtp://127.0.0.1:{}?tls=none", smtp.port());
        let gateway = async |more: &'static str| {
            let arguments = ["--imap", &imap, "--smtp", &out, "--config", "{folder}/relais.toml"];
            Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, |folder| {
                let notice = folder.join("notice.toml").display().to_string();
                let config = format!("{}{BRAND}", more.replace("{notice}", &notice));
                std::fs::write(folder.join("relais.toml"), config)?;
                Ok(std::fs::write(folder.join("notice.toml"), NOTICE)?)
            })
            .await
        };
        let bad_day = gateway("notice_file = \"{notice}\"\n").await?;
        Ok(House { gateway: gateway("").await?, bad_day, dovecot, browser: Browser::start().await?, smtp })
    }

    /// A mailbox of its own, with these messages in INBOX; their UIDs begin at 1.
    pub async fn fill(&self, name: &str, seeds: impl IntoIterator<Item = Seed>) -> Result<Imap> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
        let _turn = ONE_AT_A_TIME.lock().await;
        let mut imap = self.dovecot.client(&address(name)).await?;
        let seeds: Vec<Seed> = seeds.into_iter().collect();
        if imap.select("INBOX").await? == 0 && !seeds.is_empty() {
            imap.multiappend("INBOX", &seeds).await?;
        }
        Ok(imap)
    }

    /// A browser window that looks so, on the ordinary gateway.
    pub async fn tab(&self, view: &View) -> Result<Tab> {
        self.tab_with(view, &[]).await
    }

    /// The same, with more arguments for the browser.
    pub async fn tab_with(&self, view: &View, arguments: &[&str]) -> Result<Tab> {
        self.window(view, self.browser.capabilities(view), arguments).await
    }

    /// The same, with the profile that these capabilities name.
    pub async fn window(&self, view: &View, mut capabilities: Value, arguments: &[&str]) -> Result<Tab> {
        if let Some(all) = capabilities["goog:chromeOptions"]["args"].as_array_mut() {
            all.extend(arguments.iter().map(|argument| json!(argument)));
        }
        capabilities["goog:loggingPrefs"] = json!({ "browser": "ALL" });
        let capabilities: Capabilities = serde_json::from_value(capabilities)?;
        let driver = WebDriver::new(self.browser.url(), capabilities).await?;
        Ok(Tab { driver, base: self.gateway.url().to_owned(), scripts: view.scripts })
    }

    /// The same, signed in.
    pub async fn signed_in(&self, view: &View, name: &str) -> Result<Tab> {
        let tab = self.tab(view).await?;
        tab.sign_in(name).await?;
        Ok(tab)
    }
}

pub fn address(name: &str) -> String {
    format!("{name}@example.test")
}

/// Realistic mail of the last months, the newest last.
pub fn realistic(n: usize) -> impl Iterator<Item = Seed> {
    seed::realistic(n, Timestamp::now(), 1)
}

/// The odd message of this name.
pub fn odd(name: &str) -> Result<Seed> {
    let found = seed::odd().into_iter().find(|(other, _)| *other == name);
    Ok(Seed::new(found.with_context(|| format!("no odd mail is called {name}"))?.1))
}

/// A message from its lines.
pub fn mail(subject: &str, kind: &str, body: &str) -> Seed {
    let head = format!(
        "From: Jeanne Petit <jeanne@example.org>\r\nTo: alice@example.test\r\nSubject: {subject}\r\n\
         Date: {}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n",
        seed::header_date(Timestamp::now())
    );
    Seed::new(format!("{head}{}\r\n", body.replace('\n', "\r\n")))
}

/// One window.
pub struct Tab {
    pub driver: WebDriver,
    pub base: String,
    scripts: bool,
}

impl Tab {
    /// With scripts, on another gateway.
    pub fn at(driver: WebDriver, base: &str) -> Tab {
        Tab { driver, base: base.to_owned(), scripts: true }
    }

    pub fn scripts(&self) -> bool {
        self.scripts
    }

    pub async fn sign_in(&self, name: &str) -> Result<()> {
        self.go("/login").await?;
        self.fill_in(name).await?;
        self.until("location.pathname === '/mail/INBOX' && document.readyState !== 'loading'").await
    }

    /// The form of the page that is there.
    pub async fn fill_in(&self, name: &str) -> Result<()> {
        self.write("input[name=username]", &address(name)).await?;
        self.write("input[name=password]", PASSWORD).await?;
        self.click("form[action='/login'] button").await
    }

    pub async fn go(&self, path: &str) -> Result<()> {
        Ok(self.driver.goto(format!("{}{path}", self.base)).await?)
    }

    /// Path, query and fragment.
    pub async fn path(&self) -> Result<String> {
        let url = self.driver.current_url().await?;
        Ok(url.as_str().trim_start_matches(&self.base).to_owned())
    }

    pub async fn click(&self, css: &str) -> Result<()> {
        let found = self.one(css).await?;
        // With scripts off chromedriver's own click never returns.
        let done = if self.scripts { found.click().await } else { found.send_keys(ENTER).await };
        // What a script has drawn anew in between is clicked where it stands now.
        let gone = done.as_ref().is_err_and(|error| error.to_string().contains("stale"));
        let done = if gone { self.one(css).await?.click().await } else { done };
        done.with_context(|| css.to_owned())
    }

    pub async fn write(&self, css: &str, text: &str) -> Result<()> {
        let field = self.one(css).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    pub async fn one(&self, css: &str) -> Result<WebElement> {
        self.driver.find(By::Css(css)).await.with_context(|| css.to_owned())
    }

    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.one(css).await?.text().await?)
    }

    /// Sends keys to whatever has the focus.
    pub async fn press(&self, keys: impl AsRef<str>) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys.as_ref()).perform().await?)
    }

    /// What a function with this body returns.
    pub async fn eval(&self, script: &str) -> Result<Value> {
        let found = self.driver.execute(script, Vec::new()).await.with_context(|| script.to_owned())?;
        Ok(found.json().clone())
    }

    /// Waits until an expression holds.
    pub async fn until(&self, expression: &str) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while self.eval(&format!("return !!({expression})")).await.ok() != Some(json!(true)) {
            if Instant::now() > until {
                bail!("never true: {expression}\nat {}\n{:?}", self.path().await?, self.console().await?);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// What axe-core finds on the page, without these rules of its own.
    pub async fn axe(&self, without: &[&str]) -> Result<Vec<String>> {
        // Once for all documents of this window: each time it would be sent and read anew.
        if self.eval("return !window.axe").await? == json!(true) {
            let axe = std::fs::read_to_string(AXE).context("axe-core is missing: run scripts/install")?;
            let source = json!({ "source": format!("if (top === self) {{ {axe} }}") });
            self.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", source).await?;
            self.driver.execute(axe, Vec::new()).await?;
        }
        let run = "const rules = Object.fromEntries(arguments[0].map(r => [r, { enabled: false }])); const done = arguments[arguments.length - 1];
            axe.run(document, { rules, resultTypes: ['violations'], iframes: false }).then(
                r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.any.concat(n.all).map(c => c.message)).join('; '))),
                e => done(['axe failed: ' + e]))";
        Ok(self.driver.execute_async(run, vec![json!(without)]).await?.convert()?)
    }

    /// What the console said since it was last asked: errors, warnings, violations of the content security policy.
    pub async fn console(&self) -> Result<Vec<String>> {
        let said = self.driver.browser_log().await?;
        Ok(said.into_iter().map(|entry| format!("{} {}", entry.level, entry.message)).collect())
    }

    pub async fn close(self) -> Result<()> {
        Ok(self.driver.clone().quit().await?)
    }
}

impl Drop for Tab {
    /// A test that fails does not wait for its window: that one ends with the browser.
    fn drop(&mut self) {
        let _ = self.driver.clone().leak();
    }
}
