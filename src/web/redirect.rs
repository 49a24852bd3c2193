//! Port 80: whoever types the name alone is led to https.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::guard::refuse;

/// Leads every page to the same one of `public`, which is https, and to nowhere else. A form that was sent here has
/// already travelled in the clear: it is refused, not sent on.
pub fn router(public: &Url) -> Router {
    let origin: Arc<str> = public.origin().ascii_serialization().into();
    Router::new().fallback(lead).with_state(origin)
}

async fn lead(State(origin): State<Arc<str>>, method: Method, uri: Uri) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return refuse(
            StatusCode::FORBIDDEN,
            "This address is not encrypted: write https:// before it.\n\
             Cette adresse n’est pas chiffrée : écrivez https:// devant.\n",
        );
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let there = format!("{origin}{}", if path.starts_with('/') { path } else { "/" });
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response()
}
