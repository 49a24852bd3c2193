//! The header fields that decide, read once.

use super::{Address, Clues, Reason};
use crate::message::whole;

/// Octets of a header that are read.
pub const MOST: usize = 64 << 10;
/// Octets of one value.
const LONGEST: usize = 1_000;
/// Received fields in which a sending tool is looked for.
const HOPS: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Fields {
    pub unsubscribe: Option<String>,
    pub one_click: bool,
    /// One may write to the list.
    pub post: bool,
    pub list_id: Option<String>,
    pub feedback: Option<String>,
    pub precedence: String,
    pub automatic: Option<String>,
    /// Without its angle brackets; `None` where there is none, empty for `<>`.
    pub return_path: Option<String>,
    pub mailer: String,
    pub references: bool,
    pub receipt: bool,
    pub received: Vec<String>,
}

impl Fields {
    pub(super) fn read(header: &[u8]) -> Fields {
        let mut fields = Fields::default();
        for field in whole::walk(&header[..header.len().min(MOST)]) {
            let text = || {
                let text = String::from_utf8_lossy(&field.value[..field.value.len().min(LONGEST)]);
                text.trim().to_ascii_lowercase()
            };
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            if is("Received") {
                if fields.received.len() < HOPS {
                    fields.received.push(text());
                }
            } else if is("Return-Path") {
                let path = || text().trim_matches(['<', '>', ' ']).to_owned();
                fields.return_path.get_or_insert_with(path);
            } else if is("List-Id") {
                fields.list_id.get_or_insert_with(text);
            } else if is("List-Post") {
                // RFC 2369 §3.4: NO is a list that only its owner writes to. Publishers name the page of the article.
                fields.post |= text().contains("mailto:");
            } else if is("List-Unsubscribe") {
                fields.unsubscribe.get_or_insert_with(text);
            } else if is("List-Unsubscribe-Post") {
                fields.one_click |= text().contains("one-click");
            } else if is("Feedback-ID") {
                fields.feedback.get_or_insert_with(text);
            } else if is("Precedence") {
                fields.precedence = text();
            } else if is("Auto-Submitted") {
                fields.automatic.get_or_insert_with(text);
            } else if is("References") {
                fields.references |= !field.value.is_empty();
            } else if is("Disposition-Notification-To") {
                fields.receipt |= !field.value.is_empty();
            } else if is("X-Mailer") {
                fields.mailer = text();
            }
        }
        fields.unsubscribe = fields.unsubscribe.filter(|text| !text.is_empty());
        fields
    }

    pub(super) fn auto(&self, kind: &str) -> bool {
        self.automatic.as_deref().is_some_and(|text| text.starts_with(kind))
    }

    /// What became of a message, or a program that answers one.
    pub(super) fn notice(&self, clues: &Clues) -> Option<Reason> {
        let from = clues.from.map(|from| from.email.to_ascii_lowercase()).unwrap_or_default();
        let bounce = from.starts_with("mailer-daemon@") || from.starts_with("postmaster@");
        let empty = self.return_path.as_deref() == Some("");
        if clues.documents.report || bounce {
            return Some(Reason::Report);
        }
        let replied =
            self.auto("auto-replied") || self.auto("auto-notified") || self.precedence == "auto_reply";
        // RFC 3834 §3.3: an automatic answer leaves without a return path.
        (replied || empty && self.unsubscribe.is_none() && (clues.answers || self.references))
            .then_some(Reason::AutomaticReply)
    }

    /// A list that its members write to.
    pub(super) fn list(&self, clues: &Clues) -> Option<Reason> {
        if self.post {
            return Some(Reason::ListPost);
        }
        // What is written to a list goes to its address, a campaign to each of its readers.
        let id = self.list_id.as_deref().and_then(|id| Some(id.rsplit_once('<')?.1.trim_end_matches('>')));
        let is_list = |to: &Address| {
            let dotted = to.email.to_ascii_lowercase().replace('@', ".");
            id.is_some_and(|id| id == dotted || dotted.ends_with(&format!(".{id}")))
        };
        if clues.to.iter().chain(clues.cc).take(20).any(is_list) {
            return Some(Reason::ListAddress);
        }
        // Groups that name no List-Post are left by writing to `name-unsubscribe` beside `name`, which this went to.
        let unsubscribe = self.unsubscribe.as_deref().filter(|text| text.contains("mailto:"))?;
        let mut to = clues.to.iter().chain(clues.cc).take(20);
        let found = to.any(|to| {
            let email = to.email.to_ascii_lowercase();
            let Some((local, host)) = email.split_once('@').filter(|(local, _)| !local.is_empty()) else {
                return false;
            };
            ["unsubscribe", "request", "leave", "bounces"]
                .iter()
                .any(|word| unsubscribe.contains(&format!("{local}-{word}@{host}")))
        });
        found.then_some(Reason::ListAddress)
    }
}
