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
        format!("{}/{uidvalidity}-{uid}", self.list())
    }

    pub fn part(&self, uidvalidity: u32, uid: u32, section: &Section) -> String {
        format!("{}/part/{section}", self.message(uidvalidity, uid))
    }

    /// Inline images have a root of their own, so that a message's policy can allow it and nothing else.
    pub fn image(&self, uidvalidity: u32, uid: u32, section: &Section) -> String {
        format!("/i/{}/{uidvalidity}-{uid}/{section}", self.segment())
    }

    fn segment(&self) -> String {
        utf8_percent_encode(&self.mailbox.to_url(self.separator), SEGMENT).to_string()
    }
}

/// The sign-in page that leads back to `path`.
pub fn login(path: &str) -> String {
    if path == "/" {
        "/login".to_owned()
    } else {
        format!("/login?next={}", utf8_percent_encode(path, VALUE))
    }
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

/// The same address with another parameter; what had this name before is gone.
pub fn with(path_and_query: &str, name: &str, value: &str) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let mut parts: Vec<String> = kept.map(str::to_owned).collect();
    parts.push(format!("{name}={}", utf8_percent_encode(value, VALUE)));
    format!("{path}?{}", parts.join("&"))
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

    #[test]
    fn parameters_come_and_go() {
        assert_eq!(with("/a?x=1&lang=fr", "lang", "en"), "/a?x=1&lang=en");
        assert_eq!(with("/a", "lang", "a b"), "/a?lang=a%20b");
    }
}
