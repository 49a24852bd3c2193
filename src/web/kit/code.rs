//! The address as a QR code (ISO/IEC 18004), drawn as one path.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it, without which readers do not find it.
const QUIET: usize = 4;

/// `label` is what it says to who does not see it. Nothing where the text is too long for a code.
pub(super) fn drawn(text: &str, label: &str) -> Markup {
    // A quarter of it may be torn or dirty: it hangs on a wall.
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::Q) else { return html! {} };
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: String =
        dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET)).collect();
    let side = width + 2 * QUIET;
    html! {
        svg viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}
