//! *Bien reçu*: one tap on a message answers it with one line, in its thread, by a human hand. It can be undone for as
//! long as any message.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    audit::{Event, What},
    mailbox::opened::{self, Opened},
    message::{
        Envelope,
        compose::{
            Draft, Email, MessageId, Person, answer as reply, chain,
            guard::{Doubt, Rules},
        },
    },
    outbox::{self, Accepted, Key, Outbox, State},
    store::AccountId,
    web::{
        answer,
        app::App,
        compose::{
            sender,
            submit::{Letter, submission},
        },
        href::{self, Place},
        message::view::Acknowledged,
        problem::Kind,
        settings::identity,
        trouble,
        who::Who,
    },
};

/// Times that one message is acknowledged anew, each after the one before was taken back.
const MOST: u8 = 5;

/// Somebody waits for an answer to it: it is not one's own, nor a program's, nor a list's.
pub fn is_for_a_person(opened: &Opened, own: &[String]) -> bool {
    let Some(envelope) = &opened.message.envelope else { return false };
    let own =
        |address: &crate::message::Address| own.iter().any(|own| address.email.eq_ignore_ascii_case(own));
    reader(envelope).is_some() && !envelope.from.iter().any(own) && !opened.is_automatic()
}

/// The one whom it tells: the author, seen on the page. Where answers are wanted elsewhere the form shows where.
fn reader(envelope: &Envelope) -> Option<Person> {
    match reply::reply(envelope, &[]).to.as_slice() {
        [one] if envelope.from.iter().any(|from| from.email.eq_ignore_ascii_case(&one.email)) => {
            Email::parse(&one.email).ok().map(|email| Person { name: one.name.clone(), email })
        }
        _ => None,
    }
}

/// Sends it, or opens the form where there is something to ask first.
pub async fn send(app: &Arc<App>, who: &Who, place: &Place, uidvalidity: u32, uid: u32) -> Response {
    let here = place.message(uidvalidity, uid);
    let opened = match opened::open(&who.account, &place.mailbox, uidvalidity, uid, |_| Vec::new()).await {
        Ok(opened) => opened,
        Err(trouble) => {
            let problem = trouble::of_trouble(&who.account, &trouble).with_retry(here);
            return answer::problem(&who.reader, &problem);
        }
    };
    let form = || Redirect::to(&href::compose("reply", &here)).into_response();
    if !is_for_a_person(&opened, &who.addresses()) {
        return form();
    }
    let draft = match draft(app, who, &opened).await {
        Ok(Some(draft)) => draft,
        Ok(None) => return form(),
        Err(error) => return answer::internal(&who.reader, &error),
    };
    let rules = Rules { trusted: &app.config.trusted_domains, to_all: false };
    let asked = Doubt::of(&draft, rules);
    // The subject is not the writer's.
    if who.account.backend.server.smtp.is_none() || asked.iter().any(|doubt| *doubt != Doubt::NoSubject) {
        return form();
    }
    let digest = of_message(app, who, place, uidvalidity, uid);
    for time in 0..MOST {
        let Some(credentials) = (who.account.credentials)().await else {
            return answer::problem(&who.reader, &Kind::SignedOut.into());
        };
        let letter = Letter {
            draft: &draft,
            files: &[],
            key: Key(key(&digest, time)),
            digest,
            not_before: Timestamp::now() + app.config.undo,
            follow: false,
            original: Some(outbox::Original {
                mailbox: place.mailbox.raw().to_vec(),
                uidvalidity,
                uid,
                forwarded: false,
            }),
            form: outbox::Form::new(),
        };
        let accepted = app.outbox.accept(submission(who, credentials, letter)).await;
        if let Ok(Accepted::New(id)) = &accepted {
            who.tell(Event::of(What::Sent).sent(id.0));
        }
        return match accepted {
            // Taken back before: this tap means it.
            Ok(Accepted::Again(id)) if is_cancelled(&app.outbox, &who.signed.account, id).await => continue,
            Ok(Accepted::New(id) | Accepted::Again(id) | Accepted::Conflict(id)) => {
                Redirect::to(&format!("{here}?acknowledged={id}")).into_response()
            }
            Err(error) => answer::problem(&who.reader, &trouble::of_outbox(&error)),
        };
    }
    form()
}

async fn draft(
    app: &App,
    who: &Who,
    opened: &Opened,
) -> Result<Option<Draft>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(envelope) = &opened.message.envelope else { return Ok(None) };
    let identities = identity::of(&app.store, &who.signed.account, &who.addresses()).await?;
    let own = sender::of_message(&identities, envelope).cloned().unwrap_or_default();
    let (Some(to), Some((from, reply_to))) = (reader(envelope), sender::fields(&own)) else {
        return Ok(None);
    };
    let mut seed = [0; 16];
    getrandom::fill(&mut seed)?;
    let tr = &who.reader.tr;
    let original = envelope.message_id.as_deref();
    let references = opened.field("references").unwrap_or_default();
    Ok(Some(Draft {
        receipt: false,
        from,
        reply_to,
        to: vec![to],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: reply::subject(tr.t("subject-reply"), envelope.subject.as_deref().unwrap_or_default()),
        text: format!("{}{}", tr.t("acknowledge-text"), identity::signed(&own.signature, "")),
        in_reply_to: original.and_then(MessageId::parse),
        references: chain(&references, envelope.in_reply_to.as_deref(), original),
        kept: Vec::new(),
        files: Vec::new(),
        date: tr.zoned(Timestamp::now()),
        seed,
    }))
}

/// The same message acknowledged twice is one answer, whichever tap it was.
fn of_message(app: &App, who: &Who, place: &Place, uidvalidity: u32, uid: u32) -> [u8; 32] {
    let [uidvalidity, uid] = [uidvalidity, uid].map(u32::to_be_bytes);
    let which: [&[u8]; 4] = [who.signed.account.as_bytes(), &uidvalidity, &uid, place.mailbox.raw()];
    app.store.keys().digest("relais acknowledgement", &which)
}

fn key(digest: &[u8; 32], time: u8) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::new().chain_update(digest).chain_update([time]).finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&hash[..16]);
    key
}

async fn is_cancelled(outbox: &Outbox, account: &AccountId, id: outbox::MessageId) -> bool {
    let detail = outbox.get(account, id).await.ok().flatten();
    detail.is_some_and(|detail| detail.sent.recipients.iter().all(|r| r.state == State::Cancelled))
}

/// What the page of the message says of it. `None` for what is not an acknowledgement that still stands.
pub async fn told(app: &App, who: &Who, id: &str) -> Option<Acknowledged> {
    let id: outbox::MessageId = id.parse().ok()?;
    let detail = app.outbox.get(&who.signed.account, id).await.ok().flatten()?;
    if detail.sent.recipients.iter().all(|r| r.state == State::Cancelled) {
        return None;
    }
    let left = detail.sent.not_before.duration_since(Timestamp::now()).as_secs();
    Some(Acknowledged {
        href: format!("/outbox/{id}"),
        here: who.reader.here.split('?').next().unwrap_or_default().to_owned(),
        token: who.signed.csrf.token().unwrap_or_default(),
        undo: u64::try_from(left).ok().filter(|left| *left > 0 && detail.can_cancel),
    })
}
