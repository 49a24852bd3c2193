//! What the URL of a lane says: `?lane=priority`, and from where on. Constant words and numbers.

use crate::{
    mailbox::lane::Wanted,
    web::{href, list::place::anchor},
};

/// Each as in its URL, and the key of its name.
pub const LANES: [(Wanted, &str, &str); 2] = [
    (Wanted::Priority, "priority", "lanes-priority"),
    (Wanted::Commercial, "commercial", "lanes-commercial"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub wanted: Wanted,
    /// Only messages older than this one (UIDVALIDITY and UID).
    pub older: Option<(u32, u32)>,
}

impl Asked {
    /// Of the query of a URL: `None` where it is the list of all, `Some(None)` for what no page of ours says.
    pub fn of(query: &str) -> Option<Option<Asked>> {
        let word = href::value(query, "lane").filter(|word| word != "all")?;
        let wanted = LANES.iter().find(|(_, name, _)| *name == word).map(|(wanted, ..)| *wanted);
        let older = match href::value(query, "older") {
            Some(value) => anchor(&value).map(Some),
            None => Some(None),
        };
        Some(wanted.zip(older).map(|(wanted, older)| Asked { wanted, older }))
    }

    /// As it stands in a query.
    pub fn part(&self) -> String {
        let older = self.older.map(|(uidvalidity, uid)| format!("&older={uidvalidity}-{uid}"));
        format!("lane={}{}", self.word(), older.unwrap_or_default())
    }

    pub fn word(&self) -> &'static str {
        self.entry().1
    }

    /// The key of its name.
    pub fn key(&self) -> &'static str {
        self.entry().2
    }

    fn entry(&self) -> &'static (Wanted, &'static str, &'static str) {
        LANES.iter().find(|(wanted, ..)| *wanted == self.wanted).unwrap_or(&LANES[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says_and_what_it_cannot() {
        assert_eq!(Asked::of("older=7-9"), None);
        assert_eq!(Asked::of("lane=all&older=7-9"), None);
        for (query, same) in [
            ("lane=priority", "lane=priority"),
            ("older=7-9&lane=commercial&select", "lane=commercial&older=7-9"),
        ] {
            assert_eq!(Asked::of(query).flatten().map(|asked| asked.part()).as_deref(), Some(same));
        }
        for bad in ["lane=", "lane=x", "lane=Priority", "lane=priority&older=7", "lane=commercial&older=7-0"]
        {
            assert_eq!(Asked::of(bad), Some(None), "{bad}");
        }
    }
}
