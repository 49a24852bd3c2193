//! Bounces in words: qmail, old Exchange, Exim, and whoever else sends a text and perhaps the message back.

use super::{
    About, MOST_RECIPIENTS, Parts, Report, Saying, Words,
    fields::{bare_id, message_id, reply, words_of},
};
use crate::message::{
    whole::{Header, fields},
    words,
};

/// How the subjects of bounces begin, in lower case.
pub(super) const SUBJECTS: [&str; 12] = [
    "undeliverable",
    "undelivered mail",
    "mail delivery failed",
    "mail delivery failure",
    "delivery status notification",
    "returned mail",
    "failure notice",
    "delivery failure",
    "non remis",
    "non-remise",
    "message non distribué",
    "échec de la remise",
];
/// Lines of a bounce that are read.
const LINES: usize = 400;

pub(super) fn read(parts: &Parts<'_>) -> Option<Report> {
    let header = parts.header();
    let of = |name: &str| header.iter().find(|h| h.name.eq_ignore_ascii_case(name.as_bytes()));
    let failed = of("x-failed-recipients").map(|h| String::from_utf8_lossy(h.value).into_owned());
    let subject = of("subject").map(|h| words::subject(h.value).to_lowercase()).unwrap_or_default();
    let named = SUBJECTS.iter().any(|begin| subject.starts_with(begin));
    if failed.is_none() && !(named && from_a_server(&header)) {
        return None;
    }
    let text = parts.find("text", &["plain", "html"]).map(|part| {
        let text = parts.text(part);
        if part.subtype == "html" { crate::message::html::to_text(&text) } else { text }
    });
    let text = text.unwrap_or_default();
    let saying = if is_delay(&subject, &text) { None } else { Some(()) };
    let mut about: Vec<About> = Vec::new();
    let mut add = |address: &str, words: Words| {
        let known = about.iter().any(|a| a.last.as_deref().is_some_and(|l| l.eq_ignore_ascii_case(address)));
        if !known && about.len() < MOST_RECIPIENTS {
            let saying = saying.map_or(Saying::Delayed, |()| Saying::Failed(words));
            about.push(About { original: None, last: Some(address.to_owned()), saying });
        }
    };
    for (address, said) in paragraphs(&text) {
        add(&address, words_of_text(&said));
    }
    for address in failed.iter().flat_map(|list| list.split([',', ' ', '\t', '\r', '\n'])) {
        if let Some(address) = plain_address(address) {
            add(&address, Words::default());
        }
    }
    Some(Report { envelope_id: None, message_id: quoted_id(&text), about })
}

/// An empty Return-Path, or the name under which servers write.
fn from_a_server(header: &[Header<'_>]) -> bool {
    header.iter().take(200).any(|field| {
        let value = String::from_utf8_lossy(&field.value[..field.value.len().min(400)]).to_ascii_lowercase();
        match field.name.to_ascii_lowercase().as_slice() {
            b"return-path" => value.trim() == "<>",
            b"from" => ["mailer-daemon", "postmaster", "microsoftexchange", "mail delivery"]
                .iter()
                .any(|name| value.contains(name)),
            _ => false,
        }
    })
}

fn is_delay(subject: &str, text: &str) -> bool {
    let start: String = text.chars().take(1_500).collect::<String>().to_lowercase();
    subject.contains("delay")
        || start.contains("this is a warning message only")
        || start.contains("will keep trying")
}

/// `<address>:` or an address alone on a line, and the lines up to the next empty one: what qmail, Exim and old
/// Exchange write.
fn paragraphs(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines().take(LINES) {
        let plain = line.trim();
        if plain.starts_with("--- Below this line") || plain.starts_with("------ This is a copy") {
            break;
        }
        let first = plain.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',']);
        let alone = plain.trim_end_matches(':') == first || plain.starts_with('<');
        match plain_address(first).filter(|_| alone) {
            Some(address) if found.len() < MOST_RECIPIENTS => {
                let behind = plain.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
                found.push((address, behind.to_owned()));
                open = true;
            }
            _ if plain.is_empty() => open = open && found.last().is_some_and(|(_, said)| said.is_empty()),
            _ if open => {
                if let Some((_, said)) = found.last_mut().filter(|(_, said)| said.len() < 2_000) {
                    said.push(' ');
                    said.push_str(plain);
                }
            }
            _ => {}
        }
    }
    found
}

fn words_of_text(said: &str) -> Words {
    let (code, enhanced) = reply(said);
    Words { code, enhanced, text: words_of(said) }
}

fn plain_address(word: &str) -> Option<String> {
    let bare = word
        .trim()
        .trim_start_matches("mailto:")
        .trim_matches(['<', '>', '"', '\'', '(', ')', ',', ';', ':']);
    let (local, domain) = bare.rsplit_once('@')?;
    let good = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let fit = !local.is_empty() && domain.contains('.') && bare.len() <= 320;
    (fit && local.chars().all(good) && domain.chars().all(|c| c.is_alphanumeric() || ".-".contains(c)))
        .then(|| bare.to_owned())
}

/// The Message-ID in a returned message that stands in the text itself.
fn quoted_id(text: &str) -> Option<String> {
    let at = text.to_ascii_lowercase().find("message-id:")?;
    let rest: String = text[at..].chars().take(1_000).collect();
    message_id(&fields(rest.as_bytes())).or_else(|| bare_id(&rest))
}
