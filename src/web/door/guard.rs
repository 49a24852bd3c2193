//! Stands around every route and looks at the hour and at where the request comes from.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use super::{
    Shut, reads,
    view::{self, DoorView},
};
use crate::web::{
    answer::{self, Frame, FrameKind},
    app::App,
    form,
    guard::client_ip::ClientIp,
    login::handler::set_cookie,
    reader::Reader,
    who,
};

/// What is public, whatever the hour.
fn is_public(path: &str) -> bool {
    const PAGES: [&str; 8] = [
        "/status",
        "/status.json",
        "/status.atom",
        "/privacy",
        "/accessibility",
        "/language",
        "/healthz",
        "/readyz",
    ];
    PAGES.contains(&path) || path.starts_with("/static/")
}

/// Lets through what is open; of the rest, what has something of its own to say ([`Shut`] goes with it): signing out, a
/// letter whose writer must not lose it, and after closing what leads to *Suivi*.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let shut = match is_public(path) {
        true => None,
        false => Shut::to(&app.config.access, request.extensions().get::<ClientIp>(), Timestamp::now()),
    };
    let Some(shut) = shut else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path();
    let letter = path == "/compose" && parts.method == Method::POST;
    let suivi = matches!(shut, Shut::Suivi { .. });
    if path == "/logout" || letter || suivi && (path == "/login" || reads(&parts)) {
        parts.extensions.insert(shut);
        return next.run(Request::from_parts(parts, body)).await;
    }
    if suivi && path == "/" {
        return Redirect::to("/outbox").into_response();
    }
    let Ok(reader) = Reader::from_request_parts(&mut parts, &app).await;
    page(&app, &reader, &parts, shut, Vec::new())
}

/// The page that says it. `kept`: what somebody was writing, and what each part of it is called.
pub fn page(app: &App, reader: &Reader, parts: &Parts, shut: Shut, kept: Vec<(String, String)>) -> Response {
    // Without random bytes the page has no other language, which is better than no page.
    let (token, set) = form::pre_session(app, who::presented(parts, app).form).unwrap_or_default();
    let brand = &app.config.brand;
    let view = DoorView {
        shut,
        organisation: brand.name.clone().unwrap_or_default(),
        phone: brand.phone.clone(),
        token,
        // A form that was refused is nowhere to come back to.
        here: if parts.method == Method::GET { reader.here.clone() } else { "/".to_owned() },
        kept,
    };
    let frame = Frame { title: view::title(shut, &reader.tr).to_owned(), kind: FrameKind::Gate };
    let mut response = answer::ready(reader, &frame, view::render(&view, &reader.tr));
    *response.status_mut() = StatusCode::from_u16(shut.status()).unwrap_or(StatusCode::FORBIDDEN);
    if let Shut::Before { opens } = shut {
        let seconds = opens.duration_since(Timestamp::now()).as_secs().max(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(set) = set {
        set_cookie(&mut response, &set);
    }
    response
}
