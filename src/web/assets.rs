//! The static files, inside the program, under names that carry their content's digest: a browser keeps them for
//! ever and asks again only when they changed.

use std::{borrow::Cow, collections::HashMap, io::Write, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// For `Cache-Control` of everything [`get`] finds.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/static/"]
struct Files;

/// A static file as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    pub bytes: &'static [u8],
    pub content_type: &'static str,
    /// `bytes` are gzip: send `Content-Encoding: gzip`. Either way `Vary: Accept-Encoding`.
    pub gzip: bool,
    /// A strong entity tag with its quotes; each encoding has its own (RFC 9110 §8.8.3.3).
    pub etag: &'static str,
}

struct File {
    plain: Cow<'static, [u8]>,
    /// Kept only where it is smaller.
    gzip: Option<Vec<u8>>,
    content_type: &'static str,
    etag: String,
    gzip_etag: String,
}

struct Shelf {
    /// By URL: `/static/relais.0123456789abcdef.css`.
    files: HashMap<String, File>,
    /// From the plain name to the URL.
    urls: HashMap<String, String>,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let mut shelf = Shelf { files: HashMap::new(), urls: HashMap::new() };
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, "bin"));
        let data = match extension {
            "js" | "css" => Cow::Owned(uncommented(&file.data)),
            _ => file.data,
        };
        let digest = hex(&Sha256::digest(&data)[..8]);
        let url = format!("/static/{stem}.{digest}.{extension}");
        shelf.urls.insert(name.to_string(), url.clone());
        let gzip = gzip(&data).filter(|packed| packed.len() < data.len());
        shelf.files.insert(
            url,
            File {
                gzip,
                content_type: content_type(extension),
                etag: format!("\"{digest}\""),
                gzip_etag: format!("\"{digest}-gz\""),
                plain: data,
            },
        );
    }
    shelf
});

/// The file at a path of ours (`/static/relais.<digest>.css`), compressed where the browser takes it.
pub fn get(path: &str, accept_gzip: bool) -> Option<Asset> {
    let file = SHELF.files.get(path)?;
    let (bytes, gzip, etag) = match &file.gzip {
        Some(packed) if accept_gzip => (packed.as_slice(), true, file.gzip_etag.as_str()),
        _ => (&*file.plain, false, file.etag.as_str()),
    };
    Some(Asset { bytes, content_type: file.content_type, gzip, etag })
}

/// The URL of a file of `static/`, for pages. A name that is not there is a mistake of ours, which a test finds.
pub fn url(name: &str) -> &'static str {
    SHELF.urls.get(name).map_or("/static/missing", String::as_str)
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn gzip(data: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).ok()?;
    encoder.finish().ok()
}

/// A script or a style sheet without the lines that are for us: a tenth of it, which a phone need not carry.
fn uncommented(text: &[u8]) -> Vec<u8> {
    let for_us = |line: &[u8]| {
        let line = line.trim_ascii();
        let inside = line.strip_prefix(b"/*").and_then(|rest| rest.strip_suffix(b"*/"));
        line.starts_with(b"//") || inside.is_some_and(|inside| !inside.windows(2).any(|two| two == b"*/"))
    };
    text.split_inclusive(|byte| *byte == b'\n').filter(|line| !for_us(line)).flatten().copied().collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn every_file_is_served_under_its_digest_alone() {
        for name in [
            "relais.css",
            "forms.css",
            "relais.js",
            "compose.js",
            "device.js",
            "people.js",
            "select.js",
            "lazy.js",
            "stop.js",
            "favicon.svg",
            "relais.webmanifest",
        ] {
            let url = url(name);
            let plain = get(url, false).unwrap_or_else(|| panic!("{name} is missing"));
            assert!(!plain.gzip);
            assert_ne!(plain.content_type, "application/octet-stream", "{name}");
            assert_eq!(plain.etag, format!("\"{}\"", hex(&Sha256::digest(plain.bytes)[..8])));
            assert!(get(&format!("/static/{name}"), false).is_none(), "{name} also without its digest");
        }
        assert!(get("/static/../Cargo.toml", true).is_none());
        assert!(get("/static/missing", true).is_none());
    }

    #[test]
    fn comments_stay_here() {
        let script = b"// What it does.\nlet a = 'http://x' // stays\n  // why\nb()";
        assert_eq!(uncommented(script), b"let a = 'http://x' // stays\nb()");
        let style = b"/* What it is,\nin two lines. */\n/* One. */\n/* a */ b { } /* c */\n.d { } /* e */\n";
        assert_eq!(
            uncommented(style),
            &style[..32].iter().chain(&style[43..]).copied().collect::<Vec<_>>()[..]
        );
    }

    #[test]
    fn the_compressed_form_holds_the_same_bytes() {
        let url = url("relais.css");
        let packed = get(url, true).expect("the style sheet");
        assert!(packed.gzip);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.bytes).read_to_end(&mut unpacked).expect("gzip");
        let plain = get(url, false).expect("the style sheet");
        assert_eq!(unpacked, plain.bytes);
        assert_ne!(packed.etag, plain.etag);
    }

    /// The first visit may cost 25 KB compressed, 8 KB of it script; the page itself takes the rest.
    #[test]
    fn the_files_stay_within_their_budget() {
        let weight = |name| get(url(name), true).expect(name).bytes.len();
        assert!(weight("relais.js") <= 4 * 1024, "{} octets of script", weight("relais.js"));
        let files = weight("relais.css") + weight("relais.js") + weight("favicon.svg");
        assert!(files <= 12 * 1024, "{files} octets");
    }
}
