//! What the first visit to a readable inbox costs a phone.

use anyhow::Result;
use lab::View;
use serde_json::json;

use crate::support::{House, realistic};

const KB: u64 = 1024;

#[tokio::test]
async fn the_first_visit_is_25_kilobytes_8_of_them_script() -> Result<()> {
    let house = House::enter().await?;
    house.fill("budget", realistic(120)).await?;
    let tab = house.signed_in(&View::phone(), "budget").await?;
    // A browser that was never here, as far as the cache knows: a reload without it, signed in.
    tab.until("!document.querySelector('[data-preview]')").await?;
    tab.until("document.readyState === 'complete'").await?;
    let sizes =
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .map(e => [new URL(e.name).pathname, e.encodedBodySize])";
    let sizes: Vec<(String, u64)> = serde_json::from_value(tab.eval(sizes).await?)?;
    let named =
        |part: &str| sizes.iter().filter(|(name, _)| name.contains(part)).map(|(_, n)| n).sum::<u64>();
    let all: u64 = sizes.iter().map(|(_, n)| n).sum();
    // The browser fetches icon and manifest out of the page's sight.
    let mut hidden = 0;
    for css in ["link[rel=icon]", "link[rel=manifest]"] {
        let href = tab.one(css).await?.attr("href").await?.unwrap_or_default();
        let answer =
            lab::Visitor::new(&tab.base, "fr")?.get_with(&href, &[("accept-encoding", "gzip")]).await?;
        assert_eq!(answer.status, 200, "{href}");
        if named(&href) == 0 {
            hidden += answer.body.len() as u64;
        }
    }
    assert!(named(".css") > 0 && named(".js") > 0 && named("/previews") > 0, "{sizes:?}");
    assert!(all + hidden <= 25 * KB, "{} of {sizes:?} and {hidden}", all + hidden);
    assert!(named(".js") <= 8 * KB, "{sizes:?}");
    assert_eq!(tab.eval("return [...document.querySelectorAll('.row')].length").await?, json!(50));
    tab.close().await
}
