//! Who reads this page, as far as the page itself is concerned: language, time zone, the notice on top.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{app::App, dress::Dress, page::NoticeBar, status::strip};
use crate::{
    config::Config,
    imap::{Owner, line::Line},
    locale::{Lang, Tr},
    status::Notices,
};

#[derive(Clone)]
pub struct Reader {
    pub tr: Arc<Tr>,
    pub notice: Option<Arc<NoticeBar>>,
    pub dress: Arc<Dress>,
    /// The page asked for, to come back to.
    pub here: String,
    /// Where they would stand in line, if all connections to mail servers were at work; once they are signed in.
    pub line: Option<(Line, Owner)>,
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Reader, Infallible> {
        Ok(Reader::of(parts, &app.config, &app.notices, &app.dress))
    }
}

impl Reader {
    pub fn of(parts: &Parts, config: &Config, notices: &Notices, dress: &Arc<Dress>) -> Reader {
        let lang = language(&parts.headers, config);
        let zone = cookie(&parts.headers, "tz")
            .filter(|name| name.len() <= 64)
            .and_then(|name| TimeZone::get(name).ok());
        let tr = Tr::new(lang, zone.unwrap_or_else(|| config.time_zone.clone()), Timestamp::now());
        let notice = strip::of(notices, None, &tr);
        let here = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        Reader { tr: Arc::new(tr), notice, dress: dress.clone(), here, line: None }
    }
}

fn language(headers: &HeaderMap, config: &Config) -> Lang {
    if let Some(lang) = cookie(headers, "lang").and_then(Lang::from_code) {
        return lang;
    }
    match headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) {
        Some(field) => Lang::from_accept_language(field),
        None => Lang::from_code(config.language.tag()).unwrap_or(Lang::Fr),
    }
}

/// A cookie that holds no secret.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let fields = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value)
}
