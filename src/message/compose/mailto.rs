//! `mailto:` links (RFC 6068): what a page elsewhere may put into the form. Nothing is sent by it.

use percent_encoding::percent_decode_str;

/// What the link holds, as the fields of the form take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailto {
    pub to: String,
    pub cc: String,
    pub bcc: String,
    pub subject: String,
    pub body: String,
    /// One Message-ID, where the link answers a message.
    pub in_reply_to: String,
}

/// Octets of one field taken over.
const MOST: usize = 16 * 1024;

/// A `mailto:` link, or a list of addresses without it. Every reader it names is in a field that the form shows.
/// Other header fields are left out (§4).
pub fn parse(text: &str) -> Mailto {
    let Some(link) = text.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:")).map(|_| &text[7..]) else {
        return Mailto { to: field(text), ..Mailto::default() };
    };
    let (to, query) = link.split_once('?').unwrap_or((link, ""));
    let mut mailto = Mailto { to: decoded(to), ..Mailto::default() };
    for pair in query.split('&').take(50) {
        // Some write `&amp;`.
        let pair = pair.strip_prefix("amp;").unwrap_or(pair);
        let Some((name, value)) = pair.split_once('=') else { continue };
        let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
        let target = match name.as_str() {
            "to" => &mut mailto.to,
            "cc" => &mut mailto.cc,
            "bcc" => &mut mailto.bcc,
            "subject" => {
                mailto.subject = decoded(value);
                continue;
            }
            "in-reply-to" => {
                mailto.in_reply_to = decoded(value);
                continue;
            }
            "body" => {
                mailto.body = percent_decode_str(value).decode_utf8_lossy().chars().take(MOST).collect();
                continue;
            }
            _ => continue,
        };
        if !target.is_empty() {
            target.push_str(", ");
        }
        target.push_str(&decoded(value));
    }
    mailto
}

/// `+` stays: it is no space here (§5).
fn decoded(value: &str) -> String {
    field(&percent_decode_str(value).decode_utf8_lossy())
}

fn field(value: &str) -> String {
    value.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
