//! Acts come from our own pages: the first of two locks on every POST. The second is the form's token.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::Response,
};

use super::refuse;
use crate::config::Config;

/// The origin browsers see: that of `public_url`, or none, where it is then `http://` and the (checked) Host.
#[derive(Debug, Clone)]
pub struct PublicOrigin(pub(super) Option<Arc<str>>);

impl PublicOrigin {
    pub fn new(config: &Config) -> PublicOrigin {
        PublicOrigin(config.public_url.as_ref().map(|url| url.origin().ascii_serialization().into()))
    }

    /// As whoever sent this request knows us: scheme, host, and port where it is not the usual one. `None` where their
    /// Host is none.
    pub fn of(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        self.0.clone().or_else(|| {
            let named: Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
            let port = named.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("http://{}{port}", named.host()).into())
        })
    }
}

/// Refuses what changes something and was not sent by a page of ours.
pub async fn origin(State(public): State<PublicOrigin>, request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !harmless && !is_ours(&public, request.headers()) {
        return refuse(
            StatusCode::FORBIDDEN,
            "This form was sent from another site; nothing was done.\n\
             Ce formulaire vient d’un autre site ; rien n’a été fait.\n",
        );
    }
    next.run(request).await
}

/// Browsers set both headers and no page can forge them. Safari before 16.4 sends no `Sec-Fetch-Site`, and old
/// browsers send no `Origin` with a form; `Origin: null` is a sandbox or a redirect from elsewhere, never ours.
fn is_ours(public: &PublicOrigin, headers: &HeaderMap) -> bool {
    let all = |name: &str, good: &dyn Fn(&str) -> bool| {
        headers.get_all(name).iter().all(|value| value.to_str().is_ok_and(good))
    };
    let own = public.of(headers);
    all("sec-fetch-site", &|site| site == "same-origin")
        && all("origin", &|origin| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(origin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(public: Option<&str>, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert("host", "localhost:8080".parse().unwrap());
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        is_ours(&PublicOrigin(public.map(Into::into)), &map)
    }

    #[test]
    fn own_pages_old_browsers_and_the_rest() {
        let public = Some("https://mail.example.org");
        for good in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("origin", "https://mail.example.org")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://mail.example.org")],
        ] {
            assert!(ours(public, good), "{good:?}");
        }
        for bad in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://mail.example.org.evil.example")],
            &[("origin", "http://mail.example.org")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("origin", "https://mail.example.org"), ("origin", "https://evil.example")],
        ] {
            assert!(!ours(public, bad), "{bad:?}");
        }
    }

    #[test]
    fn without_a_public_url_the_host_is_the_origin() {
        assert!(ours(None, &[("origin", "http://localhost:8080")]));
        assert!(!ours(None, &[("origin", "http://localhost:9090")]));
        assert!(!ours(None, &[("origin", "http://localhost")]));
    }
}
