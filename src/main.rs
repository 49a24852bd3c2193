//! The commands. Each says in a few lines what it does with the rooms of the house.

mod command {
    pub mod audit;
    pub mod check;
    pub mod close;
    pub mod config;
    pub mod kit;
    pub mod outbox;
    #[allow(dead_code, reason = "`relais notice propose` runs it")]
    pub mod propose;
    pub mod why;
}

use std::{error::Error, net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use futures::future::OptionFuture;
use relais::{
    config::{Config, Flags},
    net::{self, Served},
    store::Store,
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

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of the monitoring, at once.
const METRICS_CONNECTIONS: usize = 16;

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
    let dress = Dress::of(&config.brand)?;
    let store = Arc::new(match &config.database {
        Some(url) => Store::connect(url, &config.key_file).await?,
        None => Store::open(&config.data, &config.key_file).await?,
    });
    // Before anybody is told that it serves, so that it can be asked to stop from then on.
    let signal = stop_signal()?;
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
    let site = web::start(config, dress, store.clone())?;
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.keep_current());
    }
    let stop = site.stop;
    if let Some(listener) = metrics {
        let bounds = Bounds { connections: METRICS_CONNECTIONS, ..Bounds::default() };
        tokio::spawn(serve(listener, site.metrics, bounds, None, stop.clone().cancelled_owned()));
    }
    if let Some((listener, lead)) = plain.zip(lead) {
        tokio::spawn(serve(listener, lead, bounds.clone(), None, stop.clone().cancelled_owned()));
    }
    let stopped = async move {
        signal.await;
        stop.cancel();
    };
    serve(listener, site.router, bounds, tls, stopped).await;
    // It stops by itself within its time; the store is open until then, for the last answers.
    let _ = site.courier.await;
    site.audit.settle().await;
    store.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
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
