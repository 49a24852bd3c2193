//! The choice of a language, kept in a cookie: a small form on the pages that people see first.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    answer,
    app::App,
    form::{self, Fields},
    href,
    login::handler::set_cookie,
    problem::{Kind, Problem},
    reader::Reader,
    who,
};
use crate::{
    locale::{Lang, Tr},
    session::{CsrfSecret, Error, Presented},
};

/// The way to the page at `here` in the other language, named in that language.
pub fn button(token: &str, here: &str, tr: &Tr) -> Markup {
    let other = tr.lang().other();
    html! {
        form method="post" action="/language" {
            input type="hidden" name="token" value=(token);
            input type="hidden" name="here" value=(here);
            button name="lang" value=(other.code()) lang=(other.code()) { (other.name()) }
        }
    }
}

/// `POST /language` (`lang`, `here`): for everybody, signed in or not, with the token of either.
pub async fn choose(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let fields = match form::read(&parts, body, &reader).await {
        Ok(fields) => fields,
        Err(response) => return response,
    };
    match is_ours(&app, &who::presented(&parts, &app), &fields).await {
        Ok(true) => {}
        Ok(false) => return answer::problem(&reader, &Problem::from(Kind::FormExpired).with_retry("/")),
        Err(error) => return answer::internal(&reader, &error),
    }
    let Some(lang) = fields.get("lang").and_then(Lang::from_code) else {
        return answer::problem(&reader, &Kind::BadRequest.into());
    };
    let there = fields.get("here").and_then(href::own).unwrap_or("/");
    let mut response = Redirect::to(there).into_response();
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}", lang.code());
    set_cookie(&mut response, &cookie);
    response
}

async fn is_ours(app: &App, presented: &Presented, fields: &Fields) -> Result<bool, Error> {
    if presented.form.as_ref().is_some_and(|cookie| fields.accepted_by(&CsrfSecret::of_cookie(cookie))) {
        return Ok(true);
    }
    let (Some(id), Some(k)) = (&presented.id, &presented.k) else { return Ok(false) };
    let signed = app.sessions.find(id, k).await?;
    Ok(signed.is_some_and(|signed| fields.accepted_by(&signed.csrf)))
}
