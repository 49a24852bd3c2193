//! Our own files and the organisation's, under names that change with their content.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{app::App, assets, dress::Dress};

/// A logo may be a document (SVG): opened on its own it does nothing.
const STILL: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
);

pub async fn show(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    of(&app.dress, &uri, &headers)
}

pub fn of(dress: &Dress, uri: &Uri, headers: &HeaderMap) -> Response {
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    let found = assets::get(uri.path(), accepts).or_else(|| dress.get(uri.path()));
    let Some(asset) = found else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == asset.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.bytes.into_response()
    };
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(assets::CACHE_CONTROL));
    fields.insert(header::ETAG, HeaderValue::from_static(asset.etag));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if asset.content_type.starts_with("image/") {
        fields.insert(header::CONTENT_SECURITY_POLICY, STILL);
    }
    if asset.gzip {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
