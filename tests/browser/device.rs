//! On their writer's own device letters outlive the tab, the browser and the session; nobody else reads them there.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use lab::View;
use serde_json::json;
use thirtyfour::WindowHandle;

use crate::support::{House, Tab};

const OFFERED: &str = "document.querySelector('[data-device]:not([hidden]) [data-drop]')";
const GO_ON: &str = "[data-device] .primary";
const DROP: &str = "[data-drop]";
const SAVED: &str = "document.querySelector('[data-kept]').textContent.startsWith('Brouillon enregistré')";
const WORDS: &str = "Bonjour, votre ordonnance confidentielle";

/// The sealed letters in the databases of this browser, octet for octet.
const LETTERS: &str = "
    const done = arguments[arguments.length - 1]
    const all = async name => {
        const asked = indexedDB.open(name)
        asked.onupgradeneeded = () => asked.transaction.abort()
        const db = await new Promise((y, n) => { asked.onsuccess = () => y(asked.result); asked.onerror = n })
        const kept = db.transaction('kept').objectStore('kept').getAll()
        await new Promise(y => { kept.onsuccess = y })
        db.close()
        return kept.result.filter(one => one.data).map(one => String.fromCharCode(...new Uint8Array(one.data)))
    }
    indexedDB.databases().then(found => Promise.all(found.map(one => all(one.name)))).then(l => done(l.flat()), e => done(['' + e]))";

/// Another person's database, with everything that a script of this page can get hold of.
const FORCED: &str = "
    const done = arguments[arguments.length - 1]
    const mine = document.querySelector('[data-device]').dataset
    const tried = async () => {
        const name = (await indexedDB.databases()).map(one => one.name).find(name => name !== mine.device)
        const asked = indexedDB.open(name)
        const db = await new Promise((y, n) => { asked.onsuccess = () => y(asked.result); asked.onerror = n })
        const kept = db.transaction('kept').objectStore('kept').getAll()
        await new Promise(y => { kept.onsuccess = y })
        db.close()
        const { own } = kept.result.find(one => one.own), letter = kept.result.find(one => one.data)
        const said = []
        await crypto.subtle.exportKey('raw', own).catch(e => said.push(e.name))
        const half = new TextEncoder().encode(mine.half)
        const raw = await crypto.subtle.sign('HMAC', own, half)
        const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
        const about = { name: 'AES-GCM', iv: letter.iv, additionalData: new TextEncoder().encode(letter.id) }
        await crypto.subtle.decrypt(about, key, letter.data).catch(e => said.push(e.name))
        return said
    }
    tried().then(done, e => done(['' + e]))";

impl Tab {
    async fn letters(&self) -> Result<Vec<String>> {
        Ok(self.driver.execute_async(LETTERS, Vec::new()).await?.convert()?)
    }

