//! Addresses as commands hold them.

use lettre::Address;

use super::bounds;

/// The address as MAIL and RCPT say it: ASCII, the domain in A-labels. `None` for what cannot stand in a command:
/// no `@`, spaces and controls, letters beyond ASCII before the `@` (SMTPUTF8 is not spoken).
pub fn path(address: &str) -> Option<Address> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = match domain.starts_with('[') {
        true => domain.to_owned(),
        false => idna::domain_to_ascii(domain).ok()?,
    };
    if local.len() + domain.len() >= bounds::ADDRESS || local.bytes().any(|b| !(b' '..=b'~').contains(&b)) {
        return None;
    }
    // Two dots in a row, a dot at the end, more than 64 characters: no standard allows them, real mailboxes have them.
    if !local.is_empty() && local.bytes().all(|b| is_atext(b) || b == b'.') {
        let checked = Address::new("x", domain).ok()?;
        return Some(Address::new_dangerous(local, checked.domain()));
    }
    Address::new(local, domain).ok()
}

/// RFC 5322 §3.2.3.
fn is_atext(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_addresses_can_be_written_to() {
        let long = format!("reply+{}@reply.example.com", "a".repeat(90));
        for address in [
            "alice@example.org",
            "a..b.@docomo.example",
            "o'neil+tag@example.org",
            "\"John Doe\"@example.org",
            "a@localhost",
            "a@[192.0.2.1]",
            &long,
        ] {
            assert_eq!(path(address).map(|a| a.to_string()).as_deref(), Some(address));
        }
        assert_eq!(path("a@München.example").unwrap().to_string(), "a@xn--mnchen-3ya.example");
    }

    #[test]
    fn nothing_else_gets_into_a_command() {
        let long = format!("a@{}", "b.".repeat(300));
        for address in [
            "",
            "alice",
            "@example.org",
            "a@",
            "a b@example.org",
            "a>@example.org",
            "a@b> NOTIFY=NEVER",
            "a@example.org>\r\nRCPT TO:<eve@example.org",
            "a\r\nRSET\r\n@example.org",
            "\"a\r\nRSET\r\n\"@example.org",
            "\"a\0\"@example.org",
            "a\0@example.org",
            "a@exa\0mple.org",
            "a@example.org\r\n",
            "é@example.org",
            "a@[192.0.2.1]>\r\n",
            "a@[\r\n]",
            &long,
        ] {
            assert_eq!(path(address), None, "{address:?}");
        }
    }
}
