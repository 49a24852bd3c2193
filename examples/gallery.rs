//! Writes every page with realistic contents to a folder, to be looked at without a mail server:
//! `cargo run --example gallery -- target/gallery`

use std::{env, error::Error, fs, path::PathBuf};

use relais::{locale::Lang, web::assets};

#[path = "../tests/views/acts.rs"]
mod acts;
#[path = "../tests/views/fixtures.rs"]
mod fixtures;
#[path = "../tests/views/managing.rs"]
mod managing;
#[path = "../tests/views/outbox.rs"]
mod outbox;
#[path = "../tests/views/way.rs"]
mod way;

/// Some organisation's, as wide as they often are.
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 80\"><rect width=\"300\" height=\"80\" rx=\"12\" \
    fill=\"#16325c\"/><circle cx=\"40\" cy=\"40\" r=\"22\" fill=\"#f2b632\"/><text x=\"76\" y=\"52\" fill=\"#fff\" \
    font-family=\"sans-serif\" font-size=\"30\">CHU Exemple</text></svg>";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/gallery".into()));
    for lang in Lang::ALL {
        let here = folder.join(lang.code());
        fs::create_dir_all(&here)?;
        let fixtures = fixtures::Fixtures::new(lang);
        for (name, page) in fixtures.all() {
            // From a file, the style sheet is one folder up.
            fs::write(here.join(name + ".html"), page.into_string().replace("\"/static/", "\"../static/"))?;
        }
        fs::write(here.join("logo.svg"), LOGO)?;
        fs::write(here.join("frame.html"), fixtures.frame(false).into_string())?;
        fs::write(here.join("frame-own-colours.html"), fixtures.frame(true).into_string())?;
    }
    fs::create_dir_all(folder.join("static"))?;
    for name in [
        "relais.css",
        "forms.css",
        "relais.js",
        "compose.js",
        "device.js",
        "people.js",
        "select.js",
        "lazy.js",
        "favicon.svg",
        "relais.webmanifest",
    ] {
        let url = assets::url(name);
        let asset = assets::get(url, false).ok_or("a static file is missing")?;
        fs::write(folder.join(url.trim_start_matches('/')), asset.bytes)?;
    }
    println!("{}", folder.display());
    Ok(())
}
