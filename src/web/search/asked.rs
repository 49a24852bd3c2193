//! What a URL of results says: a sealed search (`?s=`), or one of the filters that are constant words (`?is=`).

use std::sync::Arc;

use crate::{
    locale::Lang,
    message::query::{Mark, Query, Term, Within, read},
    store::{AccountId, Error, Keys},
    web::sealed,
};

const LABEL: &str = "search";
/// The filters: each as in its URL, and the key of its name.
pub const FILTERS: [(&str, Mark, &str); 3] = [
    ("todo", Mark::Todo, "filter-todo"),
    ("unread", Mark::Unread, "filter-unread"),
    ("flagged", Mark::Flagged, "filter-flagged"),
];

/// What is looked for, and how a URL says it.
#[derive(Clone)]
pub struct Asked {
    pub query: Arc<Query>,
    /// `s=…` or `is=…`, as it stands in a query.
    pub part: String,
    /// One of the filters, as in its URL.
    pub filter: Option<&'static str>,
}

impl Asked {
    /// Seals what was typed, for the account that typed it.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn seal(keys: &Keys, account: &AccountId, query: Query) -> Result<Asked, Error> {
        let sealed = sealed::seal(keys, LABEL, account, &query.typed(Lang::En))?;
        Ok(Asked { query: Arc::new(query), part: format!("s={sealed}"), filter: None })
    }

    /// Of the query of a URL: `None` where it is a plain list, `Some(None)` for what this account never sealed.
    pub fn of(keys: &Keys, account: &AccountId, query: &str) -> Option<Option<Asked>> {
        url::form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| match &*name {
            "s" => Some(open(keys, account, &value)),
            "is" => Some(filter(&value)),
            _ => None,
        })
    }

    /// The same search, in the mailbox whose page it is.
    pub fn is_everywhere(&self) -> bool {
        self.query.within == Within::All
    }
}

fn open(keys: &Keys, account: &AccountId, text: &str) -> Option<Asked> {
    let typed: String = sealed::open(keys, LABEL, account, text)?;
    // It opened: there is nothing in it that base64 has not.
    Some(Asked { query: Arc::new(read(&typed).0), part: format!("s={text}"), filter: None })
}

fn filter(word: &str) -> Option<Asked> {
    let (word, mark, _) = FILTERS.iter().find(|(name, ..)| *name == word)?;
    let query = Query { terms: vec![Term::Is(*mark)], within: Within::Here };
    Some(Asked { query: Arc::new(query), part: format!("is={word}"), filter: Some(word) })
}
