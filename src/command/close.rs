//! `relais close`: the end of an access point. Ends the sessions, lists what is not settled, waits for it or exports it,
//! wipes keys, drafts and outbox, and says so in a dated certificate.
//!
//! It works alone: on a data folder by its lock, on PostgreSQL by looking who else is connected. Until the confirmation
//! nothing is lost but sign-ins. From then on the certificate is its memory: each step is written there once it is done,
//! and a run that was cut is run again and goes on.

mod certificate;

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use certificate::Certificate;
use jiff::{Timestamp, tz::TimeZone};
use relais::{
    audit::What,
    config::{Config, Flags},
    outbox::{self, Left, Outbox, Why},
    status,
    store::{self, Store},
    web::{self, dress::Dress},
};
use tokio_util::sync::CancellationToken;

use super::audit::tell;

#[derive(clap::Args)]
pub struct Close {
    #[command(flatten)]
    flags: Flags,
    /// Carry what is not settled for so long, as 30m or 12h; ends earlier once only people could go on
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    /// Write what is not settled into this folder: a file for each message, and a table of the recipients
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// Throw away what is not settled, or cannot be exported
    #[arg(long)]
    discard: bool,
    /// Wipe without asking
    #[arg(long)]
    yes: bool,
    /// Where the dated certificate of the closing goes; beside the key file if left out
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Between two looks at what the courier has done.
const LOOK: Duration = Duration::from_secs(1);
/// What is typed to go on.
const WORD: &str = "wipe";

pub async fn run(command: &Close) -> Outcome {
    let config = Config::load(&command.flags)?;
    let path = command.record.clone().unwrap_or_else(|| config.key_file.with_extension("closed.txt"));
    let zone = config.time_zone.clone();
    if let Some(certificate) = Certificate::unfinished(&path, &zone)? {
        if certificate.has_key(&config.key_file)? {
            match open(&config, Alone::Yes).await {
                Ok((store, _)) => {
                    if store.holdings().await?.iter().any(|(_, n)| *n > 0) {
                        return Err(format!(
                            "a gateway worked on this store since it was emptied: put {} away, and run this from the \
                             beginning",
                            certificate.path().display()
                        )
                        .into());
                    }
                    retire(&store).await?;
                }
                Err(error) if is_retired(&*error) => {}
                Err(error) => return Err(error),
            }
        }
        return finish(certificate, &config);
    }
    // First beside a gateway that may be at work: to be told costs nobody their session.
    let (store, outbox) = open(&config, Alone::No).await?;
    let left = outbox.left().await?;
    store.close().await;
    if !left.is_empty() && command.wait.is_none() && command.export.is_none() && !command.discard {
        list(&left, &zone);
        return Err(format!(
            "{} not settled: give --wait DURATION, --export FOLDER or --discard. Nothing was changed",
            messages(left.len())
        )
        .into());
    }
    let (store, outbox) = open(&config, Alone::Yes).await?;
    tell(&config, &store, What::AdminClose, None)?;
    let ended = format!("{} session(s) ended", store.end_sessions().await?);
    println!("{ended}");
    let mut left = outbox.left().await?;
    if let Some(wait) = command.wait
        && !left.is_empty()
    {
        carry(&config, &store, wait).await?;
        left = outbox.left().await?;
    }
    list(&left, &zone);
    let mut told = settle(command, &outbox, &left, &zone).await?;
    told.insert(0, ended);
    let held = store.holdings().await?;
    println!("To be wiped, with the key file {}:", config.key_file.display());
    held.iter().filter(|(_, n)| *n > 0).for_each(|(what, n)| println!("  {n} {what}"));
    confirm(command.yes)?;
    // From here on it is written down before it is done.
    let mut certificate = Certificate::begin(path, &config, &store, &zone).await?;
    certificate.found(&held, &told)?;
    store.wipe().await?;
    if store.holdings().await?.iter().any(|(_, n)| *n > 0) {
        return Err("something was written meanwhile: stop every gateway, and run this again".into());
    }
    certificate.emptied()?;
    retire(&store).await?;
    finish(certificate, &config)
}

/// From now on no gateway begins anew on this store, whatever copy of the key file it has.
async fn retire(store: &Store) -> Outcome {
    store.retire().await?;
    store.close().await;
    Ok(())
}

fn is_retired(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(store::Error::Retired))
}

