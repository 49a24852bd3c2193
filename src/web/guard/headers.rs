//! What every answer tells the browser not to do.

use std::net::Ipv4Addr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::Response,
};

use super::origin::PublicOrigin;

/// The content security policy of our own pages. It assumes that some day hostile text gets past maud's escaping
/// or the mail sanitiser, and leaves that text nothing to do:
///
/// - `default-src 'none'`: whatever is not named here does not load. No plugin, font, worker, media.
/// - `script-src`: our own files under `/static/`. Never inline, never eval; so neither injected markup nor an
///   attachment opened from its own URL becomes a script.
/// - `style-src 'self'`: no inline style, so nothing injected can cover the page or read values by selectors.
/// - `img-src`, `connect-src 'self'`: injected markup cannot send what it sees to another host.
/// - `manifest-src 'self'`: what a phone needs to put us on its home screen.
/// - `form-action 'self'`: an injected form cannot carry a password or a token away.
/// - `frame-src 'self'`: only the mail body's own URL is framed, and that answer has its own, stricter policy.
/// - `base-uri 'none'`: relative links cannot be turned elsewhere.
/// - `frame-ancestors 'none'`: nobody frames us to steal clicks.
fn content_security_policy(scripts: &str) -> String {
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; connect-src 'self'; \
         manifest-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Where scripts come from, for a browser that knows us by this origin. No policy can name an address of IPv6 (CSP 3
/// §2.3.1, host-source), nor one of IPv4 but 127.0.0.1 (§6.7.2.9).
fn scripts(origin: &str) -> String {
    let named = origin.split_once("://").and_then(|(_, name)| name.parse::<Authority>().ok());
    let host = named.as_ref().map_or("", Authority::host);
    let is_address = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
    if is_address && host != "127.0.0.1" { "'self'".into() } else { format!("{origin}/static/") }
}

fn policy(origin: Option<&str>) -> HeaderValue {
    // What answers here was asked by a name that was checked; what is refused for another holds no page.
    HeaderValue::try_from(content_security_policy(&origin.map_or("'none'".into(), scripts)))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

#[derive(Debug, Clone)]
pub struct Headers {
    public: PublicOrigin,
    /// Made once; `None` where the origin is that of each request.
    policy: Option<HeaderValue>,
    /// For an https origin.
    https_alone: bool,
}

/// Browsers ask for nothing here over plain http for half a year (RFC 6797), other names of the domain left out.
const HTTPS_ALONE: HeaderValue = HeaderValue::from_static("max-age=15552000");

impl Headers {
    pub fn new(public: &PublicOrigin) -> Headers {
        let origin = public.0.as_deref();
        let https_alone = origin.is_some_and(|origin| origin.starts_with("https://"));
        Headers { public: public.clone(), policy: origin.map(|origin| policy(Some(origin))), https_alone }
    }

    fn policy(&self, asked: &HeaderMap) -> HeaderValue {
        self.policy.clone().unwrap_or_else(|| policy(self.public.of(asked).as_deref()))
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
    let policy = own.policy(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if own.https_alone {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    // Not `no-referrer`: a form of our own would then carry `Origin: null`.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_come_from_one_folder_where_a_policy_can_say_so() {
        let of = |public: Option<&str>, host: &'static str| {
            let headers = Headers::new(&PublicOrigin(public.map(Into::into)));
            let asked = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            let policy = headers.policy(&asked);
            let policy = policy.to_str().expect("text").to_owned();
            policy.split("; ").find_map(|rule| rule.strip_prefix("script-src ")).expect("a rule").to_owned()
        };
        for (public, host, scripts) in [
            (Some("https://mail.example.org"), "localhost:8080", "https://mail.example.org/static/"),
            (Some("https://mail.example.org:8443"), "localhost", "https://mail.example.org:8443/static/"),
            (Some("https://192.0.2.1"), "192.0.2.1", "'self'"),
            (None, "localhost:8080", "http://localhost:8080/static/"),
            (None, "mail.example.org", "http://mail.example.org/static/"),
            (None, "127.0.0.1:8080", "http://127.0.0.1:8080/static/"),
            (None, "127.0.0.2:8080", "'self'"),
            (None, "[::1]:8080", "'self'"),
            (None, "localhost:;script-src", "http://localhost/static/"),
        ] {
            assert_eq!(of(public, host), scripts, "{public:?} {host}");
        }
    }
}
