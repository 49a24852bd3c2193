//! Small screens and big text: nothing is cut off, nothing scrolls sideways, everything can be hit with a thumb.

use anyhow::{Context, Result};
use lab::{View, seed::Seed};
use serde_json::json;

use crate::{
    accessible::ELSEWHERE,
    answers::{self, ANSWERS},
    support::{House, Tab, mail, odd, realistic},
};

/// The page is as wide as the window, and no text stands out of it or is cut without an ellipsis. Not `innerWidth`: a phone
/// shows a page that is too wide smaller, and then has room for it.
const OUTSIDE: &str = "
    const out = [], wide = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth > wide) out.push('the page scrolls sideways: ' + document.documentElement.scrollWidth)
    for (const e of document.querySelectorAll('body *')) {
        if (e.closest('.vh, .skip, [hidden], dialog:not([open]), details:not([open]) > :not(summary), iframe, svg')) continue
        const style = getComputedStyle(e), box = e.getBoundingClientRect()
        if (!box.width || style.visibility === 'hidden') continue
        const name = e.tagName + '.' + e.className + ' ' + (e.textContent || '').trim().slice(0, 30)
        if (box.right > wide + 1 || box.left < -1) out.push('outside: ' + name + ' ' + box.left + '…' + box.right)
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
        if (own && e.scrollWidth > e.clientWidth + 2 && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && style.display !== 'inline') out.push('cut: ' + name)
    }
    return out";

