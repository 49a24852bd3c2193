//! `GET /compose/people`: whom the account wrote to, for the script that completes addresses. Read when it is asked
//! for, kept nowhere.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{mailbox::people, message::compose::email::member, web::who::Who};

/// `[[name, address, as it is typed], …]`; without an answer from the mail server there is nobody to offer.
pub async fn list(who: Who) -> Response {
    match people::correspondents(&who.account).await {
        Ok(found) => {
            let people = found.into_iter().map(|person| {
                let typed = member(person.name.as_deref(), &person.email);
                [person.name.unwrap_or_default(), person.email, typed]
            });
            Json(people.collect::<Vec<_>>()).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
