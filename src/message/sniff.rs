//! What bytes really are, by their magic: the only types shown inline. The sender's own word is not asked.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Png,
    Jpeg,
    Gif,
    Webp,
    Pdf,
    Text,
}

impl Kind {
    /// The media type to answer with; always together with `nosniff`.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Gif => "image/gif",
            Kind::Webp => "image/webp",
            Kind::Pdf => "application/pdf",
            Kind::Text => "text/plain; charset=utf-8",
        }
    }

    pub fn is_image(self) -> bool {
        matches!(self, Kind::Png | Kind::Jpeg | Kind::Gif | Kind::Webp)
    }
}

/// How many first bytes [`sniff`] looks at; give it that many where there are.
pub const WINDOW: usize = 1_024;

/// The kind of something that begins with `head`, or `None`: then it is only offered for saving.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    let head = &head[..head.len().min(WINDOW)];
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Kind::Png)
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some(Kind::Jpeg)
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        Some(Kind::Gif)
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some(Kind::Webp)
    } else if head.trim_ascii_start().starts_with(b"%PDF-") {
        Some(Kind::Pdf)
    } else if is_text(head) {
        Some(Kind::Text)
    } else {
        None
    }
}

/// Whether this may be text in some 8-bit charset: for a part that says so itself.
pub fn is_8bit_text(head: &[u8]) -> bool {
    let head = &head[..head.len().min(WINDOW)];
    !head.is_empty() && !head.iter().any(|b| is_control(*b))
}

/// What no text has.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)
}

/// Valid UTF-8 (its last character may be cut by the window) without control characters that text has not.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => head,
        Err(e) if e.error_len().is_none() && head.len() == WINDOW => &head[..e.valid_up_to()],
        Err(_) => return false,
    };
    !valid.is_empty() && !valid.iter().any(|b| is_control(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_magic() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\nIHDR"), Some(Kind::Png));
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Some(Kind::Jpeg));
        assert_eq!(sniff(b"GIF89a.."), Some(Kind::Gif));
        assert_eq!(sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Some(Kind::Webp));
        assert_eq!(sniff(b"\r\n%PDF-1.7"), Some(Kind::Pdf));
        assert_eq!(sniff("Résultats\r\n".as_bytes()), Some(Kind::Text));
    }

    #[test]
    fn not_shown() {
        for bytes in
            [&b""[..], b"PK\x03\x04", b"MZ\x90\0", b"caf\xe9", b"RIFF\x10\0\0\0WAVE", b"a\0b", b"\xe2"]
        {
            assert_eq!(sniff(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn markup_is_text_and_never_more() {
        assert_eq!(sniff(b"<svg onload=alert(1)>").map(Kind::media_type), Some("text/plain; charset=utf-8"));
    }

    #[test]
    fn text_of_another_charset_is_shown_only_where_it_says_so() {
        assert!(is_8bit_text(b"caf\xe9") && sniff(b"caf\xe9").is_none());
        assert!(!is_8bit_text(b"MZ\x90\0") && !is_8bit_text(b""));
    }

    #[test]
    fn a_character_cut_by_the_window() {
        let mut text = vec![b'a'; WINDOW - 1];
        text.extend_from_slice("é".as_bytes());
        assert_eq!(sniff(&text), Some(Kind::Text));
    }
}
