//! Signing in and out.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    told::Trial,
    view::{self, LoginView},
};
use crate::{
    audit::{Event, What},
    config::WhoError,
    imap::{self, Credentials, Fresh, Owner},
    mailbox::{Account, folders},
    session::{CsrfSecret, Device, NewSignIn, Try, pooled_id, site_of},
    store::{AccountId, Secret},
    web::{
        accounts::beside,
        answer::{self, Frame, FrameKind},
        app::App,
        asked::Query,
        compose::hold,
        door::Shut,
        form::{self, Fields},
        guard::client_ip::ClientIp,
        href,
        problem::{Kind, Problem},
        reader::Reader,
        trouble,
        who::{self, Who},
    },
};

/// Mailboxes are listed while the browser is on its way to the inbox; longer than this it does not wait.
const LISTING: Duration = Duration::from_millis(300);
/// Of what a browser keeps for our pages (W3C Clear Site Data).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// Octets of a password.
const LONGEST_PASSWORD: usize = 1024;

#[derive(Deserialize)]
pub struct LoginQuery {
    next: Option<String>,
    out: Option<String>,
    /// Another mailbox beside the one that is open.
    add: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    reader: Reader,
    Query(query): Query<LoginQuery>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let presented = who::presented(&parts, &app);
    let beside = match query.add {
        Some(_) => beside::shown(&app, &presented).await.filter(|one| !one.signed.only_suivi),
        None => None,
    };
    let view = LoginView {
        closed: parts.extensions.get().and_then(closed),
        shared: beside.as_ref().is_some_and(|one| one.signed.shared_device),
        beside: beside.map(|one| one.signed.address),
        next: query.next.as_deref().and_then(href::local).map(str::to_owned),
        signed_out: query.out.is_some(),
        ..LoginView::default()
    };
    form_page(&app, &reader, presented.form, view)
}

pub async fn sign_in(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let fields = match form::read(&parts, body, &reader).await {
        Ok(fields) => fields,
        Err(response) => return response,
    };
    let earlier = who::presented(&parts, &app);
    let cookie = earlier.form.clone();
    let shown = beside::shown(&app, &earlier).await;
    // Beside what is open; a session that ended meanwhile is not there to stand beside.
    let open = shown.as_ref().filter(|one| fields.get("add").is_some() && !one.signed.only_suivi);
    let kept = LoginView {
        // What is judged and told of, too: whatever stands around it.
        username: fields.get("username").unwrap_or_default().trim().chars().take(320).collect(),
        // One browser, one device.
        shared: fields.get("shared").is_some() || open.is_some_and(|one| one.signed.shared_device),
        beside: open.map(|one| one.signed.address.clone()),
        next: fields.get("next").and_then(href::local).map(str::to_owned),
        letter: hold::carried(&fields),
        closed: parts.extensions.get().and_then(closed),
        ..LoginView::default()
    };
    if !cookie.as_ref().is_some_and(|cookie| fields.accepted_by(&CsrfSecret::of_cookie(cookie))) {
        let problem = Some(Kind::FormExpired.into());
        return form_page(&app, &reader, cookie, LoginView { problem, ..kept });
    }
    let only_suivi = kept.closed.is_some();
    let client = parts.extensions.get::<ClientIp>();
    let network = client.map(|client| site_of(client.0));
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let device = Device::of(agent.unwrap_or_default());
    let mut trial = Trial::begin(&app, &kept.username, network);
    let typed = Typed { username: &kept.username, fields: &fields, shared: kept.shared, device, only_suivi };
    let signed = try_sign_in(&app, &reader, &typed, client, &mut trial).await;
    match signed {
        Err(problem) => {
            trial.refused(&problem);
            form_page(&app, &reader, cookie, LoginView { problem: Some(problem), ..kept })
        }
        Ok((cookies, pooled)) => {
            let adds = kept.beside.is_some() && !only_suivi;
            let held = shown.into_iter().chain(beside::living(&app, &earlier).await).collect();
            let (stays, ends) = beside::divided(held, adds, &pooled);
            beside::end(&app, &ends, network).await;
            let mut response = match kept.letter.as_slice() {
                [] if only_suivi => {
                    let outbox = kept.next.as_deref().filter(|next| next.starts_with("/outbox"));
                    Redirect::to(outbox.unwrap_or("/outbox")).into_response()
                }
                [] => Redirect::to(kept.next.as_deref().unwrap_or("/mail/INBOX")).into_response(),
                letter => hold::resume(&app, &reader, &pooled, letter),
            };
            for cookie in &cookies {
                set_cookie(&mut response, cookie);
            }
            if !stays.is_empty() || !earlier.beside.is_empty() {
                set_cookie(&mut response, &app.sessions.cookies().set_beside(&stays, kept.shared));
            }
            response
        }
    }
}

