//! Frame documents that were made with their page, until the frame asks for them: a second later as a rule.
//!
//! Reading HTML and making it safe is the dearest thing a page does, and the page itself has to do it, to say which
//! images are blocked and which files the text shows. So the frame gets what was made then, once; whoever comes later,
//! or twice, has it made again. In memory alone, and bounded in number, size and time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use maud::Markup;

use crate::{imap::Owner, locale::Lang};

/// From the page to its frame.
pub const LIFE: Duration = Duration::from_secs(60);
/// Of one account in one session: a few messages opened side by side.
const MAX_OF_ONE: usize = 4;
const MAX: usize = 512;
/// Octets of all documents.
const MAX_BYTES: usize = 32 << 20;
/// Octets of one. A larger one is rare, and made again.
const MAX_DOCUMENT: usize = 2 << 20;

/// Whose it is, and all that its content depends on: nobody and nothing else gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub owner: Owner,
    pub lang: Lang,
    /// Scheme and host as the browser knows us; links to them are text in the document.
    pub origin: Arc<str>,
    /// The frame's own path and query: message, section, with or without remote images.
    pub href: String,
}

#[derive(Default)]
pub struct Waiting(Mutex<Shelf>);

/// Oldest first.
#[derive(Default)]
struct Shelf {
    documents: VecDeque<(Instant, Key, Markup)>,
    bytes: usize,
}

impl Waiting {
    pub fn put(&self, key: Key, document: Markup) {
        self.shelf().put(key, document, Instant::now());
    }

    /// The document, if it is there; the next one to ask does not find it.
    pub fn take(&self, key: &Key) -> Option<Markup> {
        let mut shelf = self.shelf();
        shelf.drop_old(Instant::now());
        let at = shelf.documents.iter().position(|(_, k, _)| k == key)?;
        shelf.remove(at)
    }

    /// Drops what nobody came for. To be called now and then.
    pub fn sweep(&self) {
        self.shelf().drop_old(Instant::now());
    }

    pub fn forget_session(&self, session: &[u8; 32]) {
        self.shelf().drop_where(|key| key.owner.session == *session);
    }

    pub fn forget_all(&self) {
        self.shelf().drop_where(|_| true);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Shelf {
    fn put(&mut self, key: Key, document: Markup, now: Instant) {
        self.drop_old(now);
        self.drop_where(|other| *other == key);
        if document.0.len() > MAX_DOCUMENT {
            return;
        }
        let mine = |(_, other, _): &(Instant, Key, Markup)| other.owner == key.owner;
        if self.documents.iter().filter(|d| mine(d)).count() >= MAX_OF_ONE
            && let Some(oldest) = self.documents.iter().position(mine)
        {
            self.remove(oldest);
        }
        while self.documents.len() >= MAX || self.bytes + document.0.len() > MAX_BYTES {
            self.remove(0);
        }
        self.bytes += document.0.len();
        self.documents.push_back((now, key, document));
    }

    fn remove(&mut self, at: usize) -> Option<Markup> {
        let (_, _, document) = self.documents.remove(at)?;
        self.bytes -= document.0.len();
        Some(document)
    }

    fn drop_old(&mut self, now: Instant) {
        while self.documents.front().is_some_and(|(at, ..)| now.duration_since(*at) >= LIFE) {
            self.remove(0);
        }
    }

    fn drop_where(&mut self, gone: impl Fn(&Key) -> bool) {
        self.documents.retain(|(_, key, _)| !gone(key));
        self.bytes = self.documents.iter().map(|(_, _, document)| document.0.len()).sum();
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;
    use crate::store::AccountId;

    fn key(session: u8, n: usize) -> Key {
        Key {
            owner: Owner { session: [session; 32], account: AccountId([0; 32]) },
            lang: Lang::En,
            origin: "http://localhost".into(),
            href: format!("/mail/INBOX/1-{n}/body?part=1"),
        }
    }

    fn markup(text: &str) -> Markup {
        html! { (text) }
    }

    fn held(waiting: &Waiting) -> (usize, usize) {
        let shelf = waiting.shelf();
        assert_eq!(shelf.bytes, shelf.documents.iter().map(|(_, _, d)| d.0.len()).sum::<usize>());
        (shelf.documents.len(), shelf.bytes)
    }

    #[test]
    fn for_one_reader_once() {
        let waiting = Waiting::default();
        waiting.put(key(1, 7), markup("seven"));
        assert!(waiting.take(&key(2, 7)).is_none());
        assert!(waiting.take(&Key { lang: Lang::Fr, ..key(1, 7) }).is_none());
        assert!(waiting.take(&Key { origin: "http://other".into(), ..key(1, 7) }).is_none());
        assert_eq!(waiting.take(&key(1, 7)).map(|made| made.0).as_deref(), Some("seven"));
        assert!(waiting.take(&key(1, 7)).is_none());
        assert_eq!(held(&waiting), (0, 0));
    }

    #[test]
    fn the_newest_of_each() {
        let waiting = Waiting::default();
        for n in 0..10 {
            waiting.put(key(1, n), markup(&n.to_string()));
        }
        waiting.put(key(2, 0), markup("other"));
        waiting.put(key(1, 9), markup("again"));
        assert_eq!(held(&waiting), (5, 3 + 5 + 5));
        assert!(waiting.take(&key(1, 5)).is_none());
        assert_eq!(waiting.take(&key(1, 6)).map(|made| made.0).as_deref(), Some("6"));
        assert_eq!(waiting.take(&key(1, 9)).map(|made| made.0).as_deref(), Some("again"));
    }

    #[test]
    fn bounded_in_number_size_and_time() {
        let waiting = Waiting::default();
        for n in 0..2 * MAX {
            waiting.put(key((n % 251) as u8, n), markup("x"));
        }
        assert_eq!(held(&waiting).0, MAX);
        waiting.put(key(1, 0), markup(&"x".repeat(MAX_DOCUMENT + 1)));
        assert!(waiting.take(&key(1, 0)).is_none());
        for n in 0..40 {
            waiting.put(key(n, 0), markup(&"x".repeat(MAX_DOCUMENT)));
        }
        assert!(held(&waiting).1 <= MAX_BYTES);

        let now = Instant::now();
        let mut shelf = Shelf::default();
        shelf.put(key(1, 1), markup("old"), now);
        shelf.put(key(1, 2), markup("new"), now + LIFE / 2);
        shelf.drop_old(now + LIFE);
        assert_eq!((shelf.documents.len(), shelf.bytes), (1, 3));
    }

    #[test]
    fn gone_with_the_session() {
        let waiting = Waiting::default();
        waiting.put(key(1, 1), markup("one"));
        waiting.put(key(2, 1), markup("two"));
        waiting.forget_session(&[1; 32]);
        assert!(waiting.take(&key(1, 1)).is_none());
        assert_eq!(held(&waiting), (1, 3));
        waiting.forget_all();
        assert_eq!(held(&waiting), (0, 0));
    }
}
