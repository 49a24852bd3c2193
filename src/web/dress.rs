//! The organisation's own colour and logo, as files beside ours.
//!
//! One colour is asked for, and it need not be readable: from it comes an accent for either scheme that is as close to
//! it as WCAG 2.2 (§1.4.3, 4.5:1) lets text be.

use std::{fs::File, io::Read, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::assets::Asset;
use crate::config::{Brand, Colour};

/// Largest logo, in octets: it is part of everybody's first page.
const MAX_LOGO: u64 = 64 << 10;
/// What text needs (WCAG 2.2 §1.4.3).
const READABLE: f64 = 4.5;

/// Made at the start, then only read.
#[derive(Debug, Default)]
pub struct Dress {
    colour: Option<Colour>,
    style: Option<Own>,
    logo: Option<Own>,
}

#[derive(Debug)]
struct Own {
    url: String,
    bytes: &'static [u8],
    content_type: &'static str,
    etag: &'static str,
}

impl Dress {
    /// Reads the logo.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn of(brand: &Brand) -> Result<Dress, String> {
        let style = brand.colour.map(|colour| own("brand", "css", "text/css; charset=utf-8", style(colour)));
        Ok(Dress { colour: brand.colour, style, logo: brand.logo.as_deref().map(logo).transpose()? })
    }

    /// The address of the style sheet that comes after ours.
    pub fn style(&self) -> Option<&str> {
        self.style.as_ref().map(|own| &*own.url)
    }

    pub fn logo(&self) -> Option<&str> {
        self.logo.as_ref().map(|own| &*own.url)
    }

    /// The same tokens for a paper of its own, without anything that markup would escape.
    pub fn on_paper(&self) -> Option<String> {
        self.colour.map(|colour| format!(":root{{{}}}", tokens(&Accent::light(colour))))
    }

    /// The logo as a `data:` address (RFC 2397).
    pub fn logo_within(&self) -> Option<String> {
        let logo = self.logo.as_ref()?;
        Some(format!("data:{};base64,{}", logo.content_type, STANDARD.encode(logo.bytes)))
    }

    /// The file at this path, if it is one of these.
    pub(super) fn get(&self, path: &str) -> Option<Asset> {
        let own = [&self.style, &self.logo].into_iter().flatten().find(|own| own.url == path)?;
        Some(Asset { bytes: own.bytes, content_type: own.content_type, gzip: false, etag: own.etag })
    }
}

/// Lives as long as the process, like our own files.
fn own(stem: &str, extension: &str, content_type: &'static str, bytes: impl Into<Vec<u8>>) -> Own {
    let bytes: &'static [u8] = bytes.into().leak();
    let digest: String = Sha256::digest(bytes)[..8].iter().map(|b| format!("{b:02x}")).collect();
    let etag = format!("\"{digest}\"").leak();
    Own { url: format!("/static/{stem}.{digest}.{extension}"), bytes, content_type, etag }
}

fn logo(path: &Path) -> Result<Own, String> {
    let wrong = |what: &str| format!("brand.logo = {}: {what}", path.display());
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_LOGO + 1).read_to_end(&mut bytes));
    read.map_err(|error| wrong(&error.to_string()))?;
    if bytes.len() as u64 > MAX_LOGO {
        return Err(wrong(
            "larger than 64 KiB; everybody loads it with their first page, so make it smaller",
        ));
    }
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_lowercase();
    let (extension, content_type) = match &bytes[..] {
        [0x89, b'P', b'N', b'G', ..] => ("png", "image/png"),
        [0xff, 0xd8, 0xff, ..] => ("jpg", "image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("webp", "image/webp"),
        _ if start.contains("<svg") => ("svg", "image/svg+xml"),
        _ => return Err(wrong("not an SVG, PNG, WebP or JPEG image")),
    };
    Ok(own("logo", extension, content_type, bytes))
}

/// The tokens of `relais.css` that are made of the accent.
fn style(colour: Colour) -> String {
    format!(
        ":root{{{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}",
        tokens(&Accent::light(colour)),
        tokens(&Accent::dark(colour))
    )
}

fn tokens(a: &Accent) -> String {
    format!("--accent:{};--on-accent:{};--accent-soft:{}", a.accent, a.on_accent, a.accent_soft)
}

const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);

/// One scheme's.
#[derive(Debug)]
struct Accent {
    accent: Colour,
    on_accent: Colour,
    accent_soft: Colour,
}

