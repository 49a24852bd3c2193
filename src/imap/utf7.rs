//! Modified UTF-7 (RFC 3501 §5.1.3): how IMAP4rev1 writes mailbox names.

use base64::{
    Engine,
    alphabet::IMAP_MUTF7,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Base64 with `,` for `/`, without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let plain = |c: char| matches!(c, ' '..='~');
        if plain(c) {
            out.push_str(if c == '&' { "&-" } else { &rest[..1] });
            rest = &rest[1..];
            continue;
        }
        let (run, after) = rest.split_at(rest.find(plain).unwrap_or(rest.len()));
        let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
        out.push('&');
        BASE64.encode_string(units, &mut out);
        out.push('-');
        rest = after;
    }
    out
}

/// `None` for what is not well formed.
pub fn decode(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let (run, after) = shifted.split_once('-')?;
        if run.is_empty() {
            out.push('&');
        } else {
            let bytes = BASE64.decode(run).ok()?;
            let (units, odd) = bytes.as_chunks::<2>();
            let units = units.iter().map(|pair| u16::from_be_bytes(*pair));
            let run: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
            out.push_str(Some(run).filter(|_| odd.is_empty())?.as_str());
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard() {
        let name = "~peter/mail/台北/日本語";
        assert_eq!(encode(name), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(decode(&encode(name)).as_deref(), Some(name));
        assert_eq!(encode("R&D 📎"), "R&-D &2D3czg-");
        assert_eq!(decode("R&-D &2D3czg-").as_deref(), Some("R&D 📎"));
    }

    #[test]
    fn what_is_not_well_formed_is_told() {
        for bad in ["a&", "a&b", "&AAA", "&A-", "&2D0-", "&AOk=-", "&é-"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in ".{0,30}") {
            prop_assert_eq!(decode(&encode(&text)), Some(text));
        }
    }
}
