//! Addresses for reading, and address lists as people and headers write them.

use super::{Address, Envelope, words};

impl Address {
    /// What to call this person: the name, else the address. A name that itself looks like some other address is
    /// shown with the real one behind it, as `direction@chu.fr <mallory@evil.example>`.
    pub fn display(&self) -> String {
        match self.spoken_name() {
            Some(name) if self.is_spoof() => format!("{name} <{}>", self.email),
            Some(name) => name.to_owned(),
            None => self.email.clone(),
        }
    }

    /// `Name <address>`, or the one there is.
    pub fn full(&self) -> String {
        match self.spoken_name() {
            Some(name) if self.email.is_empty() => name.to_owned(),
            Some(name) if !name.eq_ignore_ascii_case(&self.email) => format!("{name} <{}>", self.email),
            _ => self.email.clone(),
        }
    }

    /// The name where it says more than white space or quotes.
    fn spoken_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        (!name.is_empty()).then_some(name)
    }

    /// The name holds an address that is not this one.
    pub fn is_spoof(&self) -> bool {
        let Some(name) = self.spoken_name().filter(|name| holds_one(name)) else { return false };
        name.replace(['＠', '﹫'], "@").to_lowercase() != self.email.to_lowercase()
    }

    /// A word of the address mixes Latin letters with Cyrillic or Greek ones, which look the same: `аlice@…` is not
    /// `alice@…`.
    pub fn mixes_scripts(&self) -> bool {
        let host = self.email.rsplit_once('@').map_or("", |(_, host)| host);
        let (readable, _) = idna::domain_to_unicode(host);
        self.email.split(['@', '.', '-', '_', '+']).chain(readable.split(['.', '-'])).any(|word| {
            let latin = word.chars().any(|c| c.is_ascii_alphabetic());
            latin && word.chars().any(|c| matches!(c, '\u{370}'..='\u{52F}'))
        })
    }

    /// The part after the last `@`, in lower case.
    pub fn domain(&self) -> Option<String> {
        self.email.rsplit_once('@').map(|(_, d)| d.to_lowercase()).filter(|d| !d.is_empty())
    }
}

/// What looks like an address is in this name. Look-alikes of `@` are meant to be read as `@`.
pub fn holds_one(name: &str) -> bool {
    name.contains(['@', '＠', '﹫'])
}

/// Longest field read, in bytes.
const MAX_FIELD: usize = 256 * 1024;

/// The addresses of a header field or of what somebody typed, at most [`Envelope::MAX_ADDRESSES`]; see
/// [`parse_list_within`].
pub fn parse_list(field: &str) -> Vec<Address> {
    parse_list_within(field, Envelope::MAX_ADDRESSES)
}

/// The addresses of a field, at most `max`. Tolerant of what RFC 5322 §3.4 forbids: `;` as a separator, empty
/// members, missing angle brackets, commas in unquoted names (`O'Neil, Ann <ann@…>`). Group names are dropped, their
/// members kept; a comment serves as the name where there is no other. Encoded-words in names are decoded.
pub fn parse_list_within(field: &str, max: usize) -> Vec<Address> {
    let mut end = field.len().min(MAX_FIELD);
    while !field.is_char_boundary(end) {
        end -= 1;
    }
    let mut list = Vec::new();
    let mut member = Member::default();
    let mut chars = field[..end].chars();
    while let Some(c) = chars.next() {
        if list.len() >= max {
            break;
        }
        match c {
            '"' => {
                member.quoted = true;
                quoted(&mut chars, &mut member.text);
            }
            '(' => comment(&mut chars, &mut member.comment),
            '<' => member.angle = Some(angle(&mut chars)),
            // A group name (§3.4): what follows are its members. In an address a colon is only in a domain literal.
            ':' if member.angle.is_none() && !member.text.contains('[') => member = Member::default(),
            ',' if member.may_be_half_a_name() => member.text.push(','),
            ',' | ';' => std::mem::take(&mut member).finish(&mut list),
            '\r' | '\n' => {}
            c => member.text.push(c),
        }
    }
    member.finish(&mut list);
    list.truncate(max);
    list
}

