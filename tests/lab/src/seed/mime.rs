//! Writes MIME, well formed: the odd mail is written by hand.

use std::fmt::Write as _;

use base64::{Engine, prelude::BASE64_STANDARD};

/// A body part with its headers.
#[derive(Debug, Clone)]
pub struct Part {
    headers: String,
    body: Vec<u8>,
}

fn plain_letter(typographic: char) -> Option<char> {
    match typographic {
        '’' | '‘' => Some('\''),
        '“' | '”' => Some('"'),
        '–' | '—' => Some('-'),
        '…' => Some('.'),
        '\u{202F}' => Some('\u{A0}'),
        _ => None,
    }
}

impl Part {
    /// Text in `charset` (a label of the WHATWG Encoding Standard), in the transfer encoding that a common mail
    /// program would choose.
    #[must_use]
    pub fn text(subtype: &str, text: &str, charset: &str) -> Self {
        let encoder = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        // As a mail program would: what the charset lacks is written in plainer letters.
        let plainer: String = match encoder.encode(text) {
            (.., true) => text.chars().map(|c| plain_letter(c).unwrap_or(c)).collect(),
            _ => text.to_owned(),
        };
        let (bytes, ..) = encoder.encode(&plainer);
        let seven_bit = bytes.is_ascii() && bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 900);
        let (encoding, body) = if seven_bit {
            ("7bit", crlf(&bytes))
        } else {
            ("quoted-printable", quoted_printable(&crlf(&bytes)).into_bytes())
        };
        let charset = if bytes.is_ascii() { "us-ascii" } else { charset };
        let (kind, parameters) = subtype.split_once(';').map_or((subtype, ""), |(kind, rest)| (kind, rest));
        let mut headers = format!("Content-Type: text/{kind}; charset={charset}");
        if !parameters.is_empty() {
            let _ = write!(headers, ";{parameters}");
        }
        let _ = write!(headers, "\r\nContent-Transfer-Encoding: {encoding}\r\n");
        Self { headers, body }
    }

    /// A file in base64, to save (`attachment`) or to show (`inline`).
    #[must_use]
    pub fn file(kind: &str, name: &str, bytes: &[u8]) -> Self {
        let headers = format!(
            "Content-Type: {kind};\r\n {}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n {}\r\n",
            parameter("name", name),
            parameter("filename", name),
        );
        Self { headers, body: base64_lines(bytes).into_bytes() }
    }

    /// An image that an HTML part shows by `cid:`.
    #[must_use]
    pub fn inline(kind: &str, name: &str, id: &str, bytes: &[u8]) -> Self {
        let mut part = Self::file(kind, name, bytes);
        part.headers = part.headers.replace("attachment;", "inline;");
        let _ = write!(part.headers, "Content-ID: <{id}>\r\n");
        part
    }

    /// A forwarded message; never encoded (RFC 2046 §5.2.1).
    #[must_use]
    pub fn message(raw: &[u8]) -> Self {
        let headers = "Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n".into();
        Self { headers, body: raw.to_vec() }
    }

    /// `kind` with its parameters: `mixed`, `alternative`, `related`, `report; report-type=delivery-status`.
    #[must_use]
    pub fn multi(kind: &str, boundary: &str, parts: &[Self]) -> Self {
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.headers).as_bytes());
            body.extend_from_slice(&part.body);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Self { headers: format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n"), body }
    }

    /// Written out with these headers before and the body's own after.
    #[must_use]
    pub fn with_headers(headers: &str, content: &str, body: &[u8]) -> Self {
        Self { headers: format!("{headers}Content-Type: {content}\r\n"), body: body.to_vec() }
    }

    /// The whole message: `headers` (CRLF-terminated lines), MIME-Version, this part.
    #[must_use]
    pub fn message_with(&self, headers: &str) -> Vec<u8> {
        let mut raw = format!("{headers}MIME-Version: 1.0\r\n{}\r\n", self.headers).into_bytes();
        raw.extend_from_slice(&self.body);
        if !raw.ends_with(b"\r\n") {
            raw.extend_from_slice(b"\r\n");
        }
        raw
    }
}

/// LF to CRLF.
#[must_use]
pub fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// Base64 in lines of 76 (RFC 2045 §6.8).
#[must_use]
pub fn base64_lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + bytes.len() / 28 + 4);
    for chunk in bytes.chunks(57) {
        BASE64_STANDARD.encode_string(chunk, &mut out);
        out += "\r\n";
    }
    out
}

/// Quoted-printable (RFC 2045 §6.7) of text with CRLF lines.
#[must_use]
pub fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 4);
    let mut width = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if bytes[at..].starts_with(b"\r\n") {
            continue;
        }
        if *byte == b'\n' {
            out += "\r\n";
            width = 0;
            continue;
        }
        let ends_line = bytes[at + 1..].starts_with(b"\r\n") || at + 1 == bytes.len();
        let safe = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !ends_line);
        let cost = if safe { 1 } else { 3 };
        if width + cost > 75 {
            out += "=\r\n";
            width = 0;
        }
        if safe {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "={byte:02X}");
        }
        width += cost;
    }
    out
}

/// Text for a header: as it is when ASCII, else base64 encoded-words (RFC 2047), each of whole characters.
#[must_use]
pub fn word_b(text: &str) -> String {
    words(text, 42, |chunk| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(chunk)))
}

/// The same in the Q encoding.
#[must_use]
pub fn word_q(text: &str) -> String {
    words(text, 24, |chunk| format!("=?utf-8?Q?{}?=", q(chunk.as_bytes())))
}

/// The same in the Q encoding of ISO-8859-1, for text that fits it.
#[must_use]
pub fn word_latin(text: &str) -> String {
    words(text, 28, |chunk| format!("=?iso-8859-1?Q?{}?=", q(&encoding_rs::WINDOWS_1252.encode(chunk).0)))
}

/// The same, cut in the middle of characters: forbidden by RFC 2047 §5, and very common.
#[must_use]
pub fn word_split(text: &str) -> String {
    let words =
        text.as_bytes().chunks(31).map(|bytes| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(bytes)));
    words.collect::<Vec<_>>().join("\r\n ")
}

fn words(text: &str, octets: usize, encode: impl Fn(&str) -> String) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = Vec::new();
    let mut chunk = String::new();
    for character in text.chars() {
        if chunk.len() + character.len_utf8() > octets {
            out.push(encode(&chunk));
            chunk.clear();
        }
        chunk.push(character);
    }
    out.push(encode(&chunk));
    out.join("\r\n ")
}

fn q(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b' ' => out.push('_'),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "={byte:02X}");
            }
        }
    }
    out
}

/// A MIME parameter: a quoted string, or RFC 2231 where the value is not ASCII.
#[must_use]
pub fn parameter(name: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    }
    let mut out = format!("{name}*=utf-8''");
    for byte in value.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
