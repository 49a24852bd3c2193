//! What the URL of a sorted list says: `?sort=from&order=asc&page=2`, constant words and numbers.

use crate::imap::sort::{Key, Order};

pub const KEYS: [(Key, &str); 4] =
    [(Key::Date, "date"), (Key::Who, "from"), (Key::Subject, "subject"), (Key::Size, "size")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub order: Order,
    /// From 1.
    pub page: u32,
    /// Messages of the mailbox when the page was made that led here.
    pub of: Option<u32>,
}

impl Asked {
    /// Of the query of a URL: `None` where it is no sorted list, `Some(None)` for what no page of ours says.
    pub fn of(query: &str) -> Option<Option<Asked>> {
        let all = || url::form_urlencoded::parse(query.as_bytes());
        let value = |wanted: &str| all().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let word = value("sort")?;
        let key = KEYS.iter().find(|(_, name)| *name == word).map(|(key, _)| *key);
        let descending = match value("order").as_deref() {
            Some("asc") => Some(false),
            Some("desc") => Some(true),
            Some(_) => None,
            // The newest, the largest, the letter A.
            None => key.map(|key| matches!(key, Key::Date | Key::Size)),
        };
        let page = match value("page") {
            Some(page) => page.trim().parse().ok().filter(|n| *n > 0),
            None => Some(1),
        };
        let of = value("of").and_then(|of| of.parse().ok());
        Some(key.zip(descending).zip(page).map(|((key, descending), page)| Asked {
            order: Order { key, descending },
            page,
            of,
        }))
    }

    /// As it stands in a query.
    pub fn part(&self) -> String {
        match self.page {
            1 => part(self.order),
            page => format!("{}&page={page}", part(self.order)),
        }
    }
}

pub fn part(order: Order) -> String {
    words(order).map(|(name, word)| format!("{name}={word}")).join("&")
}

/// The same as fields of a form.
pub fn words(order: Order) -> [(&'static str, &'static str); 2] {
    let word = KEYS.iter().find(|(key, _)| *key == order.key).map_or("", |(_, word)| word);
    [("sort", word), ("order", if order.descending { "desc" } else { "asc" })]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says_and_what_it_cannot() {
        assert_eq!(Asked::of("page=2&older=7-9"), None);
        for (query, same) in [
            ("sort=from", "sort=from&order=asc"),
            ("sort=date", "sort=date&order=desc"),
            ("page=3&order=desc&sort=subject&of=120&select", "sort=subject&order=desc&page=3"),
            ("sort=size&order=asc&of=x", "sort=size&order=asc"),
        ] {
            let asked = Asked::of(query).flatten();
            assert_eq!(asked.map(|asked| asked.part()).as_deref(), Some(same), "{query}");
            assert_eq!(Asked::of(same).flatten().map(|asked| asked.order), asked.map(|asked| asked.order));
        }
        for bad in [
            "sort=",
            "sort=x",
            "sort=From",
            "sort=from&order=up",
            "sort=from&page=0",
            "sort=from&page=-1",
            "sort=from&page=99999999999",
        ] {
            assert_eq!(Asked::of(bad), Some(None), "{bad}");
        }
    }
}
