//! Pages: a request comes in here, a document goes out. Only this floor names axum and maud.
//!
//! `routes` says what there is; a folder a screen holds its handler and its view; `guard` stands in front.

pub mod about;
pub mod accounts;
pub mod act;
mod answer;
mod app;
mod asked;
pub mod assets;
pub mod compose;
pub mod door;
pub mod dress;
mod escaped;
pub mod folders;
mod form;
pub mod guard;
mod health;
mod href;
pub mod icon;
pub mod kit;
pub mod lane;
mod language;
pub mod list;
pub mod lobby;
pub mod login;
mod make;
pub mod message;
mod metrics;
pub mod missed;
pub mod outbox;
mod pack;
pub mod page;
pub mod problem;
mod reader;
pub mod redirect;
mod routes;
pub mod save;
pub mod sealed;
pub mod search;
pub mod serve;
pub mod settings;
pub mod sort;
pub mod stale;
mod statics;
pub mod status;
mod timed;
mod trouble;
mod who;

pub use app::App;

use std::{io, sync::Arc};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{audit::Audit, config::Config, store::Store};
use dress::Dress;

/// The site, and what must end with it.
pub struct Site {
    pub router: axum::Router,
    /// For another port.
    pub metrics: axum::Router,
    /// Told to stop, the courier takes nothing more up.
    pub stop: CancellationToken,
    /// Ends within 20 s of `stop`.
    pub courier: JoinHandle<()>,
    /// To be settled last.
    pub audit: Audit,
}

/// The whole site, with what it does in the background begun.
///
/// # Errors
/// When the TLS files of a mail server cannot be read.
pub fn start(config: Config, dress: Arc<Dress>, store: Arc<Store>) -> io::Result<Site> {
    let app = App::new(config, dress, store.clone())?;
    let stop = CancellationToken::new();
    let courier = crate::outbox::courier(app.outbox.clone(), app.carriers(), stop.clone());
    tokio::spawn(app.clone().follow_sessions());
    tokio::spawn(app.sessions.clone().keep_swept());
    tokio::spawn(app.notices.clone().keep_current());
    tokio::spawn(app.measures.clone().keep_current(app.store.clone()));
    for probed in app.probed().into_iter().filter(|_| app.config.probes) {
        tokio::spawn(crate::status::probe::probe(probed, app.store.clone(), app.measures.clone()));
    }
    tokio::spawn(app.notices.clone().follow(store));
    let audit = app.audit.clone();
    let metrics = metrics::router(app.clone());
    Ok(Site { router: routes::router(app), metrics, stop, courier: tokio::spawn(courier), audit })
}
