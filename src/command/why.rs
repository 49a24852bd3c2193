//! `relais why`: what the help desk needs to know of one account when its owner calls. Never mail, never a password.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use relais::{
    audit::{self, Line, What},
    config::{Config, Flags},
    outbox::{Outbox, State},
    session::Sessions,
    store::{AccountId, Store},
};

use super::audit::{account, open, remarks, tell, told};

/// Sign-ins that are shown.
const SIGN_INS: usize = 10;

#[derive(clap::Args)]
pub struct Why {
    #[command(flatten)]
    flags: Flags,
    /// As they sign in with it
    address: String,
    /// The first day, as 2026-11-01; the last seven days if left out
    #[arg(long)]
    since: Option<Date>,
}

pub async fn run(command: &Why) -> Result<(), Box<dyn Error>> {
    let config = Config::load(&command.flags)?;
    let store = Arc::new(open(&config).await?);
    let account = account(&config, &store, &command.address)?;
    tell(&config, &store, What::AdminWhy, Some(account))?;
    let zone = config.time_zone.clone();
    past(&config, &store, &account, command.since, &zone)?;
    sessions(&config, &store, &account, &zone).await?;
    outbox(&config, &store, &account).await?;
    store.close().await;
    Ok(())
}

/// From the files of this gateway.
fn past(
    config: &Config,
    store: &Store,
    account: &AccountId,
    since: Option<Date>,
    zone: &TimeZone,
) -> Result<(), Box<dyn Error>> {
    let week = (Timestamp::now() - SignedDuration::from_hours(7 * 24)).to_zoned(TimeZone::UTC).date();
    let since = since.unwrap_or(week);
    let (mut sign_ins, mut pages): (Vec<Line>, Vec<u64>) = (Vec::new(), Vec::new());
    let found = audit::search(&audit::folder(&config.data), store.keys(), account, Some(since), |line| {
        match line.what {
            What::SignIn | What::SignInFailed => sign_ins.push(line),
            What::MessageOpened => pages.extend(line.ms),
            _ => {}
        }
    })?;
    println!("sign-ins since {since}, the last ones:");
    for line in sign_ins.iter().skip(sign_ins.len().saturating_sub(SIGN_INS)) {
        println!("  {}", told(line, zone));
    }
    let failed = sign_ins.iter().filter(|line| line.what == What::SignInFailed).count();
    println!("  {} in all, {failed} failed", sign_ins.len());
    pages.sort_unstable();
    if let (Some(slowest), Some(median)) = (pages.last(), pages.get(pages.len() / 2)) {
        println!(
            "messages opened: {}, half of them within {median} ms, the slowest in {slowest} ms",
            pages.len()
        );
    } else {
        println!("messages opened: none");
    }
    remarks(&found);
    Ok(())
}

/// Of all gateways.
async fn sessions(
    config: &Config,
    store: &Arc<Store>,
    account: &AccountId,
    zone: &TimeZone,
) -> Result<(), Box<dyn Error>> {
    let live = Sessions::new(store.clone(), config).live(account).await?;
    println!("signed in now: {}", live.len());
    for one in &live {
        let at = |seconds: i64| {
            let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
            at.to_zoned(zone.clone()).strftime("%F %H:%M").to_string()
        };
        let whose = if one.shared_device { "shared device" } else { "own device" };
        let later = if one.or_later { " or later" } else { "" };
        println!("  since {}, last used {}{later}, {whose}, {}", at(one.since), at(one.used), one.device);
    }
    Ok(())
}

async fn outbox(config: &Config, store: &Arc<Store>, account: &AccountId) -> Result<(), Box<dyn Error>> {
    let outbox = Outbox::new(store.clone()).awaiting_for(config.follow.deadline);
    let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut messages = 0;
    for account in store.accounts_of_writer(account).await? {
        for sent in outbox.list(&account, None, 200).await? {
            messages += 1;
            for recipient in &sent.recipients {
                *states.entry(name(recipient.state)).or_default() += 1;
            }
        }
    }
    println!("outbox: {messages} message(s), by recipient:");
    for (state, count) in states {
        println!("  {state}: {count}");
    }
    Ok(())
}

fn name(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Sending => "sending",
        State::Accepted => "taken by the server",
        State::Relayed => "relayed",
        State::Delivered => "delivered",
        State::Displayed => "displayed",
        State::Answered => "answered",
        State::Delayed => "delayed further on",
        State::Refused => "refused",
        State::Uncertain => "uncertain",
        State::SignIn => "waiting for a sign-in",
        State::Held => "held since the store was put back",
        State::GivenUp => "given up",
        State::Cancelled => "cancelled",
    }
}
