use super::*;
use proptest::prelude::*;

#[track_caller]
fn is(html: &str, tidied: &str) {
    assert_eq!(tidy(html).as_deref(), Ok(tidied), "{html}");
}

#[test]
fn closes_what_is_open() {
    is("<div><p>a<p>b<div>c", "<div><p>a</p><p>b</p><div>c</div></div>");
    is("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>");
    is("<b><i>a</b>b</i>", "<b><i>a</i></b>b");
    is("</div>a</p></b>", "a");
    is("a<br>b</br>c<BR/>", "a<br>b<br>c<br>");
    is("<a href=x>1<a href=y>2", "<a href=\"x\">1</a><a href=\"y\">2</a>");
}

#[test]
fn an_inline_end_does_not_close_blocks() {
    is("<div><font><div>a</font>b</div>c</div>", "<div><font><div>ab</div></font>c</div>");
}

#[test]
fn tables_get_their_structure() {
    is(
        "<table><tr><td>a<td>b<tr><td>c</table>",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
    );
    is("<table><td>a</table>", "<table><tr><td>a</td></tr></table>");
    is("<table>lost<tr>\n&nbsp;<td>x", "<table><tr><td>lost</td></tr><tr><td>x</td></tr></table>");
    is("<table><tr><div>a</div></table>", "<table><tr><td><div>a</div></td></tr></table>");
    is("<tr><td>no table</td></tr>", "no table");
    is("<table><tr><td><div></td></tr></table>x", "<table><tr><td><div></div></td></tr></table>x");
    is("<div><table><tr><td></div>a", "<div><table><tr><td>a</td></tr></table></div>");
}

#[test]
fn deep_tables_become_blocks() {
    let deep = tidy(&"<table><tr><td>".repeat(MAX_TABLES + 3)).unwrap_or_default();
    assert_eq!(deep.matches("<table>").count(), MAX_TABLES);
    assert_eq!(deep.matches("<div>").count(), 9);
}

#[test]
fn only_known_tags_and_attributes() {
    is("<x><form action=y><o:p>a</o:p></form><svg onload=z>", "a");
    is("<p onclick=x CLASS=y Align=\"le\"ft\" align=z>a", "<p class=\"y\" align=\"le\">a</p>");
    is("<p title='say \"hi\" &lt;'>1 < 2", "<p title=\"say &quot;hi&quot; &lt;\">1 &lt; 2</p>");
    is("<head><title>t</title><style>p{}</style></head><script>x</script>a", "a");
}

#[test]
fn the_body_keeps_its_colours() {
    is(
        "<html><body bgcolor=#000 text='white' style=\"margin:0\"><p>a</p></body></html>",
        "<div style=\"background-color:#000;color:white;margin:0\"><p>a</p></div>",
    );
    is("<body>a</body>", "<div>a</div>");
    is("<body bgcolor='x\"><script>'>a", "<div>a</div>");
}

#[test]
fn long_runs_are_parted() {
    for piece in ["&nbsp;", "<", "a\n", "&", "<x>&amp;"] {
        let tidied = tidy(&piece.repeat(1_000)).unwrap_or_default();
        let longest = tidied.split("<wbr>").map(|run| run.matches(is_piecemeal).count()).max();
        assert!(longest.is_some_and(|n| n <= MAX_PIECES), "{piece}: {longest:?}");
    }
    assert!(!tidy("a&amp;b\n").unwrap_or_default().contains("<wbr>"));
    is(&format!("<a href='{}'>x", "&".repeat(600)), "<a>x</a>");
    is("<img src='data:a\r\nb' alt='c\nd'>", "<img src=\"data:ab\" alt=\"c d\">");
}

#[test]
fn bounds() {
    assert_eq!(tidy(&"<div>".repeat(20_000)), Err(Refused::TooDeep));
    assert_eq!(tidy(&"<!--</div>--><b></div></i>".repeat(20_000)), Err(Refused::TooDeep));
    assert_eq!(tidy(&"<br>".repeat(MAX_ELEMENTS + 1)), Err(Refused::TooManyElements));
    assert!(tidy(&"<p>a".repeat(MAX_ELEMENTS)).is_ok());
}

/// Every start tag in `html` is closed in order; returns the greatest depth.
fn depth(html: &str) -> Option<usize> {
    let mut open: Vec<&str> = Vec::new();
    let mut deepest = 0;
    for token in Scanner::new(html) {
        match token {
            Token::Open(tag) if !matches!(tag.name, "br" | "hr" | "img" | "wbr") => open.push(tag.name),
            Token::Close(name) if open.pop() != Some(name) => {
                return None;
            }
            _ => {}
        }
        deepest = deepest.max(open.len());
    }
    open.is_empty().then_some(deepest)
}

proptest! {
    #[test]
    fn always_well_nested(html in "(</?(p|b|a|div|table|tr|td|li|ul|font|body|br|style)( x=\"y)?>|text|<|&nbsp;| ){0,60}") {
        if let Ok(tidied) = tidy(&html) {
            prop_assert!(depth(&tidied).is_some_and(|d| d <= MAX_DEPTH), "{}", tidied);
        }
    }
}
