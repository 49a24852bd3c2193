//! Who is signed in. Every handler that shows mail takes a [`Who`]; without one there is no account to ask for.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    answer,
    app::App,
    door::{self, Shut},
    guard::client_ip::ClientIp,
    href, problem,
    reader::Reader,
    status::strip,
};
use crate::{
    audit::{Audit, Event},
    imap::{CredentialSource, Owner},
    mailbox::Account,
    session::{Presented, SignedIn, site_of},
    store::Secret,
};

pub struct Who {
    pub signed: SignedIn,
    pub account: Account,
    pub reader: Reader,
    /// Sent messages that need their author, for the marks that lead to them; 0 until [`Who::with_outbox`].
    pub attention: u64,
    /// Other mailboxes that this browser is signed in to, as far as its cookies say.
    pub beside: usize,
    pub(super) audit: Audit,
}

impl Who {
    /// Has it written into the audit that this person did it; nothing waits for that.
    pub fn tell(&self, event: Event<'_>) {
        let from = self.account.client_ip.map(site_of);
        self.audit.tell(&event.account(self.signed.pooled).network(from));
    }

    /// The addresses the account may write from; the first is its own.
    pub fn addresses(&self) -> Vec<String> {
        self.account.backend.server.senders_of(&self.signed.address)
    }

    /// Looks into the outbox. A page that cannot is a page without marks.
    pub async fn with_outbox(self, app: &App) -> Who {
        let attention = app.outbox.attention_lately(&self.signed.account).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what needs the author of sent mail is not known");
            0
        });
        Who { attention: attention as u64, ..self }
    }
}

impl FromRequestParts<Arc<App>> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Who, Response> {
        let Ok(mut reader) = Reader::from_request_parts(parts, app).await;
        let presented = presented(parts, app);
        let beside = presented.beside.len();
        let (Some(id), Some(k)) = (presented.id, presented.k) else {
            return Err(signed_out(parts, &reader));
        };
        let found = app.sessions.find(&id, &k).await.map_err(|e| answer::internal(&reader, &e))?;
        let signed = found.filter(|signed| may_ask(parts, app, signed));
        let Some(signed) = signed else { return Err(signed_out(parts, &reader)) };
        let client_ip = parts.extensions.get::<ClientIp>().map(|ip| ip.0);
        let Some(account) = account(app, &signed, k, client_ip) else {
            return Err(signed_out(parts, &reader));
        };
        if by_a_person(parts)
            && let Err(error) = app.sessions.touch(&signed).await
        {
            tracing::warn!(%error, "the session's idle time was not moved");
        }
        reader.notice = strip::of(&app.notices, Some((&signed.address, &signed.pooled)), &reader.tr);
        reader.line = Some((app.pool.line(), account.owner));
        Ok(Who { signed, account, reader, attention: 0, beside, audit: app.audit.clone() })
    }
}

/// The mailbox of a session; None where its server is not configured any more.
pub fn account(app: &Arc<App>, signed: &SignedIn, k: Secret, client_ip: Option<IpAddr>) -> Option<Account> {
    let credentials: CredentialSource = {
        let (app, signed) = (app.clone(), signed.clone());
        let k = Arc::new(k);
        Arc::new(move || {
            let (app, signed, k) = (app.clone(), signed.clone(), k.clone());
            Box::pin(async move { app.sessions.credentials(&signed, &k).await.ok() })
        })
    };
    Some(Account {
        sessions: app.sessions.clone(),
        pool: app.pool.clone(),
        owner: Owner { session: signed.key.0, account: signed.pooled },
        id: signed.account,
        backend: app.backend(&signed.server).cloned()?,
        credentials,
        client_ip,
        places: app.places.clone(),
        store: app.store.clone(),
    })
}

/// Whether this session, at this hour, may ask for this: a session made after closing reads what became of sent mail and
/// can end, whatever opened since; the others end with the opening hours, and with the name on the list.
fn may_ask(parts: &Parts, app: &App, signed: &SignedIn) -> bool {
    let ends = parts.uri.path() == "/logout";
    let kind = match parts.extensions.get::<Shut>() {
        None => !signed.only_suivi || door::reads(parts),
        Some(Shut::Suivi { .. }) => signed.only_suivi && door::reads(parts),
        Some(_) => false,
    };
    let access = &app.config.access;
    ends || kind && access.admits_domain(&signed.address) && access.admits_user(&signed.address)
}

/// The cookies of ours in this request.
pub fn presented(parts: &Parts, app: &App) -> Presented {
    presented_by(&parts.headers, app)
}

pub fn presented_by(headers: &HeaderMap, app: &App) -> Presented {
    let fields = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    app.sessions.cookies().read(fields)
}

/// What a script fetches by itself does not keep a session alive (`Sec-Fetch-Dest: empty` of previews and pages
/// loaded by scrolling counts as reading only with a document or a form behind it).
fn by_a_person(parts: &Parts) -> bool {
    let purpose = parts.headers.get("sec-purpose").or_else(|| parts.headers.get("purpose"));
    let prefetch = purpose.and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("prefetch"));
    let path: Vec<&str> = parts.uri.path().split('/').collect();
    let previews = matches!(path.as_slice(), ["", "mail", _, "previews"]);
    let script = parts.headers.get("sec-fetch-dest").is_some_and(|v| v == "empty");
    let later = script
        && matches!(
            path.as_slice(),
            ["", "mail", _, _, "thread"] | ["", "folders", "rail"] | ["", "missed", "line"]
        );
    !prefetch && !previews && !later
}

fn signed_out(parts: &Parts, reader: &Reader) -> Response {
    let wants_page = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_none_or(|a| a.contains("html") || a.contains("*/*"));
    if parts.method == Method::GET && wants_page {
        return Redirect::to(&href::login(&reader.here)).into_response();
    }
    answer::problem(reader, &problem::Kind::SignedOut.into())
}
