//! `POST /outbox/{id}`: `do=cancel|edit|release|retry|dismiss|resend`. Each may be sent twice.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::again;
use crate::{
    audit::{Event, What},
    outbox::{Error, MessageId},
    web::{answer, app::App, asked::Path, form::Posted, href, problem::Kind, who::Who},
};

pub async fn act(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = &who.reader;
    let Ok(id) = id.parse::<MessageId>() else {
        return answer::problem(reader, &Kind::NotFound.into());
    };
    let account = &who.signed.account;
    let verb = fields.get("do");
    let done = match verb {
        Some("cancel") => app.outbox.cancel(account, id).await,
        Some("edit") => {
            return match app.outbox.take_back(account, id).await {
                Ok(Some(_)) => {
                    who.tell(Event::of(What::Cancelled).sent(id.0));
                    Redirect::to(&format!("/compose?taken={id}")).into_response()
                }
                Ok(None) => Redirect::to(&format!("/outbox/{id}?too=late")).into_response(),
                Err(error) => answer::internal(reader, &error),
            };
        }
        Some("release") => app.outbox.release(account, id).await,
        Some("retry") => retry(&app, &who, id).await,
        Some("resend") => return again::one(&app, &who, id, &fields).await,
        Some("dismiss") => app.outbox.dismiss(account, id).await,
        _ => return answer::problem(reader, &Kind::BadRequest.into()),
    };
    match done {
        Ok(true) => {
            let what = match verb {
                Some("cancel") => Some(What::Cancelled),
                Some("release") => Some(What::Released),
                Some("retry") => Some(What::Retried),
                _ => None,
            };
            if let Some(what) = what {
                who.tell(Event::of(what).sent(id.0));
            }
            let back = fields.get("back").and_then(href::own);
            Redirect::to(back.unwrap_or(&format!("/outbox/{id}"))).into_response()
        }
        // It left meanwhile, or there is nothing of the kind: its page says how it is now.
        Ok(false) => Redirect::to(&format!("/outbox/{id}?too=late")).into_response(),
        Err(error) => answer::internal(reader, &error),
    }
}

/// Another try needs credentials, and those of the message may be gone: whoever asks is signed in.
async fn retry(app: &App, who: &Who, id: MessageId) -> Result<bool, Error> {
    let retried = app.outbox.retry(&who.signed.account, id).await?;
    if retried && let Some(credentials) = (who.account.credentials)().await {
        let (server, login) = (&who.signed.server, &credentials.login);
        app.outbox.reseal(&who.signed.account, server, login, &credentials.password).await?;
    }
    Ok(retried)
}
