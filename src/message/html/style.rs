//! Style declarations, of an attribute or of a rule in a sheet, reduced to what cannot load, overlay or hide the page.
//!
//! ammonia's own style filter lets `image-set("https://…")`, `src()` and their like through, and each is a remote
//! load. So: only properties that never take an image, and no `(` except for colours and `calc`.

use std::collections::HashSet;

/// Longest run of declarations read, in bytes. A longer one is dropped whole.
pub const MAX_BYTES: usize = 4_096;

/// Properties kept. None takes an image, a position, a filter or generated content. `min-width` is left out too: it is
/// what makes newsletters wider than a phone.
const PROPERTIES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "opacity",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-indent",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// The same list for ammonia, which then parses each declaration properly.
pub fn properties() -> HashSet<&'static str> {
    PROPERTIES.iter().copied().collect()
}

/// Declarations that survived.
#[derive(Debug, Default, PartialEq)]
pub struct Filtered {
    pub style: String,
    /// It sets a colour of its own.
    pub coloured: bool,
}

/// Keeps the safe declarations of `style`; `None` when none is left.
pub fn filter(style: &str) -> Option<Filtered> {
    if style.len() > MAX_BYTES {
        return None;
    }
    let mut kept = Filtered::default();
    // A `;` inside a quoted font name cuts that declaration in two, each with an odd quote: both are dropped.
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let mut property = property.trim().to_ascii_lowercase();
        let value = value.trim();
        if property == "background" && is_plain_colour(value) {
            property.push_str("-color");
        }
        if PROPERTIES.binary_search(&property.as_str()).is_err() || !is_safe(value) {
            continue;
        }
        kept.coloured |= matches!(property.as_str(), "color" | "background-color") && !is_borrowed(value);
        kept.style.push_str(&property);
        kept.style.push(':');
        kept.style.push_str(value);
        kept.style.push(';');
    }
    (!kept.style.is_empty()).then_some(kept)
}

/// One word or one colour function, so that `background` means only the colour.
fn is_plain_colour(value: &str) -> bool {
    let value = value.trim_end_matches("!important").trim_end();
    let function = value.contains('(') && value.ends_with(')') && value.matches('(').count() == 1;
    function || value.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
}

/// A colour that shows what is behind or around it anyway.
fn is_borrowed(value: &str) -> bool {
    let value = value.trim_end_matches("!important").trim_end().to_ascii_lowercase();
    matches!(value.as_str(), "currentcolor" | "inherit" | "transparent" | "unset")
}

/// No escape (`u\72l(`), comment, nested block or unknown function; no number that makes a page endless.
fn is_safe(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " \t\r\n#%.,-_'\"!+*/()".contains(c);
    if value.is_empty() || !value.chars().all(plain) || value.contains("/*") {
        return false;
    }
    if !is_closed(value) {
        return false;
    }
    let mut digits = 0;
    for c in value.chars() {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        if digits > 6 {
            return false;
        }
    }
    let mut rest = value;
    while let Some(open) = rest.find('(') {
        let name = rest[..open].rsplit(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if !matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla" | "calc") {
            return false;
        }
        rest = &rest[open + 1..];
    }
    true
}

/// Every string and every parenthesis ends within: what stands after the value is what was meant to.
fn is_closed(value: &str) -> bool {
    let (mut string, mut open) = (None, 0_usize);
    for c in value.chars() {
        match (string, c) {
            (Some(quote), c) if c == quote => string = None,
            // An end of line ends a string, badly (CSS Syntax §4.3.5).
            (Some(_), '\r' | '\n') => return false,
            (Some(_), _) => {}
            (None, '"' | '\'') => string = Some(c),
            (None, '(') => open += 1,
            (None, ')') if open == 0 => return false,
            (None, ')') => open -= 1,
            (None, _) => {}
        }
    }
    string.is_none() && open == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(style: &str) -> String {
        filter(style).unwrap_or_default().style
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(PROPERTIES.is_sorted());
    }

    #[test]
    fn ordinary_styles_stay() {
        assert_eq!(
            kept(
                "COLOR: #333; font-family: 'Segoe UI', Arial; width:calc(100% - 2px);mso-line-height-rule:exactly"
            ),
            "color:#333;font-family:'Segoe UI', Arial;width:calc(100% - 2px);"
        );
        assert_eq!(kept("background:#FFF"), "background-color:#FFF;");
        assert_eq!(kept("background: rgb(1, 2, 3) !important"), "background-color:rgb(1, 2, 3) !important;");
        assert!(filter("background:red").is_some_and(|f| f.coloured));
        assert!(
            filter("width:10px;color: inherit !important;background:transparent")
                .is_some_and(|f| !f.coloured)
        );
    }

    #[test]
    fn nothing_that_loads_or_overlays() {
        for style in [
            "background:url(https://e.example/x)",
            "background:#fff url(x)",
            "background-image:url(x)",
            "color:u\\72l(x)",
            "color:/**/red",
            "width:image-set('https://e.example/x' 1x)",
            "list-style-type:-webkit-cross-fade(url(x))",
            "width:src('x')",
            "position:fixed;top:0",
            "content:'x'",
            "cursor:url(x)",
            "filter:blur(2px)",
            "behavior:url(x)",
            "width:expression(alert(1))",
            "height:99999999px",
            "font-family:'a;color:url(x)",
            "font-family:\"'\"'",
            "font-family:'a\nb'",
            "color:rgb(1,2,3",
            "color:red)",
            "--x:1",
            "color:red}body{color:blue",
            "@import:'x'",
            "color",
            "",
        ] {
            assert_eq!(kept(style), "", "{style}");
        }
        assert_eq!(filter(&"color:red;".repeat(1_000)), None);
    }
}
