//! Our own files, under names that change with their content.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::assets;

pub async fn show(uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    let Some(asset) = assets::get(uri.path(), accepts) else { return StatusCode::NOT_FOUND.into_response() };
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
    if asset.gzip {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
