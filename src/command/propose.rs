//! `relais notice propose`: the notices that what was measured suggests, as commands. Nothing is published.

use std::error::Error;

use jiff::Timestamp;
use relais::{
    config::{Config, Flags},
    status::{
        Measures,
        measure::{Shown, proposals as of},
    },
    store::Store,
};

pub async fn run(flags: &Flags) -> Result<(), Box<dyn Error>> {
    let config = Config::load(flags)?;
    let store = match &config.database {
        Some(url) => Store::connect_beside(url, &config.key_file).await,
        None => Store::open_beside(&config.data, &config.key_file).await,
    };
    // With the store down, what this machine knew last.
    let (measures, now) = (Measures::new(&config), Timestamp::now());
    match store {
        Ok(store) => {
            measures.read(&store, now).await?;
            store.close().await;
        }
        Err(error) => eprintln!("relais: {error}; this is what this machine knew last"),
    }
    print!("{}", proposals(&measures.shown_at(now), now, &config.flag()));
    Ok(())
}

/// Each with the line that publishes it.
pub fn proposals(shown: &Shown, now: Timestamp, flag: &str) -> String {
    let each = of(shown, now).into_iter();
    let lines: String =
        each.map(|one| format!("# {}\n{}{flag}\n", one.words(), one.command(shown))).collect();
    if lines.is_empty() { "# nothing that was measured asks for a notice\n".to_owned() } else { lines }
}
