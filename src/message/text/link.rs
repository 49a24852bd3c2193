//! Links in a line of plain text.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Text(String),
    /// `url` is `http:` or `https:` and normalised (an international host in its ASCII form); `text` is as written.
    Link {
        url: String,
        text: String,
    },
    /// An e-mail address; `text` is as written, perhaps with `mailto:`.
    Mail {
        address: String,
        text: String,
    },
}

impl Span {
    /// As it was written.
    pub fn text(&self) -> &str {
        match self {
            Span::Text(text) | Span::Link { text, .. } | Span::Mail { text, .. } => text,
        }
    }
}

/// Longest link made, in bytes.
const MAX_LINK: usize = 2_000;

/// Splits a line at its links. The texts of the spans together are the line. Linear in its length.
pub fn spans(line: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    // Words end at white space and at what never is inside a link in prose.
    let ends = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '`')
    };
    for word in line.split_inclusive(ends) {
        let bare = word.trim_end_matches(ends);
        if let Some((from, len, span)) = link(bare) {
            if text_from < at + from {
                out.push(Span::Text(line[text_from..at + from].to_owned()));
            }
            text_from = at + from + len;
            out.push(span);
        }
        at += word.len();
    }
    if text_from < line.len() {
        out.push(Span::Text(line[text_from..].to_owned()));
    }
    out
}

/// The link in a word: where it begins, how long it is, what it is.
fn link(word: &str) -> Option<(usize, usize, Span)> {
    if !word.contains(['.', '@', ':']) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let found =
        ["http://", "https://", "mailto:"].into_iter().filter_map(|s| lower.find(s).map(|i| (i, s))).min();
    if let Some((from, scheme)) = found {
        let text = without_trailer(&word[from..]);
        if scheme == "mailto:" {
            let address = text.get(scheme.len()..)?.split('?').next().filter(|a| is_address(a))?;
            return Some((
                from,
                text.len(),
                Span::Mail { address: address.to_owned(), text: text.to_owned() },
            ));
        }
        return web(text, text).map(|span| (from, text.len(), span));
    }
    let from = word.find(|c: char| c.is_alphanumeric())?;
    let text = without_trailer(&word[from..]);
    if lower[from..].starts_with("www.") && text.len() > 6 {
        return web(&format!("https://{text}"), text).map(|span| (from, text.len(), span));
    }
    // `courriel:ann@example.org`
    let from = from + text.find('@').and_then(|a| text[..a].rfind([':', ',', ';', '('])).map_or(0, |i| i + 1);
    let text = without_trailer(&word[from..]);
    let text = &text[..text.find([',', ';', '/', '(', ')']).unwrap_or(text.len())];
    is_address(text)
        .then(|| (from, text.len(), Span::Mail { address: text.to_owned(), text: text.to_owned() }))
}

fn web(url: &str, text: &str) -> Option<Span> {
    if text.len() > MAX_LINK {
        return None;
    }
    let url = url::Url::parse(url).ok().filter(|u| u.has_host() && matches!(u.scheme(), "http" | "https"))?;
    // `http://bank.example@evil.example` reads as one place and leads to another.
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    Some(Span::Link { url: url.into(), text: text.to_owned() })
}

/// Without the punctuation that belongs to the sentence; a closing bracket stays if it was opened inside.
fn without_trailer(word: &str) -> &str {
    let count = |c: char| word.matches(c).count();
    let mut surplus = [(')', '('), (']', '['), ('}', '{')]
        .map(|(close, open)| (close, count(close).saturating_sub(count(open))));
    let mut rest = word;
    while let Some(last) = rest.chars().next_back() {
        let drop = match surplus.iter_mut().find(|(close, _)| *close == last) {
            Some((_, left)) if *left > 0 => {
                *left -= 1;
                true
            }
            Some(_) => false,
            None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '…' | '|'),
        };
        if !drop {
            break;
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    rest
}

/// Plainly `local@domain.tld`, as people write it in text; not all that RFC 5322 allows.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let labels: Vec<&str> = domain.splitn(20, '.').collect();
    let label_ok = |l: &&str| {
        !l.is_empty()
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    local_ok && domain.len() <= 253 && labels.len() >= 2 && labels.iter().all(label_ok)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Links as `[text](target)`.
    fn shape(line: &str) -> String {
        let mut out = String::new();
        for span in spans(line) {
            match span {
                Span::Text(text) => out.push_str(&text),
                Span::Link { url, text } => out.push_str(&format!("[{text}]({url})")),
                Span::Mail { address, text } => out.push_str(&format!("[{text}]({address})")),
            }
        }
        out
    }

    #[test]
    fn links_in_prose() {
        for (line, shaped) in [
            (
                "Voir https://e.example/a?b=1&c#d.",
                "Voir [https://e.example/a?b=1&c#d](https://e.example/a?b=1&c#d).",
            ),
            ("(http://e.example/)", "([http://e.example/](http://e.example/))"),
            (
                "https://fr.wikipedia.org/wiki/CRP_(biologie)",
                "[https://fr.wikipedia.org/wiki/CRP_(biologie)](https://fr.wikipedia.org/wiki/CRP_(biologie))",
            ),
            ("(voir https://e.example/x_(y)).", "(voir [https://e.example/x_(y)](https://e.example/x_(y)))."),
            (
                "<https://e.example>, «https://f.example»",
                "<[https://e.example](https://e.example/)>, «[https://f.example](https://f.example/)»",
            ),
            ("www.chu.example, ok", "[www.chu.example](https://www.chu.example/), ok"),
            ("lien:HTTPS://E.example/X", "lien:[HTTPS://E.example/X](https://e.example/X)"),
            ("https://éa.example/", "[https://éa.example/](https://xn--a-9fa.example/)"),
        ] {
            assert_eq!(shape(line), shaped);
        }
    }

    #[test]
    fn addresses_in_prose() {
        for (line, shaped) in [
            ("Ann <ann@example.org>;", "Ann <[ann@example.org](ann@example.org)>;"),
            ("écrire à ann.lee+x@chu.example.", "écrire à [ann.lee+x@chu.example](ann.lee+x@chu.example)."),
            ("mailto:ann@example.org?subject=x", "[mailto:ann@example.org?subject=x](ann@example.org)"),
            ("courriel:ann@example.org", "courriel:[ann@example.org](ann@example.org)"),
            ("(ann@example.org)", "([ann@example.org](ann@example.org))"),
        ] {
            assert_eq!(shape(line), shaped);
        }
    }

    #[test]
    fn not_links() {
        for line in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://",
            "mailto:)",
            "https:///",
            "www.",
            "a@b",
            "@x.fr",
            "a@",
            "a@.fr",
            "file:///etc/passwd",
            "12:30",
            "http://bank.example@evil.example/",
            "v1.2.3",
            "a..b",
        ] {
            assert_eq!(spans(line), [Span::Text(line.to_owned())]);
        }
        let long = format!("http://e.example/{}", "a".repeat(3_000));
        assert_eq!(spans(&long), [Span::Text(long.clone())]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(line in "(http://|https://|www\\.|mailto:|a@b\\.fr|é|\\(|\\)|,|\\.|<|>| |x|\\PC){0,40}") {
            let whole: String = spans(&line).iter().map(Span::text).collect();
            prop_assert_eq!(whole, line);
        }
    }
}
