//! Bytes of a mail in whatever charset they really are, as text.
//!
//! Labels lie: mail marked `us-ascii` or `iso-8859-1` is very often UTF-8, and the other way round. Bytes that are
//! valid UTF-8 with at least one multi-byte sequence are almost never anything else, so that reading wins over a
//! label of the Latin or ASCII family.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text of `bytes`, never failing: what cannot be decoded becomes U+FFFD.
///
/// A byte order mark decides over the label and is dropped; NUL and the other C0 controls except tab, LF and CR are
/// removed, as is DEL.
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    read(bytes, label).into_owned()
}

/// The same, without a copy where the bytes are that text already.
pub(super) fn read<'a>(bytes: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
    let mut text = match std::str::from_utf8(bytes) {
        // Most mail: nothing to choose.
        Ok(text) if label.is_none_or(|label| label.eq_ignore_ascii_case("utf-8")) => Cow::Borrowed(text),
        _ => Cow::Owned(decode_as(bytes, label)),
    };
    // A look at the bytes first: without one of these none of the characters is there.
    let odd = |odd, b| odd | (b < b' ') | (b == 0x7f) | (b == 0xef);
    if text.bytes().fold(false, odd) && text.contains(is_unwanted) {
        text.to_mut().retain(|c| !is_unwanted(c));
    }
    text
}

/// U+FEFF at the start is a byte order mark; in the middle it is an invisible character that nobody meant.
fn is_unwanted(c: char) -> bool {
    c == '\u{feff}' || c == '\u{7f}' || (c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
}

fn decode_as(bytes: &[u8], label: Option<&str>) -> String {
    let name = label.map(normalise).unwrap_or_default();
    // RFC 2152. Not in encoding_rs on purpose (browsers must not read it); mail from before 2005 still has it.
    if matches!(name.as_str(), "utf-7" | "unicode-1-1-utf-7" | "csunicode11utf7" | "x-unicode-2-0-utf-7") {
        return utf7(bytes);
    }
    if let Some((encoding, bom)) = Encoding::for_bom(bytes) {
        // A "BOM" of two bytes in a part that claims a single-byte charset is still far likelier a BOM.
        return encoding.decode_without_bom_handling(&bytes[bom..]).0.into_owned();
    }
    match encoding(&name) {
        Some(encoding) if trusts_label(encoding) => {
            encoding.decode_without_bom_handling(bytes).0.into_owned()
        }
        Some(encoding) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // Says UTF-8, is not: Latin mail whose label was changed on the way, or one damaged character in much
            // good text. The damaged one shows as U+FFFD; mail that has no valid sequence at all is Latin.
            Err(_) if encoding == UTF_8 && !has_utf8_sequence(bytes) => {
                WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
            }
            Err(_) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        },
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        },
    }
}

/// The WHATWG label table, plus the names that mail uses and browsers do not.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let alias = match name {
        "utf8mb4" | "unicode" | "utf-8-mac" => "utf-8",
        "cp1250" | "cp1251" | "cp1252" | "cp1253" | "cp1254" | "cp1255" | "cp1256" | "cp1257" | "cp1258" => {
            return Encoding::for_label(format!("windows-{}", &name[2..]).as_bytes());
        }
        "ansi_x3.4-1986" | "iso646-us" | "ansi" | "default" | "7bit" | "8bit" | "ascii-us" => "windows-1252",
        "iso-8859-1-windows-3.0-latin-1" | "iso-8859-1-windows-3.1-latin-1" | "cp819" => "windows-1252",
        "cp932" | "cp943" | "x-ms-cp932" | "windows-932" => "shift_jis",
        "cp936" | "windows-936" | "x-mac-chinesesimp" => "gbk",
        "cp949" | "windows-949" | "ks_c_5601" | "ksc5601" | "uhc" => "euc-kr",
        "cp950" | "windows-950" => "big5",
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "cp50220" | "cp50221" => "iso-2022-jp",
        "cp10000" | "x-mac-roman" => "macintosh",
        "cp866" => "ibm866",
        "utf-16" | "utf16" | "ucs-2" | "iso-10646-ucs-2" => "utf-16be", // RFC 2781 §4.3: without BOM, big endian.
        other => other,
    };
    // "replacement" stands for what browsers refuse (iso-2022-kr …): all of the text would become one U+FFFD.
    Encoding::for_label(alias.as_bytes()).filter(|e| *e != REPLACEMENT)
}

