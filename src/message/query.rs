//! What a person looks for: from the words in a search box to a typed query, and back.
//!
//! Every piece of text in it is a [`Text`], which holds no line end, no NUL and no other control character. What is
//! not understood is told as a [`Doubt`]; nothing of what was typed is lost.

mod parse;
mod write;

use std::fmt;

use jiff::civil::Date;

use super::compose::MessageId;

pub use parse::{date, parse, read};

/// Characters of a search.
pub const LONGEST: usize = 300;
/// Things looked for at once: a server looks through its messages for each.
pub const TERMS: usize = 20;
/// Message-IDs looked for at once, and octets of them: each is named three times, and some servers refuse lines of 8 KB.
const IDS: usize = 12;
const IDS_LONGEST: usize = 1_500;
/// Days before and after a message in which its conversation is looked for.
const NEAR: i64 = 90;

/// Text to be found: one line, not blank; at most [`LONGEST`] characters, but for the names of messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// White space is squeezed, control characters count as such.
    pub fn new(text: &str) -> Option<Text> {
        let blank = |c: char| c.is_whitespace() || c.is_control();
        let words: Vec<&str> = text.split(blank).filter(|word| !word.is_empty()).collect();
        let text: String = words.join(" ").chars().take(LONGEST).collect();
        let text = text.trim_end();
        (!text.is_empty()).then(|| Text(text.to_owned()))
    }

    /// The first of these identifiers, with spaces between: as many as one command may name, and how many that is.
    fn ids(ids: &[MessageId]) -> Option<(Text, usize)> {
        let mut text = String::new();
        let mut n = 0;
        for id in ids.iter().take(IDS) {
            if n > 0 && text.len() + 1 + id.bare().len() > IDS_LONGEST {
                break;
            }
            text = if n > 0 { text + " " + id.bare() } else { id.bare().to_owned() };
            n += 1;
        }
        (n > 0).then_some((Text(text), n))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// What people look for stays out of every log line.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(…)")
    }
}

/// Something a message must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// In its header or its text.
    Anywhere(Text),
    From(Text),
    /// Among all recipients that the header names.
    To(Text),
    Subject(Text),
    /// It has one of these Message-IDs, or answers one of them (RFC 5322 §3.6.4); several with spaces between.
    Thread(Text),
    /// It arrived before this day.
    Before(Date),
    /// It arrived on this day or later.
    After(Date),
    /// More octets.
    Larger(u64),
    /// Files beside its text.
    Attachment,
    Is(Mark),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Unread,
    Read,
    Flagged,
    Answered,
    /// Somebody marked it as dealt with (`$RelaisDone`).
    Done,
    Todo,
}

impl Mark {
    pub const ALL: [Mark; 6] =
        [Mark::Unread, Mark::Read, Mark::Flagged, Mark::Answered, Mark::Done, Mark::Todo];
}

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Within {
    /// The mailbox that the search began in.
    #[default]
    Here,
    All,
    /// The mailbox that a person calls so.
    Named(Text),
}

/// All its terms must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
    pub within: Within,
}

impl Query {
    /// The other messages of a conversation, in all mailboxes: the first one's Message-ID, this one's and its parent's, as
    /// far as they fit, and those that arrived within three months of `around`. None without any.
    pub fn conversation(chain: &[&str], around: Option<Date>) -> Option<Query> {
        let (own, before) = chain.split_last()?;
        let mut ids = vec![*own];
        for id in before.first().into_iter().chain(before.last()) {
            let length: usize = ids.iter().map(|id| id.len() + 1).sum();
            if !ids.contains(id) && length + id.len() <= LONGEST {
                ids.push(id);
            }
        }
        let ids = Text::new(&ids.join(" ")).filter(|ids| ids.as_str().contains(own))?;
        Some(Query { within: Within::All, ..Query::near(ids, around) })
    }

    /// Messages of this mailbox that have one of the first of these names, or answer one of them, as near in time; and of
    /// how many names that is.
    pub fn linked(ids: &[MessageId], around: Option<Date>) -> Option<(Query, usize)> {
        Text::ids(ids).map(|(ids, n)| (Query::near(ids, around), n))
    }

    fn near(ids: Text, around: Option<Date>) -> Query {
        let days = |date: Date, days: i64| date.checked_add(jiff::Span::new().days(days)).ok();
        let after = around.and_then(|date| days(date, -NEAR)).map(Term::After);
        let before = around.and_then(|date| days(date, NEAR)).map(Term::Before);
        let terms = [Some(Term::Thread(ids)), after, before];
        Query { terms: terms.into_iter().flatten().collect(), within: Within::Here }
    }

    /// The server must read whole messages.
    pub fn reads_texts(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Anywhere(_)))
    }

    pub fn wants_files(&self) -> bool {
        self.terms.contains(&Term::Attachment)
    }

    /// Only ASCII in all its texts.
    pub fn is_ascii(&self) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Anywhere(text)
            | Term::From(text)
            | Term::To(text)
            | Term::Subject(text)
            | Term::Thread(text) => text.0.is_ascii(),
            _ => true,
        })
    }
}

/// What was not understood, in the words that were typed.
#[derive(Clone, PartialEq, Eq)]
pub enum Doubt {
    Date(String),
    Size(String),
    Mark(String),
    Has(String),
    /// More than [`LONGEST`] characters.
    TooLong,
    /// More than [`TERMS`].
    TooMany,
}

impl fmt::Debug for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::Date(_) => "Date(…)",
            Doubt::Size(_) => "Size(…)",
            Doubt::Mark(_) => "Mark(…)",
            Doubt::Has(_) => "Has(…)",
            Doubt::TooLong => "TooLong",
            Doubt::TooMany => "TooMany",
        })
    }
}

/// A word before a colon: the one we write in English, the one we write in French, and others we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    From,
    To,
    Subject,
    Thread,
    Before,
    After,
    Has,
    Is,
    Larger,
    In,
}

const FIELDS: [(Field, &[&str]); 10] = [
    (Field::From, &["from", "de"]),
    (Field::To, &["to", "à", "a", "pour"]),
    (Field::Subject, &["subject", "sujet", "objet"]),
    (Field::Thread, &["thread", "conversation"]),
    (Field::Before, &["before", "avant"]),
    (Field::After, &["after", "après", "apres", "since", "depuis"]),
    (Field::Has, &["has", "avec"]),
    (Field::Is, &["is", "est"]),
    (Field::Larger, &["larger", "plus-grand"]),
    (Field::In, &["in", "dans"]),
];

const MARKS: [(Mark, &[&str]); 6] = [
    (Mark::Unread, &["unread", "non-lu", "unseen", "nonlu"]),
    (Mark::Read, &["read", "lu", "seen"]),
    (Mark::Flagged, &["flagged", "marqué", "marque", "starred"]),
    (Mark::Answered, &["answered", "répondu", "repondu"]),
    (Mark::Done, &["done", "traité", "traite"]),
    (Mark::Todo, &["todo", "à-traiter", "a-traiter"]),
];

const FILES: [&str; 9] = [
    "attachment",
    "pièce-jointe",
    "attachments",
    "piece-jointe",
    "pièces-jointes",
    "pj",
    "file",
    "fichier",
    "document",
];
const EVERYWHERE: [&str; 6] = ["all", "tout", "tous", "toutes", "everywhere", "partout"];

#[cfg(test)]
mod tests;
