//! A copy that one tap asks for twice is made once, and both are led to the same page.

use std::time::Duration;

use axum::{
    http::header,
    response::{IntoResponse, Redirect, Response},
};

use super::{asked::Asked, handler::Answer};
use crate::{
    store::Once,
    web::{app::App, href::Place, problem::Kind, who::Who},
};

/// How often the second one looks whether the first was answered, and how long it waits in between.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// For the hidden field `once` of a form. Without random bytes there is none, and two taps are two copies.
pub fn key() -> Option<u64> {
    getrandom::u64().ok()
}

/// Does it, unless the same form came before.
pub async fn once(
    app: &App,
    who: &Who,
    place: &Place,
    asked: &Asked,
    answer: &Answer,
    act: impl Future<Output = Response>,
) -> Response {
    let Some(key) = asked.once.filter(|_| !answer.json) else { return act.await };
    let account = &who.account.id;
    let digest = app.store.keys().digest("a form", &[format!("{} {asked:?}", place.list()).as_bytes()]);
    for look in 0..LOOKS {
        match app.store.once(account, key, &digest).await {
            Ok(Once::First) => return first(app, who, key, act.await).await,
            Ok(Once::Before(Some(there))) => {
                return Redirect::to(&String::from_utf8_lossy(&there)).into_response();
            }
            Ok(Once::Before(None)) if look + 1 < LOOKS => tokio::time::sleep(PAUSE).await,
            Ok(Once::Before(None)) => break,
            Ok(Once::Other) => return answer.problem(who, &Kind::BadRequest.into()),
            // The first one is at work.
            Err(_) if look > 0 => break,
            Err(error) => {
                // People are not kept from their mail because the database is ill.
                tracing::warn!(%error, "whether a form came before is not known");
                return act.await;
            }
        }
    }
    answer.problem(who, &Kind::AskedBefore.into())
}

async fn first(app: &App, who: &Who, key: u64, response: Response) -> Response {
    let account = &who.account.id;
    let kept = match response.headers().get(header::LOCATION) {
        Some(there) => app.store.answer_once(account, key, there.as_bytes()).await,
        // Nothing was done, and the form may come again. After what broke nobody knows.
        None if response.status().is_client_error() => app.store.forget_once(account, key).await,
        None => Ok(()),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "what a form led to was not kept");
    }
    response
}
