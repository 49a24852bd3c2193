//! Who reads this page, as far as the page itself is concerned: language, time zone, the notice on top.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

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
    /// This access point closes soon: whoever writes should know before.
    pub closing: Option<Timestamp>,
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
        let now = Timestamp::now();
        let tr = Tr::new(lang, zone.unwrap_or_else(|| config.time_zone.clone()), now);
        let notice = strip::of(notices, None, &tr);
        let here = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let closing = config.access.closes.filter(|closes| is_soon(*closes, now));
        Reader { tr: Arc::new(tr), notice, closing, dress: dress.clone(), here, line: None }
    }
}

/// Not over, and within a day.
fn is_soon(closes: Timestamp, now: Timestamp) -> bool {
    closes > now && closes.duration_since(now) <= SignedDuration::from_hours(24)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_closes_within_a_day_closes_soon() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        let closes = at("2026-11-30T17:00:00Z");
        for (now, soon) in [
            ("2026-11-29T16:59:59Z", false),
            ("2026-11-29T17:00:00Z", true),
            ("2026-11-30T16:59:59Z", true),
            ("2026-11-30T17:00:00Z", false),
        ] {
            assert_eq!(is_soon(closes, at(now)), soon, "{now}");
        }
    }
}
