//! A receipt that the sender asks for: the reader is asked, and nothing goes by itself (RFC 8098 §2.1).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use maud::{Markup, html};
use sha2::{Digest, Sha256};

use crate::{
    imap::{fetch::Fetched, heads::head},
    locale::Tr,
    mailbox::{
        act::{self, Mark},
        opened,
    },
    message::{
        Address,
        compose::{Email, MessageId, receipt},
    },
    outbox::{About, Key, Piece, Submission},
    web::{
        answer,
        app::App,
        form::Posted,
        list::handler::{anchor, place},
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// The bar above a message whose sender wants to know.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who would get it.
    pub who: String,
    /// `/mail/{folder}/{message}/receipt`.
    pub href: String,
    pub token: String,
}

/// Whom to tell, where the reader is to be asked: not of their own mail, and not once they decided (`$MDNSent`).
pub fn asked(message: &Fetched, own: &str) -> Option<Address> {
    let decided = message.flags.is_none_or(|flags| flags.mdn_sent || flags.draft);
    let wanted = receipt::asked_for(&head(message)).filter(|_| !decided)?;
    let mine = |address: &Address| address.email.eq_ignore_ascii_case(own);
    let from_me = message.envelope.as_ref().is_some_and(|envelope| envelope.from.iter().any(mine));
    (!mine(&wanted) && !from_me).then_some(wanted)
}

pub fn bar(asked: &Asked, tr: &Tr) -> Markup {
    let form = |verb: &str, label: &str| {
        html! {
            form method="post" action=(asked.href) {
                input type="hidden" name="token" value=(asked.token);
                button name="do" value=(verb) { (label) }
            }
        }
    };
    html! {
        section.sheet aria-label=(tr.t("receipt-title")) {
            p { bdi { (asked.who) } " " (tr.t("receipt-asks")) }
            p.meta { (tr.t("receipt-what")) }
            div.acts.own { (form("send", tr.t("receipt-send"))) (form("refuse", tr.t("receipt-refuse"))) }
        }
    }
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
        let Some(submission) = submission(&who, &message, &wanted, (uidvalidity, uid)).await else {
            return answer::problem(reader, &Kind::Internal.into());
        };
        if let Err(error) = app.outbox.accept(submission).await {
            return answer::problem(reader, &trouble::of_outbox(&error));
        }
    }
    let marked = act::mark(&who.account, &place.mailbox, uidvalidity, &[uid], &[Mark::Receipt]).await;
    if let Err(trouble) = marked {
        return answer::problem(reader, &trouble::of_trouble(&who.account, &trouble));
    }
    Redirect::to(&back).into_response()
}

async fn submission(
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
    let mut digest = Sha256::new();
    digest.update(b"receipt");
    match &original {
        Some(id) => digest.update(id.as_str()),
        None => digest.update([uidvalidity.to_be_bytes(), uid.to_be_bytes()].concat()),
    }
    digest.update(to.as_str());
    let digest: [u8; 32] = digest.finalize().into();
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
    let bare = |id: &MessageId| id.as_str().trim_matches(['<', '>']).to_owned();
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
            message_id: bare(&receipt.message_id()),
            subject: receipt.subject.clone(),
            to: vec![wanted.clone()],
            in_reply_to: original.as_ref().map(bare),
            ..About::default()
        },
    })
}
