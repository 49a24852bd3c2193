//! A form arrives whole, small and soon, or not at all: no handler waits for a browser that dribbles.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::refuse;

/// Largest form, in bytes: 1,000 message numbers, or one search, fit many times.
const MAX_FORM: usize = 256 << 10;
/// From the head to the last byte of the body.
const DEADLINE: Duration = Duration::from_secs(20);

/// Reads the body before the handler runs. Not for routes that take uploads: those stream.
pub async fn body(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let told =
        head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > MAX_FORM as u64) {
        return too_large();
    }
    let body = match tokio::time::timeout(DEADLINE, Limited::new(body, MAX_FORM).collect()).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return too_large(),
        Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "The request broke off.\n"),
        Err(_) => {
            return refuse(
                StatusCode::REQUEST_TIMEOUT,
                "The form took too long to arrive; nothing was done.\n\
                 Le formulaire a mis trop de temps à arriver ; rien n’a été fait.\n",
            );
        }
    };
    next.run(Request::from_parts(head, Body::from(body))).await
}

fn too_large() -> Response {
    refuse(
        StatusCode::PAYLOAD_TOO_LARGE,
        "The form is too large; nothing was done.\nLe formulaire est trop grand ; rien n’a été fait.\n",
    )
}
