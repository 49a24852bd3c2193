//! `relais config`: what is in force, or every key there is.

use std::error::Error;

use relais::config::{Flags, shown};

#[derive(clap::Args)]
pub struct Config {
    #[command(flatten)]
    flags: Flags,
    /// A commented file with every key, its meaning and its default
    #[arg(long)]
    template: bool,
}

pub fn run(command: &Config) -> Result<(), Box<dyn Error>> {
    match command.template {
        true => print!("{}", shown::template()),
        false => print!("{}", shown::effective(&command.flags)?),
    }
    Ok(())
}
