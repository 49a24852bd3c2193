//! A message on paper: who wrote what to whom and when, dark on white whatever the screen shows, and nothing to press.

use anyhow::{Context, Result, ensure};
use lab::{View, seed::Seed};
use serde_json::{Value, json};

use crate::support::{House, Tab, mail};

const TEXT: u32 = 1;
const HTML: u32 = 2;

/// Higher than a screen and than a sheet, with what it answers folded away on the screen.
fn text() -> Seed {
    let body =
        format!("{}Fin.\n\nLe 3 mai, Bob a écrit :\n{}", "Bonjour.\n".repeat(90), "> Cité.\n".repeat(9));
    let mut seed = mail("Bilan", "text/plain", &body);
    seed.raw = [b"Cc: Luc <luc@example.net>\r\n".as_slice(), &seed.raw].concat();
    seed
}

fn html() -> Seed {
    let lines = "<p>Une ligne de plus, pour faire un message plus haut que l’écran.</p>".repeat(60);
    mail("Lettre", "text/html", &format!("<div>Bonjour,</div>{lines}<p>Fin.</p>"))
}

/// To press, to go elsewhere, to be told what goes on.
const SCREEN: [&str; 12] = [
    "button", ".button", "input", "nav", ".bar", ".dock", ".rail", ".pane", ".notice", ".skip", ".after",
    "dialog",
];

/// Its subject, who wrote it, from where, to whom, when.
const HEAD: [&str; 5] =
    [".letter h1", ".from b", ".from .addr", ".from .more-hint", ".letter .sheet > .meta"];

/// Which of these can be seen.
async fn seen(tab: &Tab, css: &[&str]) -> Result<Value> {
    let seen = "e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 1";
    let any = format!("css => [...document.querySelectorAll(css)].some({seen})");
    tab.eval(&format!("return {}.filter({any})", json!(css))).await
}

/// What the style says of text and of what is behind it, frames aside: light on dark would be seen here, also where a
/// browser prints the dark theme as it is.
const COLOURS: &str = "
    const light = c => { const [r, g, b, a] = c.match(/[\\d.]+/g).map(Number); return a === 0 ? null : .2126 * r + .7152 * g + .0722 * b }
    const all = [...document.querySelectorAll('html, body, body *')].filter(e => e.checkVisibility())
    const written = all.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    const ink = written.map(e => light(getComputedStyle(e).color)).filter(l => l > 80)
    const paper = all.map(e => light(getComputedStyle(e).backgroundColor)).filter(l => l !== null && l < 230)
    return [written.length > 4, ink, paper]";

/// What the browser prints: how many sheets, and the colours of text on them. Pages of a PDF are deflated; the browser
/// that made them can read them.
const SHEETS: &str = r"
    const done = arguments[1], raw = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0))
    const pdf = new TextDecoder('latin1').decode(raw)
    const inflate = async bytes => {
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
        return new TextDecoder('latin1').decode(await new Response(stream).arrayBuffer())
    }
    const read = async () => {
        const ink = new Set()
        for (const { 0: head, 1: length, index } of pdf.matchAll(/\/Length (\d+)>> stream\n/g)) {
            const from = index + head.length
            const page = await inflate(raw.slice(from, from + +length)).catch(() => '')
            let colour = ''
            for (const line of page.split('\n')) {
                colour = line.match(/([\d.]+ [\d.]+ [\d.]+) rg$/)?.[1] ?? colour
                if (/ T[jJ]$/.test(line)) ink.add(colour)
            }
        }
        return [pdf.split('/Type /Page\n').length - 1, [...ink].sort()]
    }
    read().then(done, e => done(String(e)))";

async fn print(tab: &Tab, name: &str) -> Result<Value> {
    let wish = json!({ "printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69 });
    let pdf = tab.driver.cdp().send_raw("Page.printToPDF", wish).await?["data"].clone();
    if let Ok(folder) = std::env::var("LAB_PICTURES") {
        let file = std::path::Path::new(&folder).join(format!("{name}.pdf.base64"));
        std::fs::write(file, pdf.as_str().context("no PDF")?)?;
    }
    Ok(tab.driver.execute_async(SHEETS, vec![pdf]).await?.json().clone())
}

/// In the colours of the printed page, and of the light frame.
const INK: [&str; 3] = [".0784 .1333 .1804", ".2667 .2667 .2667", "0 0 0"];

async fn printed(view: View, (to, and_another, sent): (&str, &str, &str)) -> Result<()> {
    let house = House::enter().await?;
    house.fill("paper", [text(), html()]).await?;
    let mut tab = house.tab(&view).await?;
    // With a notice over every page.
    tab.base = house.bad_day.url().to_owned();
    tab.sign_in("paper").await?;
    for (uid, subject, to) in [(TEXT, "Bilan", and_another), (HTML, "Lettre", to)] {
        tab.go("/mail/INBOX").await?;
        tab.click(&format!("[data-uid='{uid}'] .open")).await?;
        let there = format!("document.querySelector('.letter h1')?.textContent === '{subject}'");
        tab.until(&format!(
            "{there} && document.querySelector('.after') && document.readyState === 'complete'"
        ))
        .await?;
        let frame = "document.querySelector('iframe[data-body]')";
        let whole = format!("{frame}.clientHeight >= {frame}.contentDocument.body?.scrollHeight");
        if uid == HTML {
            tab.until(&format!("{frame}.contentDocument.body?.textContent.includes('Fin.') && {whole}"))
                .await?;
        }
        let screen = seen(&tab, &SCREEN).await?;
        ensure!(screen.as_array().is_some_and(|seen| seen.len() > 5), "not what is on a screen: {screen}");

        let sheets = print(&tab, &format!("paper-{}-{subject}", view.language)).await?;
        ensure!(sheets[0].as_u64() >= Some(2), "no longer than a screen: {sheets}");
        assert_eq!(sheets[1], json!(if uid == HTML { &INK } else { &INK[1..] }));

        let cdp = tab.driver.cdp();
        cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
        assert_eq!(seen(&tab, &SCREEN).await?, json!([]));
        assert_eq!(seen(&tab, &HEAD).await?, json!(HEAD));
        assert_eq!(tab.text(".from .more-hint").await?, to);
        let date = tab.text(".letter .sheet > .meta").await?;
        ensure!(date.starts_with(sent), "{date}");
        assert_eq!(tab.eval(COLOURS).await?, json!([true, [], []]));
        // Not "today": a day, whenever it is read.
        let dated = "const t = document.querySelector('.letter .sheet > .meta time'); return [getComputedStyle(t).fontSize, getComputedStyle(t, '::after').content !== 'none', / 20\\d\\d /.test(t.title)]";
        assert_eq!(tab.eval(dated).await?, json!(["0px", true, true]));
        assert_eq!(seen(&tab, &[".people dl"]).await?, json!([".people dl"]), "whom it went to");
        if uid == HTML {
            assert_eq!(tab.eval(&format!("return {frame}.checkVisibility() && {whole}")).await?, json!(true));
        } else {
            // What it answers was unfolded for the paper.
            let body = tab.text(".letter [data-text]").await?;
            ensure!(body.contains("Fin.") && body.contains("Cité."), "{body}");
        }
        cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "" })).await?;
        if uid == HTML {
            pressed(&tab).await?;
            on_paper(&tab, &view.language).await?;
        }
    }
    tab.close().await
}

