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
    let count = 0, deepest = 0, tables = 0, style = 0
    const above = [[inside.documentElement, 1, 0]]
    while (above.length) {
        const [e, depth, within] = above.pop(), table = within + (e.localName === 'table' ? 1 : 0)
        count += 1
        deepest = Math.max(deepest, depth)
        tables = Math.max(tables, table)
        style = Math.max(style, (e.getAttribute('style') ?? '').length)
        for (const child of e.children) above.push([child, depth + 1, table])
    }
    return [count, deepest, tables, style]";

#[tokio::test]
async fn no_mail_holds_the_tab() -> Result<()> {
    let house = House::enter().await?;
    let mut seeds: Vec<Seed> = HEAVY.into_iter().map(odd).collect::<Result<_>>()?;
    // As much as is ever shown.
    let tables = |what: &str| format!("{}x{}", what.repeat(12), "</td></tr></table>".repeat(12));
    let bounds = format!("{}{}", tables("<table><tr><td>"), "<p>a</p>".repeat(19_000));
    seeds.push(mail("At the bounds", "text/html", &bounds));
    let count = seeds.len();
    house.fill("heavy", seeds).await?;
    let tab = house.signed_in(&View::phone(), "heavy").await?;
    let list = tab.eval("return document.querySelector('[data-list]').dataset.uidvalidity").await?;
    let validity = list.as_str().context("no list")?.to_owned();
    let mut framed = Vec::new();
    for uid in 1..=count {
        tab.go(&format!("/mail/INBOX/{validity}-{uid}")).await?;
        tab.until(SHOWN).await?;
        if let Value::Array(measured) = tab.eval(MEASURES).await? {
            let within = measured.iter().zip([20_010, 260, 12, 4_096]);
            assert!(within.clone().all(|(n, most)| n.as_u64() <= Some(most)), "{uid}: {measured:?}");
            framed.push(uid);
        }
        // The tab hears its reader.
        tab.press("u").await?;
        tab.until("location.pathname === '/mail/INBOX' && document.querySelector('[data-uid]')").await?;
    }
    assert!(framed.contains(&count), "only {framed:?} were shown as HTML");
    tab.close().await
}
