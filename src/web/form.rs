//! A posted form: bounded, and only with the token of this session. A refusal keeps what was typed.

use axum::{
    body::{Body, to_bytes},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    answer,
    problem::{Kind, Problem},
    reader::Reader,
};
use crate::session::CsrfSecret;

/// Octets of a form; 1,000 UIDs fit.
const LARGEST: usize = 64 * 1024;

/// Name and value of each field, in their order.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    /// The token is the last thing checked of a form, and the first thing needed.
    pub fn accepted_by(&self, secret: &CsrfSecret) -> bool {
        self.get("token").is_some_and(|token| secret.accepts(token))
    }
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

/// The page that says the form was too old or came from elsewhere.
pub fn expired(reader: &Reader) -> Response {
    answer::problem(reader, &Problem::from(Kind::FormExpired).with_retry("/"))
}