/// The last step: without the key file nothing of what was kept opens, in whatever copy.
fn finish(mut certificate: Certificate, config: &Config) -> Outcome {
    status::folder::wipe(&config.data).map_err(|error| {
        format!(
            "what the data folder keeps of notices and measures could not be destroyed: {error}. The store is empty \
             already; see to that, and run this again"
        )
    })?;
    let key_file = &config.key_file;
    let beside = |end: &str| {
        let mut path = key_file.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    };
    type Destroy = fn(&Path) -> io::Result<()>;
    let others = [".new", ".age", ".age.new"].map(|end| (beside(end), store::destroy_beside as Destroy));
    for (path, destroy) in [(key_file.clone(), store::destroy as Destroy)].into_iter().chain(others) {
        destroy(&path).map_err(|error| {
            format!(
                "{} could not be destroyed: {error}. The store is empty already; see to that, and run this again",
                path.display()
            )
        })?;
    }
    certificate.complete()?;
    print!("\n{}", certificate.text()?);
    eprintln!("The certificate is {}", certificate.path().display());
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Alone {
    Yes,
    No,
}

async fn open(config: &Config, alone: Alone) -> Outcome<(Arc<Store>, Outbox)> {
    let url = config.database.as_ref();
    let store = match (url, alone == Alone::Yes) {
        (Some(url), _) => Store::connect_beside(url, &config.key_file).await?,
        (None, false) => Store::open_beside(&config.data, &config.key_file).await?,
        (None, true) => Store::open(&config.data, &config.key_file).await?,
    };
    if alone == Alone::Yes {
        let others = store.others().await?;
        if others > 0 {
            return Err(format!(
                "{others} other connection(s) to the database: stop every gateway (and psql), then run this again"
            )
            .into());
        }
    }
    let store = Arc::new(store);
    Ok((store.clone(), Outbox::new(store).beside(&config.key_file)))
}

fn messages(n: usize) -> String {
    if n == 1 { "1 message is".to_owned() } else { format!("{n} messages are") }
}

fn list(left: &[Left], zone: &TimeZone) {
    let now = Timestamp::now();
    left.iter().for_each(|one| println!("{}", one.line(now, zone)));
}

/// The courier, here and alone, until all is settled, only people could go on, or the time is over.
async fn carry(config: &Config, store: &Arc<Store>, wait: Duration) -> Outcome {
    let app = web::App::new(config.clone(), Dress::default(), store.clone())?;
    let stop = CancellationToken::new();
    let courier = tokio::spawn(outbox::courier(app.outbox.clone(), app.carriers(), stop.clone()));
    let until = Instant::now() + wait;
    let mut last = usize::MAX;
    let ended = loop {
        let left = match app.outbox.left().await {
            Ok(left) => left,
            Err(error) => break Err(error),
        };
        if left.len() != last {
            last = left.len();
            println!("{} not settled", messages(last));
        }
        if left.iter().all(|one| one.waits_for_somebody) || Instant::now() > until {
            break Ok(());
        }
        tokio::time::sleep(LOOK).await;
    };
    stop.cancel();
    courier.await?;
    Ok(ended?)
}

/// What becomes of what is left, in words for the certificate.
async fn settle(command: &Close, outbox: &Outbox, left: &[Left], zone: &TimeZone) -> Outcome<Vec<String>> {
    if left.is_empty() {
        return Ok(vec!["every message was settled".to_owned()]);
    }
    let mut told = vec![format!("{} not settled", messages(left.len()))];
    let sorts = [
        (Why::Unsettled, "had not left for somebody, or nobody knows"),
        (Why::NotTold, "did not leave, and the author was not told by mail"),
        (Why::NotCopied, "left, without a copy in the author’s sent mail"),
        (Why::Damaged, "did not open"),
    ];
    told.extend(sorts.iter().filter_map(|(why, what)| {
        let n = left.iter().filter(|one| one.why == *why).count();
        (n > 0).then(|| format!("  {n} {what}"))
    }));
    let mut lost = left.len();
    if let Some(folder) = &command.export {
        let damaged = outbox.export(left, folder, zone).await?;
        for id in &damaged {
            eprintln!("relais: {id} does not open, and is not exported");
        }
        lost = damaged.len();
        let folder = std::path::absolute(folder)?;
        let done = format!("{} of them exported to {}", left.len() - lost, folder.display());
        println!("{done}");
        told.push(done);
    }
    if lost > 0 && !command.discard {
        return Err(format!(
            "{} neither settled nor exported: give --wait, --export or --discard. Nothing was wiped",
            messages(lost)
        )
        .into());
    }
    if lost > 0 {
        told.push(format!("{lost} thrown away by the administrator’s wish"));
    }
    Ok(told)
}

fn confirm(yes: bool) -> Outcome {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err("nobody is there to confirm: --yes wipes without asking. Nothing was wiped".into());
    }
    print!("This cannot be undone. Type {WORD} to go on: ");
    io::stdout().flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    if typed.trim() == WORD { Ok(()) } else { Err("nothing was wiped".into()) }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("“{text}” is not a duration such as 30m or 12h");
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(length).map_err(|_| wrong())
}
