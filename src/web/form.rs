//! A posted form: bounded, and only with the token of this session. A refusal keeps what was typed.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    answer,
    app::App,
    problem::{Kind, Problem},
    reader::Reader,
    who::Who,
};
use crate::{
    session::CsrfSecret,
    store::{Error, Secret},
};

/// Octets of a form: 1,000 UIDs fit, and a letter that waits for its writer to sign in again.
const LARGEST: usize = 256 * 1024;

/// Name and value of each field, in their order.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn new(fields: Vec<(String, String)>) -> Fields {
        Fields(fields)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    /// The token is the last thing checked of a form, and the first thing needed.
    pub fn accepted_by(&self, secret: &CsrfSecret) -> bool {
        self.get("token").is_some_and(|token| secret.accepts(token))
    }
}

/// A form of somebody who is signed in, with the token of their session: the only way into a change.
pub struct Posted {
    pub who: Who,
    pub fields: Fields,
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Posted, Response> {
        let (mut parts, body) = request.into_parts();
        let who = Who::from_request_parts(&mut parts, app).await?;
        let fields = read(&parts, body, &who.reader).await?;
        match refusal(&fields, &who) {
            None => Ok(Posted { who, fields }),
            Some(refused) => Err(refused),
        }
    }
}

/// The answer to a form without the token of this session.
pub fn refusal(fields: &Fields, who: &Who) -> Option<Response> {
    let expired = Problem::from(Kind::FormExpired).with_retry("/");
    (!fields.accepted_by(&who.signed.csrf)).then(|| answer::problem(&who.reader, &expired))
}

/// The token of a form for whoever may not be signed in, and the `Set-Cookie` value it needs.
///
/// # Errors
/// [`Error::Random`].
pub fn pre_session(app: &App, cookie: Option<Secret>) -> Result<(String, Option<String>), Error> {
    let (cookie, set) = match cookie {
        Some(cookie) => (cookie, None),
        None => app.sessions.cookies().new_form().map(|(cookie, set)| (cookie, Some(set)))?,
    };
    Ok((CsrfSecret::of_cookie(&cookie).token()?, set))
}

/// Reads a form; anything else is refused.
pub async fn read(parts: &Parts, body: Body, reader: &Reader) -> Result<Fields, Response> {
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let bytes =
        to_bytes(body, LARGEST).await.map_err(|_| answer::problem(reader, &Kind::BadRequest.into()))?;
    let fields = url::form_urlencoded::parse(&bytes).take(2_000);
    Ok(Fields(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
}
