//! How long a request takes, by its route: from its head to the last octet of its answer, for pages stream.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};

use crate::telemetry::metrics;

pub async fn timed(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or("none".into(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let told = Told { method: method.as_str().to_owned(), route, status, begun };
    response.map(|body| Body::new(Timed { body, _told: told }))
}

/// Told when it is dropped: with the last octet, or when the browser has gone.
struct Told {
    method: String,
    route: String,
    status: u16,
    begun: Instant,
}

impl Drop for Told {
    fn drop(&mut self) {
        metrics::page(&self.method, &self.route, self.status, self.begun.elapsed());
    }
}

struct Timed {
    body: Body,
    _told: Told,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
