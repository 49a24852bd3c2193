//! Hostile HTML mail: nothing leaves, nothing runs, nothing moves the page; and it can be read.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use anyhow::Result;
use lab::View;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Mutex,
};

use crate::support::{House, Tab, mail};

/// Somebody's server elsewhere (our own host is no place to load images from), who counts who comes.
pub struct Tracker {
    pub port: u16,
    paths: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Tracker {
    pub async fn start() -> Result<Tracker> {
        let listener = TcpListener::bind("127.0.0.2:0").await?;
        let port = listener.local_addr()?.port();
        let (paths, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (seen, counted) = (paths.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, SeqCst);
                let seen = seen.clone();
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let n = stream.read(&mut request).await.unwrap_or(0);
                    let head = String::from_utf8_lossy(&request[..n]).into_owned();
                    if let Some(path) = head.split(' ').nth(1) {
                        seen.lock().await.push(path.to_owned());
                    }
                    let image = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'/>";
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{image}",
                        image.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Ok(Tracker { port, paths, connections })
    }

    pub async fn paths(&self) -> Vec<String> {
        let mut paths = self.paths.lock().await.clone();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// Everything that mail was seen to try.
fn hostile(port: u16) -> String {
    let at = format!("http://tracker.elsewhere.test:{port}");
    format!(
        r#"<html><head>
<link rel="prefetch" href="{at}/prefetch"><link rel="preconnect" href="{at}"><link rel="dns-prefetch" href="{at}">
<link rel="stylesheet" href="{at}/sheet"><link rel="icon" href="{at}/icon">
<meta http-equiv="refresh" content="0;url={at}/refresh"><base href="{at}/base/">
<style>@import url("{at}/import"); body {{ background: url({at}/style-block) }}
@font-face {{ font-family: x; src: url({at}/font) }} p {{ font-family: x }}</style>
<script>parent.pwned = top.pwned = 1; fetch("{at}/script")</script><script src="{at}/script-src"></script>
</head><body background="{at}/body-background" onload="top.pwned = 2">
<p style="background:url({at}/inline-style); list-style-image: url({at}/list-style); content: image-set('{at}/image-set' 1x)">Bonjour, voici notre offre.</p>
<img src="{at}/image" srcset="{at}/srcset 2x" onerror="top.pwned = 3" alt="Notre offre" width="40" height="40">
<picture><source srcset="{at}/source"><img src="{at}/picture" alt=""></picture>
<svg onload="top.pwned = 4"><image href="{at}/svg-image"/><script>top.pwned = 5</script></svg>
<video src="{at}/video" poster="{at}/poster" autoplay></video><audio src="{at}/audio" autoplay></audio>
<iframe src="{at}/iframe"></iframe><object data="{at}/object"></object><embed src="{at}/embed">
<table background="{at}/table-background"><tr><td>Une cellule</td></tr></table>
<form action="{at}/form" method="post"><input name="password" value="x"><button id="go">Valider</button></form>
<a id="js" href="javascript:top.pwned = 6">un piège</a> <a id="top" href="{at}/top" target="_top" ping="{at}/ping">un lien</a>
<a id="base" href="relative">un lien relatif</a> <a id="ours" href="/logout">se déconnecter</a>
<div style="position:fixed;inset:0;z-index:99;background:red">couvre tout</div>
<p id="end">Fin.</p></body></html>"#
    )
}

/// Wide as newsletters are, with fixed widths and colours.
const NEWSLETTER: &str = r##"<body bgcolor="#ffffff"><table width="700" cellpadding="0" style="width:700px"><tr>
<td width="350" style="color:#222222">Bonjour, voici les nouvelles du mois de novembre pour tous nos abonnés.</td>
<td width="350"><img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==" width="900" height="200" alt="Une photo"></td>
</tr></table><p>https://example.org/UneAdresseTresLongueSansAucuneCoupurePossibleQuiDepasseLaLargeurDeToutTelephone</p><p>Fin.</p></body>"##;

/// A person's HTML: no colour anywhere.
fn letter() -> String {
    format!(
        "<div>Bonjour,</div>{}<p>Fin.</p>",
        "<p>Une ligne de plus, pour faire un message plus haut que l’écran.</p>".repeat(60)
    )
}

const WIDE: u32 = 1;
const LETTER: u32 = 2;

async fn mailbox(house: &House) -> Result<()> {
    let seeds = [mail("Les nouvelles", "text/html", NEWSLETTER), mail("Une lettre", "text/html", &letter())];
    house.fill("frame", seeds).await?;
    Ok(())
}

/// A newsletter that lives by its sheet: two columns that a phone stacks, a banner for large screens, light text in a
/// dark block; and all that a sheet can try to fetch, or to do to what is around it.
fn sheet(port: u16) -> String {
    let at = format!("http://127.0.0.2:{port}");
    format!(
        r#"<html><head>
<style type="text/css"><!--
@import url("{at}/import"); @import "{at}/import-2"; @namespace x url({at}/namespace);
@font-face {{ font-family: Corporate; src: url({at}/font) format("woff2") }}
html, body {{ height: 100% !important; overflow: hidden; width: 900px !important; padding: 0 !important }}
body {{ font-family: Corporate, serif; background: url({at}/body) }}
.wrap {{ width: 660px; background-color: #20304a; color: #f4f6fa; background-image: image-set("{at}/set" 1x) }}
.col {{ width: 50%; padding: 10px; float: left; box-sizing: border-box; list-style-image: url({at}/list) }}
.col::before {{ content: url({at}/content) }}
#cover {{ position: fixed; inset: 0; z-index: 99; background: red url({at}/cover) }}
.phone {{ display: none }}
* {{ cursor: url({at}/cursor), auto; b1 ckground: u:l({at}/escaped) }}
--></style>
<style media="only screen and (max-width: 600px)">
.col {{ width: 100% !important; float: none !important; display: block !important }}
.large {{ display: none !important }} .phone {{ display: block !important }}
</style>
<style>@media (prefers-color-scheme: dark) {{ .wrap p {{ color: #333 !important }} }}</style>
</head><body class="mail">
<p class="large">Le bandeau des grands écrans</p><p class="phone">Le bandeau du téléphone</p>
<div class="wrap"><div class="col" id="one">Première colonne, avec quelques mots.</div>
<div class="col" id="two">Seconde colonne, avec quelques mots.</div><div id="cover">Dessus</div>
<p style="clear:both">Fin.</p></div></body></html>"#
    )
}

async fn open(tab: &Tab, uid: u32) -> Result<()> {
    tab.go("/mail/INBOX").await?;
    tab.click(&format!("[data-uid='{uid}'] .open")).await?;
    shown(tab).await
}

async fn shown(tab: &Tab) -> Result<()> {
    tab.until(
        "document.querySelector('iframe[data-body]')?.contentDocument?.body?.textContent.includes('Fin.')",
    )
    .await?;
    tab.until("document.querySelector('iframe[data-body]').contentDocument.readyState === 'complete'").await
}

#[tokio::test]
async fn hostile_mail_reaches_nobody_and_does_nothing() -> Result<()> {
    let house = House::enter().await?;
    let tracker = Tracker::start().await?;
    house.fill("hostile", [mail("Une offre", "text/html", &hostile(tracker.port))]).await?;
    let tab = house.signed_in(&View::desktop(), "hostile").await?;
    open(&tab, 1).await?;
    // What a frame can do it does at once; a click on each thing that could be one is still to come.
    tab.until("performance.getEntriesByType('resource').some(e => e.name.includes('/body'))").await?;
    let page = tab.path().await?;
    let inside = "const document = window.document.querySelector('iframe[data-body]').contentDocument, location = window.location;";
    assert_eq!(tab.eval(&format!("{inside} return [...document.querySelectorAll('script, form, iframe, object, embed, video, link, meta[http-equiv], [onload], [onerror], [ping]')].map(e => e.outerHTML)")).await?, json!([]));
    assert_eq!(tab.eval(&format!("{inside} return [...document.querySelectorAll('a[href]')].filter(a => !/^https?:/.test(a.href) || a.origin === location.origin).map(a => a.outerHTML)")).await?, json!([]));
    assert_eq!(tab.eval(&format!("{inside} return [...document.querySelectorAll('a[href]')].filter(a => a.target && a.target !== '_blank').map(a => a.outerHTML)")).await?, json!([]));
    let over = "return [...document.querySelectorAll('body *')].filter(e => ['fixed', 'sticky', 'absolute'].includes(getComputedStyle(e).position)).length";
    assert_eq!(tab.eval(&format!("{inside}{over}")).await?, json!(0));
    assert_eq!(tab.eval("return window.pwned ?? null").await?, json!(null));
    assert_eq!(tab.path().await?, page, "the mail moved the page");
    assert_eq!(tracker.connections.load(SeqCst), 0, "{:?}", tracker.paths().await);

    // Consent is for the images of this one message, and for nothing else.
    tab.click("a[href*='images=1']").await?;
    tab.until("location.search.includes('images=1')").await?;
    shown(&tab).await?;
    tab.until(
        "[...document.querySelector('iframe[data-body]').contentDocument.images].every(i => i.complete)",
    )
    .await?;
    let images = tab.eval("return [...document.querySelector('iframe[data-body]').contentDocument.images].map(i => i.outerHTML)").await?;
    assert_eq!(tracker.paths().await, ["/image", "/picture"], "{images} {:?}", tab.console().await?);
    assert_eq!(tab.eval("return window.pwned ?? null").await?, json!(null));

    // And it is not remembered.
    tab.go(&page).await?;
    shown(&tab).await?;
    let blocked = "return [...document.querySelector('iframe[data-body]').contentDocument.images].filter(i => i.src.startsWith('http://tracker.elsewhere.test')).length";
    assert_eq!(tab.eval(blocked).await?, json!(0));
    tab.close().await
}

#[tokio::test]
async fn the_frame_fits_what_it_holds_and_the_phone() -> Result<()> {
    let house = House::enter().await?;
    mailbox(&house).await?;
    for view in [View::phone(), View { width: 320, ..View::phone() }, View::desktop()] {
        let tab = house.signed_in(&view, "frame").await?;
        for uid in [WIDE, LETTER] {
            open(&tab, uid).await?;
            let inside = "document.querySelector('iframe[data-body]').contentDocument";
            let frame = "document.querySelector('iframe[data-body]')";
            // Neither a scroll bar inside nor a screen of nothing below.
            tab.until(&format!("{frame}.clientHeight >= {inside}.documentElement.scrollHeight - 1")).await?;
            tab.until(&format!("{frame}.clientHeight - {inside}.body.getBoundingClientRect().height < 60"))
                .await?;
            tab.until(&format!("{inside}.documentElement.scrollWidth <= {frame}.clientWidth + 1")).await?;
            assert_eq!(
                tab.eval(
                    "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
                )
                .await?,
                json!(true)
            );
        }
        tab.close().await?;
    }
    Ok(())
}

/// Contrast of the text of the last paragraph on what is behind it (WCAG 2.2, relative luminance).
const CONTRAST: &str = "
    const doc = document.querySelector('iframe[data-body]').contentDocument
    const p = [...doc.querySelectorAll('p')].pop()
    const rgb = c => c.match(/[\\d.]+/g).map(Number)
    const light = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }); return .2126 * r + .7152 * g + .0722 * b }
    let back = p
    while (back && rgb(getComputedStyle(back).backgroundColor)[3] === 0) back = back.parentElement
    const [a, b] = [light(getComputedStyle(p).color), light(back ? getComputedStyle(back).backgroundColor : 'rgb(255,255,255)')]
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), b]";

#[tokio::test]
async fn html_mail_is_readable_in_the_dark() -> Result<()> {
    let house = House::enter().await?;
    mailbox(&house).await?;
    let tab = house.signed_in(&View { dark: true, ..View::phone() }, "frame").await?;
    // Mail with colours of its own keeps its paper; a plain letter is as dark as the page.
    for (uid, dark) in [(WIDE, false), (LETTER, true)] {
        open(&tab, uid).await?;
        let found = tab.eval(CONTRAST).await?;
        let (contrast, paper) = (found[0].as_f64().unwrap_or(0.0), found[1].as_f64().unwrap_or(0.5));
        assert!(contrast >= 7.0, "{uid}: {found}");
        assert_eq!(paper < 0.1, dark, "{uid}: {found}");
    }
    tab.close().await
}

#[tokio::test]
async fn a_newsletters_own_sheet_fits_it_to_the_screen_and_loads_nothing() -> Result<()> {
    let house = House::enter().await?;
    let tracker = Tracker::start().await?;
    house.fill("sheet", [mail("Les offres", "text/html", &sheet(tracker.port))]).await?;
    let inside = "document.querySelector('iframe[data-body]').contentDocument";
    let frame = "document.querySelector('iframe[data-body]')";
    for (view, phone) in [
        (View::phone(), true),
        (View { dark: true, ..View::phone() }, true),
        (View { width: 320, ..View::phone() }, true),
        // A reading pane a little narrower than the letter, and one that is wider.
        (View { width: 1280, ..View::desktop() }, false),
        (View { width: 1600, ..View::desktop() }, false),
    ] {
        let tab = house.signed_in(&view, "sheet").await?;
        open(&tab, 1).await?;
        let stacked = tab
            .eval(&format!(
                "const [one, two] = ['one', 'two'].map(id => {inside}.getElementById(id).getBoundingClientRect())
                return two.top >= one.bottom - 1"
            ))
            .await?;
        assert_eq!(stacked, json!(phone));
        let shown = tab
            .eval(&format!(
                "return ['.large', '.phone', '#cover'].map(css => {{
                    const style = {inside}.defaultView.getComputedStyle({inside}.querySelector(css))
                    return [style.display, style.position] }})"
            ))
            .await?;
        let banner = if phone { ["none", "block"] } else { ["block", "none"] };
        assert_eq!(shown, json!([[banner[0], "static"], [banner[1], "static"], ["block", "static"]]));
        // The frame is the page's: neither cut nor wider than the screen, with its margin, as high as what it holds.
        tab.until(&format!("{frame}.clientHeight >= {inside}.documentElement.scrollHeight - 1")).await?;
        tab.until(&format!("{inside}.documentElement.scrollWidth <= {frame}.clientWidth + 1")).await?;
        let body = tab
            .eval(&format!(
                "const style = {inside}.defaultView.getComputedStyle({inside}.body)
                return [style.paddingLeft, style.zoom, style.backgroundImage]"
            ))
            .await?;
        assert_eq!(body, json!(["16px", "1", "none"]), "no need to make it smaller");
        let margin = tab
            .eval(&format!(
                "return {frame}.clientWidth - {inside}.querySelector('.wrap').getBoundingClientRect().right"
            ))
            .await?;
        assert!(margin.as_f64() >= Some(15.0), "{margin}");
        assert_eq!(
            tab.eval("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
                .await?,
            json!(true)
        );
        let found = tab.eval(CONTRAST).await?;
        assert!(found[0].as_f64() >= Some(7.0), "{found}");
        // Nothing was fetched, and nothing was left for the policy to refuse.
        assert_eq!(tracker.connections.load(SeqCst), 0, "{:?}", tracker.paths().await);
        assert_eq!(tab.console().await?, Vec::<String>::new());
        tab.close().await?;
    }
    Ok(())
}
