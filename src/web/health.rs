//! For machines: the process lives; it can serve.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use super::App;

pub async fn live() -> &'static str {
    "ok\n"
}

/// Ready while the store answers and is not later than this binary. A mail server that is down does not make the
/// gateway unready: its pages say so.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    match app.store.is_current().await {
        Ok(true) if !app.audit.is_written() => {
            (StatusCode::OK, "ok, but the audit is not written: see the log\n")
        }
        Ok(true) => (StatusCode::OK, "ok\n"),
        Ok(false) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "a later version of relais prepared the database: this one sends nothing any more, replace it\n",
        ),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}