/// Controls that a thumb could miss. Links inside sentences may be smaller (WCAG 2.2, 2.5.8).
const SMALL: &str = "
    return [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter(e => {
        if (e.closest('.vh, .skip, [hidden], dialog:not([open])') || e.matches('.skip')) return false
        const target = ['checkbox', 'radio'].includes(e.type) ? e.closest('label') : e
        const box = target.getBoundingClientRect()
        const sentence = e.matches('a') && getComputedStyle(e).display === 'inline'
        return box.width && !sentence && (box.height < 43.5 || box.width < 43.5)
    }).map(e => e.outerHTML.slice(0, 120) + ' ' + JSON.stringify(e.getBoundingClientRect()))";

const ODD: [&str; 5] = ["long-subject", "markup-in-headers", "no-subject", "huge-line", "homograph-from"];

/// `all`: those that answer a form, too.
async fn pages(house: &House, tab: &mut Tab, all: bool) -> Result<Vec<String>> {
    let mut seeds: Vec<Seed> = realistic(60).collect();
    for name in ODD {
        seeds.push(odd(name)?);
    }
    let long = "Un mot: AnticonstitutionnellementAnticonstitutionnellementAnticonstitutionnellement";
    seeds.push(mail(long, "text/plain", &format!("{long}\n{}", "x".repeat(900))));
    let mut imap = house.fill("narrow", seeds.clone()).await?;
    answers::written(&mut imap, "narrow").await?;
    let ordinary = tab.base.clone();
    tab.base = house.bad_day.url().to_owned();
    let mut found = Vec::new();
    for path in ["/login", "/status"] {
        tab.go(path).await?;
        look(tab, path, &mut found).await?;
    }
    tab.base = ordinary;
    tab.sign_in("narrow").await?;
    look(tab, "inbox", &mut found).await?;
    let validity = tab.eval("return document.querySelector('[data-list]').dataset.uidvalidity").await?;
    let validity = validity.as_str().context("no list")?.to_owned();
    let whole = seeds.iter().map(|s| String::from_utf8_lossy(&s.raw).into_owned()).collect::<Vec<_>>();
    let kind = |what: &str| whole.iter().position(|raw| raw.contains(what)).map_or(1, |at| at + 1);
    let uids = [kind("application/pdf"), kind("List-Unsubscribe"), kind("message/rfc822")];
    for uid in uids.into_iter().chain(61..=66) {
        let path = format!("/mail/INBOX/{validity}-{uid}");
        tab.go(&path).await?;
        look(tab, &path, &mut found).await?;
        let acknowledged = "return !!document.querySelector('.dock [value=acknowledge]') && innerWidth";
        if let (Some(width), Ok(folder)) =
            (tab.eval(acknowledged).await?.as_u64(), std::env::var("LAB_PICTURES"))
        {
            let picture = format!("dock-{width}.png");
            tab.driver.screenshot(&std::path::Path::new(&folder).join(picture)).await?;
        }
    }
    let headers = format!("/mail/INBOX/{validity}-1/headers");
    let reply = format!("/compose?all=INBOX/{validity}-61");
    let writing = ["/compose", "/drafts", "/settings", "/settings/sessions", &reply];
    let (way, thread) = (format!("/mail/INBOX/{validity}-1/way"), format!("/mail/INBOX/{validity}-1/thread"));
    let lists = ["/folders", "/mail/INBOX?page=2", "/nowhere", "/mail/Trash", &headers, &way, &thread];
    for path in lists.into_iter().chain(writing).chain(ELSEWHERE).chain(["/outbox"]) {
        tab.go(path).await?;
        look(tab, path, &mut found).await?;
    }
    if !all {
        return Ok(found);
    }
    let file = format!("/mail/INBOX/{validity}-{}", kind("application/pdf"));
    for answer in &ANSWERS {
        answer.come(tab, &file).await?;
        look(tab, answer.name, &mut found).await?;
    }
    tab.go("/drafts").await?;
    look(tab, "drafts that wait", &mut found).await?;
    answers::beside(tab).await?;
    look(tab, "two mailboxes", &mut found).await?;
    Ok(found)
}

pub async fn look(tab: &Tab, what: &str, found: &mut Vec<String>) -> Result<()> {
    for script in [OUTSIDE, SMALL] {
        let lines: Vec<String> = serde_json::from_value(tab.eval(script).await?)?;
        found.extend(lines.into_iter().map(|line| format!("{what}: {line}")));
    }
    Ok(())
}

async fn fits_320_pixels(language: &str) -> Result<()> {
    let house = House::enter().await?;
    let view = View { width: 320, height: 640, language: language.into(), ..View::phone() };
    let mut tab = house.tab(&view).await?;
    // Answers of forms in the language that needs more room.
    let all = language == "fr";
    assert_eq!(pages(&house, &mut tab, all).await?, Vec::<String>::new());
    assert_eq!(tab.eval("return document.documentElement.lang").await?, language);
    tab.close().await
}

#[tokio::test]
async fn everything_fits_320_pixels_in_french() -> Result<()> {
    fits_320_pixels("fr").await
}

#[tokio::test]
async fn everything_fits_320_pixels_in_english() -> Result<()> {
    fits_320_pixels("en").await
}

#[tokio::test]
async fn everything_fits_zoomed_to_twice_the_size() -> Result<()> {
    let house = House::enter().await?;
    // What zooming to 200 % makes of 1280 × 800.
    let zoomed = View { width: 640, height: 400, phone: false, language: "en".into(), ..View::desktop() };
    let mut tab = house.tab(&zoomed).await?;
    assert_eq!(pages(&house, &mut tab, false).await?, Vec::<String>::new());
    tab.close().await
}

#[tokio::test]
async fn everything_fits_with_text_twice_as_big() -> Result<()> {
    let house = House::enter().await?;
    let big = ["--blink-settings=preferredColorScheme=1,defaultFontSize=32"];
    let mut tab = house.tab_with(&View::phone(), &big).await?;
    assert_eq!(tab.eval("return getComputedStyle(document.documentElement).fontSize").await?, "32px");
    assert_eq!(pages(&house, &mut tab, true).await?, Vec::<String>::new());
    tab.close().await
}

#[tokio::test]
async fn seven_messages_on_a_phone() -> Result<()> {
    let house = House::enter().await?;
    house.fill("scroll", realistic(200)).await?;
    let tab = house.signed_in(&View::phone(), "scroll").await?;
    let whole = "return [...document.querySelectorAll('.row')].filter(r => r.getBoundingClientRect().bottom <= document.querySelector('.dock').getBoundingClientRect().top).length";
    let rows = tab.eval(whole).await?;
    assert!(rows.as_u64() >= Some(7), "{rows}");
    assert_eq!(tab.eval("return scrollY").await?, json!(0));
    tab.close().await
}
