//! `GET /metrics`, on a port of its own: no browser comes there, and no password is asked for.

use std::sync::Arc;

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};

use super::App;
use crate::telemetry::metrics;

pub fn router(app: Arc<App>) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<Arc<App>>) -> impl IntoResponse {
    for (server, open) in app.circuits() {
        metrics::circuit(server, open);
    }
    metrics::forget_delays();
    for server in app.measures.shown().servers {
        let Some(delay) = server.delay else { continue };
        let (hour, day) = (delay.hour, delay.day.map(|(_, figure)| figure));
        for (window, figure) in [("hour", hour), ("day", day)] {
            let Some(figure) = figure else { continue };
            metrics::delay(&server.name, window, "0.5", figure.median);
            if let Some(ninth) = figure.ninth {
                metrics::delay(&server.name, window, "0.9", ninth);
            }
        }
    }
    // What the store does not say just now stays as it was.
    let counts = match app.store.live_sessions(jiff::Timestamp::now().as_second()).await {
        Ok(sessions) => app.store.outbox_counts().await.map(|outbox| (sessions, outbox)),
        Err(error) => Err(error),
    };
    metrics::store_up(counts.is_ok());
    if let Ok((sessions, outbox)) = counts {
        metrics::sessions(sessions);
        metrics::outbox("waiting", outbox.waiting);
        metrics::outbox("sending", outbox.sending);
        metrics::outbox("author", outbox.author);
        metrics::outbox("failed", outbox.failed);
        metrics::outbox_oldest(outbox.oldest);
    }
    ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], metrics::text())
}
