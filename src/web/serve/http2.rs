//! HTTP/2 (RFC 9113): what one connection with many requests may cost.
//!
//! A peer can hold an answer without holding the connection, by giving its stream no window; and a connection without
//! asking anything, by answering pings. hyper limits neither in time: [`Streams`] does.

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::Request,
};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    server::conn::http2,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::time::{Instant, sleep_until};
use tower::ServiceExt;

use super::{Bounds, MAX_HEAD};
use crate::net;

/// Requests at once on one connection. A page and its files are a dozen.
const MAX_STREAMS: u32 = 32;
/// Bytes of one answer that wait for the peer.
const MAX_SEND: usize = 64 << 10;
/// Bytes that a peer may send ahead of us: of one request, of all.
const WINDOWS: [u32; 2] = [128 << 10, 256 << 10];
/// Requests taken back before we looked at them (“rapid reset”, CVE-2023-44487); then the connection ends.
const MAX_RESETS: usize = 20;
/// Streams that we reset because of the peer's errors; then the connection ends.
const MAX_ERRORS: usize = 64;
/// A blocked answer must move on by so many bytes to count as read.
const PIECE: usize = 8 << 10;

pub(super) fn connection<S: net::Stream + 'static>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    bounds: &Bounds,
    streams: Streams,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let place = streams.begin();
        let answer = router.clone().oneshot(request.map(Body::new));
        async move { Ok::<_, std::convert::Infallible>(answer.await?.map(|body| Watched::new(body, place))) }
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        // Who is in the middle of a head may send nothing else (RFC 9113 §6.10), so cannot answer: so that a head has a
        // time limit here too, of twice this.
        .keep_alive_interval(bounds.head)
        .keep_alive_timeout(bounds.head)
        .max_header_list_size(MAX_HEAD as u32)
        .max_concurrent_streams(MAX_STREAMS)
        .max_send_buf_size(MAX_SEND)
        .initial_stream_window_size(WINDOWS[0])
        .initial_connection_window_size(WINDOWS[1])
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_ERRORS);
    builder.serve_connection(TokioIo::new(stream), service)
}

/// The requests of one connection, and since when their answers wait for the peer to read. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Streams(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Requests so far: the number of the next one.
    begun: u64,
    open: usize,
    /// When it last became none, or the connection began.
    quiet: Instant,
    /// Those that handed out a piece and were not asked for the next yet.
    waiting: HashMap<u64, Instant>,
}

impl Streams {
    pub(super) fn new() -> Self {
        let state = State { begun: 0, open: 0, quiet: Instant::now(), waiting: HashMap::new() };
        Streams(Arc::new(Mutex::new(state)))
    }

    /// Resolves once the connection has been without a request for too long, or an answer without a reader.
    pub(super) async fn spent(&self, bounds: &Bounds) {
        loop {
            let now = Instant::now();
            let due = self.due(now, bounds);
            if due <= now {
                return;
            }
            sleep_until(due).await;
        }
    }

    /// When it must be looked at again: now, if it is spent.
    fn due(&self, now: Instant, bounds: &Bounds) -> Instant {
        let state = self.state();
        match (state.open, state.begun) {
            (0, 0) => state.quiet + bounds.head,
            (0, _) => state.quiet + bounds.idle,
            _ => state.waiting.values().min().copied().unwrap_or(now) + bounds.write_stall,
        }
    }

    fn begin(&self) -> Place {
        let mut state = self.state();
        state.open += 1;
        state.begun += 1;
        Place { streams: self.clone(), number: state.begun }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, until its answer is handed over or given up.
#[derive(Debug)]
struct Place {
    streams: Streams,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.streams.state();
        state.waiting.remove(&self.number);
        state.open -= 1;
        if state.open == 0 {
            state.quiet = Instant::now();
        }
    }
}

/// An answer in pieces. hyper asks for the next one when the peer has given room for the last.
struct Watched {
    body: Body,
    /// Of the body's last frame.
    rest: Bytes,
    place: Place,
}

impl Watched {
    fn new(body: Body, place: Place) -> Self {
        Watched { body, rest: Bytes::new(), place }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        // From here on it waits for us, not for the peer.
        this.place.streams.state().waiting.remove(&this.place.number);
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                None => return Poll::Ready(None),
                Some(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
                Some(Ok(data)) => this.rest = data,
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        this.place.streams.state().waiting.insert(this.place.number, Instant::now());
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
