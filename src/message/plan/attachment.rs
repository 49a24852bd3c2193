//! One document of a message: how it is called, how large it is, what stands for it on screen.

use super::{Body, text_of};
use crate::message::{Part, Section, filename};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub section: Section,
    /// Safe as a file name; made up where the mail gives none.
    pub name: String,
    /// Lower case `type/subtype`, as the sender claims.
    pub kind: String,
    /// Decoded size in octets, an estimate from the encoded one.
    pub size: u64,
    /// Content-Transfer-Encoding.
    pub encoding: String,
    /// Worth an *open* button: png, jpeg, gif, webp, pdf or plain text. Its bytes decide when it is opened.
    pub viewable: bool,
    pub icon: Icon,
    /// How to show it, if it is a text.
    pub text: Option<Body>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    File,
    Image,
    Pdf,
    Text,
    Sheet,
    Slides,
    Archive,
    Audio,
    Video,
    Calendar,
    Contact,
    Signature,
    Encrypted,
}

impl Attachment {
    pub fn of(part: &Part) -> Attachment {
        let kind = if part.kind.is_empty() || part.subtype.is_empty() {
            "application/octet-stream".to_owned()
        } else {
            format!("{}/{}", part.kind, part.subtype)
        };
        let name = filename::safe(Attachment::claimed_name(part), &kind);
        let extension = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
        let icon = icon(&kind, &extension);
        let viewable_kind =
            ["image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp"];
        let viewable_name = ["png", "jpg", "jpeg", "gif", "webp", "pdf", "txt"];
        let viewable = viewable_kind.contains(&kind.as_str())
            || matches!(kind.as_str(), "application/pdf" | "text/plain" | "message/delivery-status" | "message/disposition-notification")
            // Much is sent as octet-stream; the name then says more than the type.
            || (kind.starts_with("application/") && viewable_name.contains(&extension.as_str()));
        Attachment {
            section: part.section.clone(),
            name,
            kind,
            size: decoded_size(part),
            encoding: part.encoding.clone(),
            viewable,
            icon,
            text: text_of(part),
        }
    }

    /// The file name the mail gives, if any (RFC 2183 §2.3, or the older `name`).
    pub(super) fn claimed_name(part: &Part) -> Option<&str> {
        let in_disposition = part.disposition.iter().flat_map(|d| &d.params).find(|(n, _)| n == "filename");
        let in_type = || part.params.iter().find(|(n, _)| n == "name");
        in_disposition.or_else(in_type).map(|(_, v)| v.trim()).filter(|v| !v.is_empty())
    }
}

fn decoded_size(part: &Part) -> u64 {
    match part.encoding.as_str() {
        // 57 octets on a line of 76 characters and CRLF.
        "base64" => part.size / 78 * 57 + part.size % 78 * 3 / 4,
        // 45 octets on a line of 61 characters and CRLF.
        "x-uuencode" | "uuencode" | "x-uue" => part.size / 63 * 45,
        _ => part.size,
    }
}

fn icon(kind: &str, extension: &str) -> Icon {
    match kind {
        "application/pdf" => return Icon::Pdf,
        "text/calendar" | "application/ics" => return Icon::Calendar,
        "text/vcard" | "text/x-vcard" | "text/directory" => return Icon::Contact,
        "text/csv" | "text/tab-separated-values" | "application/vnd.ms-excel" => return Icon::Sheet,
        "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" => {
            return Icon::Signature;
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => return Icon::Encrypted,
        _ => {}
    }
    match extension {
        "pdf" => Icon::Pdf,
        "doc" | "docx" | "odt" | "rtf" | "txt" | "md" | "html" | "htm" | "xml" => Icon::Text,
        "xls" | "xlsx" | "ods" | "csv" => Icon::Sheet,
        "ppt" | "pptx" | "odp" => Icon::Slides,
        "zip" | "7z" | "rar" | "gz" | "tar" | "tgz" | "bz2" | "xz" => Icon::Archive,
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "tif" | "tiff" | "bmp" | "svg" | "heic" | "dcm" => {
            Icon::Image
        }
        "ics" => Icon::Calendar,
        "vcf" => Icon::Contact,
        "mp3" | "wav" | "m4a" | "ogg" => Icon::Audio,
        "mp4" | "mov" | "avi" | "webm" => Icon::Video,
        "p7s" => Icon::Signature,
        "p7m" | "asc" | "gpg" | "pgp" => Icon::Encrypted,
        _ => match kind.split('/').next() {
            Some("image") => Icon::Image,
            Some("text") => Icon::Text,
            Some("audio") => Icon::Audio,
            Some("video") => Icon::Video,
            _ => Icon::File,
        },
    }
}
