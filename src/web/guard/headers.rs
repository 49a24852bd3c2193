//! What every answer tells the browser not to do.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::origin::PublicOrigin;

/// The content security policy of our own pages. It assumes that some day hostile text gets past maud's escaping
/// or the mail sanitiser, and leaves that text nothing to do:
///
/// - `default-src 'none'`: whatever is not named here does not load. No plugin, font, worker, media.
/// - `script-src`: our own files, and where our origin is known only those under `/static/`. Never inline, never
///   eval; so neither injected markup nor an attachment opened from its own URL becomes a script.
/// - `style-src 'self'`: no inline style, so nothing injected can cover the page or read values by selectors.
/// - `img-src`, `connect-src 'self'`: injected markup cannot send what it sees to another host.
/// - `manifest-src 'self'`: what a phone needs to put us on its home screen.
/// - `form-action 'self'`: an injected form cannot carry a password or a token away.
/// - `frame-src 'self'`: only the mail body's own URL is framed, and that answer has its own, stricter policy.
/// - `base-uri 'none'`: relative links cannot be turned elsewhere.
/// - `frame-ancestors 'none'`: nobody frames us to steal clicks.
fn content_security_policy(public: &PublicOrigin) -> String {
    let scripts = public.0.as_ref().map_or("'self'".to_owned(), |origin| format!("{origin}/static/"));
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; connect-src 'self'; \
         manifest-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The headers, made once.
#[derive(Debug, Clone)]
pub struct Headers {
    policy: HeaderValue,
    /// For an https origin.
    https_alone: bool,
}

/// Browsers ask for nothing here over plain http for half a year (RFC 6797), other names of the domain left out.
const HTTPS_ALONE: HeaderValue = HeaderValue::from_static("max-age=15552000");

impl Headers {
    pub fn new(public: &PublicOrigin) -> Headers {
        let policy = HeaderValue::try_from(content_security_policy(public));
        // An origin is ASCII. Should it ever not be: nothing loads at all.
        let https_alone = public.0.as_ref().is_some_and(|origin| origin.starts_with("https://"));
        Headers { policy: policy.unwrap_or(HeaderValue::from_static("default-src 'none'")), https_alone }
    }
}

/// The same for every answer.
const ALWAYS: [(HeaderName, HeaderValue); 4] = [
    // A type is what we say, not what the browser guesses from an attachment's bytes.
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // No other window keeps a handle on ours.
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    // No other site embeds what we serve.
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
             microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
];

/// Adds them. An answer's own policy, referrer policy or caching is kept: it knows better.
pub async fn headers(State(own): State<Headers>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if own.https_alone {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(own.policy);
    // Not `no-referrer`: a form of our own would then carry `Origin: null`.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
