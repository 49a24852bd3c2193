//! The commands. Each says in a few lines what it does with the rooms of the house.

mod command {
    pub mod audit;
    pub mod check;
    pub mod close;
    pub mod config;
    pub mod kit;
    pub mod notice;
    pub mod outbox;
    pub mod propose;
    pub mod why;
}

use std::{error::Error, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use futures::future::OptionFuture;
use relais::{
    config::{Config, Flags},
    net::{self, Served},
    store::{self, Store},
    telemetry,
    web::{
        self,
        dress::Dress,
        serve::{Bounds, serve},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of the monitoring, at once.
const METRICS_CONNECTIONS: usize = 16;
/// Between two tries to open a store that does not answer.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// How many tries until it is told again.
const TRIES_TOLD: u32 = 30;

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
    /// Try everything as the gateway would: what fails, what it will cost, what to do
    Check(command::check::Check),
    /// The end of an access point: sessions, outbox, drafts and keys go, a certificate stays
    Close(command::close::Close),
    /// Print the configuration that is in force, without passwords
    Config(command::config::Config),
    /// Write what to hand out: a poster, a message to everybody, a sheet for the help desk; in French and English
    Kit(command::kit::Kit),
    /// What was sent, and what waits to be, for the administrator
    #[command(subcommand)]
    Outbox(command::outbox::Outbox),
    /// Say what works, what does not, what to do: on /status and on every page
    #[command(subcommand)]
    Notice(Box<command::notice::Notice>),
    /// Who did what: what the audit says of one account
    #[command(subcommand)]
    Audit(command::audit::Audit),
    /// Why somebody cannot get in: last sign-ins, sessions, what waits to be sent
    Why(command::why::Why),
    /// Ask the server on this machine whether it lives; for the health check of a container
    Health(Flags),
}

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Dropping a deeply nested message recurses in mail-parser: give it room.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(8 << 20).build();
    let done = |()| ExitCode::SUCCESS;
    let outcome = runtime.map_err(Into::into).and_then(|runtime| match cli.command {
        Command::Serve(flags) => runtime.block_on(run(&flags)).map(done),
        Command::Config(command) => command::config::run(&command).map(done),
        Command::Close(command) => runtime.block_on(command::close::run(&command)).map(done),
        Command::Kit(command) => command::kit::run(&command).map(done),
        Command::Check(command) => runtime.block_on(command::check::run(&command)),
        Command::Outbox(command) => runtime.block_on(command::outbox::run(&command)).map(done),
        Command::Notice(command) => runtime.block_on(command::notice::run(&command)).map(done),
        Command::Audit(command) => runtime.block_on(command::audit::run(&command)).map(done),
        Command::Why(command) => runtime.block_on(command::why::run(&command)).map(done),
        Command::Health(flags) => runtime.block_on(health(&flags)).map(done),
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("relais: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: &Flags) -> Outcome {
    let config = Config::load(flags)?;
    telemetry::start(config.log);
    let tls = config.tls.as_ref().map(|files| Served::load(&files.certificate, &files.key)).transpose()?;
    let dress = Arc::new(Dress::of(&config.brand)?);
    let opened = match open(&config).await {
        Err(error) if !error.may_pass() => return Err(error.into()),
        opened => opened,
    };
    // Before anybody is told that it serves, so that it can be asked to stop from then on.
    let mut signal = Box::pin(stop_signal()?);
    let listener = listen(config.listen).await?;
    tracing::info!(listen = %listener.local_addr()?, https = tls.is_some(), "serving");
    let metrics = OptionFuture::from(config.metrics.map(listen)).await.transpose()?;
    if let Some(listener) = &metrics {
        tracing::info!(metrics = %listener.local_addr()?, "serving the metrics");
    }
    let plain = OptionFuture::from(config.redirect.map(listen)).await.transpose()?;
    if let Some(listener) = &plain {
        tracing::info!(redirect = %listener.local_addr()?, "leading to https");
    }
    let lead = config.public_url.as_ref().map(web::redirect::router);
    let crowds = [&config.trusted_proxies[..], &config.shared_networks].concat().into();
    let bounds = Bounds { connections: config.limits.web_connections, crowds, ..Bounds::default() };
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.keep_current());
    }
    let ending = CancellationToken::new();
    if let Some((listener, lead)) = plain.zip(lead) {
        tokio::spawn(serve(listener, lead, bounds.clone(), None, ending.clone().cancelled_owned()));
    }
    let of_metrics = Bounds { connections: METRICS_CONNECTIONS, ..Bounds::default() };
    let (store, listener, metrics) = match opened {
        Ok(store) => (store, listener, metrics),
        Err(error) => {
            tracing::warn!(%error, "only the status page is served until the store answers");
            let (listener, meanwhile) = twice(listener)?;
            let (metrics, counted) = metrics.map(twice).transpose()?.unzip();
            let over = ending.child_token();
            if let Some(counted) = counted {
                let over = over.clone().cancelled_owned();
                tokio::spawn(serve(counted, web::lobby::metrics(), of_metrics.clone(), None, over));
            }
            let lobby = web::lobby::router(&config, dress.clone());
            let lobby = serve(meanwhile, lobby, bounds.clone(), tls.clone(), over.clone().cancelled_owned());
            let lobby = tokio::spawn(lobby);
            let opened = tokio::select! {
                opened = open_at_last(&config) => Some(opened?),
                () = &mut signal => None,
            };
            over.cancel();
            let Some(store) = opened else {
                lobby.await?;
                return Ok(());
            };
            tracing::info!("the store answers");
            let metrics = metrics.map(TcpListener::from_std).transpose()?;
            (store, TcpListener::from_std(listener)?, metrics)
        }
    };
    let store = Arc::new(store);
    let site = web::start(config, dress, store.clone())?;
    let stop = site.stop;
    if let Some(listener) = metrics {
        tokio::spawn(serve(listener, site.metrics, of_metrics, None, stop.clone().cancelled_owned()));
    }
    let stopped = async move {
        signal.await;
        stop.cancel();
        ending.cancel();
    };
    serve(listener, site.router, bounds, tls, stopped).await;
    // It stops by itself within its time; the store is open until then, for the last answers.
    let _ = site.courier.await;
    site.audit.settle().await;
    store.close().await;
    Ok(())
}

async fn open(config: &Config) -> Result<Store, store::Error> {
    match &config.database {
        Some(url) => Store::connect(url, &config.key_file).await,
        None => Store::open(&config.data, &config.key_file).await,
    }
}

/// Tries until it answers, or until something is wrong that does not pass.
async fn open_at_last(config: &Config) -> Result<Store, store::Error> {
    let mut tries = 0_u32;
    loop {
        tries += 1;
        tokio::time::sleep(TRY_AGAIN).await;
        match open(config).await {
            Err(error) if error.may_pass() => {
                if tries.is_multiple_of(TRIES_TOLD) {
                    tracing::warn!(%error, "the store still does not answer");
                }
            }
            opened => return opened,
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// One port for two rooms, the first for later.
fn twice(listener: TcpListener) -> std::io::Result<(std::net::TcpListener, TcpListener)> {
    let later = listener.into_std()?;
    let now = TcpListener::from_std(later.try_clone()?)?;
    Ok((later, now))
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
    let config = Config::load(flags)?;
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            [127, 0, 0, 1].into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    let ask = async {
        let stream = TcpStream::connect(address).await?;
        let mut stream: Box<dyn net::Stream> = match config.tls {
            Some(_) => Box::new(net::handshake_unverified(stream).await?),
            None => Box::new(stream),
        };
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer =
        tokio::time::timeout(Duration::from_secs(3), ask).await.map_err(|_| "no answer within 3 s")??;
    if answer.starts_with(b"HTTP/1.1 200 ") { Ok(()) } else { Err("not healthy".into()) }
}
