//! The door: before it opens, after it closed, and for those who come from elsewhere, there is one clear page.
//!
//! After closing, who signs in gets a session of a kind that reads what became of sent mail and nothing else: no mailbox
//! opens to it, for its password is not kept, and [`reads`] names all that it may ask for.

pub mod guard;
pub mod view;

use axum::http::{Method, request::Parts};
use jiff::Timestamp;

use crate::{
    config::{Access, Hours},
    web::guard::client_ip::ClientIp,
};

/// Why the door is shut to a request: an extension of those that are let through to say it in their own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// To this network.
    Away,
    Before {
        opens: Timestamp,
    },
    /// But for what became of sent mail.
    Suivi {
        closed: Timestamp,
        until: Timestamp,
    },
    Over {
        closed: Timestamp,
    },
}

impl Shut {
    /// `None`: it is open.
    pub fn to(access: &Access, client: Option<&ClientIp>, now: Timestamp) -> Option<Shut> {
        let inside = client.is_some_and(|client| access.admits_network(client.0));
        if !inside && !access.networks.is_empty() {
            return Some(Shut::Away);
        }
        match access.at(now) {
            Hours::Open => None,
            Hours::Before { opens } => Some(Shut::Before { opens }),
            Hours::Suivi { closed, until } => Some(Shut::Suivi { closed, until }),
            Hours::Over { closed } => Some(Shut::Over { closed }),
        }
    }

    /// The HTTP status of a page that says it (RFC 9110 §15).
    pub fn status(self) -> u16 {
        match self {
            Shut::Away => 403,
            Shut::Before { .. } => 503,
            Shut::Suivi { .. } | Shut::Over { .. } => 410,
        }
    }
}

/// Whether a request only reads what became of sent mail.
pub fn reads(parts: &Parts) -> bool {
    let path: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    let one = |id: &str| id.parse::<crate::outbox::MessageId>().is_ok();
    matches!(parts.method, Method::GET | Method::HEAD)
        && match path.as_slice() {
            ["outbox"] | ["outbox", "report.csv"] => true,
            ["outbox", id] => one(id),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_reads() {
        let asks = |method: &str, path: &str| {
            let request =
                axum::http::Request::builder().method(method).uri(path).body(()).expect("a request");
            reads(&request.into_parts().0)
        };
        let one = "/outbox/0123456789abcdef0123456789abcdef";
        for path in ["/outbox", "/outbox?before=x", "/outbox/report.csv", one] {
            assert!(asks("GET", path) && asks("HEAD", path) && !asks("POST", path), "{path}");
        }
        for path in [
            "/",
            "/outbox/",
            "/outbox/again",
            "/outbox/x",
            "/outbox//",
            "/mail/INBOX",
            "/compose",
            "/drafts",
            "/settings",
        ] {
            assert!(!asks("GET", path), "{path}");
        }
    }

    #[test]
    fn a_strange_network_comes_before_the_hours() {
        let moment: Timestamp = "2026-11-23T07:00:00Z".parse().expect("a moment");
        let access = Access {
            closes: Some(moment),
            networks: vec!["192.0.2.0/24".parse().expect("a network")],
            ..Access::default()
        };
        let from = |ip: &str| Some(ClientIp(ip.parse().expect("an address")));
        let before = "2026-11-23T06:00:00Z".parse().expect("a moment");
        assert_eq!(Shut::to(&access, from("192.0.2.1").as_ref(), before), None);
        assert_eq!(Shut::to(&access, from("198.51.100.1").as_ref(), before), Some(Shut::Away));
        assert_eq!(Shut::to(&access, None, before), Some(Shut::Away));
        assert_eq!(Shut::to(&Access::default(), None, before), None);
        assert_eq!(Shut::to(&access, from("198.51.100.1").as_ref(), moment), Some(Shut::Away));
        assert_eq!(
            Shut::to(&access, from("192.0.2.1").as_ref(), moment),
            Some(Shut::Over { closed: moment })
        );
    }
}
