//! Writes every page with realistic contents to a folder, to be looked at without a mail server:
//! `cargo run --example gallery -- target/gallery`

use std::{env, error::Error, fs, path::PathBuf};

use relais::{locale::Lang, web::assets};

#[path = "../tests/views/fixtures.rs"]
mod fixtures;
#[path = "../tests/views/outbox.rs"]
mod outbox;

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
        fs::write(here.join("frame.html"), fixtures.frame(false).into_string())?;
        fs::write(here.join("frame-own-colours.html"), fixtures.frame(true).into_string())?;
    }
    fs::create_dir_all(folder.join("static"))?;
    for name in [
        "relais.css",
        "relais.js",
        "compose.js",
        "device.js",
        "people.js",
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
