//! How long a request takes, by its route: from its head to the last octet of its answer, for pages stream. The log is
//! told the route too, which is a template: no URL of anybody stands there.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use tracing::{Instrument, Span};

use crate::telemetry::metrics;

pub async fn timed(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or("none".into(), |path| path.as_str().to_owned());
    let method = word(request.method());
    let begun = Instant::now();
    // What is logged meanwhile says where.
    let span = tracing::info_span!("request", method, route);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let told = Told { method, route, status, begun };
    response.map(|body| Body::new(Timed { body, span, _told: told }))
}

/// A browser may send any word.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// Told when it is dropped: with the last octet, or when the browser has gone.
struct Told {
    method: &'static str,
    route: String,
    status: u16,
    begun: Instant,
}

impl Drop for Told {
    fn drop(&mut self) {
        metrics::page(self.method, &self.route, self.status, self.begun.elapsed());
    }
}

struct Timed {
    body: Body,
    span: Span,
    _told: Told,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Timed { body, span, .. } = &mut *self;
        let _inside = span.enter();
        Pin::new(body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
