//! Delivery reports: message/delivery-status (RFC 3464 §2) and its form for international mail (RFC 6533 §4).

use super::{
    About, MOST_RECIPIENTS, Report, Saying, Words,
    fields::{address, enhanced, envelope_id, get, groups, reply, words_of},
};

/// The first group is about the message; each other one about a recipient.
pub(super) fn read(text: &str) -> Option<Report> {
    let groups = groups(text, MOST_RECIPIENTS + 1);
    let about: Vec<About> =
        groups.iter().filter_map(|group| recipient(group)).take(MOST_RECIPIENTS).collect();
    let envelope_id = groups.iter().find_map(|group| envelope_id(group));
    (!about.is_empty() || envelope_id.is_some()).then_some(Report { envelope_id, message_id: None, about })
}

fn recipient(group: &[(String, String)]) -> Option<About> {
    let original = get(group, "original-recipient").and_then(address);
    let last = get(group, "final-recipient").and_then(address);
    let status = get(group, "status").and_then(enhanced);
    let action = get(group, "action").map(str::to_ascii_lowercase);
    let action = action.as_deref().map(|a| a.split([' ', '(', ';']).next().unwrap_or_default());
    let saying = match (action, status) {
        (Some("delivered"), _) => Saying::Delivered,
        (Some("relayed" | "expanded"), _) => Saying::Relayed,
        (Some("delayed"), _) => Saying::Delayed,
        (Some("failed"), _) | (_, Some([5, ..])) => Saying::Failed(words(group, status)),
        (_, Some([4, ..])) => Saying::Delayed,
        _ => return None,
    };
    Some(About { original, last, saying })
}

/// `Diagnostic-Code: smtp; 550 5.1.1 …` in the server's words, and the status where the words hold none.
fn words(group: &[(String, String)], status: Option<[u16; 3]>) -> Words {
    let diagnostic = get(group, "diagnostic-code").unwrap_or_default();
    let (kind, text) = diagnostic.split_once(';').unwrap_or(("", diagnostic));
    let (code, told) = reply(text);
    let code = if kind.trim().eq_ignore_ascii_case("smtp") || kind.is_empty() { code } else { 0 };
    // The code and the status are told apart from the words.
    let mut text = text.trim();
    for known in [code.to_string(), told.map(|[a, b, c]| format!("{a}.{b}.{c}")).unwrap_or_default()] {
        let shorter = text.strip_prefix(known.as_str()).filter(|_| !known.is_empty());
        text = shorter.map_or(text, |rest| rest.trim_start_matches(['-', ' ']));
    }
    Words { code, enhanced: status.or(told), text: words_of(text) }
}
