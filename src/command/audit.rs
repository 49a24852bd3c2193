//! `relais audit find`: what one account did, from the files of this gateway. Each such look is written down itself,
//! and without that there is none.

use std::error::Error;

use clap::Subcommand;
use jiff::{civil::Date, tz::TimeZone};
use relais::{
    audit::{self, Event, Line, What},
    config::{Config, Flags},
    session::pooled_id,
    store::{AccountId, Store},
};

#[derive(Subcommand)]
pub enum Audit {
    /// What this account did: when, what, from which network (a digest), never which mail
    Find(Find),
}

#[derive(clap::Args)]
pub struct Find {
    #[command(flatten)]
    flags: Flags,
    /// As they sign in with it
    address: String,
    /// The first day, as 2026-11-01; all that is kept if left out
    #[arg(long)]
    since: Option<Date>,
    /// The lines as they are in the files
    #[arg(long)]
    json: bool,
}

pub async fn run(command: &Audit) -> Result<(), Box<dyn Error>> {
    let Audit::Find(Find { flags, address, since, json }) = command;
    let config = Config::load(flags)?;
    let store = open(&config).await?;
    let account = account(&config, &store, address)?;
    tell(&config, &store, What::AdminAuditFind, Some(account))?;
    let mut count = 0;
    let found = audit::search(&audit::folder(&config.data), store.keys(), &account, *since, |line| {
        count += 1;
        match json {
            true => println!("{}", serde_json::to_string(&line).unwrap_or_default()),
            false => println!("{}", told(&line, &config.time_zone)),
        }
    })?;
    if !json {
        println!("{count} line(s) in {} day(s)", found.days);
    }
    remarks(&found);
    store.close().await;
    Ok(())
}

/// The store as the server left it, running or not.
pub async fn open(config: &Config) -> Result<Store, Box<dyn Error>> {
    Ok(match &config.database {
        Some(url) => Store::connect_beside(url, &config.key_file).await?,
        None => Store::open_beside(&config.data, &config.key_file).await?,
    })
}

/// The account behind an address, found as when it signs in; for limits and the audit, case makes no difference.
pub fn account(config: &Config, store: &Store, address: &str) -> Result<AccountId, Box<dyn Error>> {
    let (server, login) = config.server_for(address)?;
    Ok(pooled_id(store.keys(), &server.name, &login.login))
}

/// Writes down what the administrator is about to do.
pub fn tell(
    config: &Config,
    store: &Store,
    what: What,
    account: Option<AccountId>,
) -> Result<(), Box<dyn Error>> {
    let event = Event::of(what).by(audit::user());
    let event = account.map_or(event, |account| event.account(account));
    audit::write(store.keys(), &config.data, &event).map_err(|error| {
        format!("this would not be in the audit ({}): {error}", audit::folder(&config.data).display()).into()
    })
}

/// What is missing in the files.
pub fn remarks(found: &audit::Found) {
    if found.lost > 0 {
        eprintln!("relais: {} line(s), of whatever account, could not be written on these days", found.lost);
    }
    if found.unreadable > 0 {
        eprintln!("relais: {} line(s) of the files cannot be read", found.unreadable);
    }
}

/// `2026-11-22 09:41:07  sign-in-failed  sign-in refused  412 ms  network 1a2b3c4d  reference K7PQ2MXA`
pub fn told(line: &Line, zone: &TimeZone) -> String {
    let at = line.at.to_zoned(zone.clone()).strftime("%F %T");
    let mut text = format!("{at}  {}", line.what);
    if let Some(stage) = line.stage {
        text.push_str(&format!("  at {stage}"));
    }
    if let Some(why) = line.why {
        text.push_str(&format!(": {why}"));
    }
    if let Some((verb, n)) = line.verb.zip(line.n) {
        text.push_str(&format!("  {verb} {n}"));
    }
    if let Some(ms) = line.ms {
        text.push_str(&format!("  {ms} ms"));
    }
    for (name, digest) in [("network", line.network), ("mailbox", line.mailbox), ("message", line.message)] {
        if let Some(digest) = digest {
            text.push_str(&format!("  {name} {}", digest.short()));
        }
    }
    if let Some(part) = line.part {
        text.push_str(&format!("  part {part}"));
    }
    if let Some(by) = line.by {
        text.push_str(&format!("  by user {by}"));
    }
    if let Some(reference) = line.reference {
        text.push_str(&format!("  reference {reference}"));
    }
    text
}
