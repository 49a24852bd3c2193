use proptest::prelude::*;

use super::*;

fn sheet(css: &str) -> Sheet {
    of(&format!("<html><head><style type='text/css'>{css}</style></head>"), 100)
}

#[track_caller]
fn is(css: &str, kept: &str) {
    assert_eq!(sheet(css).css.trim_end().replace('\n', " "), kept, "{css}");
}

#[test]
fn ordinary_rules_stay() {
    is("p { margin : 0; color:#333 }", "p{margin:0;color:#333;}");
    is(
        ".a .b>td.c,#x,TD[class=foo] + a:hover{width:50%}",
        ".a .b>td.c,#x,td[class=\"foo\"]+a:hover{width:50%;}",
    );
    is(
        "* { float:left } .ExternalClass * {line-height:100%}",
        "*{float:left;} .ExternalClass *{line-height:100%;}",
    );
    is("a[href^='tel']{color:inherit!important}", "a[href^=\"tel\"]{color:inherit!important;}");
    is(
        "<!-- p.MsoNormal {margin:0cm; font-size:11.0pt; mso-x:y} -->",
        "p.MsoNormal{margin:0cm;font-size:11.0pt;}",
    );
    is("/* a */ p /* b */ { /* c; d } */ color /* e */ : red /* f */ } /* never", "p{color:red;}");
    is(
        "p{background:#FFF;background:url(x);font-family:'a b',serif}",
        "p{background-color:#FFF;font-family:'a b',serif;}",
    );
}

#[test]
fn the_body_is_the_frames_or_the_block_that_stands_for_it() {
    is("body{margin:0} body.x, body#y a{margin:0}", "body{margin:0;} .x,#y a{margin:0;}");
}

#[test]
fn media_queries_stay_with_their_rules() {
    is(
        "@media only screen and (max-width:600px), print { .w{width:100%!important} .x{position:fixed} } p{margin:0}",
        "@media only screen and (max-width:600px), print{.w{width:100%!important;} } p{margin:0;}",
    );
    is(
        "@MEDIA (-webkit-min-device-pixel-ratio: 1.5){p{margin:0}}",
        "@media (-webkit-min-device-pixel-ratio: 1.5){p{margin:0;} }",
    );
    let sheet = of(
        "<style media='only screen and (max-width: 9px)'>p{margin:0} @media print{p{margin:1px}}</style>",
        9,
    );
    assert_eq!(
        sheet.css.replace('\n', " ").trim_end(),
        "@media only screen and (max-width: 9px){p{margin:0;} @media print{p{margin:1px;} } }"
    );
    // One level, nothing empty, nothing strange, and nothing of the dark.
    for css in [
        "@media print{@media screen{p{margin:0}}}",
        "@media print{}",
        "@media print{p{position:fixed}}",
        "@media (width<=600px){p{margin:0}}",
        "@media (prefers-color-scheme:dark){p{color:#fff}}",
        "@media screen and (PREFERS-color-scheme: dark){p{color:#fff}}",
        "@media url(x){p{margin:0}}",
        "@media ((((((print)))))){p{margin:0}}",
    ] {
        is(css, "");
    }
}

#[test]
fn nothing_that_loads_runs_or_overlays() {
    for css in [
        "@import 'https://t.example/x';",
        "@import url(https://t.example/x) screen;",
        "@font-face{font-family:x;src:url(https://t.example/x)}",
        "@namespace url(https://t.example/x);",
        "@charset 'x';",
        "@supports (color:red){p{color:red}}",
        "@page{margin:0}",
        "@keyframes x{from{color:red}}",
        "@\\69mport 'https://t.example/x';",
        "p{background-image:url(https://t.example/x)}",
        "p{background:#fff url(https://t.example/x)}",
        "p{background:u\\72l(https://t.example/x)}",
        "p{color:red/**/url(x)}",
        "p{width:image-set('https://t.example/x' 1x)}",
        "p{list-style:url(x);content:url(x);cursor:url(x);filter:url(x);mask:url(x);border-image:url(x)}",
        "p{--x:url(x)}",
        "p{position:fixed;inset:0;z-index:9;transform:scale(9)}",
        "p{height:99999999px}",
        "p{behavior:url(x);-moz-binding:url(x)}",
        "p{margin:0",
        "p::before{margin:0}",
        "p:not(.x){margin:0}",
        "p:nth-child(2n+1){margin:0}",
        "p~p{margin:0}",
        "p||p{margin:0}",
        "html{margin:0}",
        ":root{margin:0}",
        "script{margin:0}",
        "[onclick]{margin:0}",
        "&{margin:0}",
        ">p{margin:0}",
        "p>{margin:0}",
        "p>>p{margin:0}",
        "{margin:0}",
        "a,{}",
        "50%{margin:0}",
        ".a\\3c /style\\3e {margin:0}",
        "[class='</style><script>']{margin:0}",
    ] {
        let kept = sheet(css).css;
        // A block that is not closed ends with the sheet: that is how browsers read it, too.
        let allowed = if css == "p{margin:0" { "p{margin:0;}\n" } else { "" };
        assert_eq!(kept, allowed, "{css}");
    }
    is("a:hover,b:not(x),i{margin:0}", "a:hover,i{margin:0;}");
    is("p{color:red;}}}} q{margin:0} i{margin:0}", "p{color:red;} i{margin:0;}");
    is("p{color:red;.x{position:fixed;margin:0}}", "p{color:red;}");
}

