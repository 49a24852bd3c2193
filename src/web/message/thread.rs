//! `GET /mail/{folder}/{message}/thread`: the conversation of a message. Its page links here; a script fetches the same once
//! the end of the message is in sight. Opening a message asks for nothing of it.

pub mod view;

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::about;
use crate::{
    imap::MailboxName,
    mailbox::{
        folders::Role,
        thread::{self, Looked, Thread},
    },
    message::{compose::MessageId, query::Query},
    web::{
        app::App,
        asked::Path,
        folders::handler::{called, listed},
        href::Place,
        search,
        who::Who,
    },
};

pub async fn show(State(app): State<Arc<App>>, who: Who, Path(at): Path<(String, String)>) -> Response {
    about::page(who, at, "thread-title", |who, message| async move {
        let about::Message { place, uidvalidity, uid } = message;
        let others = others(&who, &place).await;
        let day = |at| who.reader.tr.date_of(at);
        let found = thread::find(&who.account, &place.mailbox, (uidvalidity, uid), others, day).await?;
        let view = found.map(|thread| view_of(&app, &who, &place, uid, thread));
        Ok(view.map(|view| view::render(&view, &who.reader.tr)))
    })
    .await
}

/// Where the rest of a conversation is as a rule: what came, and what was sent. Where the mailboxes cannot be listed, it is
/// looked for in the message's own.
async fn others(who: &Who, place: &Place) -> Vec<MailboxName> {
    let listed = listed(who).await.ok();
    let sent = listed.and_then(|listed| Some(listed.by_role(Role::Sent)?.name.clone()));
    let all = [Some(MailboxName::inbox()), sent].into_iter().flatten();
    all.filter(|mailbox| *mailbox != place.mailbox).collect()
}

fn view_of(app: &App, who: &Who, place: &Place, uid: u32, thread: Thread) -> view::ThreadView {
    let separator = place.separator.or(who.account.known_separator().flatten());
    let at = |looked: &Looked| Place { mailbox: looked.mailbox.clone(), separator };
    let name = |looked: &Looked| called(who, &looked.mailbox, separator);
    let rows = thread.rows.into_iter().filter_map(|found| {
        let (looked, uidvalidity, row) = (&thread.places[found.place], found.uidvalidity, found.row);
        let (brief, flags) = (row.brief.unwrap_or_default(), row.flags);
        Some(view::Row {
            href: at(looked).message(uidvalidity, row.uid?),
            who: brief.who,
            when: row.internal_date.or(brief.sent),
            subject: brief.subject,
            documents: row.documents.unwrap_or(0),
            unread: flags.is_some_and(|flags| !flags.seen),
            this: found.place == 0 && row.uid == Some(uid),
            // Only what lies elsewhere says where.
            mailbox: (found.place > 0).then(|| name(looked)),
        })
    });
    view::ThreadView {
        rows: rows.collect(),
        places: thread.places.iter().map(&name).collect(),
        ends: thread
            .places
            .iter()
            .filter(|looked| !looked.whole)
            .map(|looked| view::End { mailbox: name(looked), back_to: looked.back_to, up_to: looked.up_to })
            .collect(),
        whole: thread.whole,
        more: thread.more,
        further: further(app, who, place, &thread.chain, thread.around),
    }
}

/// The search for it in all mailboxes, which goes on as far as there are messages.
fn further(
    app: &App,
    who: &Who,
    place: &Place,
    chain: &[MessageId],
    around: Option<jiff::Timestamp>,
) -> Option<String> {
    let chain: Vec<&str> = chain.iter().map(MessageId::bare).collect();
    let query = Query::conversation(&chain, around.map(|at| who.reader.tr.date_of(at)))?;
    let asked = search::Asked::seal(app.store.keys(), &who.account.id, query).ok()?;
    Some(format!("{}?{}", place.list(), asked.part))
}
