//! What an address asks for. One that cannot be read gets a page of ours, in the reader's language.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{self, FromRequestParts},
    http::request::Parts,
    response::Response,
};
use serde::de::DeserializeOwned;

use super::{
    answer,
    app::App,
    problem::{Kind, Problem},
    reader::Reader,
};

/// The pieces of the path.
pub struct Path<T>(pub T);

/// What stands behind the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        match extract::Path::from_request_parts(parts, app).await {
            Ok(extract::Path(asked)) => Ok(Path(asked)),
            Err(_) => Err(refused(parts, app, Kind::NotFound).await),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        match extract::Query::from_request_parts(parts, app).await {
            Ok(extract::Query(asked)) => Ok(Query(asked)),
            Err(_) => Err(refused(parts, app, Kind::BadRequest).await),
        }
    }
}

async fn refused(parts: &mut Parts, app: &Arc<App>, kind: Kind) -> Response {
    let reader: Result<Reader, Infallible> = Reader::from_request_parts(parts, app).await;
    match reader {
        Ok(reader) => answer::problem(&reader, &Problem::from(kind)),
        Err(never) => match never {},
    }
}
