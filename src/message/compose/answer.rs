//! What a form holds when it opens as an answer: whom it goes to, what it is called.

use super::email::member;
use crate::message::{Address, Envelope};

/// Whom an answer goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
}

/// The author, or whoever the author wants answers sent to (RFC 5322 §3.6.2). An answer to one's own message goes
/// where that one went.
pub fn reply(envelope: &Envelope, own: &[&str]) -> Recipients {
    if envelope.from.iter().any(|from| is_own(from, own)) && !envelope.to.is_empty() {
        return Recipients { to: once(&envelope.to, &[], &[]), cc: Vec::new() };
    }
    let target = if envelope.reply_to.is_empty() { &envelope.from } else { &envelope.reply_to };
    Recipients { to: once(target, &[], &[]), cc: Vec::new() }
}

/// Everybody else who has the message, each once; never oneself, unless nobody else is left.
pub fn reply_all(envelope: &Envelope, own: &[&str]) -> Recipients {
    let to = reply(envelope, own).to;
    if envelope.from.iter().any(|from| is_own(from, own)) {
        let cc = once(&envelope.cc, own, &to);
        return Recipients { to, cc };
    }
    let others: Vec<Address> = envelope.to.iter().chain(&envelope.cc).cloned().collect();
    Recipients { cc: once(&others, own, &to), to }
}

fn is_own(address: &Address, own: &[&str]) -> bool {
    own.iter().any(|own| address.email.eq_ignore_ascii_case(own))
}

/// Without repeats, without names of groups, without these.
fn once(list: &[Address], own: &[&str], known: &[Address]) -> Vec<Address> {
    let mut kept: Vec<Address> = Vec::new();
    for address in list {
        let twice = |other: &Address| other.email.eq_ignore_ascii_case(&address.email);
        if !address.email.is_empty()
            && !is_own(address, own)
            && !known.iter().any(twice)
            && !kept.iter().any(twice)
        {
            kept.push(address.clone());
        }
    }
    kept
}

/// A field of the form: read back as the same addresses.
pub fn field(people: &[Address]) -> String {
    let members: Vec<String> = people.iter().map(|p| member(p.name.as_deref(), &p.email)).collect();
    members.join(", ")
}

/// What mail programs put before the subject of an answer or of a forwarded message, in the languages of our
/// readers' correspondents.
const PREFIXES: [&str; 17] = [
    "re", "ré", "rép", "rep", "réf", "ref", "aw", "antw", "sv", "vs", "fw", "fwd", "tr", "wg", "rv", "vl",
    "i",
];

/// `Re: Tr: RE[2]: Résultats` becomes `Résultats`.
pub fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once(':') {
        let word = before.trim();
        // `Re[2]`, `Re(2)`, `Re^2`
        let word = word.split(['[', '(', '^']).next().unwrap_or_default().trim();
        if !PREFIXES.iter().any(|prefix| word.to_lowercase() == *prefix) || after.trim().is_empty() {
            break;
        }
        rest = after.trim();
    }
    rest
}

/// `prefix` is `Re: ` or what the language puts before a forwarded message.
pub fn subject(prefix: &str, subject: &str) -> String {
    format!("{prefix} {}", bare_subject(subject)).trim_end().to_owned()
}
