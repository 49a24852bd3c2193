//! `?lang=fr` on any page: remembers the choice in a cookie and leads to the page itself.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{href, login::handler::set_cookie};
use crate::locale::Lang;

/// Whether browsers come by https.
#[derive(Clone, Copy)]
pub struct Https(pub bool);

pub async fn language(State(https): State<Https>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let chosen = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
    let Some(lang) =
        chosen.and_then(|(_, code)| Lang::from_code(&code)).filter(|_| request.method() == Method::GET)
    else {
        return next.run(request).await;
    };
    let here = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let there = href::without(here, "lang");
    // Two slashes would name another host.
    let there = if there.starts_with("//") { "/" } else { &there };
    let mut response = Redirect::to(there).into_response();
    let secure = if https.0 { "; Secure" } else { "" };
    set_cookie(
        &mut response,
        &format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}", lang.code()),
    );
    response
}
