//! The accept loop: every connection bounded in number, time and memory.
//!
//! `axum::serve` installs no timer, so that hyper's time limits would be silently off. HTTP/1.1 alone for now:
//! browsers speak HTTP/2 over TLS only, which is the proxy's part. What a request's body may cost is bounded in
//! `guard/body.rs`.

mod stall;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use stall::Stall;

/// What one server and one connection may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at once; the next ones are told to come back.
    pub connections: usize,
    /// From the first wait for a request to the end of its head; so also the life of an idle connection.
    pub head: Duration,
    /// A blocked answer must move on by some kilobytes within this, or the connection is closed.
    pub write_stall: Duration,
    /// From the signal to stop to the end of the last answer.
    pub shutdown: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            connections: 4096,
            head: Duration::from_secs(15),
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
/// For the whole of such a refusal.
const REFUSAL: Duration = Duration::from_secs(1);
/// After a failed accept (out of file descriptors, mostly): lets some connection end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 64\r\nconnection: close\r\n\r\nToo many connections, try again.\nTrop de connexions, reessayez.\n";

/// Serves until `shutdown` resolves, then lets the requests under way end, for [`Bounds::shutdown`] at most.
/// Handlers find the peer's address in `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    let graceful = GracefulShutdown::new();
    let cut = CancellationToken::new();
    let _cut_at_the_end = cut.clone().drop_guard();
    let mut shutdown = std::pin::pin!(shutdown);
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
        let Ok(place) = places.clone().try_acquire_owned() else {
            // Beyond these, closing is answer enough.
            if let Ok(refusal) = refusals.clone().try_acquire_owned() {
                tokio::spawn(async move {
                    let _ = timeout(REFUSAL, refuse(stream)).await;
                    drop(refusal);
                });
            }
            continue;
        };
        // Without it, a small answer after another waits for the peer's acknowledgement.
        let _ = stream.set_nodelay(true);
        let connection = graceful.watch(connection(stream, peer, router.clone(), &bounds));
        let cut = cut.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Resets and time limits are the ordinary end of a connection.
                result = connection => if let Err(error) = result { tracing::debug!(%error, "connection ended"); },
                () = cut.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(bounds.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
    }
}

fn connection(
    stream: TcpStream,
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
        .serve_connection(TokioIo::new(Stall::new(stream, bounds.write_stall)), service)
}

/// Says why, then reads what the peer was sending: closing with unread bytes would destroy the answer.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(BUSY).await?;
    stream.shutdown().await?;
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}