/// Lower case, trimmed, without quotes, without the language suffix of RFC 2231 (`utf-8*fr`) and with `_` where
/// people write `_` for `-` (`utf_8`, `iso_8859_15`).
fn normalise(label: &str) -> String {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '<' | '>'));
    let label = label.split('*').next().unwrap_or_default();
    let mut name: String = label.chars().take(60).flat_map(char::to_lowercase).collect();
    if let Some(rest) = name.strip_prefix("charset=") {
        name = rest.to_owned();
    }
    if Encoding::for_label(name.as_bytes()).is_none() {
        let dashed = name.replace(['_', ' '], "-");
        if Encoding::for_label(dashed.as_bytes()).is_some() {
            return dashed;
        }
        if let Some(number) = dashed.strip_prefix("iso").filter(|n| n.starts_with("8859")) {
            return format!("iso-{number}");
        }
    }
    name
}

/// Multi-byte and non-Latin encodings are believed: nobody gets them by default, and their text can happen to be
/// valid UTF-8 (ISO-2022-JP always is).
fn trusts_label(encoding: &'static Encoding) -> bool {
    !(encoding == UTF_8 || encoding.is_single_byte())
        || [UTF_16BE, UTF_16LE].iter().any(|utf16| std::ptr::eq(*utf16, encoding))
}

/// Is there at least one complete multi-byte UTF-8 sequence?
fn has_utf8_sequence(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

fn utf7(bytes: &[u8]) -> String {
    match mail_parser::decoders::charsets::map::charset_decoder(b"utf-7") {
        Some(decode) if !bytes.is_empty() => decode(bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_as_people_write_them() {
        let latin = b"R\xe9sultats \x80";
        for label in
            ["iso-8859-1", "ISO_8859-1", "latin1", "cp1252", "windows-1252", "us-ascii", "ANSI_X3.4-1968"]
        {
            assert_eq!(decode(latin, Some(label)), "Résultats €", "{label}");
        }
        for label in ["\"iso-8859-15\"", "iso8859-15", "ISO_8859_15", "iso-8859-15*fr"] {
            assert_eq!(decode(b"\xa4 \xbd", Some(label)), "€ œ", "{label}");
        }
        for label in ["utf-8", "UTF8", "utf_8", "charset=utf-8"] {
            assert_eq!(decode("Élodie".as_bytes(), Some(label)), "Élodie", "{label}");
        }
        assert_eq!(decode(b"\x1b$B$3$s\x1b(B", Some("iso-2022-jp")), "こん");
        assert_eq!(decode(b"\xc4\xe3", Some("cp936")), "你");
        assert_eq!(decode(b"+ZYeB9FH6ckh5Pg-, 1980.", Some("UTF-7")), "文致出版社, 1980.");
    }

    #[test]
    fn utf8_wins_over_a_wrong_label() {
        assert_eq!(decode("café".as_bytes(), Some("us-ascii")), "café");
        assert_eq!(decode("café".as_bytes(), Some("iso-8859-1")), "café");
        assert_eq!(decode("café".as_bytes(), Some("x-unknown")), "café");
        assert_eq!(decode("café".as_bytes(), None), "café");
    }

    #[test]
    fn refused_charsets_keep_their_ascii() {
        assert_eq!(decode(b"\x1b$)CHello", Some("iso-2022-kr")), "$)CHello");
    }

    #[test]
    fn latin_wins_where_utf8_is_impossible() {
        assert_eq!(decode(b"caf\xe9", None), "café");
        assert_eq!(decode(b"caf\xe9", Some("x-unknown")), "café");
        assert_eq!(decode(b"caf\xe9", Some("utf-8")), "café");
        assert_eq!(decode(b"caf\xc3\xa9 \xe9", Some("utf-8")), "café \u{fffd}");
    }

    #[test]
    fn marks_and_controls_go() {
        assert_eq!(decode(b"\xef\xbb\xbfBonjour\0\x07\tvous\r\n", Some("utf-8")), "Bonjour\tvous\r\n");
        assert_eq!(decode(b"\xff\xfeA\0b\0", Some("utf-16")), "Ab");
        assert_eq!(decode(b"\0A\0b", Some("utf-16")), "Ab");
        assert_eq!(decode(b"", Some("utf-7")), "");
    }

    proptest! {
        #[test]
        fn any_bytes_any_label(bytes: Vec<u8>, label in "(utf-7|utf-16|big5|us-ascii|[a-z0-9_*-]{0,12})") {
            let text = decode(&bytes, Some(&label));
            prop_assert!(!text.contains('\0'));
        }
    }
}
