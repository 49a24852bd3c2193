//! What an administrator hands out: a poster, a message to everybody, a sheet for the help desk. Papers of their own, to be
//! printed or pasted: they ask nothing of the service.

mod code;
mod desk;
mod message;
mod poster;

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::{door, dress::Dress};
use crate::{config::Config, locale::Tr};

/// What the papers say of one service.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Empty when it has no name.
    pub organisation: String,
    pub dress: Arc<Dress>,
    pub phone: Option<String>,
    /// Until when there is something to come to.
    pub closes: Option<Timestamp>,
    /// Where a forgotten password is changed.
    pub reset: Option<String>,
    /// As people type it, without a slash at the end: `https://webmail.example.org`.
    pub address: String,
    /// The file it is configured by, for those who ask it questions on the machine.
    pub config: String,
}

impl Kit {
    /// # Errors
    /// Without a public address there is nothing to hand out; or the logo cannot be read.
    pub fn of(config: &Config, file: &Path) -> Result<Kit, String> {
        let address = config
            .public_url
            .as_ref()
            .ok_or("public_url is not set: say there the address that people type, it is on every paper")?;
        let address = address.as_str().trim_end_matches('/').to_owned();
        let brand = &config.brand;
        Ok(Kit {
            dress: Arc::new(Dress::of(brand)?),
            organisation: brand.name.clone().unwrap_or_default(),
            phone: brand.phone.clone(),
            closes: config.access.closes,
            reset: brand.reset.clone(),
            address,
            config: file.display().to_string(),
        })
    }

    fn until(&self, tr: &Tr) -> Option<String> {
        self.closes.map(|closes| door::view::at("door-until", closes, tr))
    }

    /// The host alone, as browsers show it.
    fn host(&self) -> &str {
        self.address.split_once("://").map_or(&*self.address, |(_, host)| host)
    }

    /// Name and content of each paper in this language. A paper is read on any day: with a `tr` of long ago its dates are
    /// whole.
    pub fn papers(&self, tr: &Tr) -> [(String, String); 3] {
        let name = |what: &str, kind: &str| format!("{what}-{}.{kind}", tr.lang().code());
        [
            (name("poster", "html"), poster::paper(self, tr).into_string()),
            (name("message", "txt"), message::text(self, tr)),
            (name("help-desk", "html"), desk::paper(self, tr).into_string()),
        ]
    }
}

/// No quotes and no angle brackets: it passes the escaping as it is.
const STYLE: &str = include_str!("kit.css");

/// A sheet of A4 that needs nothing else.
fn sheet(title: &str, kit: &Kit, tr: &Tr, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(tr.lang().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (STYLE) @if let Some(colours) = kit.dress.on_paper() { (colours) } }
            }
            body {
                @if let Some(logo) = kit.dress.logo_within() { img.logo src=(logo) alt=(kit.organisation); }
                (body)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{config::Brand, locale::Lang};

    fn kit() -> Kit {
        Kit {
            organisation: "CHU <de> l’Exemple".into(),
            dress: Arc::default(),
            phone: Some("0 806 000 000".into()),
            closes: "2026-11-30T17:00:00Z".parse().ok(),
            reset: Some("https://password.example.org/".into()),
            address: "https://webmail.example.org".into(),
            config: "/etc/relais/relais.toml".into(),
        }
    }

    #[test]
    fn every_paper_names_the_address_and_whom_to_call() {
        for lang in Lang::ALL {
            let tr = Tr::new(lang, TimeZone::UTC, Timestamp::UNIX_EPOCH);
            for (name, text) in kit().papers(&tr) {
                assert!(text.contains("webmail.example.org") && text.contains("0 806 000 000"), "{name}");
                let words = text.rsplit("</style>").next().unwrap_or_default();
                assert!(words.contains("30 nov. 2026") || words.contains("30 Nov 2026"), "{name}: {words}");
                assert!(!words.contains("kit-") && !words.contains("desk-"), "a text of {name} is missing");
                assert_eq!(text.contains("<de>"), name.ends_with(".txt"), "{name}");
            }
        }
    }

    #[test]
    fn the_help_desk_has_ten_questions_and_the_poster_four_steps() {
        for lang in Lang::ALL {
            let tr = Tr::new(lang, TimeZone::UTC, Timestamp::UNIX_EPOCH);
            let count = |paper: Markup, element: &str| paper.into_string().matches(element).count();
            assert_eq!(count(desk::paper(&kit(), &tr), "<dt>"), 10);
            assert_eq!(count(poster::paper(&kit(), &tr), "<li>"), 4);
        }
    }

    #[test]
    fn the_papers_wear_the_colour_and_the_logo() {
        let folder = tempfile::tempdir().expect("a folder");
        let logo = folder.path().join("logo.png");
        std::fs::write(&logo, b"\x89PNG").expect("written");
        let colour = "#102030".parse().ok();
        let dress = Dress::of(&Brand { logo: Some(logo), colour, ..Brand::default() }).expect("a dress");
        let kit = Kit { dress: Arc::new(dress), ..kit() };
        let paper =
            poster::paper(&kit, &Tr::new(Lang::Fr, TimeZone::UTC, Timestamp::UNIX_EPOCH)).into_string();
        assert!(paper.contains(":root{--accent:#102030;--on-accent:#ffffff;"), "{paper}");
        assert!(paper.contains("src=\"data:image/png;base64,iVBORw==\""), "{paper}");
    }

    #[test]
    fn the_style_needs_no_escaping() {
        assert_eq!(html! { (STYLE) }.into_string(), STYLE);
    }
}
