//! The gateway speaks https itself, to a real Chromium.

use anyhow::{Context, Result, ensure};
use lab::{Dovecot, Gateway, Options, View};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::support::{PASSWORD, Tab, address};

/// Under a name of its own, which only this browser resolves, on the usual port.
const NAME: &str = "webmail.example.test";

#[tokio::test(flavor = "multi_thread")]
async fn chromium_signs_in_over_http2() -> Result<()> {
    let name = "alice";
    let users = vec![(address(name), PASSWORD.to_owned())];
    let dovecot = Dovecot::start(Options { users, ..Options::default() }).await?;
    let imap = format!("imap://127.0.0.1:{}?tls=none", dovecot.imap_port());
    let public = format!("https://{NAME}");
    let arguments = ["--imap", &imap, "--public-url", &public, "--certificate", "{folder}/server.pem"];
    let arguments = [&arguments[..], &["--key", "{folder}/server.key"]].concat();
    let gateway =
        Gateway::start_with(env!("CARGO_BIN_EXE_relais"), &arguments, lab::tls::certificates).await?;
    let port = gateway.url().rsplit_once(':').context("no port")?.1;

    let browser = lab::Browser::start().await?;
    let mut capabilities = browser.capabilities(&View::desktop());
    // Its authority is of this test alone.
    capabilities["acceptInsecureCerts"] = json!(true);
    let all = capabilities["goog:chromeOptions"]["args"].as_array_mut().context("no arguments")?;
    all.push(json!(format!("--host-resolver-rules=MAP {NAME} 127.0.0.1:{port}")));
    let capabilities: Capabilities = serde_json::from_value(capabilities)?;
    let driver = WebDriver::new(browser.url(), capabilities).await?;
    let tab = Tab::at(driver, &public);
    tab.sign_in(name).await?;
    // The page and its files.
    let script = "return performance.getEntries().filter(e => e.nextHopProtocol).map(e => e.nextHopProtocol)";
    let spoken: Vec<String> = tab.driver.execute(script, Vec::new()).await?.convert()?;
    ensure!(!spoken.is_empty() && spoken.iter().all(|protocol| protocol == "h2"), "{spoken:?}");
    let cookies = tab.driver.get_all_cookies().await?;
    ensure!(cookies.iter().any(|cookie| cookie.name.starts_with("__Host-")), "{cookies:?}");
    Ok(())
}
