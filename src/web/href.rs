//! Addresses of our own pages, percent-encoded once and here.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{imap::MailboxName, message::Section};

/// What a path segment cannot hold as it is (RFC 3986 §3.3), and quotes.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b'\\')
    .add(b'^')
    .add(b'|')
    .add(b'[')
    .add(b']');
/// The value of a query parameter.
const VALUE: &AsciiSet = &SEGMENT.add(b'&').add(b'+').add(b'=').add(b'\'');

/// A mailbox as its pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub mailbox: MailboxName,
    pub separator: Option<u8>,
}

impl Place {
    /// `/mail/{folder}`.
    pub fn list(&self) -> String {
        format!("/mail/{}", self.segment())
    }

    /// `/mail/{folder}?older=<uidvalidity>-<uid>`; `direction` is `older` or `newer`.
    pub fn walk(&self, direction: &'static str, uidvalidity: u32, uid: u32) -> String {
        format!("{}?{direction}={uidvalidity}-{uid}", self.list())
    }

    /// `/mail/{folder}/{uidvalidity}-{uid}`.
    pub fn message(&self, uidvalidity: u32, uid: u32) -> String {
        format!("{}{uid}", messages_in(&self.list(), uidvalidity))
    }

    pub fn part(&self, uidvalidity: u32, uid: u32, section: &Section) -> String {
        format!("{}/part/{section}", self.message(uidvalidity, uid))
    }

    /// Inline images have a root of their own, so that a message's policy can allow it and nothing else.
    pub fn image(&self, uidvalidity: u32, uid: u32, section: &Section) -> String {
        format!("/i/{}/{uidvalidity}-{uid}/{section}", self.segment())
    }

    /// A mailbox as in URLs, as a segment of a path.
    pub fn url_of(mailbox: &str) -> String {
        utf8_percent_encode(mailbox, SEGMENT).to_string()
    }

    fn segment(&self) -> String {
        Place::url_of(&self.mailbox.to_url(self.separator))
    }
}

/// The form that answers the message at this path of ours: `mode` is a word of its query.
pub fn compose(mode: &'static str, message: &str) -> String {
    // The path is percent-encoded already: what is in it is encoded once more.
    let source =
        percent_encoding::percent_decode_str(message.trim_start_matches("/mail/")).decode_utf8_lossy();
    format!("/compose?{mode}={}", value_of(&source))
}

/// As the value of a parameter.
pub fn value_of(text: &str) -> String {
    utf8_percent_encode(text, VALUE).to_string()
}

/// What the query of a page of ours says of `name`.
pub fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// What the address of every message of a mailbox begins with; its UID follows.
pub fn messages_in(list: &str, uidvalidity: u32) -> String {
    format!("{list}/{uidvalidity}-")
}

/// The sign-in page that leads back to `path`.
pub fn login(path: &str) -> String {
    if path == "/" { "/login".to_owned() } else { format!("/login?next={}", value_of(path)) }
}

/// A path of ours, never another host.
pub fn own(path: &str) -> Option<&str> {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2000
        && !path.contains(|c: char| c == '\\' || c.is_control());
    ours.then_some(path)
}

/// Where to go after signing in: a path of ours that does not lead back here.
pub fn local(next: &str) -> Option<&str> {
    own(next).filter(|next| !next.starts_with("/login") && !next.starts_with("/logout"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_any_name() {
        let mailbox = MailboxName::from_raw(b"a?b#c \"d\"/e&-").expect("a name");
        let place = Place { mailbox, separator: Some(b'/') };
        assert_eq!(place.message(7, 12), "/mail/a%3Fb%23c%20%22d%22:e&/7-12");
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local("/mail/INBOX?page=2"), Some("/mail/INBOX?page=2"));
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/login",
            "/a\r\nX: y",
            "/a\u{1}b",
        ] {
            assert_eq!(local(bad), None, "{bad}");
            assert_eq!(own(bad), (bad == "/login").then_some(bad), "{bad}");
        }
    }
}
