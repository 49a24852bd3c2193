//! `relais outbox …`: what was sent and what waits to be, for the administrator. On the store and with its key file,
//! whether the server runs or not; no content is shown.

use std::{error::Error, path::PathBuf, sync::Arc};

use clap::Subcommand;
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use relais::{
    audit::What,
    config::{Config, Flags},
    outbox::{self, Held, MessageId, losses},
    store::Store,
};

use super::audit::tell;

#[derive(Subcommand)]
pub enum Outbox {
    /// List what is held since the store was put back from an old copy, and with --yes let it leave
    Release {
        #[command(flatten)]
        flags: Flags,
        /// Let them leave, although their recipients may then get them twice
        #[arg(long)]
        yes: bool,
        /// Only these; all if left out
        ids: Vec<String>,
    },
    /// What was accepted and never acknowledged, by sender, with date and hour
    Report {
        #[command(flatten)]
        flags: Flags,
        /// The first day, as 2026-11-01
        #[arg(long)]
        from: Date,
        /// The last day
        #[arg(long)]
        to: Date,
        /// Only what was sent as this address: the sender of the message, whichever login it had
        #[arg(long, value_name = "SENDER")]
        account: Option<String>,
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
    /// Offer to the senders in a list of lost flows (sender, date and hour) to send them again
    Match {
        #[command(flatten)]
        flags: Flags,
        /// CSV: in each line an address, a date and an hour
        file: PathBuf,
        /// Minutes by which the hours may be wrong
        #[arg(long, default_value = "30")]
        tolerance: u32,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Format {
    Csv,
    Json,
}

type Outcome = Result<(), Box<dyn Error>>;

pub async fn run(command: &Outbox) -> Outcome {
    let (Outbox::Release { flags, .. } | Outbox::Report { flags, .. } | Outbox::Match { flags, .. }) =
        command;
    let config = Config::load(flags)?;
    let store = Arc::new(match &config.database {
        Some(url) => Store::connect_beside(url, &config.key_file).await?,
        None => Store::open_beside(&config.data, &config.key_file).await?,
    });
    let what = match command {
        Outbox::Release { .. } => What::AdminOutboxRelease,
        Outbox::Report { .. } => What::AdminOutboxReport,
        Outbox::Match { .. } => What::AdminOutboxMatch,
    };
    // What waits must be able to leave, on a full disk too.
    if let Err(error) = tell(&config, &store, what, None) {
        eprintln!("relais: {error}");
    }
    let zone = config.time_zone.clone();
    let outbox =
        outbox::Outbox::new(store.clone()).beside(&config.key_file).awaiting_for(config.follow.deadline);
    match command {
        Outbox::Release { yes, ids, .. } => release(&outbox, *yes, ids, &zone).await?,
        Outbox::Report { from, to, account, format, .. } => {
            let all = losses_between(&outbox, (*from, *to), account.as_deref(), &zone).await?;
            match format {
                Format::Csv => print!("{}", losses::table::csv(&all, &zone)),
                Format::Json => println!("{}", losses::table::json(&all, &zone)),
            }
        }
        Outbox::Match { file, tolerance, .. } => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let flows = losses::table::lost_flows(&text, &zone).map_err(|n| {
                format!("line {n} of {} holds no sender, or no date and hour", file.display())
            })?;
            let matched = outbox.offer_lost(&flows, i64::from(*tolerance) * 60).await?;
            let found = matched.iter().filter(|n| **n > 0).count();
            let offered: usize = matched.iter().sum();
            println!(
                "{} lines, {found} with messages, {offered} messages offered to their senders",
                flows.len()
            );
        }
    }
    store.close().await;
    Ok(())
}

async fn release(outbox: &outbox::Outbox, yes: bool, ids: &[String], zone: &TimeZone) -> Outcome {
    // The server may not have been started since the store was put back.
    outbox.look_back().await?;
    let named = |id: &MessageId| ids.is_empty() || ids.contains(&id.to_string());
    let held: Vec<Held> = outbox.held().await?.into_iter().filter(|held| named(&held.id)).collect();
    for Held { id, accepted, from, recipients, .. } in &held {
        let at = accepted.to_zoned(zone.clone()).strftime("%F %H:%M");
        println!("{id}  {at}  {from}  {recipients} recipient(s)");
    }
    if yes {
        for held in &held {
            outbox.release(&held.account, held.id).await?;
        }
    }
    println!("{} held{}", held.len(), if yes { ", released" } else { "; with --yes they leave" });
    Ok(())
}

async fn losses_between(
    outbox: &outbox::Outbox,
    (first, last): (Date, Date),
    sender: Option<&str>,
    zone: &TimeZone,
) -> Result<Vec<losses::Loss>, Box<dyn Error>> {
    let from = first.to_zoned(zone.clone())?.timestamp();
    let to = last.tomorrow()?.to_zoned(zone.clone())?.timestamp() - SignedDuration::from_secs(1);
    let mut all = Vec::new();
    for account in outbox.accounts(from, to).await? {
        let (losses, more) = outbox.losses(&account, from, to).await?;
        if more {
            eprintln!("relais: one account sent more than {} messages; ask for fewer days", losses::MOST);
        }
        all.extend(losses);
    }
    all.retain(|loss| sender.is_none_or(|wanted| loss.sender.eq_ignore_ascii_case(wanted)));
    Ok(all)
}