/// When it closed and until when *Suivi* stays, where the form signs in for that alone.
fn closed(shut: &Shut) -> Option<(Timestamp, Timestamp)> {
    match *shut {
        Shut::Suivi { closed, until } => Some((closed, until)),
        _ => None,
    }
}

/// What a try to sign in is made of.
struct Typed<'a> {
    username: &'a str,
    fields: &'a Fields,
    shared: bool,
    device: Device,
    only_suivi: bool,
}

/// The `Set-Cookie` values of the new session, and the [`pooled_id`] of its account.
async fn try_sign_in(
    app: &Arc<App>,
    reader: &Reader,
    typed: &Typed<'_>,
    client: Option<&ClientIp>,
    trial: &mut Trial<'_>,
) -> Result<([String; 2], AccountId), Problem> {
    let Typed { username, fields, shared, device, only_suivi } = *typed;
    let password = Zeroizing::new(fields.get("password").unwrap_or_default().to_owned());
    let odd =
        password.is_empty() || password.len() > LONGEST_PASSWORD || password.contains(['\r', '\n', '\0']);
    if odd {
        return Err(Kind::WrongPassword.into());
    }
    let access = &app.config.access;
    let (server, login) = app.config.server_for(username).map_err(|e| match e {
        WhoError::UnknownDomain if !access.domains.is_empty() => Problem::from(Kind::OtherDomain),
        WhoError::NotAnAddress | WhoError::UnknownDomain => Problem::from(Kind::WrongPassword),
        WhoError::NeedsDomain => Kind::BadRequest.into(),
    })?;
    // Said of every address of such a domain, and no server is asked: it tells nothing of anybody, and costs no try.
    if !access.admits_domain(&login.address) {
        return Err(Kind::OtherDomain.into());
    }
    let backend = app.backend(&server.name).cloned().ok_or(Problem::from(Kind::Internal))?;
    let id = pooled_id(app.store.keys(), &server.name, &login.login);
    let familiar = match client {
        Some(ip) => app.store.is_familiar(&id, site_of(ip.0)).await.unwrap_or(false),
        None => false,
    };
    let attempt = match client {
        Some(ip) => {
            let wanted = Try {
                server: format!("{}:{}", server.imap.host, server.imap.port).into(),
                account: server.counted_as(&login.address),
                client: ip.0,
                familiar,
            };
            let begun = app.attempts.begin(&wanted).await;
            let begun =
                begun.map_err(|wait| Problem::from(Kind::TooManyAttempts { seconds: wait.seconds }))?;
            trial.counted = true;
            Some(begun)
        }
        None => None,
    };
    let credentials = Credentials { login: login.login.clone(), password: password.clone() };
    let client_ip = client.map(|ip| ip.0);
    let signed = app.pool.sign_in((id, familiar), &backend, &credentials, client_ip).await;
    let fresh = match signed {
        Ok(fresh) => fresh,
        Err(error) => {
            let problem = trouble::describe(&server.imap.host, &error);
            if let Some(attempt) = attempt
                && !may_have_guessed(&error)
            {
                trial.counted = false;
                attempt.forgive();
            }
            return Err(problem);
        }
    };
    if let Some(attempt) = attempt {
        attempt.forgive();
    }
    // Who is on the list is told to nobody but to whoever has the password: a stranger gets the same words for an address
    // on it, for one that is not, and for one that does not exist.
    if !access.admits_user(&login.address) {
        return Err(Kind::NotOnTheList.into());
    }
    let new = NewSignIn {
        server: server.name.clone(),
        address: login.address,
        login: login.login,
        password,
        shared_device: shared,
        language: Some(reader.tr.lang().code().to_owned()),
        device,
        network: client.map(|ip| site_of(ip.0)),
        only_suivi,
    };
    let cookies = app.sessions.sign_in(new).await.map_err(|error| {
        let reference = answer::reference();
        tracing::error!(%reference, %error, "a session could not be kept");
        Problem::from(Kind::Internal).with_reference(reference)
    })?;
    trial.accepted(id);
    if let Some(ip) = client
        && let Err(error) =
            app.store.add_familiar(&id, site_of(ip.0), jiff::Timestamp::now().as_second()).await
    {
        tracing::warn!(%error, "that somebody signed in from a network was not kept");
    }
    // Also after closing: what was accepted is sent, and this password may be what it waits for.
    wake_outbox(app, cookies.account, &server.name, &credentials);
    if only_suivi {
        return Ok((cookies.set, id));
    }
    app.ask_largest(&server.name);
    let owner = Owner { session: cookies.key.0, account: id };
    let account = Account {
        sessions: app.sessions.clone(),
        pool: app.pool.clone(),
        owner,
        id: cookies.account,
        backend,
        credentials: Arc::new(move || {
            let credentials = credentials.clone();
            Box::pin(async move { Some(credentials) })
        }),
        client_ip,
        places: app.places.clone(),
        store: app.store.clone(),
    };
    list_mailboxes(account, fresh).await;
    Ok((cookies.set, id))
}

