//! `GET` and `POST /accounts`: the mailboxes that one browser is signed in to, and the way from one to another.

pub mod beside;
pub mod view;

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use futures::future::join_all;

use self::{
    beside::Beside,
    view::{AccountsView, Line},
};
use crate::{
    mailbox::{Account, folders},
    session::{MOST_BESIDE, site_of},
    web::{
        answer::{self, Frame, Screen},
        app::App,
        form::Posted,
        login::handler::set_cookie,
        problem::Kind,
        who::{self, Who},
    },
};

pub async fn show(State(app): State<Arc<App>>, who: Who, headers: HeaderMap) -> Response {
    let reader = who.reader.clone();
    let frame = Frame::column(reader.tr.t("accounts-title"), Some("/mail/INBOX".to_owned()));
    answer::page(reader, frame, async move {
        let others = beside::admitted(&app, &who::presented_by(&headers, &app)).await;
        let ip = who.account.client_ip;
        let accounts = others.iter().map(|one| who::account(&app, &one.signed, one.held.k.clone(), ip));
        let all: Vec<Option<Account>> = [Some(who.account.clone())].into_iter().chain(accounts).collect();
        // Each has its own deadline; who does not answer is a line without a number.
        let unread = join_all(all.iter().map(async |account| match account {
            Some(account) => folders::unread_in_inbox(account).await,
            None => None,
        }));
        let names =
            [None].into_iter().chain(others.iter().map(|one| Some(app.sessions.page_name(one.signed.key))));
        let addresses = [&who.signed].into_iter().chain(others.iter().map(|one| &one.signed));
        let lines = addresses.zip(names).zip(unread.await).map(|((signed, name), unread)| Line {
            address: signed.address.clone(),
            name,
            unread: unread.map(u64::from),
        });
        let view = AccountsView {
            token: who.signed.csrf.token().unwrap_or_default(),
            lines: lines.collect(),
            full: others.len() >= MOST_BESIDE,
        };
        Ok(Screen::new(view::render(&view, &who.reader.tr)))
    })
    .await
}

/// `show=` or `end=` the name of one beside this one. What has ended meanwhile is told.
pub async fn act(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Posted { who, fields }: Posted,
) -> Response {
    let presented = who::presented_by(&headers, &app);
    let (Some(here), others) =
        (beside::shown(&app, &presented).await, beside::admitted(&app, &presented).await)
    else {
        return answer::problem(&who.reader, &Kind::SignedOut.into());
    };
    let named = |name: &str| others.iter().position(|one| app.sessions.page_name(one.signed.key) == name);
    let (shows, ends) = (fields.get("show"), fields.get("end"));
    let Some(at) = shows.or(ends).and_then(named) else {
        // It ended, by its time or elsewhere: what is left is on the page.
        return Redirect::to("/accounts").into_response();
    };
    let mut others = others;
    let one = others.remove(at);
    // On a shared device every cookie of ours ends with the browser.
    let shared = [&here, &one].into_iter().chain(&others).any(|one| one.signed.shared_device);
    let cookies = app.sessions.cookies();
    let mut set = Vec::new();
    let next = if shows.is_some() {
        set.extend(cookies.set_session(one.held.id, &one.held.k, shared));
        others.insert(at, here);
        "/mail/INBOX"
    } else {
        beside::end(&app, &[one], who.account.client_ip.map(site_of)).await;
        "/accounts"
    };
    let held: Vec<_> = others.into_iter().map(|Beside { held, .. }| held).collect();
    set.push(cookies.set_beside(&held, shared));
    let mut response = Redirect::to(next).into_response();
    for cookie in &set {
        set_cookie(&mut response, cookie);
    }
    response
}
