//! Receipts: message/disposition-notification (RFC 8098 §3), and what programs make of it, as
//! `Disposition: automatic-action/MDN-sent-automatically; processed/Error: 902^no such file`.

use super::{
    About, Report, Saying, Words,
    fields::{address, bare_id, envelope_id, get, groups, words_of},
};

pub(super) fn read(text: &str) -> Option<Report> {
    // One group by the book; some write an empty line in it.
    let group: Vec<(String, String)> = groups(text, 5).into_iter().flatten().collect();
    let saying = disposition(&group)?;
    let about = About {
        original: get(&group, "original-recipient").and_then(address),
        last: get(&group, "final-recipient").and_then(address),
        saying,
    };
    let message_id =
        get(&group, "original-message-id").and_then(|id| bare_id(id).or_else(|| bare_id(&format!("<{id}>"))));
    Some(Report { envelope_id: envelope_id(&group), message_id, about: vec![about] })
}

/// `mode; type/modifier, modifier: words` (RFC 8098 §3.2.6), read from behind: the mode is of no interest.
fn disposition(group: &[(String, String)]) -> Option<Saying> {
    let value = get(group, "disposition")?;
    let said = value.split_once(';').map_or(value, |(_, said)| said).trim();
    let (kind, modifier) = match said.split_once('/') {
        Some((kind, modifier)) => (kind.trim().to_ascii_lowercase(), modifier.trim()),
        None => (said.to_ascii_lowercase(), ""),
    };
    let words = || {
        // RFC 8098 §3.2.7: the Error field says why; others write it behind the modifier.
        let behind = modifier.split_once(':').map_or(modifier, |(_, words)| words);
        let told = get(group, "error").or_else(|| get(group, "failure")).unwrap_or(behind);
        Words { code: 0, enhanced: None, text: words_of(told) }
    };
    let modifier_word = modifier.split([':', ',', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    let wrong = matches!(modifier_word.as_str(), "error" | "failure" | "failed" | "warning/error");
    Some(match kind.as_str() {
        "displayed" if !wrong => Saying::Displayed,
        "processed" | "dispatched" if !wrong => Saying::Processed,
        "deleted" if !wrong => Saying::Deleted,
        // RFC 3798 had types for it.
        "failed" | "displayed" | "processed" | "dispatched" | "deleted" => Saying::NotProcessed(words()),
        _ => return None,
    })
}