    async fn until_letters(&self, n: usize) -> Result<()> {
        for _ in 0..200 {
            if self.letters().await?.len() == n {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("never {n} letters: {:?}", self.letters().await?)
    }

    /// From now on this page reaches nobody.
    async fn cut_off(&self) -> Result<()> {
        self.eval("window.fetch = () => Promise.reject(new TypeError('no network'))").await?;
        Ok(())
    }

    /// A letter that the gateway never gets, in this tab.
    async fn write_in_vain(&self) -> Result<()> {
        self.go("/compose").await?;
        self.cut_off().await?;
        self.write("[name=to]", "bob@example.test").await?;
        self.write("[name=subject]", "Ordonnance").await?;
        self.write("[name=text]", WORDS).await?;
        self.until_whole().await
    }

    /// What is kept of the form is as long as the form: JSON and the 16 octets of AES-GCM.
    async fn until_whole(&self) -> Result<()> {
        let long = "const fields = [...new FormData(document.querySelector('.write'))]
            const kept = fields.filter(([name]) => !['token', 'sure', 'upload'].includes(name))
            return new TextEncoder().encode(JSON.stringify(kept)).length + 16";
        for _ in 0..200 {
            let long = self.eval(long).await?.as_u64();
            if self.letters().await?.iter().any(|letter| Some(letter.chars().count() as u64) == long) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the last words are not kept: {:?}", self.letters().await?)
    }

    /// Closes the tab, and goes on in a new one.
    async fn another(&self) -> Result<WindowHandle> {
        let new = self.driver.new_tab().await?;
        self.driver.close_window().await?;
        self.driver.switch_to_window(new.clone()).await?;
        Ok(new)
    }

    async fn offered(&self, path: &str) -> Result<()> {
        self.go(path).await?;
        self.until(OFFERED).await
    }

    /// A page that has looked, and offers nothing.
    async fn not_offered(&self, path: &str) -> Result<()> {
        self.go(path).await?;
        self.nothing_offered().await
    }

    async fn nothing_offered(&self) -> Result<()> {
        self.until("'looked' in document.querySelector('[data-device]').dataset").await?;
        ensure!(
            self.eval(&format!("return !{OFFERED}")).await? == json!(true),
            "offered on {}",
            self.path().await?
        );
        Ok(())
    }

    async fn has(&self, name: &str, value: &str) -> Result<()> {
        self.until(&format!("document.querySelector('.write [name={name}]')?.value === '{value}'")).await
    }

    async fn picture(&self, name: &str) -> Result<()> {
        if let Ok(folder) = std::env::var("LAB_PICTURES") {
            self.driver.screenshot(&Path::new(&folder).join(format!("device-{name}.png"))).await?;
        }
        Ok(())
    }
}

/// As when a phone's battery is empty: every process of the browser with this profile.
fn kill_browser(profile: &str) -> Result<()> {
    let mut killed = 0;
    for process in fs::read_dir("/proc")? {
        let process = process?;
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let name = process.file_name();
        let ours = String::from_utf8_lossy(&line).split('\0').any(|word| word == profile);
        if let Some(pid) = name.to_str().filter(|name| ours && name.parse::<u32>().is_ok()) {
            killed += usize::from(Command::new("kill").args(["-9", pid]).status()?.success());
        }
    }
    ensure!(killed > 0, "no browser has {profile}");
    Ok(())
}

/// Files under a folder that hold these words, as UTF-8 or UTF-16.
fn holding(folder: &Path, words: &str) -> Result<(usize, Vec<String>)> {
    let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (mut seen, mut found) = (0, Vec::new());
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            let (more, others) = holding(&path, words)?;
            seen += more;
            found.extend(others);
        } else if let Ok(bytes) = fs::read(&path) {
            seen += 1;
            let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            if has(words.as_bytes()) || has(&wide) {
                found.push(path.display().to_string());
            }
        }
    }
    Ok((seen, found))
}

#[tokio::test]
async fn a_letter_that_reached_nobody_is_there_after_the_browser_was_killed() -> Result<()> {
    let house = House::enter().await?;
    house.fill("killed", []).await?;
    let view = View::phone();
    let capabilities = house.browser.capabilities(&view);
    let arguments = capabilities["goog:chromeOptions"]["args"].as_array().context("arguments")?;
    let profile = arguments.iter().filter_map(|a| a.as_str()).find(|a| a.starts_with("--user-data-dir="));
    let profile = profile.context("a profile")?.to_owned();

    let tab = house.window(&view, capabilities.clone(), &[]).await?;
    tab.sign_in("killed").await?;
    tab.write_in_vain().await?;
    let letters = tab.letters().await?;
    ensure!(letters.iter().all(|letter| !letter.contains("onfidentielle") && !letter.contains("Ordonnance")));
    ensure!(letters[0].len() > WORDS.len());
    kill_browser(&profile)?;
    drop(tab);
    let folder = Path::new(profile.trim_start_matches("--user-data-dir=")).join("Default");
    for place in ["IndexedDB", "Local Storage"] {
        let (seen, found) = holding(&folder.join(place), "confidentielle")?;
        ensure!(seen > 0 && found.is_empty(), "{place}: {seen} files, {found:?}");
    }

    let tab = house.window(&view, capabilities, &[]).await?;
    tab.sign_in("killed").await?;
    tab.offered("/drafts").await?;
    tab.picture("drafts-390").await?;
    tab.offered("/compose").await?;
    let told = tab.text("[data-device]").await?;
    ensure!(told.contains("Ordonnance · bob@example.test") && told.contains("n’est pas arrivé"), "{told}");
    let found = tab.axe(&[]).await?;
    ensure!(found.is_empty(), "{found:?}");
    tab.picture("compose-390").await?;
    tab.click(GO_ON).await?;
    tab.until("location.search.startsWith('?draft=')").await?;
    tab.has("text", WORDS).await?;
    tab.has("to", "bob@example.test").await?;
    tab.has("subject", "Ordonnance").await?;
    // The gateway has it: it is a draft there, and nothing here.
    tab.until_letters(0).await?;
    tab.go("/drafts").await?;
    ensure!(tab.text("[data-draft] a").await? == "Ordonnance");
    let severe: Vec<_> = tab.console().await?.into_iter().filter(|line| line.contains("SEVERE")).collect();
    ensure!(severe.is_empty(), "{severe:?}");
    tab.close().await
}

#[tokio::test]
async fn a_session_that_ended_keeps_it_for_its_writer_alone() -> Result<()> {
    let house = House::enter().await?;
    house.fill("lent", []).await?;
    house.fill("borrower", []).await?;
    let tab = house.signed_in(&View::phone(), "lent").await?;
    tab.write_in_vain().await?;
    tab.another().await?;
    tab.go("/login").await?;
    tab.driver.delete_all_cookies().await?;

    // Somebody else, on the same browser.
    tab.sign_in("borrower").await?;
    tab.not_offered("/compose").await?;
    tab.not_offered("/drafts").await?;
    let forced: Vec<String> = tab.driver.execute_async(FORCED, Vec::new()).await?.convert()?;
    assert_eq!(forced, ["InvalidAccessError", "OperationError"]);
    tab.go("/folders").await?;
    tab.click("form[action='/logout'] button").await?;
    tab.until("location.search === '?out=1'").await?;
    // Their sign-out is no concern of this letter.
    tab.until_letters(1).await?;

    tab.sign_in("lent").await?;
    tab.offered("/compose").await?;
    // One touch asks, two throw away.
    tab.click(DROP).await?;
    ensure!(tab.text(DROP).await? == "Oui, supprimer");
    ensure!(tab.letters().await?.len() == 1);
    tab.click(DROP).await?;
    tab.until_letters(0).await?;
    tab.until(&format!("!{OFFERED}")).await?;
    tab.not_offered("/drafts").await?;
    tab.close().await
}

#[tokio::test]
async fn a_shared_device_keeps_nothing_of_it() -> Result<()> {
    let house = House::enter().await?;
    house.fill("shared", []).await?;
    let tab = house.tab(&View::phone()).await?;
    tab.go("/login").await?;
    tab.click("[name=shared]").await?;
    tab.fill_in("shared").await?;
    tab.until("location.pathname === '/mail/INBOX'").await?;
    tab.go("/compose").await?;
    tab.write("[name=text]", WORDS).await?;
    tab.until(SAVED).await?;
    tab.go("/drafts").await?;
    tab.until("document.querySelector('[data-draft]')").await?;
    let left = "const done = arguments[0]
        indexedDB.databases().then(found => done([...found.map(one => one.name), ...Object.values(localStorage)]))";
    let left: Vec<String> = tab.driver.execute_async(left, Vec::new()).await?.convert()?;
    ensure!(left.is_empty(), "{left:?}");
    ensure!(tab.eval("return !document.querySelector('[data-device]')").await? == json!(true));
    tab.close().await
}

#[tokio::test]
async fn signing_out_wipes_it_in_every_tab() -> Result<()> {
    let house = House::enter().await?;
    house.fill("leaving", []).await?;
    let tab = house.signed_in(&View::phone(), "leaving").await?;
    tab.write_in_vain().await?;
    let writing = tab.driver.window().await?;
    let other = tab.driver.new_tab().await?;
    tab.driver.switch_to_window(other.clone()).await?;
    // What is open in one tab is not offered in another.
    tab.not_offered("/compose").await?;
    tab.until_letters(1).await?;
    tab.go("/folders").await?;
    tab.click("form[action='/logout'] button").await?;
    tab.until("location.search === '?out=1'").await?;
    let gone = "const done = arguments[0]; indexedDB.databases().then(found => done(found.length))";
    let databases =
        async || -> Result<u64> { Ok(tab.driver.execute_async(gone, Vec::new()).await?.convert()?) };
    for _ in 0..100 {
        if databases().await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(databases().await? == 0, "the database is still there");
    // Who types on in the page that is left writes nothing down.
    tab.driver.switch_to_window(writing).await?;
    tab.write("[name=text]", "encore").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    ensure!(databases().await? == 0, "it is there again");
    tab.close().await
}

#[tokio::test]
async fn signing_out_without_script_wipes_it_too() -> Result<()> {
    let house = House::enter().await?;
    house.fill("wiped", []).await?;
    let tab = house.signed_in(&View::phone(), "wiped").await?;
    tab.write_in_vain().await?;
    tab.another().await?;
    tab.go("/login").await?;
    tab.click("button[name=lang]").await?;
    tab.until("document.documentElement.lang === 'en'").await?;
    tab.until_letters(1).await?;
    let cdp = tab.driver.cdp();
    let scripts =
        async |off: bool| cdp.send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": off })).await;
    scripts(true).await?;
    tab.go("/folders").await?;
    tab.one("form[action='/logout'] button").await?.send_keys(crate::support::ENTER).await?;
    for _ in 0..200 {
        if tab.path().await? == "/login?out=1" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ensure!(tab.path().await? == "/login?out=1");
    scripts(false).await?;
    tab.go("/login").await?;
    tab.until_letters(0).await?;
    // The language is no storage.
    tab.until("document.documentElement.lang === 'en'").await?;
    tab.close().await
}

#[tokio::test]
async fn two_versions_end_on_the_page_of_both() -> Result<()> {
    let house = House::enter().await?;
    house.fill("versions", []).await?;
    let tab = house.signed_in(&View::desktop(), "versions").await?;
    tab.go("/compose").await?;
    tab.write("[name=text]", "Le début").await?;
    tab.until(SAVED).await?;
    tab.until("location.search.startsWith('?draft=')").await?;
    tab.until_letters(0).await?;
    let path = tab.path().await?;
    tab.cut_off().await?;
    tab.write("[name=text]", "De cet appareil").await?;
    tab.until_whole().await?;
    tab.another().await?;
    let elsewhere = house.signed_in(&View::phone(), "versions").await?;
    elsewhere.go(&path).await?;
    let before = elsewhere.eval("return document.querySelector('[name=based]').value").await?;
    elsewhere.write("[name=text]", "D’un autre").await?;
    elsewhere.until(&format!("document.querySelector('[name=based]').value > {before}")).await?;
    elsewhere.close().await?;

    // Also on the page of that very draft, which shows what the gateway has.
    tab.offered(&path).await?;
    tab.has("text", "D’un autre").await?;
    tab.picture("compose-1280").await?;
    tab.offered("/drafts").await?;
    tab.picture("drafts-1280").await?;
    tab.click(GO_ON).await?;
    tab.until("document.querySelectorAll('[data-version]').length === 2").await?;
    let both = tab.text("main").await?;
    ensure!(both.contains("De cet appareil") && both.contains("D’un autre"), "{both}");
    // One of the two drafts is what was kept here.
    tab.not_offered("/drafts").await?;
    tab.until_letters(0).await?;
    tab.close().await
}

#[tokio::test]
async fn what_was_sent_at_once_is_not_kept() -> Result<()> {
    let house = House::enter().await?;
    house.fill("at-once", []).await?;
    let tab = house.signed_in(&View::phone(), "at-once").await?;
    tab.go("/compose").await?;
    tab.write("[name=to]", "bob@example.test").await?;
    tab.write("[name=subject]", "Vite").await?;
    tab.write("[name=text]", WORDS).await?;
    tab.until_letters(1).await?;
    tab.click(".sendbar button").await?;
    tab.until("location.pathname.startsWith('/outbox/')").await?;
    tab.until_letters(0).await?;
    tab.close().await
}

#[tokio::test]
async fn a_page_loaded_again_goes_on_from_the_memory_of_its_tab() -> Result<()> {
    let house = House::enter().await?;
    house.fill("loaded", []).await?;
    let tab = house.signed_in(&View::phone(), "loaded").await?;
    tab.write_in_vain().await?;
    tab.driver.refresh().await?;
    tab.has("text", WORDS).await?;
    tab.nothing_offered().await?;
    tab.until(SAVED).await?;
    tab.until_letters(0).await?;
    tab.close().await
}

#[tokio::test]
async fn a_tab_that_remembers_less_than_the_device_takes_nothing_from_it() -> Result<()> {
    let house = House::enter().await?;
    house.fill("crashed", []).await?;
    let tab = house.signed_in(&View::phone(), "crashed").await?;
    tab.write_in_vain().await?;
    // As a browser puts its tabs back after a crash: as they were seconds before.
    tab.eval(
        "const at = Object.keys(sessionStorage).find(key => key.startsWith('letter '))
        const kept = JSON.parse(sessionStorage[at]), typed = JSON.parse(kept.v)
        typed[4] = 'Bonjour, votre'
        sessionStorage[at] = JSON.stringify({ ...kept, v: JSON.stringify(typed), changed: kept.changed - 5000 })",
    )
    .await?;
    tab.driver.refresh().await?;
    tab.has("text", "Bonjour, votre").await?;
    tab.until(OFFERED).await?;
    tab.click(GO_ON).await?;
    tab.until("document.querySelectorAll('[data-version]').length === 2").await?;
    let both = tab.text("main").await?;
    ensure!(both.contains(WORDS), "{both}");
    tab.close().await
}
