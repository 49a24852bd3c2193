//! What every request passes before it reaches a screen, one guard a file. Outermost first: `headers`, `host`,
//! `client_ip`, `origin`, `body`.

pub mod body;
pub mod client_ip;
pub mod headers;
pub mod host;
pub mod origin;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// A refusal that no well-meant browser meets: a few words in both languages, no page.
fn refuse(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response()
}
