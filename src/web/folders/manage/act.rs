//! What is done: every refusal comes back to its form, with what was typed.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    problem,
    show::{all_of, one_of, refused},
    view::{self, Asked, OneView, Refusal},
};
use crate::{
    audit::{Event, What},
    imap::{self, MailboxName, NameFlaw, manage::State as Seen},
    mailbox::{
        folders::{self, Role},
        manage::{self, Trouble},
    },
    web::{
        answer,
        app::App,
        asked::Path,
        form::{Fields, Posted},
        list::place::place,
        problem::Kind,
        who::Who,
    },
};

/// `POST /folders/manage`: `name`, `in` (a mailbox as in URLs, or empty).
pub async fn create(State(_): State<Arc<App>>, Posted { who, fields }: Posted) -> Response {
    let typed = fields.get("name").unwrap_or_default();
    let within = fields.get("in").unwrap_or_default();
    let parent = match within {
        "" => None,
        within => match place(&who, within).await {
            Ok(place) => Some(place.mailbox),
            Err(problem) => return answer::problem(&who.reader, &problem),
        },
    };
    let trouble = match manage::create(&who.account, parent.as_ref(), typed).await {
        Ok(made) => {
            who.tell(Event::of(What::MailboxCreated).mailbox(made.raw()));
            return Redirect::to("/folders/manage?done=created").into_response();
        }
        Err(trouble) => trouble,
    };
    let Some(refusal) = refusal(&trouble) else {
        return answer::problem(&who.reader, &problem(&who, &trouble).with_retry("/folders/manage"));
    };
    let mut view = match all_of(&who).await {
        Ok(view) => view,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    view.typed = typed.to_owned();
    view.within = within.to_owned();
    view.refusal = Some(refusal);
    refused(&who, "manage-title", "/folders", view::all(&view, &who.reader.tr))
}

/// `POST /folders/manage/{folder}`: `do=rename|subscribe|unsubscribe|delete|empty`, `name=`, `sure=1`, and what was seen.
pub async fn act(
    State(_): State<Arc<App>>,
    Path(folder): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let here = format!("/folders/manage/{}", crate::web::href::Place::url_of(&folder));
    let (account, name) = (&who.account, &place.mailbox);
    let sure = fields.get("sure") == Some("1");
    let typed = fields.get("name").unwrap_or_default();
    let told = match fields.get("do") {
        Some("rename") => Some(What::MailboxRenamed),
        Some("delete") if sure => Some(What::MailboxDeleted),
        Some("empty") if sure => Some(What::MailboxEmptied),
        _ => None,
    };
    let (asked, done) = match fields.get("do") {
        Some("rename") => match rename(&who, name, typed, sure).await {
            Ok(()) => (Asked::Nothing, Ok("/folders/manage?done=renamed".to_owned())),
            Err(refused) => (Asked::Nothing, Err(refused)),
        },
        Some(word @ ("subscribe" | "unsubscribe")) => {
            let done = manage::subscribe(account, name, word == "subscribe").await;
            (Asked::Nothing, done.map(|()| format!("{here}?done={word}d")).map_err(Why::Trouble))
        }
        Some("delete") if sure => {
            let done = manage::delete(account, name, seen(&fields)).await;
            (Asked::Delete, done.map(|()| "/folders/manage?done=deleted".to_owned()).map_err(Why::Trouble))
        }
        Some("empty") if sure => (Asked::Empty, empty(&who, name, &fields, &here).await),
        // The question comes first.
        Some("delete") => (Asked::Delete, Ok(format!("{here}?delete"))),
        Some("empty") => (Asked::Empty, Ok(format!("{here}?empty"))),
        _ => return answer::problem(&who.reader, &Kind::BadRequest.into()),
    };
    let refusal = match done {
        Ok(there) => {
            if let Some(what) = told {
                who.tell(Event::of(what).mailbox(name.raw()));
            }
            return Redirect::to(&there).into_response();
        }
        Err(Why::Refusal(refusal)) => refusal,
        Err(Why::Trouble(trouble)) => match refusal(&trouble) {
            Some(refusal) => refusal,
            None => return answer::problem(&who.reader, &problem(&who, &trouble).with_retry(here)),
        },
    };
    let view = match one_of(&who, name).await {
        Ok(view) => view,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let view = OneView { asked, refusal: Some(refusal), typed: Some(typed.to_owned()), ..view };
    refused(&who, "manage-one", "/folders/manage", view::one(&view, &who.reader.tr))
}

enum Why {
    Trouble(Trouble),
    Refusal(Refusal),
}

/// Of a mailbox that programs look for by its name only after a tick.
async fn rename(who: &Who, name: &MailboxName, typed: &str, sure: bool) -> Result<(), Why> {
    if !sure {
        let listed = folders::list(&who.account).await;
        let listed = listed.map_err(|error| Why::Trouble(Trouble::Imap(error)))?;
        if listed.get(name).is_some_and(|folder| folder.role.is_some()) {
            return Err(Why::Refusal(Refusal::NotSure));
        }
    }
    manage::rename(&who.account, name, typed).await.map(drop).map_err(Why::Trouble)
}

async fn empty(who: &Who, name: &MailboxName, fields: &Fields, here: &str) -> Result<String, Why> {
    let listed = folders::list(&who.account).await;
    let listed = listed.map_err(|error| Why::Trouble(Trouble::Imap(error)))?;
    let role = listed.get(name).ok_or(Why::Trouble(Trouble::Gone))?.role;
    if !matches!(role, Some(Role::Trash | Role::Junk)) {
        return Err(Why::Refusal(Refusal::Fixed));
    }
    let bounds = fields.number("uidvalidity").zip(fields.number("upto"));
    let Some((uidvalidity, up_to)) = bounds else { return Err(Why::Refusal(Refusal::Changed)) };
    let before = fields.number("removed").unwrap_or(0);
    let emptied = manage::empty(&who.account, name, uidvalidity, up_to).await.map_err(Why::Trouble)?;
    let removed = before.saturating_add(emptied.removed);
    if !emptied.more {
        return Ok(format!("{here}?removed={removed}"));
    }
    let of = fields.number("of").unwrap_or(removed);
    Ok(format!("{here}?empty&removed={removed}&of={of}&upto={up_to}&uidvalidity={uidvalidity}"))
}

fn seen(fields: &Fields) -> Option<Seen> {
    Some(Seen {
        messages: fields.number("messages")?,
        unseen: 0,
        uidnext: fields.number("uidnext")?,
        uidvalidity: fields.number("uidvalidity")?,
    })
}

/// None for what is no fault of the form.
fn refusal(trouble: &Trouble) -> Option<Refusal> {
    Some(match trouble {
        Trouble::Name(NameFlaw::Empty) => Refusal::NoName,
        Trouble::Name(NameFlaw::TooLong) => Refusal::LongName,
        Trouble::Name(NameFlaw::Invisible) => Refusal::OddName,
        Trouble::Name(NameFlaw::Separator(separator)) => Refusal::Separator(*separator),
        Trouble::Exists => Refusal::Exists,
        Trouble::Fixed => Refusal::Fixed,
        Trouble::HasChildren => Refusal::HasChildren,
        Trouble::Changed => Refusal::Changed,
        Trouble::AllOrNothing => Refusal::AllOrNothing,
        Trouble::Imap(imap::Error { kind: imap::Kind::Refused { text, .. }, .. }) => {
            Refusal::Said(text.clone())
        }
        Trouble::Imap(_) | Trouble::Gone => return None,
    })
}
