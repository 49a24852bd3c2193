//! A receipt that the sender asks for: the reader is asked, and nothing goes by itself (RFC 8098 §2.1).

pub mod view;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;

use crate::{
    audit::{Event, What},
    imap::{fetch::Fetched, heads::head},
    mailbox::{
        act::{self, Mark},
        opened,
    },
    message::{
        Address,
        compose::{Email, MessageId, receipt},
    },
    outbox::{About, Accepted, Key, Piece, Submission},
    web::{
        answer,
        app::App,
        asked::Path,
        form::Posted,
        list::place::{anchor, place},
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// Whom to tell, where the reader is to be asked: not of their own mail, and not once they decided (`$MDNSent`).
pub fn asked(message: &Fetched, own: &str) -> Option<Address> {
    let decided = message.flags.is_none_or(|flags| flags.mdn_sent || flags.draft);
    let wanted = receipt::asked_for(&head(message)).filter(|_| !decided)?;
    let mine = |address: &Address| address.email.eq_ignore_ascii_case(own);
    let from_me = message.envelope.as_ref().is_some_and(|envelope| envelope.from.iter().any(mine));
    (!mine(&wanted) && !from_me).then_some(wanted)
}

/// `POST /mail/{folder}/{message}/receipt`: `do=send|refuse`. Twice is once: the key is made of the message.
pub async fn decide(
    State(app): State<Arc<App>>,
    Path((folder, id)): Path<(String, String)>,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = &who.reader;
    let (Some((uidvalidity, uid)), Some(verb @ ("send" | "refuse"))) = (anchor(&id), fields.get("do")) else {
        return answer::problem(reader, &Kind::BadRequest.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(reader, &problem),
    };
    let back = place.message(uidvalidity, uid);
    let message = match opened::about(&who.account, &place.mailbox, uidvalidity, uid).await {
        Ok(message) => message,
        Err(trouble) => return answer::problem(reader, &trouble::of_trouble(&who.account, &trouble)),
    };
    // Decided before, or never asked: nothing goes.
    let Some(wanted) = asked(&message, &who.signed.address) else {
        return Redirect::to(&back).into_response();
    };
    if verb == "send" {
        let Some(submission) = submission(&app, &who, &message, &wanted, (uidvalidity, uid)).await else {
            return answer::problem(reader, &Kind::Internal.into());
        };
        match app.outbox.accept(submission).await {
            Ok(Accepted::New(id)) => who.tell(Event::of(What::Sent).sent(id.0)),
            Ok(_) => {}
            Err(error) => return answer::problem(reader, &trouble::of_outbox(&error)),
        }
    }
    let marked = act::mark(&who.account, &place.mailbox, uidvalidity, &[uid], &[Mark::Receipt]).await;
    if let Err(trouble) = marked {
        return answer::problem(reader, &trouble::of_trouble(&who.account, &trouble));
    }
    Redirect::to(&back).into_response()
}

async fn submission(
    app: &App,
    who: &Who,
    message: &Fetched,
    wanted: &Address,
    (uidvalidity, uid): (u32, u32),
) -> Option<Submission> {
    let credentials = (who.account.credentials)().await?;
    let (from, to) = (Email::parse(&who.signed.address).ok()?, Email::parse(&wanted.email).ok()?);
    let envelope = message.envelope.as_ref();
    let original = envelope.and_then(|e| e.message_id.as_deref()).and_then(MessageId::parse);
    let subject = envelope.and_then(|e| e.subject.clone()).unwrap_or_default();
    let tr = &who.reader.tr;
    let now = Timestamp::now();
    let which = match &original {
        Some(id) => id.as_str().as_bytes().to_vec(),
        None => [uidvalidity.to_be_bytes(), uid.to_be_bytes()].concat(),
    };
    let what: [&[u8]; 3] = [who.signed.account.as_bytes(), &which, to.as_str().as_bytes()];
    let digest = app.store.keys().digest("relais receipt", &what);
    let mut seed = [0; 16];
    getrandom::fill(&mut seed).ok()?;
    let receipt = receipt::Receipt {
        from,
        to: to.clone(),
        subject: tr.t_with("receipt-subject", &[("subject", (&subject).into())]),
        text: tr
            .t_with("receipt-text", &[("subject", (&subject).into()), ("moment", (&tr.moment(now)).into())]),
        original: original.clone(),
        date: tr.zoned(now),
        seed,
    };
    Some(Submission {
        account: who.signed.account,
        server: who.signed.server.clone(),
        owns: who.account.backend.server.senders_of(&who.signed.address),
        login: credentials.login,
        password: credentials.password,
        key: Key(digest[..16].try_into().ok()?),
        digest,
        // RFC 8098 §3: nobody reports on a report.
        from: String::new(),
        recipients: vec![to.as_str().to_owned()],
        message: vec![Piece::Bytes(receipt.write())],
        form: Vec::new(),
        not_before: now,
        follow: false,
        about: About {
            message_id: receipt.message_id().bare().to_owned(),
            subject: receipt.subject.clone(),
            to: vec![wanted.clone()],
            in_reply_to: original.as_ref().map(|id| id.bare().to_owned()),
            ..About::default()
        },
    })
}