#[test]
fn colours_are_told() {
    assert!(sheet("p{background:#fff}").coloured);
    assert!(sheet("@media print{p{color:red}}").coloured);
    assert!(!sheet("p{margin:0} a{color:inherit}").coloured);
    assert!(!sheet("@media (prefers-color-scheme:dark){p{color:#fff}}").coloured);
}

#[test]
fn bounds() {
    let many = ".a{margin:0}".repeat(10_000);
    assert_eq!(sheet(&many).css.matches('{').count(), MAX_RULES);
    assert!(of(&format!("<style>{many}</style>").repeat(50), 1).css.len() < 2 * MAX_BYTES);
    // What a browser has to match is bounded with the elements.
    let css = |elements| of(&format!("<style>{many}</style>"), elements).css.matches('{').count();
    assert_eq!((css(5_000), css(50_000), css(usize::MAX)), (MAX_RULES, MAX_WORK / 50_000, 0));
    let weight = |css: &str| {
        let all = selectors(&mut Parser::new(css));
        all.iter().map(|selector| selector.work).collect::<Vec<_>>()
    };
    assert_eq!(weight("p,p.a,p .a,p>.a,p .a>b i"), [1, 2, 6, 6, (4 + 12) * 64 * 64]);
    assert_eq!(weight("[class=x],[class*=x],[title*=x],[style~=x],[title]"), [1, 16, 1]);
    assert_eq!(weight(&"a>a ".repeat(4)), [(8 + 28) << 18]);
    // Only whole rules of a sheet that is too long; and never in the middle of a letter.
    let long = format!("p{{margin:0}} /*{}*/ i{{margin:0}} b{{color:re", "é".repeat(MAX_BYTES));
    assert_eq!(sheet(&long).css, "p{margin:0;}\n");
    is(&format!(".{}{{margin:0}}", "a".repeat(300)), "");
    is(&format!("{}b{{margin:0}}", "b ".repeat(10)), "");
    for nested in ["{", "(", "[", "@media print{", "p{", "a(", "/*", "'", "<!--", "@media ("] {
        sheet(&nested.repeat(30_000));
    }
}

/// A sheet's words, sensible and hostile.
const SOUP: &str = "(p|\\.a|#b|\\*|>|\\+|~|,|:hover|::x|\\[class=x\\]|\\[|\\]|\\(|\\)|\\{|\\}|;|:|color|red|margin|0|\
    @media|@import|print|\\(max-width:9px\\)|url\\(x\\)|src\\(|image-set\\(|'|\"|\\\\3c /style|</|<!--|-->|/\\*|\\*/|\
    \\\\| |\n|é|!important|font-family:'a'|width:calc\\(1px\\)|position:fixed|\\{color:red\\}){0,60}";

proptest! {
    /// Whatever goes in, what comes out is made of the few things that may, closes what it opens, and is stable.
    #[test]
    fn only_what_may(css in SOUP) {
        let once = sheet(&css).css;
        prop_assert!(!once.contains('<'), "{}", once);
        let lower = once.to_ascii_lowercase();
        for never in ["url(", "image", "src", "import", "font-face", "position", "/*", "expression"] {
            prop_assert!(!lower.contains(never), "{} in {}", never, once);
        }
        prop_assert_eq!(once.matches('{').count(), once.matches('}').count());
        for line in once.lines() {
            let open = line.matches('{').count();
            prop_assert!(line == "}" || open >= 1, "{}", once);
        }
        prop_assert_eq!(&sheet(&once).css, &once);
    }

    #[test]
    fn any_text(css in "\\PC{0,200}") {
        prop_assert!(!sheet(&css).css.contains('<'));
    }
}
