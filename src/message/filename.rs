//! A safe name for a download, out of what a mail claims.

use super::words::is_direction_mark;

/// Longest name in characters, extension included. File systems allow 255 bytes.
pub const MAX_CHARS: usize = 80;

/// A name that is one path component on every system: no separator, control, or direction character, no leading
/// dot, not a reserved Windows device, at most [`MAX_CHARS`] long with its extension kept. Where the mail gives
/// none, `document` with the extension of `media_type` (`application/pdf`).
pub fn safe(claimed: Option<&str>, media_type: &str) -> String {
    // Some senders give a whole path: its last component is the name.
    let claimed = claimed.unwrap_or_default();
    let last =
        claimed.rsplit(['/', '\\']).find(|p| !p.trim().trim_matches('.').is_empty()).unwrap_or_default();
    let mut name = String::new();
    for c in last.chars().take(4_000) {
        match c {
            c if c.is_control()
                || is_direction_mark(c)
                || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}') => {}
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => name.push('_'),
            c if c.is_whitespace() => {
                if !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            c => name.push(c),
        }
    }
    // A trailing dot or space is dropped by Windows: `x.pdf.` would become `x.pdf`.
    let name = name.trim_matches(|c| c == ' ' || c == '.').to_owned();
    if name.is_empty() {
        return fallback(media_type);
    }
    let name = if is_reserved(&name) { format!("_{name}") } else { name };
    shorten(&name)
}

/// `document.pdf` for `application/pdf`.
fn fallback(media_type: &str) -> String {
    let extension = match media_type {
        "application/pdf" => "pdf",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/tiff" => "tif",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" | "application/ics" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/csv" => "csv",
        "text/xml" | "application/xml" => "xml",
        "application/zip" | "application/x-zip-compressed" => "zip",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.oasis.opendocument.text" => "odt",
        "application/ms-tnef" => "dat",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pgp-encrypted" | "application/pgp-signature" => "asc",
        "application/dicom" => "dcm",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers" => {
            return "report.txt".into();
        }
        _ => "bin",
    };
    let stem = if media_type.starts_with("message/") { "message" } else { "document" };
    format!("{stem}.{extension}")
}

/// Device names of Windows, with any extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CONIN$" | "CONOUT$")
        || matches!(stem.strip_prefix("COM").or(stem.strip_prefix("LPT")), Some(n) if matches!(
            n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    let extension = match name.rsplit_once('.') {
        Some((stem, e)) if !stem.is_empty() && e.chars().count() <= 10 => format!(".{e}"),
        _ => String::new(),
    };
    let keep = MAX_CHARS - extension.chars().count() - 1;
    let stem: String = name.chars().take(keep).collect();
    format!("{}…{extension}", stem.trim_end())
}

/// The value of a Content-Disposition header field for `name` (RFC 6266): an ASCII fallback, and the whole name per
/// RFC 8187. `inline` asks the browser to show it.
pub fn content_disposition(name: &str, inline: bool) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let ascii: String =
        name.chars()
            // `%` too: some browsers decode it in the plain form (RFC 6266, appendix D).
            .map(|c| {
                if (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%' | ';') {
                    c
                } else {
                    '_'
                }
            })
            .collect();
    if ascii == name {
        return format!("{kind}; filename=\"{ascii}\"");
    }
    // attr-char of RFC 8187 §3.2.1.
    let mut extended = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            extended.push(char::from(byte));
        } else {
            extended.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_made_safe() {
        for (claimed, name) in [
            ("Compte rendu été.pdf", "Compte rendu été.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\cv.docx", "cv.docx"),
            ("C:cv.docx", "C_cv.docx"),
            (".htaccess", "htaccess"),
            ("...", "document.pdf"),
            ("a/..", "a"),
            ("facture\u{202e}fdp.exe", "facturefdp.exe"),
            ("a\r\nSet-Cookie: x\0.pdf", "aSet-Cookie_ x.pdf"),
            ("nul.pdf", "_nul.pdf"),
            ("COM1", "_COM1"),
            ("COMMENT.txt", "COMMENT.txt"),
            ("x.pdf. . ", "x.pdf"),
            ("  a   b  .pdf", "a b .pdf"),
            ("\u{200b}", "document.pdf"),
            ("", "document.pdf"),
        ] {
            assert_eq!(safe(Some(claimed), "application/pdf"), name, "{claimed:?}");
        }
        assert_eq!(safe(None, "message/rfc822"), "message.eml");
        assert_eq!(safe(None, "x/y"), "document.bin");
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = safe(Some(&format!("{}.pdf", "é".repeat(500))), "application/pdf");
        assert_eq!(name.chars().count(), MAX_CHARS);
        assert!(name.ends_with("é….pdf"));
        assert_eq!(safe(Some(&"a".repeat(5_000)), "").chars().count(), MAX_CHARS);
    }

    #[test]
    fn header_values() {
        assert_eq!(content_disposition("a b.pdf", false), "attachment; filename=\"a b.pdf\"");
        assert_eq!(
            content_disposition("é\"100%\".pdf", true),
            "inline; filename=\"__100__.pdf\"; filename*=UTF-8''%C3%A9%22100%25%22.pdf"
        );
    }

    proptest! {
        #[test]
        fn one_component_one_header(claimed in "\\PC{0,20}[\u{0}-\u{20}./\\\\:a-zé\u{202e}]{0,120}") {
            let name = safe(Some(&claimed), "text/plain");
            prop_assert!(!name.is_empty() && name.chars().count() <= MAX_CHARS + 1);
            prop_assert!(!name.contains(['/', '\\', '\0', '\r', '\n', ':']) && !name.starts_with('.'));
            let header = content_disposition(&name, false);
            prop_assert!(header.bytes().all(|b| (b' '..0x7f).contains(&b)));
        }
    }
}
