//! What a form asks to be done, and with which messages.

use maud::{Markup, html};

use super::verb::Verb;
use crate::{
    mailbox::act::MOST,
    web::{
        form::Fields,
        href::{self, Place},
    },
};

#[derive(Debug, Clone)]
pub struct Asked {
    pub verb: Verb,
    pub uidvalidity: u32,
    pub which: Which,
    /// The mailbox it goes to, as in URLs.
    pub to: Option<String>,
    /// The question was answered.
    pub sure: bool,
    /// The mailbox that is lacking is to be made.
    pub make: bool,
    /// The page that it was asked on.
    pub back: Option<String>,
    /// One for each form that would make something twice.
    pub once: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    These(Vec<u32>),
    All(All),
}

impl Which {
    /// `None` for what no page of ours says; nothing ticked is `These` of none.
    pub fn read(fields: &Fields) -> Option<Which> {
        let uids: Option<Vec<u32>> =
            fields.all("uid").map(|v| v.parse().ok().filter(|uid| *uid > 0)).collect();
        let uids = uids.filter(|uids| uids.len() <= MOST)?;
        Some(match fields.get("all") {
            Some(up_to) => Which::All(All {
                up_to: up_to.parse().ok().filter(|uid| *uid > 0)?,
                of: fields.number("of").unwrap_or(0),
                so_far: fields.number("sofar").unwrap_or(0),
            }),
            None => Which::These(uids),
        })
    }
}

/// All messages of the mailbox, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct All {
    /// The newest one that it is still to be done with: what came later stays as it is.
    pub up_to: u32,
    /// How many there were at the start.
    pub of: u32,
    /// How many it was done with so far.
    pub so_far: u32,
}

impl Asked {
    /// `None` for what no page of ours asks.
    pub fn read(fields: &Fields, place: &Place) -> Option<Asked> {
        Some(Asked {
            verb: Verb::from_word(fields.get("do")?)?,
            uidvalidity: fields.number("uidvalidity")?,
            which: Which::read(fields)?,
            to: fields.get("to").map(str::to_owned),
            sure: fields.get("sure") == Some("1"),
            make: fields.get("make") == Some("1"),
            back: back(fields, place),
            once: fields.get("once").and_then(|key| u64::from_str_radix(key, 16).ok()),
        })
    }

    /// Messages it is about.
    pub fn n(&self) -> u32 {
        match &self.which {
            Which::These(uids) => u32::try_from(uids.len()).unwrap_or(u32::MAX),
            Which::All(all) => all.of,
        }
    }

    /// The same in hidden fields, for the form of a page in between: all but what is done.
    pub fn carried(&self, token: &str) -> Markup {
        let hidden = |name: &str, value: &dyn std::fmt::Display| html! { input type="hidden" name=(name) value=(value); };
        html! {
            (hidden("token", &token))
            (hidden("uidvalidity", &self.uidvalidity))
            @match &self.which {
                Which::These(uids) => @for uid in uids { (hidden("uid", uid)) },
                Which::All(all) => {
                    (hidden("all", &all.up_to)) (hidden("of", &all.of)) (hidden("sofar", &all.so_far))
                }
            }
            @if let Some(back) = &self.back { (hidden("back", back)) }
        }
    }
}

/// The page that a form was sent from, where it says so.
pub fn back(fields: &Fields, place: &Place) -> Option<String> {
    fields.get("back").filter(|path| is_of(path, place)).map(str::to_owned)
}

/// A page of this mailbox, and nowhere else.
fn is_of(path: &str, place: &Place) -> bool {
    let rest = href::own(path).and_then(|path| path.strip_prefix(&place.list()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/', '#']))
}

/// This page of ours without these words of its query.
pub fn without(path: &str, words: &[&str]) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.is_empty() && !words.contains(&name)
    });
    let kept: Vec<&str> = kept.collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// This page of ours with one word more in its query.
pub fn with(path: &str, word: &str) -> String {
    let path = path.split('#').next().unwrap_or(path);
    format!("{path}{}{word}", if path.contains('?') { '&' } else { '?' })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::MailboxName;

    #[test]
    fn pages_of_the_mailbox_alone() {
        let place = Place { mailbox: MailboxName::inbox(), separator: None };
        for ours in ["/mail/INBOX", "/mail/INBOX?older=7-9", "/mail/INBOX/7-9", "/mail/INBOX#u4"] {
            assert!(is_of(ours, &place), "{ours}");
        }
        for other in
            ["/mail/INBOX2", "/mail/Trash", "//evil.example/mail/INBOX", "/mail", "https://evil.example"]
        {
            assert!(!is_of(other, &place), "{other}");
        }
        assert_eq!(
            without("/mail/INBOX?select=all&older=7-9&done=x", &["select", "done"]),
            "/mail/INBOX?older=7-9"
        );
        assert_eq!(without("/mail/INBOX?select", &["select", "done"]), "/mail/INBOX");
        assert_eq!(with("/mail/INBOX?older=7-9", "select"), "/mail/INBOX?older=7-9&select");
        assert_eq!(with("/mail/INBOX#u7", "select"), "/mail/INBOX?select");
    }
}
