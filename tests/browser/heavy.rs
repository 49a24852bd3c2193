//! Mail that holds a tab for many seconds elsewhere: here it is cut, or shown as text, and its reader goes on.

use anyhow::{Context, Result};
use lab::{View, seed::Seed};
use serde_json::Value;

use crate::support::{House, mail, odd};

const HEAVY: [&str; 6] = [
    "html-divs-97k",
    "html-divs-unclosed",
    "html-nested-tables",
    "html-inline-nesting",
    "html-many-nodes",
    "html-long-style",
];

/// The frame is there with all that is in it, or the text.
const SHOWN: &str = "(() => {
    const inside = document.querySelector('iframe[data-body]')?.contentDocument
    return inside ? inside.readyState === 'complete' && inside.body?.childNodes.length : document.querySelector('[data-text]')
})()";

/// Elements, how deep they and the tables among them lie in one another, octets of the longest style.
const MEASURES: &str = "
    const inside = document.querySelector('iframe[data-body]')?.contentDocument
    if (!inside) return null
    const all = [...inside.querySelectorAll('*')]
    const above = (e, is) => { let n = 0; for (; e; e = e.parentElement) n += is(e) ? 1 : 0; return n }
    const most = numbers => numbers.reduce((a, b) => Math.max(a, b), 0)
    return [all.length, most(all.map(e => above(e, () => true))), most(all.map(e => above(e, e => e.matches('table')))),
        most(all.map(e => (e.getAttribute('style') ?? '').length))]";

#[tokio::test]
async fn no_mail_holds_the_tab() -> Result<()> {
    let house = House::enter().await?;
    let mut seeds: Vec<Seed> = HEAVY.into_iter().map(odd).collect::<Result<_>>()?;
    // As much as is ever shown.
    let tables = |what: &str| format!("{}x{}", what.repeat(12), "</td></tr></table>".repeat(12));
    let bounds = format!("{}{}", tables("<table><tr><td>"), "<p>a</p>".repeat(48_000));
    seeds.push(mail("At the bounds", "text/html", &bounds));
    let count = seeds.len();
    house.fill("heavy", seeds).await?;
    let tab = house.signed_in(&View::phone(), "heavy").await?;
    let list = tab.eval("return document.querySelector('[data-list]').dataset.uidvalidity").await?;
    let validity = list.as_str().context("no list")?.to_owned();
    let mut framed = 0;
    for uid in 1..=count {
        tab.go(&format!("/mail/INBOX/{validity}-{uid}")).await?;
        tab.until(SHOWN).await?;
        if let Value::Array(measured) = tab.eval(MEASURES).await? {
            let within = measured.iter().zip([50_010, 260, 12, 4_096]);
            assert!(within.clone().all(|(n, most)| n.as_u64() <= Some(most)), "{uid}: {measured:?}");
            framed += 1;
        }
        // The tab hears its reader.
        tab.press("u").await?;
        tab.until("location.pathname === '/mail/INBOX' && document.querySelector('[data-uid]')").await?;
    }
    assert!(framed > 0, "nothing was shown as HTML");
    tab.close().await
}
