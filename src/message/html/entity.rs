//! Character references (`&eacute;`, `&#8217;`, `&#x27;`) as the characters they stand for.

use mail_parser::decoders::html::add_html_token;

use crate::message::charset;

/// Longest reference looked for, from `&` to `;`.
const MAX_BYTES: usize = 34;

/// `text` with its references decoded. One without `;` stays as written, save for the few that people leave open.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(amp) = rest.find('&') {
        out.push_str(&rest[..amp]);
        rest = &rest[amp..];
        let name =
            rest[1..].bytes().take(MAX_BYTES).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        let end = if rest.as_bytes().get(1 + name) == Some(&b';') { name + 2 } else { 1 };
        if end > 2 {
            match windows_1252(&rest[2..end - 1]).filter(|_| rest.as_bytes()[1] == b'#') {
                Some(c) => out.push(c),
                None => add_html_token(&mut out, &rest.as_bytes()[..end], false),
            }
            rest = &rest[end..];
        } else if let Some(open) =
            ["&nbsp", "&amp", "&lt", "&gt", "&quot"].iter().find(|open| rest.starts_with(**open))
        {
            add_html_token(&mut out, format!("{open};").as_bytes(), false);
            rest = &rest[open.len()..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// `&#146;` is `’`: numbers from 128 to 159 mean windows-1252 (HTML §13.2.5.84).
fn windows_1252(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u8::from_str_radix(digits, 16).ok()?,
        None => number.parse::<u8>().ok()?,
    };
    (128..160).contains(&code).then(|| charset::decode(&[code], None).chars().next()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references() {
        assert_eq!(
            decode("R&eacute;sultats &amp; suite&nbsp;: l&#8217;&#xe9;t&#146;"),
            "Résultats & suite\u{a0}: l’ét’"
        );
        assert_eq!(
            decode("a&b; AT&T &amp &unknown; &; &#; &#xD800;"),
            "a&b; AT&T & &unknown; &; &#; \u{fffd}"
        );
        assert_eq!(decode("?a=1&lt=2&copy=3"), "?a=1<=2&copy=3");
    }

    proptest! {
        #[test]
        fn never_panics(text in "(&|#|x|;|amp|[0-9]{1,12}|é|nbsp){0,30}") {
            decode(&text);
        }
    }
}
