//! The cookies: the session's id, the key K that opens its credentials, the sessions of other mailboxes that the same
//! browser holds beside it, and the one of the sign-in form.

use std::{fmt, time::Duration};

use tower_sessions::session::Id;

use crate::store::{Error, Secret};

/// Names and attributes. With https: `__Host-` and Secure, so that no other host can set or read them.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    https: bool,
    /// Max-Age on one's own device; on a shared one cookies end with the browser.
    lasts: Duration,
}

/// What a browser presented. Absent where it was missing or not one of ours.
#[derive(Default)]
pub struct Presented {
    pub id: Option<Id>,
    pub k: Option<Secret>,
    /// Of other mailboxes: at most [`MOST_BESIDE`].
    pub beside: Vec<Held>,
    /// Of the sign-in form, before there is a session.
    pub form: Option<Secret>,
}

/// A session, as its browser holds it.
#[derive(Clone)]
pub struct Held {
    pub id: Id,
    pub k: Secret,
}

/// Mailboxes that one browser holds beside the one it shows.
pub const MOST_BESIDE: usize = 4;

impl Held {
    fn read(text: &str) -> Option<Held> {
        let (id, k) = text.split_once('.')?;
        Some(Held { id: id.parse().ok()?, k: Secret::decode(k)? })
    }
}

/// Bytes of `Cookie` headers that are looked at.
const MAX_HEADER: usize = 8 << 10;

impl Cookies {
    pub(super) fn new(https: bool, lasts: Duration) -> Self {
        Cookies { https, lasts }
    }

    /// Reads the values of the request's `Cookie` headers.
    pub fn read<'a>(&self, headers: impl IntoIterator<Item = &'a str>) -> Presented {
        let mut found = Presented::default();
        for header in headers.into_iter().filter(|header| header.len() <= MAX_HEADER) {
            for (name, value) in header.split(';').filter_map(|pair| pair.trim().split_once('=')) {
                let name = match (self.https, name.strip_prefix("__Host-")) {
                    (true, Some(name)) => name,
                    (false, None) => name,
                    _ => continue,
                };
                match name {
                    "id" => found.id = found.id.or_else(|| value.parse().ok()),
                    "k" if found.k.is_none() => found.k = Secret::decode(value),
                    "beside" if found.beside.is_empty() => {
                        found.beside = value.split('~').filter_map(Held::read).take(MOST_BESIDE).collect();
                    }
                    "form" if found.form.is_none() => found.form = Secret::decode(value),
                    _ => {}
                }
            }
        }
        found
    }

    /// A fresh cookie for the sign-in form, and its `Set-Cookie` value.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn new_form(&self) -> Result<(Secret, String), Error> {
        let secret = Secret::random()?;
        let set = self.set("form", &secret.encode(), None);
        Ok((secret, set))
    }

    /// `Set-Cookie` values that make the browser forget every session.
    pub fn clear(&self) -> [String; 3] {
        ["id", "k", "beside"].map(|name| self.set(name, "", Some(Duration::ZERO)))
    }

    /// `Set-Cookie` values of the session that its pages show.
    pub fn set_session(&self, id: Id, k: &Secret, shared_device: bool) -> [String; 2] {
        let lasts = (!shared_device).then_some(self.lasts);
        [self.set("id", &id.to_string(), lasts), self.set("k", &k.encode(), lasts)]
    }

    /// The `Set-Cookie` value of those beside it; of more than [`MOST_BESIDE`] the first.
    pub fn set_beside(&self, beside: &[Held], shared_device: bool) -> String {
        let lasts =
            if beside.is_empty() { Some(Duration::ZERO) } else { (!shared_device).then_some(self.lasts) };
        let held = beside.iter().take(MOST_BESIDE);
        let pairs: Vec<String> = held.map(|held| format!("{}.{}", held.id, *held.k.encode())).collect();
        self.set("beside", &pairs.join("~"), lasts)
    }

    /// Lax, not Strict: a link in a mail or a bookmark must find its reader signed in; acts are POSTs with a token.
    fn set(&self, name: &str, value: &str, lasts: Option<Duration>) -> String {
        let (prefix, secure) = if self.https { ("__Host-", "; Secure") } else { ("", "") };
        let age = lasts.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_come_back_as_they_went() {
        for https in [true, false] {
            let cookies = Cookies::new(https, Duration::from_secs(60));
            let (id, k) = (Id::default(), Secret::random().unwrap());
            let two = [(); 2].map(|()| Held { id: Id::default(), k: Secret::random().unwrap() });
            let mut set = cookies.set_session(id, &k, false).to_vec();
            set.push(cookies.set_beside(&two, false));
            let header =
                set.iter().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
            let back = cookies.read([header.as_str()]);
            assert_eq!(back.id, Some(id));
            assert_eq!(back.k.unwrap().as_bytes(), k.as_bytes());
            assert_eq!(back.beside.len(), 2);
            for (back, held) in back.beside.iter().zip(&two) {
                assert!(back.id == held.id && back.k.as_bytes() == held.k.as_bytes());
            }
            let other = Cookies::new(!https, Duration::from_secs(60)).read([header.as_str()]);
            assert!(
                other.id.is_none() && other.k.is_none() && other.beside.is_empty(),
                "the names of http and https are apart"
            );
        }
    }

    #[test]
    fn attributes() {
        let secure = Cookies::new(true, Duration::from_secs(60));
        let (id, k) = (Id::default(), Secret::random().unwrap());
        for line in secure.set_session(id, &k, false) {
            assert!(line.starts_with("__Host-"), "{line}");
            assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"), "{line}");
        }
        assert!(secure.set_session(id, &k, true).iter().all(|line| !line.contains("Max-Age")));
        assert!(secure.clear().iter().all(|line| line.contains("=; ") && line.ends_with("Max-Age=0")));
        let plain = Cookies::new(false, Duration::from_secs(60)).set_session(id, &k, false);
        assert!(plain[1].starts_with("k=") && !plain[1].contains("Secure"));
    }

    #[test]
    fn odd_headers_are_no_session() {
        let cookies = Cookies::new(false, Duration::from_secs(60));
        for header in [
            "",
            "id",
            "id=; k=",
            "id=zzz; k=zzz",
            "beside=a.b~~.~c",
            ";;;=;",
            "ID=AAAAAAAAAAAAAAAAAAAAAA",
            &"k=A;".repeat(9000),
        ] {
            let found = cookies.read([header]);
            assert!(found.id.is_none() && found.k.is_none() && found.form.is_none());
            assert!(found.beside.is_empty());
        }
    }
}
