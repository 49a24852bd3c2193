//! What arrived while something did not work: typed in, gone through one by one, printed; with a thumb or a mouse, in both
//! languages, with script or without.

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use lab::{Chaos, Gateway, Mode, View, seed::Seed};
use serde_json::json;

use crate::support::{House, mail};

const SUBJECTS: &str =
    "return [...document.querySelectorAll('section[data-box] .row .subject')].map(s => s.textContent.trim())";
const READY: &str = "document.readyState === 'complete'";

fn hours(n: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(n)
}

/// A letter, a campaign, and a result that people read; one of before and one of after.
fn letters() -> Vec<Seed> {
    let campaign = "From: Shop <news@shop.example>\r\nTo: x@example.test\r\nSubject: Soldes\r\n\
                    List-Unsubscribe: <https://shop.example/u>\r\nFeedback-ID: 1:2:3:x\r\n\r\nBuy.\r\n";
    let report = "From: Labo <labo@bio.example>\r\nTo: x@example.test\r\nSubject: Biologie M. D.\r\nMIME-Version: 1.0\r\n\
                  Content-Type: application/pdf; name=CR.pdf\r\nContent-Disposition: attachment; filename=CR.pdf\r\n\r\n%PDF\r\n";
    let seeds = [
        (90, mail("Avant", "text/plain", "x")),
        (60, Seed::new(report)),
        (50, mail("Courrier", "text/plain", "x")),
        (40, Seed::new(campaign)),
        (1, mail("Maintenant", "text/plain", "x")),
    ];
    seeds.into_iter().map(|(age, seed)| Seed { arrived: hours(age), ..seed }).collect()
}

async fn gone_through(user: &str, view: View, (title, to_read): (&str, &str)) -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill(user, letters()).await?;
    let tab = house.signed_in(&view, user).await?;
    tab.go("/missed").await?;
    // Some hours around them, for whatever zone it is read in.
    let typed = |age: i64| hours(age).strftime("%Y-%m-%dT%H:%M").to_string();
    for (name, age) in [("from", 72), ("to", 24)] {
        tab.eval(&format!("document.querySelector('input[name={name}]').value = '{}'", typed(age))).await?;
    }
    tab.click("form[action='/missed'] button.primary").await?;
    tab.until(&format!("location.search.startsWith('?from=') && {READY}")).await?;
    let way = tab.eval("return location.pathname + location.search").await?;
    assert_eq!(tab.text("h1").await?, title);
    // Documents, then people, then the rest, whenever they came.
    assert_eq!(tab.eval(SUBJECTS).await?, json!(["Biologie M. D.", "Courrier", "Soldes"]));
    let said = "return document.querySelector('[data-counts]').textContent";
    ensure!(tab.eval(said).await?.as_str().is_some_and(|said| said.contains(to_read)));
    assert_eq!(
        tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            .await?,
        json!(true)
    );
    if view.scripts {
        ensure!(tab.axe(&[]).await?.is_empty(), "{:?}", tab.axe(&[]).await?);
    }

    // On paper: what there is, and nothing to press.
    let cdp = tab.driver.cdp();
    cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
    let seen = "return ['[data-total]', '.row .subject', '.bar', 'main form button']
        .map(css => [...document.querySelectorAll(css)].some(e => e.checkVisibility()))";
    assert_eq!(tab.eval(seen).await?, json!([true, true, false, false]));
    cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "" })).await?;

    // From one to the next, as they arrived. With script it is enough to look at them.
    tab.click(".row .open").await?;
    for (n, subject) in ["Biologie M. D.", "Soldes", "Courrier"].into_iter().enumerate() {
        tab.until(&format!("document.querySelector('h1')?.textContent.trim() === '{subject}' && {READY}"))
            .await?;
        if view.scripts {
            tab.until("[...document.querySelectorAll('input[name=do]')].some(i => i.value === 'unread')")
                .await?;
        } else {
            tab.eval("document.querySelector('[data-opened]').scrollIntoView({ block: 'center' })").await?;
            tab.click("[data-opened] button").await?;
            tab.until(&format!("!document.querySelector('[data-opened]') && {READY}")).await?;
        }
        imap.select("INBOX").await?;
        assert_eq!(imap.search("KEYWORD $RelaisOpened").await?.len(), n + 1);
        tab.click(".bar a[rel=next]").await?;
    }
    tab.until(&format!("document.querySelector('[data-end=none]') && {READY}")).await?;
    assert_eq!(tab.eval("return location.pathname + location.search").await?, way);
    tab.close().await
}

const FRENCH: (&str, &str) = ("Qu’ai-je manqué ?", "3 à lire");
const ENGLISH: (&str, &str) = ("What did I miss?", "3 to read");

