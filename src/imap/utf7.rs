//! Modified UTF-7, in which IMAP4rev1 writes mailbox names (RFC 3501 §5.1.3).

use base64::{
    Engine,
    alphabet::IMAP_MUTF7,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// What these bytes mean; `None` where they are not modified UTF-7.
pub fn decode(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (coded, after) = after.split_once('-')?;
        rest = after;
        if coded.is_empty() {
            text.push('&');
            continue;
        }
        let bytes = BASE64.decode(coded).ok().filter(|bytes| bytes.len() % 2 == 0)?;
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        for c in char::decode_utf16(units) {
            text.push(c.ok()?);
        }
    }
    text.push_str(rest);
    Some(text)
}

/// The one way to write this text.
pub fn encode(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut units: Vec<u8> = Vec::new();
    let flush = |name: &mut String, units: &mut Vec<u8>| {
        if !units.is_empty() {
            name.push('&');
            BASE64.encode_string(&*units, name);
            name.push('-');
            units.clear();
        }
    };
    for c in text.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut name, &mut units);
            name.push(c);
            if c == '&' {
                name.push('-');
            }
        } else {
            units.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut name, &mut units);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_rfc_and_of_real_life() {
        for (coded, text) in [
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
            ("Envoy&AOk-s", "Envoyés"),
            ("R&-D", "R&D"),
            ("&2D3eAA-", "😀"),
            ("INBOX", "INBOX"),
        ] {
            assert_eq!(decode(coded).as_deref(), Some(text));
            assert_eq!(encode(text), coded);
        }
    }

    #[test]
    fn what_is_not_modified_utf7_is_nothing() {
        for odd in ["R&D", "Achats & Ventes - 2024", "&!-", "&A-", "&AA-", "&2D0-", "R&D-2024", "&AGE-&"] {
            assert_eq!(decode(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "\\PC{0,30}") {
            prop_assert_eq!(decode(&encode(&text)), Some(text));
        }

        #[test]
        fn nothing_panics(name in ".{0,40}") {
            let _ = decode(&name);
        }
    }
}