/// What waits for a sign-in is sent now; the page does not wait for it.
fn wake_outbox(app: &Arc<App>, account: AccountId, server: &Arc<str>, credentials: &Credentials) {
    let (outbox, server, credentials) = (app.outbox.clone(), server.clone(), credentials.clone());
    tokio::spawn(async move {
        let Credentials { login, password } = credentials;
        if let Err(error) = outbox.reseal(&account, &server, &login, &password).await {
            tracing::warn!(%error, "what waits for a sign-in was not woken");
        }
    });
}

/// The password was on its way when this happened: a server that answers guesses by silence, by hanging up or in
/// its own words must not make them free.
fn may_have_guessed(error: &imap::Error) -> bool {
    error.stage == imap::Stage::SignIn && !matches!(error.code(), Some("UNAVAILABLE" | "INUSE" | "LIMIT"))
}

/// The first page then has its rail and counts, unless the server is slow: then it has them a little later.
async fn list_mailboxes(account: Account, fresh: Fresh) {
    drop(fresh.belongs_to(account.owner.session));
    let listing = tokio::spawn(async move { folders::list(&account).await.is_ok() });
    let _ = tokio::time::timeout(LISTING, listing).await;
}

/// The page for somebody whose session ended while they were writing: their letter goes through it.
pub fn with_letter(
    app: &App,
    reader: &Reader,
    cookie: Option<Secret>,
    letter: Vec<(String, String)>,
) -> Response {
    form_page(
        app,
        reader,
        cookie,
        LoginView { problem: Some(Kind::SignedOut.into()), letter, ..LoginView::default() },
    )
}

fn form_page(app: &App, reader: &Reader, cookie: Option<Secret>, view: LoginView) -> Response {
    let (token, set) = match form::pre_session(app, cookie) {
        Ok(made) => made,
        Err(error) => return answer::internal(reader, &error),
    };
    let brand = &app.config.brand;
    let status = view.problem.as_ref().map(Problem::status);
    let retry_after = view.problem.as_ref().and_then(Problem::retry_after);
    let view = LoginView {
        organisation: brand.name.clone().unwrap_or_default(),
        logo: reader.dress.logo().map(str::to_owned),
        help: brand.help.clone(),
        phone: brand.phone.clone(),
        password_reset: brand.reset.clone(),
        here: reader.here.clone(),
        token,
        closes: app.config.access.closes.filter(|_| view.closed.is_none()),
        ..view
    };
    let frame = Frame { title: reader.tr.t("login-title").to_owned(), kind: FrameKind::Gate };
    let mut response = answer::ready(reader, &frame, view::render(&view, &reader.tr));
    if let Some(status) = status.and_then(|s| axum::http::StatusCode::from_u16(s).ok()) {
        *response.status_mut() = status;
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(set) = set {
        set_cookie(&mut response, &set);
    }
    response
}

pub fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Ends every session of this browser and its IMAP connections. Signing out twice is no error.
pub async fn sign_out(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let fields = form::read(&parts, body, &reader).await;
    // A script that is there takes this field out, and wipes what it kept itself.
    let wipe = fields.as_ref().is_ok_and(|fields| fields.get("wipe").is_some());
    match Who::from_request_parts(&mut parts, &app).await {
        Ok(who) => {
            let fields = match fields {
                Ok(fields) => fields,
                Err(refused) => return refused,
            };
            if let Some(refused) = form::refusal(&fields, &who) {
                return refused;
            }
            if let Err(error) = app.sessions.sign_out(who.signed.key).await {
                return answer::internal(&reader, &error);
            }
            app.pool.end_session(who.signed.key.0);
            who.tell(Event::of(What::SignOut));
            let others = beside::living(&app, &who::presented(&parts, &app)).await;
            beside::end(&app, &others, who.account.client_ip.map(site_of)).await;
        }
        // Nobody is signed in: that is what was wanted. Any other failure ended nothing.
        Err(failed) if failed.status() == StatusCode::UNAUTHORIZED => {
            // The one that was shown ended by its time; those beside it have not.
            if let Err(refused) = fields {
                return refused;
            }
            let others = beside::living(&app, &who::presented(&parts, &app)).await;
            let client = parts.extensions.get::<ClientIp>();
            beside::end(&app, &others, client.map(|client| site_of(client.0))).await;
        }
        Err(failed) => return failed,
    }
    let mut response = Redirect::to("/login?out=1").into_response();
    for cookie in app.sessions.cookies().clear() {
        set_cookie(&mut response, &cookie);
    }
    if wipe {
        // Not the cookies: the language is one.
        response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"storage\""));
    }
    response
}
