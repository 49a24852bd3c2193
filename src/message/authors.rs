//! Whom a message says that it is from.

use mail_parser::{HeaderName, HeaderValue, MessageParser};

/// Every address in every From and Sender field (RFC 5322 §3.6.2) of a message that begins with these octets. `None`
/// where its header does not end in them, or one of these fields names nobody.
pub fn authors(head: &[u8]) -> Option<Vec<String>> {
    let end = memchr::memmem::find(head, b"\r\n\r\n")?;
    let parsed = MessageParser::new().parse_headers(&head[..end + 4])?;
    let mut all = Vec::new();
    for header in parsed.headers() {
        if !matches!(header.name, HeaderName::From | HeaderName::Sender) {
            continue;
        }
        let HeaderValue::Address(address) = &header.value else { return None };
        let before = all.len();
        all.extend(address.iter().filter_map(|one| one.address.as_deref()).map(str::to_owned));
        if all.len() == before {
            return None;
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::authors;

    #[test]
    fn every_author_counts() {
        let of = |head: &str| authors(format!("{head}\r\n\r\nFrom: body@x.example\r\n").as_bytes());
        let people = |list: &[&str]| Some(list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("From: \"Ann, MD\" <a@x.example>"), people(&["a@x.example"]));
        assert_eq!(of("Subject: x"), people(&[]));
        let several = "From: a@x.example, b@x.example\r\nSENDER: c@x.example\r\nfrom: <d@x.example>";
        assert_eq!(of(several), people(&["a@x.example", "b@x.example", "c@x.example", "d@x.example"]));
        assert_eq!(of("From: nobody"), None);
        assert_eq!(of("From:"), None);
        assert_eq!(authors(b"From: a@x.example\r\n"), None, "its header does not end");
    }
}