/// One member of a list while it is read.
#[derive(Default)]
struct Member {
    text: String,
    /// Some of the text was in quotes: its commas are meant.
    quoted: bool,
    comment: String,
    angle: Option<String>,
}

impl Member {
    /// Words without an `@` and not after an `<…>`: `Neil, Ann <a@b>` has a comma inside the name.
    fn may_be_half_a_name(&self) -> bool {
        self.angle.is_none()
            && !self.text.trim().is_empty()
            && !self.text.contains('@')
            && self.text.len() < 200
    }

    fn finish(self, list: &mut Vec<Address>) {
        let kept_commas: &[char] = if self.quoted { &[] } else { &[','] };
        let text = self.text.trim().trim_matches(kept_commas).trim();
        let name = |text: &str| {
            let name = words::decode(text.as_bytes());
            (!name.is_empty()).then_some(name)
        };
        match self.angle {
            Some(email) => {
                list.push(Address { name: name(text).or_else(|| name(&self.comment)), email: clean(&email) })
            }
            None if text.contains('@') => {
                // Commas kept for a name that did not come: `root, ann@example.org`.
                let pieces = text.split(',').map(str::trim).filter(|t| !t.is_empty());
                for piece in pieces.take(Envelope::MAX_ADDRESSES) {
                    // `Ann Lee ann@example.org`, brackets forgotten.
                    let (before, email) = match piece.rsplit_once(char::is_whitespace) {
                        Some((before, last)) if last.contains('@') => (before, last),
                        _ => ("", piece),
                    };
                    list.push(Address {
                        name: name(before).or_else(|| name(&self.comment).filter(|_| piece.contains('@'))),
                        email: clean(email),
                    });
                }
            }
            // Words without any address: perhaps several, since their commas were kept.
            None => {
                let names = text.split(',').map(str::trim).filter(|t| !t.is_empty());
                list.extend(
                    names.take(Envelope::MAX_ADDRESSES).map(|t| Address { name: None, email: clean(t) }),
                );
            }
        }
    }
}

/// Without white space, controls, brackets; as short as an address can be (RFC 5321 §4.5.3.1, with room).
fn clean(email: &str) -> String {
    let keep = |c: &char| {
        !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>') && !words::is_direction_mark(*c)
    };
    email.chars().filter(keep).take(400).collect()
}

