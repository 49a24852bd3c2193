//! What there is. Routes only.

use std::sync::Arc;

use axum::{
    Router,
    http::{Extensions, HeaderMap, StatusCode, Version},
    middleware,
    response::Redirect,
    routing::{get, post},
};
use tower_http::{CompressionLevel, compression::CompressionLayer};

use super::{
    App, about, accounts, act, answer, compose, door, folders,
    guard::{self, body},
    health, language, list, login, message, missed, outbox, pack, problem,
    reader::Reader,
    save, search, settings, sort, statics, status, timed,
};

fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    pack::is_page(headers)
}

pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/", get(async || Redirect::to("/mail/INBOX")))
        .route("/login", get(login::handler::show).post(login::handler::sign_in))
        .route("/logout", post(login::handler::sign_out))
        .route("/language", post(language::choose))
        .route("/accounts", get(accounts::show).post(accounts::act))
        .route("/folders", get(folders::handler::show))
        .route("/folders/rail", get(folders::handler::counted))
        .route("/folders/manage", get(folders::manage::all).post(folders::manage::create))
        .route("/folders/manage/{folder}", get(folders::manage::one).post(folders::manage::act))
        .route("/mail/{folder}", get(list::handler::show))
        .route("/mail/{folder}/previews", get(list::previews::previews))
        .route("/mail/{folder}/save", get(save::handler::back).post(save::handler::save))
        .route("/mail/{folder}/act", post(act::handler::act))
        .route("/mail/{folder}/search", get(search::handler::show).post(search::handler::search))
        .route("/mail/{folder}/sort", get(sort::handler::choose))
        .route("/mail/{folder}/hit", get(search::hit::show))
        .route("/mail/{folder}/{message}", get(message::handler::show))
        .route("/mail/{folder}/{message}/body", get(message::part::body))
        .route("/mail/{folder}/{message}/headers", get(message::headers::show))
        .route("/mail/{folder}/{message}/way", get(message::way::show))
        .route("/mail/{folder}/{message}/part/{section}", get(message::part::file))
        .route("/mail/{folder}/{message}/receipt", post(message::receipt::decide))
        .route("/mail/{folder}/{message}/raw", get(message::part::raw))
        .route("/mail/{folder}/{message}/thread", get(message::thread::show))
        .route("/i/{folder}/{message}/{section}", get(message::part::image))
        .route("/compose", get(compose::show))
        .route("/drafts", get(compose::drafts::list).post(compose::drafts::act))
        .route("/compose/people", get(compose::people::list))
        .route("/settings", get(settings::show).post(settings::save))
        .route("/settings/senders", get(settings::senders::show).post(settings::senders::put))
        .route("/settings/sessions", get(settings::sessions::show).post(settings::sessions::end))
        .route("/outbox", get(outbox::handler::list))
        .route("/outbox/report.csv", get(outbox::losses::show))
        .route("/outbox/again", get(outbox::again::show).post(outbox::again::send_several))
        .route("/outbox/{id}", get(outbox::handler::show).post(outbox::act::act))
        .route("/missed", get(missed::handler::show).post(missed::handler::choose))
        .route("/missed/line", get(missed::line::show))
        .route("/mail/{folder}/missed", get(missed::next::show))
        .route("/missed/hide", post(missed::line::hide))
        .route("/missed.csv", get(missed::table::show))
        .route("/privacy", get(about::handler::privacy))
        .route("/accessibility", get(about::handler::accessibility))
        .route("/status", get(status::handler::show))
        .route("/status.json", get(status::machine::json))
        .route("/status.atom", get(status::machine::atom))
        .fallback(async |reader: Reader| answer::problem(&reader, &problem::Kind::NotFound.into()))
        .method_not_allowed_fallback(async |reader: Reader| {
            (StatusCode::METHOD_NOT_ALLOWED, answer::problem(&reader, &problem::Kind::NotFound.into()))
        })
        .layer(middleware::from_fn(body::body))
        // Its files stream.
        .route("/compose", post(compose::post))
        .layer(middleware::from_fn(pack::pack))
        // Pages that stream. Each is made once and sent once: packing it well would cost more than it saves.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(is_page))
        .route("/static/{name}", get(statics::show))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .layer(middleware::from_fn_with_state(app.clone(), door::guard::guard))
        .layer(middleware::from_fn(timed::timed))
        .with_state(app.clone());
    guard::around(routes, &app.config)
}
