//! The accept loop: every connection bounded in number, time and memory.
//!
//! `axum::serve` installs no timer, so that hyper's time limits would be silently off. Plain HTTP/1.1, for a proxy or
//! this machine; or TLS, where browsers may speak HTTP/2 as well. What a request's body may cost is bounded in
//! `guard/body.rs`.

mod http2;
mod places;
mod stall;
mod told;

use std::{
    future::{Future, pending},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::net::{self, Served};
use http2::Streams;
use places::Places;
use stall::Stall;

/// What one server and one connection may cost.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at once, shared among those who come; the next ones are told to come back.
    pub connections: usize,
    /// Networks where one address is many people: proxies, offices. Their connections are bounded by the sum alone.
    pub crowds: Arc<[IpNet]>,
    /// From the first byte to the end of a TLS handshake.
    pub handshake: Duration,
    /// From the first wait for a request to the end of its head; so also the life of an idle HTTP/1.1 connection.
    pub head: Duration,
    /// The life of an HTTP/2 connection without a request, once it had one.
    pub idle: Duration,
    /// A blocked answer must move on by some kilobytes within this, or the connection is closed.
    pub write_stall: Duration,
    /// From the signal to stop to the end of the last answer.
    pub shutdown: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            connections: 4096,
            crowds: Arc::default(),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            write_stall: Duration::from_secs(30),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// Fields of one request's head.
const MAX_HEADERS: usize = 100;
/// Bytes of one request's head, and of what is read ahead.
const MAX_HEAD: usize = 32 << 10;
/// Connections that are being told that there are too many.
const MAX_REFUSALS: usize = 64;
/// After a failed accept (out of file descriptors, mostly): lets some connection end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then lets the requests under way end, for [`Bounds::shutdown`] at most. With `tls`
/// it speaks https, and nothing else. Handlers find the peer's address in `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    tls: Option<Served>,
    shutdown: impl Future<Output = ()>,
) {
    let places = Places::new(bounds.connections, bounds.crowds.clone());
    let bounds = Arc::new(bounds);
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    let connections = TaskTracker::new();
    let stopping = CancellationToken::new();
    let cut = CancellationToken::new();
    let _cut_at_the_end = cut.clone().drop_guard();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let Some(place) = places.take(peer.ip()) else {
            // Beyond these, closing is answer enough.
            if let Ok(refusal) = refusals.clone().try_acquire_owned() {
                let tls = tls.clone();
                tokio::spawn(async move {
                    told::too_many(stream, tls.as_ref()).await;
                    drop(refusal);
                });
            }
            continue;
        };
        // Without it, a small answer after another waits for the peer's acknowledgement.
        let _ = stream.set_nodelay(true);
        // Each at its own size: most of many connections are idle.
        let visit: Visit = match tls.clone() {
            None => Box::pin(plain(stream, peer, router.clone(), bounds.clone(), stopping.clone())),
            Some(tls) => {
                Box::pin(encrypted(stream, peer, router.clone(), bounds.clone(), tls, stopping.clone()))
            }
        };
        let cut = cut.clone();
        connections.spawn(async move {
            tokio::select! {
                // Resets and time limits are the ordinary end of a connection.
                result = visit => if let Err(error) = result { tracing::debug!(%error, "connection ended"); },
                () = cut.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    stopping.cancel();
    connections.close();
    if timeout(bounds.shutdown, connections.wait()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
}

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

type Visit = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One connection over plain http.
async fn plain(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: Arc<Bounds>,
    stopping: CancellationToken,
) -> Outcome {
    let stream = Stall::new(stream, bounds.write_stall);
    drive(Box::pin(http1(stream, peer, router, &bounds)), pending(), &bounds, &stopping).await
}

/// One connection over https, from its first byte to its end.
async fn encrypted(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: Arc<Bounds>,
    tls: Served,
    stopping: CancellationToken,
) -> Outcome {
    let opened = tokio::select! {
        opened = timeout(bounds.handshake, Box::pin(open(stream, &tls, &bounds))) => opened??,
        () = stopping.cancelled() => return Ok(()),
    };
    let Some(stream) = opened else { return Ok(()) };
    if !net::agreed_on_http2(&stream) {
        let connection = Box::pin(http1(stream, peer, router, &bounds));
        return drive(connection, pending(), &bounds, &stopping).await;
    }
    let streams = Streams::new();
    let connection = Box::pin(http2::connection(stream, peer, router, &bounds, streams.clone()));
    drive(connection, streams.spent(&bounds), &bounds, &stopping).await
}

/// TLS; `None` when the peer speaks plain http, which it was told.
async fn open(
    stream: TcpStream,
    tls: &Served,
    bounds: &Bounds,
) -> io::Result<Option<net::Encrypted<Stall<TcpStream>>>> {
    /// What every TLS connection begins with: a handshake record (RFC 8446 §5.1).
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Ok(None),
        _ if first[0] != HANDSHAKE => {
            told::not_https(stream).await;
            Ok(None)
        }
        _ => tls.accept(Stall::new(stream, bounds.write_stall)).await.map(Some),
    }
}

/// Runs a connection to its end. Once `spent` or `stopping` resolves it takes no new request and ends after those
/// under way; a spent one has [`Bounds::write_stall`] for that.
async fn drive<C: GracefulConnection<Error = hyper::Error>>(
    mut connection: Pin<Box<C>>,
    spent: impl Future<Output = ()>,
    bounds: &Bounds,
    stopping: &CancellationToken,
) -> Outcome {
    tokio::select! {
        result = &mut connection => return Ok(result?),
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            return Ok(connection.await?);
        }
        () = spent => {}
    }
    connection.as_mut().graceful_shutdown();
    Ok(timeout(bounds.write_stall, connection).await??)
}

fn http1<S: net::Stream + 'static>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    bounds: &Bounds,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
}