/// Rules that would turn the head around, push it off the sheet, or lay something over it.
const FORGED: [&str; 3] = [
    "<style>@media print{div{direction:rtl;unicode-bidi:bidi-override}}</style><p>Fin.</p>",
    "<style>@media print{body{text-indent:-9999px}p{text-indent:0}}</style><p>Fin.</p>",
    "<div style=\"margin-top:-400px;opacity:.99;background:#fff;height:400px\">De : quelqu’un d’autre</div><p>Fin.</p>",
];

#[tokio::test]
async fn no_mail_forges_its_head_on_paper() -> Result<()> {
    let house = House::enter().await?;
    house.fill("forged", FORGED.map(|html| mail("Lettre", "text/html", html))).await?;
    let tab = house.signed_in(&View::desktop(), "forged").await?;
    let whole = "const head = document.querySelector('[data-head]'), box = head.getBoundingClientRect(), style = getComputedStyle(head.lastChild)
        const on = document.elementFromPoint(box.left + 20, box.top + box.height / 2)
        return [head.contains(on), box.left >= 0 && box.top >= 0, style.direction, style.unicodeBidi, style.textIndent]";
    for uid in 1..=FORGED.len() {
        tab.go("/mail/INBOX").await?;
        tab.click(&format!("[data-uid='{uid}'] .open")).await?;
        tab.until("document.querySelector('a[data-print]') && document.readyState === 'complete'").await?;
        let href = tab.eval("return document.querySelector('a[data-print]').href").await?;
        tab.driver.goto(href.as_str().context("no way to paper")?).await?;
        tab.until("document.body?.textContent.includes('Fin.')").await?;
        let cdp = tab.driver.cdp();
        cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "print" })).await?;
        assert_eq!(tab.eval(whole).await?, json!([true, true, "ltr", "plaintext", "0px"]), "{uid}");
        cdp.send_raw("Emulation.setEmulatedMedia", json!({ "media": "" })).await?;
    }
    tab.close().await
}

/// "Print" opens that document, and prints it once it is all there.
async fn pressed(tab: &Tab) -> Result<()> {
    // A browser without a head has no dialog: what it would have printed is noted instead.
    let noted = "const before = open
        window.open = (...how) => {
            const paper = before(...how)
            paper.addEventListener('load', () => { paper.print = () => { window.printed = paper.document.body.textContent } })
            return paper
        }";
    tab.eval(noted).await?;
    tab.eval("document.querySelector('a[data-print]').scrollIntoView({ block: 'center' })").await?;
    tab.click("a[data-print]").await?;
    tab.until("window.printed?.includes('Fin.') && printed.includes('Jeanne Petit')").await
}

/// The document that "Print" leads to: head and layout, broken over sheets like any page.
async fn on_paper(tab: &Tab, language: &str) -> Result<()> {
    let href = tab.eval("return document.querySelector('a[data-print]').href").await?;
    tab.driver.goto(href.as_str().context("no way to paper")?).await?;
    tab.until("document.body?.textContent.includes('Fin.')").await?;
    let head = tab.text("[data-head]").await?;
    for words in ["Lettre", "alice@example.test", " 20"] {
        ensure!(head.contains(words), "{words}: {head}");
    }
    let sheets = print(tab, &format!("paper-{language}-whole")).await?;
    ensure!(sheets[0].as_u64() >= Some(2), "{sheets}");
    tab.go("/mail/INBOX").await
}

#[tokio::test]
async fn a_message_is_printed_in_french() -> Result<()> {
    let said = ("à alice@example.test", "à alice@example.test et 1 autre", "Envoyé");
    printed(View { dark: true, ..View::desktop() }, said).await
}

#[tokio::test]
async fn a_message_is_printed_in_english() -> Result<()> {
    let said = ("to alice@example.test", "to alice@example.test and 1 other", "Sent");
    printed(View { dark: true, language: "en".into(), ..View::phone() }, said).await
}
