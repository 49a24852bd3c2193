//! Addresses that can be sent to: what is typed, checked, in the form that goes over the wire.

use std::fmt;

use super::typed;
use crate::message::words;

/// `local@domain` as SMTP takes it without extensions (RFC 5321 §4.1.2): ASCII, an international domain in A-labels.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email {
    text: String,
    at: usize,
}

/// Who a message is from or for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: Option<String>,
    pub email: Email,
}

/// What was typed and cannot be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Not an address.
    Odd(String),
    /// Letters before the `@` that need SMTPUTF8.
    Local(String),
    /// More than [`Person::MOST`] in one field.
    TooMany,
}

impl Email {
    /// RFC 5321 §4.5.3.1, and what fits in a path of 256.
    const MAX: usize = 254;
    const MAX_LOCAL: usize = 64;

    /// # Errors
    /// [`Unusable`], with what was typed.
    pub fn parse(typed: &str) -> Result<Email, Unusable> {
        let typed = typed.trim();
        let odd = || Unusable::Odd(typed.to_owned());
        let (local, domain) = typed.rsplit_once('@').ok_or_else(odd)?;
        if !local.is_ascii() {
            return Err(Unusable::Local(typed.to_owned()));
        }
        if !is_dot_atom(local) && !is_quoted(local) || local.len() > Self::MAX_LOCAL {
            return Err(odd());
        }
        let domain = wire_domain(domain).ok_or_else(odd)?;
        let text = format!("{local}@{domain}");
        if text.len() > Self::MAX {
            return Err(odd());
        }
        Ok(Email { at: local.len(), text })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// In A-labels, lower case.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The same mailbox, as far as anybody tells local parts apart.
    pub fn is(&self, other: &Email) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

// Never printed by accident.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// RFC 5321 §4.1.2 `Dot-string`.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    })
}

/// `Quoted-string`, without the escapes that nobody uses.
fn is_quoted(local: &str) -> bool {
    let inside = local.strip_prefix('"').and_then(|l| l.strip_suffix('"'));
    inside.is_some_and(|l| {
        !l.is_empty() && l.bytes().all(|b| matches!(b, b'!'..=b'~') && !b"\"\\<>".contains(&b))
    })
}

fn wire_domain(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let address = literal.strip_prefix("IPv6:").unwrap_or(literal);
        return address.parse::<core::net::IpAddr>().is_ok().then(|| domain.to_owned());
    }
    let ascii = idna::domain_to_ascii(domain.trim_end_matches('.')).ok()?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    ascii.split('.').all(label).then_some(ascii)
}

impl Person {
    /// Of one field.
    pub const MOST: usize = 500;

    /// What one field of the form holds: whom it reaches, and what of it reaches nobody.
    pub fn list(field: &str) -> (Vec<Person>, Vec<Unusable>) {
        typed::read(field)
    }

    /// As one member of the field of a form: read back by [`Person::list`] as the same.
    pub fn typed(&self) -> String {
        member(self.name.as_deref(), self.email.as_str())
    }

    pub fn short(&self) -> &str {
        self.name.as_deref().unwrap_or(self.email.as_str())
    }
}

/// An address of a message as it stands in a field of the form.
pub fn member(name: Option<&str>, email: &str) -> String {
    // What reads it back decodes encoded-words and drops marks of direction.
    let name = name.map(|n| words::decode(n.as_bytes())).filter(|n| !n.is_empty() && *n != email);
    match name {
        None => email.to_owned(),
        Some(name) if name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'' | '’')) => {
            format!("{name} <{email}>")
        }
        Some(name) => {
            format!("\"{}\" <{email}>", name.replace('\\', "\\\\").replace('"', "\\\""))
        }
    }
}

impl Unusable {
    /// What was typed, where it can be named.
    pub fn typed(&self) -> &str {
        match self {
            Unusable::Odd(typed) | Unusable::Local(typed) => typed,
            Unusable::TooMany => "",
        }
    }
}