fn quoted(chars: &mut std::str::Chars<'_>, out: &mut String) {
    while let Some(c) = chars.next() {
        match c {
            '"' => return,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
}

/// Nested comments (§3.2.2), counted, not recursed into.
fn comment(chars: &mut std::str::Chars<'_>, out: &mut String) {
    let mut depth = 1u32;
    while let Some(c) = chars.next() {
        match c {
            '(' => depth = depth.saturating_add(1),
            ')' if depth == 1 => return,
            ')' => depth -= 1,
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
}

/// What is between `<` and `>`, without a source route (`@a,@b:joe@c`, §4.4).
fn angle(chars: &mut std::str::Chars<'_>) -> String {
    let mut email = String::new();
    while let Some(c) = chars.next() {
        match c {
            '>' => break,
            '"' => {
                email.push('"');
                quoted(chars, &mut email);
                email.push('"');
            }
            c => email.push(c),
        }
    }
    match email.split_once(':') {
        Some((route, rest)) if route.trim_start().starts_with('@') => rest.to_owned(),
        _ => email,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(name: &str, email: &str) -> Address {
        Address { name: (!name.is_empty()).then(|| name.to_owned()), email: email.to_owned() }
    }

    #[test]
    fn letters_that_look_alike() {
        for email in ["аlice@example.test", "alice@ехample.test", "info@xn--pple-43d.com"] {
            assert!(address("", email).mixes_scripts(), "{email}");
        }
        for email in ["alice@example.test", "é.ü@exämple.fr", "почта@пример.рф", "anna@почта.example", ""]
        {
            assert!(!address("", email).mixes_scripts(), "{email}");
        }
    }

    #[test]
    fn a_name_that_looks_like_another_address() {
        assert_eq!(address("Ann", "ann@example.org").display(), "Ann");
        assert_eq!(address("", "ann@example.org").display(), "ann@example.org");
        assert_eq!(address("\"'Ann'\"", "ann@example.org").display(), "Ann");
        assert_eq!(address("ANN@example.org", "ann@example.org").display(), "ANN@example.org");
        assert_eq!(
            address("direction@chu.example", "m@evil.example").display(),
            "direction@chu.example <m@evil.example>"
        );
        assert_eq!(address("boss＠chu.example", "m@evil").display(), "boss＠chu.example <m@evil>");
        assert_eq!(address("Ann", "ann@example.org").full(), "Ann <ann@example.org>");
        assert_eq!(address("Undisclosed", "").full(), "Undisclosed");
        assert_eq!(address("", "ann@Example.ORG").domain().as_deref(), Some("example.org"));
    }

    #[track_caller]
    fn reads(field: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(n, e)| address(n, e)).collect();
        assert_eq!(parse_list(field), expected, "{field}");
    }

    #[test]
    fn lists() {
        reads("ann@example.org", &[("", "ann@example.org")]);
        reads(
            "\"Laurent, Inès\" <ines@chu.example>, bob@example.org",
            &[("Laurent, Inès", "ines@chu.example"), ("", "bob@example.org")],
        );
        reads(
            "O'Neil, Ann <ann@example.org>; bob@example.org;",
            &[("O'Neil, Ann", "ann@example.org"), ("", "bob@example.org")],
        );
        reads("=?utf-8?Q?In=C3=A8s?= <ines@chu.example>", &[("Inès", "ines@chu.example")]);
        reads("ann@example.org (Ann (at) home)", &[("Ann at home", "ann@example.org")]);
        reads(
            "Équipe: a@example.org, B <b@example.org>;, c@example.org",
            &[("", "a@example.org"), ("B", "b@example.org"), ("", "c@example.org")],
        );
        reads("undisclosed-recipients:;", &[]);
        reads("Ann Lee ann@example.org", &[("Ann Lee", "ann@example.org")]);
        reads("<@relay.example,@b.example:joe@example.org>", &[("", "joe@example.org")]);
        reads("\"a \\\"b\\\" c\" <x@y>", &[("a \"b\" c", "x@y")]);
        reads(" , ;,", &[]);
        reads("root", &[("", "root")]);
        reads("root, ann@example.org", &[("", "root"), ("", "ann@example.org")]);
        reads("root, daemon", &[("", "root"), ("", "daemon")]);
        reads("x@[IPv6:::1]", &[("", "x@[IPv6:::1]")]);
        reads("Ann <ann@example.org", &[("Ann", "ann@example.org")]);
    }

    #[test]
    fn bounded() {
        let many = "a@example.org, ".repeat(10_000);
        assert_eq!(parse_list(&many).len(), Envelope::MAX_ADDRESSES);
        assert_eq!(parse_list_within(&many, 3).len(), 3);
        assert_eq!(parse_list(&"(".repeat(100_000)), []);
        assert!(parse_list(&"a,".repeat(100_000)).len() <= Envelope::MAX_ADDRESSES);
    }

    proptest! {
        #[test]
        fn never_panics(field in "([a-z@<>(),;:\"\\\\é\r\n ]|=\\?utf-8\\?q\\?x\\?=){0,80}") {
            for address in parse_list(&field) {
                prop_assert!(!address.email.contains(['\r', '\n', '<', '>']));
                address.display();
            }
        }
    }
}
