//! The commands. Each says in a few lines what it does with the rooms of the house.

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use relais::{
    config::{Config, Flags},
    outbox::{Outbox, losses},
    store::Store,
    telemetry,
    web::{
        self,
        serve::{Bounds, serve},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the webmail
    Serve(Flags),
    /// What was sent, for the administrator; works while the server runs
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Ask the server on this machine whether it lives; for the health check of a container
    Health(Flags),
}

#[derive(Subcommand)]
enum OutboxCommand {
    /// What was accepted and never acknowledged, by sender, with date and hour
    Report {
        #[command(flatten)]
        flags: Flags,
        /// The first day, as 2026-11-01
        #[arg(long)]
        from: jiff::civil::Date,
        /// The last day
        #[arg(long)]
        to: jiff::civil::Date,
        /// Only what this address sent
        #[arg(long, value_name = "ADDRESS")]
        account: Option<String>,
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
    },
    /// Offer to the senders in a list of lost flows (sender, date and hour) to send them again
    Match {
        #[command(flatten)]
        flags: Flags,
        /// CSV: in each line an address, a date and an hour
        file: std::path::PathBuf,
        /// Minutes by which the hours may be wrong
        #[arg(long, default_value = "30")]
        tolerance: u32,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Csv,
    Json,
}

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Dropping a deeply nested message recurses in mail-parser: give it room.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(8 << 20).build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| match cli.command {
        Command::Serve(flags) => runtime.block_on(run(&flags)),
        Command::Outbox(command) => runtime.block_on(outbox(&command)),
        Command::Health(flags) => runtime.block_on(health(&flags)),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relais: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Outcome {
    let config = Config::load(flags)?;
    telemetry::start(config.log);
    let store = Arc::new(match &config.database {
        Some(url) => Store::connect(url, &config.key_file).await?,
        None => Store::open(&config.data, &config.key_file).await?,
    });
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    tracing::info!(listen = %listener.local_addr()?, "serving");
    let bounds = Bounds { connections: config.limits.web_connections, ..Bounds::default() };
    let site = web::start(config, store.clone())?;
    let (signal, stop) = (stop_signal()?, site.stop);
    let stopped = async move {
        signal.await;
        stop.cancel();
    };
    serve(listener, site.router, bounds, stopped).await;
    // It stops by itself within its time; the store is open until then, for the last answers.
    let _ = site.courier.await;
    store.close().await;
    Ok(())
}

/// On the store, with its key file, whether the server runs or not.
async fn outbox(command: &OutboxCommand) -> Outcome {
    let (OutboxCommand::Report { flags, .. } | OutboxCommand::Match { flags, .. }) = command;
    let config = Config::load(flags)?;
    let store = Arc::new(match &config.database {
        Some(url) => Store::connect(url, &config.key_file).await?,
        None => Store::open_beside(&config.data, &config.key_file).await?,
    });
    let zone = config.time_zone.clone();
    let outbox = Outbox::new(store.clone()).awaiting_for(config.follow.deadline);
    match command {
        OutboxCommand::Report { from, to, account, format, .. } => {
            let from = from.to_zoned(zone.clone())?.timestamp();
            let to = to.tomorrow()?.to_zoned(zone.clone())?.timestamp() - jiff::SignedDuration::from_secs(1);
            let mut all = Vec::new();
            for account in outbox.accounts(from, to).await? {
                let (losses, more) = outbox.losses(&account, from, to).await?;
                if more {
                    eprintln!(
                        "relais: one account sent more than {} messages; ask for fewer days",
                        losses::MOST
                    );
                }
                all.extend(losses);
            }
            if let Some(wanted) = account {
                all.retain(|loss| loss.sender.eq_ignore_ascii_case(wanted));
            }
            match format {
                Format::Csv => print!("{}", losses::table::csv(&all, &zone)),
                Format::Json => println!("{}", losses::table::json(&all, &zone)),
            }
        }
        OutboxCommand::Match { file, tolerance, .. } => {
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

/// Resolves at the first SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("stopping");
    })
}

async fn health(flags: &Flags) -> Outcome {
    let mut address = Config::load(flags)?.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer =
        tokio::time::timeout(Duration::from_secs(3), ask).await.map_err(|_| "no answer within 3 s")??;
    if answer.starts_with(b"HTTP/1.1 200 ") { Ok(()) } else { Err("not healthy".into()) }
}