impl Accent {
    /// On the papers of `relais.css`: darkened until it can be read there.
    fn light(colour: Colour) -> Accent {
        let desk = Colour([0xf3, 0xf5, 0xf4]);
        let of = |accent| Accent { accent, on_accent: WHITE, accent_soft: mix(accent, WHITE, 0.10) };
        first(colour, BLACK, of, desk)
    }

    fn dark(colour: Colour) -> Accent {
        let paper = Colour([0x0f, 0x18, 0x20]);
        let of = |accent| Accent {
            accent,
            on_accent: mix(accent, BLACK, 0.12),
            accent_soft: mix(accent, paper, 0.15),
        };
        first(colour, WHITE, of, paper)
    }

    fn is_readable(&self, paper: Colour) -> bool {
        let pairs = [paper, self.accent_soft, self.on_accent];
        pairs.iter().all(|other| contrast(self.accent, *other) >= READABLE)
    }
}

/// The one closest to the colour, on its way to `end`.
fn first(colour: Colour, end: Colour, of: impl Fn(Colour) -> Accent, paper: Colour) -> Accent {
    let steps = (0..=50).map(|step| of(mix(end, colour, f64::from(step) / 50.0)));
    steps.into_iter().find(|accent| accent.is_readable(paper)).unwrap_or_else(|| of(end))
}

/// `share` of one in the other, 0 to 1.
fn mix(one: Colour, other: Colour, share: f64) -> Colour {
    let mixed = |at: usize| f64::from(one.0[at]) * share + f64::from(other.0[at]) * (1.0 - share);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two octets")]
    Colour([0, 1, 2].map(|at| mixed(at).round() as u8))
}

/// From 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// From 0 to 1 (WCAG 2.2, "relative luminance").
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.0.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_becomes_one_that_can_be_read() {
        let muted = [Colour([0x54, 0x64, 0x6f]), Colour([0x9f, 0xb0, 0xbb])];
        let channels = || (0..=255u8).step_by(15);
        for (red, green, blue) in
            channels().flat_map(|r| channels().flat_map(move |g| channels().map(move |b| (r, g, b))))
        {
            let colour = Colour([red, green, blue]);
            let light = Accent::light(colour);
            let dark = Accent::dark(colour);
            for paper in [WHITE, Colour([0xf3, 0xf5, 0xf4])] {
                assert!(light.is_readable(paper), "{colour} on {paper}: {light:?}");
            }
            for paper in [Colour([0x0f, 0x18, 0x20]), Colour([0x0a, 0x11, 0x17])] {
                assert!(dark.is_readable(paper), "{colour} on {paper}: {dark:?}");
            }
            // Rows that are chosen hold muted text.
            for (accent, muted) in [light, dark].iter().zip(muted) {
                assert!(contrast(muted, accent.accent_soft) >= READABLE, "{colour}: {accent:?}");
            }
        }
    }

    #[test]
    fn a_readable_colour_stays_what_it_is() {
        let own = Colour([0x0b, 0x6b, 0x57]);
        assert_eq!(Accent::light(own).accent, own);
        assert!(style(own).starts_with(":root{--accent:#0b6b57;--on-accent:#ffffff;"), "{}", style(own));
        assert_eq!(Accent::light(Colour([0xff, 0xff, 0]).to_string().parse().unwrap()).on_accent, WHITE);
        assert!((contrast(WHITE, BLACK) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn a_logo_is_an_image_and_small() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            Dress::of(&Brand { logo: Some(path), ..Brand::default() })
        };
        let dress = of("logo", b"<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"></svg>").expect("an image");
        let url = dress.logo().expect("its address");
        assert!(url.starts_with("/static/logo.") && url.ends_with(".svg"), "{url}");
        assert_eq!(dress.get(url).expect("served").content_type, "image/svg+xml");
        assert!(dress.style().is_none() && dress.get("/static/brand.css").is_none());
        assert!(of("png", b"\x89PNG\r\n\x1a\n").is_ok());
        for (name, bytes, told) in [
            ("page", &b"<html>"[..], "not an SVG"),
            ("empty", b"", "not an SVG"),
            ("large", &[b'x'; (64 << 10) + 1], "64 KiB"),
        ] {
            let refused = of(name, bytes).expect_err("refused");
            assert!(refused.contains(told) && refused.contains(name), "{refused}");
        }
        assert!(Dress::of(&Brand { logo: Some("/nowhere/logo.svg".into()), ..Brand::default() }).is_err());
    }
}
