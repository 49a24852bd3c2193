//! `relais kit`: what an administrator hands out, written from the configuration.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use relais::{
    config::{Config, Flags},
    locale::{Lang, Tr},
    web::kit,
};

#[derive(clap::Args)]
pub struct Kit {
    #[command(flatten)]
    flags: Flags,
    /// Where to write it; made if it is not there
    #[arg(long, value_name = "FOLDER", default_value = "relais-kit")]
    out: PathBuf,
}

pub fn run(command: &Kit) -> Result<(), Box<dyn Error>> {
    let config = Config::load(&command.flags)?;
    let file = command.flags.config.as_deref().unwrap_or(Path::new("/etc/relais/relais.toml"));
    let kit = kit::Kit::of(&config, file)?;
    fs::create_dir_all(&command.out)?;
    for lang in Lang::ALL {
        let tr = Tr::new(lang, config.time_zone.clone(), Timestamp::UNIX_EPOCH);
        for (name, text) in kit.papers(&tr) {
            let path = command.out.join(name);
            fs::write(&path, text)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
