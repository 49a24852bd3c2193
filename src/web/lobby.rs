//! While the store cannot be reached at start: the status page and its feeds, from what is known on this machine, and for
//! every other page the same words. Mail, sessions and forms need the store.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};

use tokio_util::task::AbortOnDropHandle;

use super::{
    answer::{self, Frame},
    dress::Dress,
    guard, health,
    reader::Reader,
    statics,
    status::{handler::view_of, machine, view},
};
use crate::{
    config::Config,
    session::account_of,
    status::{Accounts, Measures, Notices},
    store::Keys,
    telemetry::metrics,
};

struct Lobby {
    config: Config,
    notices: Notices,
    /// As they were known last, and as of when.
    measures: Measures,
    dress: Arc<Dress>,
    /// As long as this room is open.
    _following: AbortOnDropHandle<()>,
}

/// With the files of notices followed from then on.
pub fn router(config: &Config, dress: Arc<Dress>) -> Router {
    let (names, keys) = (config.clone(), Keys::read(&config.key_file));
    let accounts: Accounts = Arc::new(move |address| match &keys {
        Ok(keys) => account_of(&names, keys, address),
        Err(error) => Err(error.to_string()),
    });
    let zone = config.time_zone.clone();
    let notices = Notices::of(config.notice_file.clone(), Some(&config.data), zone, accounts);
    let following = AbortOnDropHandle::new(tokio::spawn(notices.clone().keep_current()));
    let lobby = Arc::new(Lobby {
        measures: Measures::new(config),
        config: config.clone(),
        notices,
        dress,
        _following: following,
    });
    let routes = Router::new()
        .route("/status", get(async |State(lobby): State<Arc<Lobby>>, asked: Request| lobby.page(asked)))
        .route("/status.json", get(async |State(lobby): State<Arc<Lobby>>| lobby.json()))
        .route("/status.atom", get(async |State(lobby): State<Arc<Lobby>>, asked: Request| lobby.atom(asked)))
        .route(
            "/static/{name}",
            get(async |State(lobby): State<Arc<Lobby>>, asked: Request| {
                statics::of(&lobby.dress, asked.uri(), asked.headers())
            }),
        )
        .route("/healthz", get(health::live))
        .route("/readyz", get(async || (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")))
        .fallback(async |State(lobby): State<Arc<Lobby>>, asked: Request| lobby.not_yet(asked))
        .with_state(lobby);
    guard::around(routes, config)
}

/// What is counted meanwhile, and that the store does not answer.
pub fn metrics() -> Router {
    let show = async || {
        metrics::store_up(false);
        ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], metrics::text())
    };
    Router::new().route("/metrics", get(show))
}

impl Lobby {
    fn reader(&self, parts: &Parts) -> Reader {
        Reader::of(parts, &self.config, &self.notices, &self.dress)
    }

    fn page(&self, asked: Request) -> Response {
        let (parts, _) = asked.into_parts();
        let reader = self.reader(&parts);
        let tr = &reader.tr;
        let mut shown = view_of(&self.config, &self.notices, &self.measures, tr);
        shown.trouble = Some(tr.t("status-trouble-start").to_owned());
        answer::ready(&reader, &Frame::column(tr.t("status-title"), None), view::render(&shown, tr))
    }

    fn json(&self) -> Response {
        machine::json_of(&self.config, &self.notices, &self.measures)
    }

    fn atom(&self, asked: Request) -> Response {
        let (parts, _) = asked.into_parts();
        machine::atom_of(&self.config, &self.notices, &self.reader(&parts).tr)
    }

    fn not_yet(&self, asked: Request) -> Response {
        let mut response = self.page(asked);
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        response.into_response()
    }
}
