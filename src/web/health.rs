//! For machines: the process lives; it can serve.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use super::App;

pub async fn live() -> &'static str {
    "ok\n"
}

/// Ready while the store answers. A mail server that is down does not make the gateway unready: its pages say so.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.store.answers().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
    }
}