fn english(view: View) -> View {
    View { language: "en".into(), ..view }
}

#[tokio::test]
async fn it_is_gone_through_in_french() -> Result<()> {
    gone_through("missed-fr", View::phone(), FRENCH).await
}

#[tokio::test]
async fn it_is_gone_through_in_english() -> Result<()> {
    gone_through("missed-en", english(View::desktop()), ENGLISH).await
}

#[tokio::test]
async fn it_is_gone_through_in_french_without_script() -> Result<()> {
    gone_through("missed-fr-plain", View { scripts: false, ..View::desktop() }, FRENCH).await
}

#[tokio::test]
async fn it_is_gone_through_in_english_without_script() -> Result<()> {
    gone_through("missed-en-plain", english(View { scripts: false, ..View::phone() }), ENGLISH).await
}

/// The mail server takes its time, and the reader has enough: what was found stays.
#[tokio::test]
async fn a_look_that_takes_long_is_stopped() -> Result<()> {
    let house = House::enter().await?;
    let mut imap = house.fill("missed-stop", letters()).await?;
    for n in 1..=3 {
        let name = format!("Box {n}");
        imap.create(&name).await?;
        imap.append(&name, &Seed { arrived: hours(50), ..mail("Ailleurs", "text/plain", "x") }).await?;
    }
    let wire = Chaos::start(house.dovecot.imap_port()).await?;
    let server = format!("imap://127.0.0.1:{}?tls=none", wire.port());
    let gateway = Gateway::start(env!("CARGO_BIN_EXE_relais"), &["--imap", &server]).await?;
    for (view, stop, said) in [
        (
            View::phone(),
            "Arrêter",
            "Arrêté. Les nombres obtenus jusque-là sont ci-dessous ; les messages ne sont pas tous affichés.",
        ),
        (
            english(View::desktop()),
            "Stop",
            "Stopped. The counts so far stand below; the messages are not all shown.",
        ),
    ] {
        // It does not wait for pages to be whole.
        let mut capabilities = house.browser.capabilities(&view);
        capabilities["pageLoadStrategy"] = json!("none");
        let mut tab = house.window(&view, capabilities, &[]).await?;
        tab.base = gateway.url().to_owned();
        tab.go("/login").await?;
        tab.until(&format!("document.querySelector('input[name=password]') && {READY}")).await?;
        tab.fill_in("missed-stop").await?;
        tab.until(&format!("location.pathname === '/mail/INBOX' && {READY}")).await?;

        let path = format!("/missed?from={:.0}&to={:.0}", hours(72), hours(24));
        tab.go(&path).await?;
        tab.until(&format!("document.querySelectorAll('[data-counts]').length === 4 && {READY}")).await?;
        ensure!(!tab.one("[data-stopping]").await?.is_displayed().await?, "it was over at once");
        ensure!(!tab.one("[data-stopped]").await?.is_displayed().await?, "nobody stopped it");

        wire.set(Mode::Dribble(std::time::Duration::from_millis(2))).await;
        tab.go(&path).await?;
        tab.until("document.readyState === 'loading' && document.querySelector('[data-stopping]')?.checkVisibility()")
            .await?;
        tab.until("document.querySelector('[data-counts]')").await?;
        assert_eq!(tab.text("[data-stopping] button").await?, stop);
        tab.click("[data-stopping] button").await?;
        tab.until(&READY.replace("complete", "loading").replace("===", "!==")).await?;
        assert_eq!(tab.text("[data-stopped] b").await?, said);
        assert_eq!(
            tab.eval("return document.activeElement.hasAttribute('data-stopped')").await?,
            json!(true)
        );
        ensure!(!tab.one("[data-stopping]").await?.is_displayed().await?);
        let rows = "return [...document.querySelectorAll('[data-counts]')].length";
        let counted = tab.eval(rows).await?;
        ensure!((1..4).contains(&counted.as_u64().unwrap_or_default()), "{counted}");

        // The browser's own button says no less.
        tab.click("[data-stopped] a").await?;
        tab.until("document.readyState === 'loading' && document.querySelector('[data-counts]')").await?;
        tab.eval("window.stop()").await?;
        tab.until("document.querySelector('[data-stopped]').checkVisibility()").await?;
        ensure!(!tab.one("[data-stopping]").await?.is_displayed().await?);

        wire.set(Mode::Pass).await;
        tab.click("[data-stopped] a").await?;
        tab.until(&format!("document.querySelectorAll('[data-counts]').length === 4 && {READY}")).await?;
        tab.close().await?;
    }
    Ok(())
}
