//! What every request passes before it reaches a screen, one guard a file.

pub mod body;
pub mod client_ip;
pub mod headers;
pub mod host;
pub mod origin;

use axum::{
    Router,
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};

use crate::config::Config;

/// Puts every guard around the router but `body`, which belongs around the routes that take forms. From the
/// outside in: `headers`, so that refusals carry them too; `host`; `client_ip`; `origin`, which relies on `host`.
pub fn around(router: Router, config: &Config) -> Router {
    let public = origin::PublicOrigin::new(config);
    let trusted = client_ip::Trusted::of(config);
    router
        .layer(from_fn_with_state(public.clone(), origin::origin))
        .layer(from_fn_with_state(trusted, client_ip::client_ip))
        .layer(from_fn_with_state(host::Hosts::new(config), host::host))
        .layer(from_fn_with_state(headers::Headers::new(&public), headers::headers))
}

/// A refusal that no well-meant browser meets: a few words in both languages, no page.
pub(super) fn refuse(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response()
}
