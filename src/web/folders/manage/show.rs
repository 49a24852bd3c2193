//! The pages: all mailboxes, and one of them.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    problem,
    view::{self, Asked, Emptying, Line, ManageView, OneView, QuotaView},
};
use crate::{
    imap::{MailboxName, quota::Quota},
    mailbox::{
        folders::{Folder, Folders, Kind},
        manage::{self, About, Trouble},
    },
    web::{
        answer::{self, Frame, Screen},
        app::App,
        asked::{Path, Query},
        folders::view::role_name,
        href::Place,
        list::place::place,
        problem::Problem,
        trouble,
        who::Who,
    },
};

#[derive(Deserialize)]
pub struct AllQuery {
    /// What was done a moment ago: a word of ours.
    done: Option<String>,
}

pub async fn all(State(_): State<Arc<App>>, who: Who, Query(query): Query<AllQuery>) -> Response {
    let reader = who.reader.clone();
    let frame = Frame::column(reader.tr.t("manage-title"), Some("/folders".to_owned()));
    answer::page(reader, frame, async move {
        let mut view = all_of(&who).await?;
        view.done = query.done.as_deref().and_then(view::Done::of);
        Ok(Screen::new(view::all(&view, &who.reader.tr)))
    })
    .await
}

/// All of them, without what was typed.
pub(super) async fn all_of(who: &Who) -> Result<ManageView, Problem> {
    let found = manage::overview(&who.account).await;
    let overview = found.map_err(|error| trouble::of(&who.account, &error).with_retry("/folders/manage"))?;
    let folders = &overview.folders;
    let lines = folders.list.iter().map(|folder| Line {
        title: title(who, folders, folder),
        href: format!("/folders/manage/{}", Place::url_of(&folder.url)),
        value: folder.url.clone(),
        // Every program shows INBOX.
        hidden: folder.selectable && !folder.name.is_inbox() && !overview.subscribed.contains(&folder.name),
        // Where others have theirs, only the server knows who may make one.
        parent: folder.kind == Kind::Personal,
    });
    Ok(ManageView {
        token: who.signed.csrf.token().unwrap_or_default(),
        lines: lines.collect(),
        flat: folders.separator.is_none(),
        quota: folders.quota.iter().filter_map(quota).collect(),
        ..ManageView::default()
    })
}

#[derive(Deserialize)]
pub struct OneQuery {
    /// The question before it is deleted.
    delete: Option<String>,
    /// The question before it is emptied.
    empty: Option<String>,
    /// So many were removed a moment ago,
    removed: Option<u64>,
    /// of so many,
    of: Option<u32>,
    /// up to this UID of this UIDVALIDITY.
    upto: Option<u32>,
    uidvalidity: Option<u32>,
    done: Option<String>,
}

pub async fn one(
    State(_): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    Query(query): Query<OneQuery>,
) -> Response {
    let reader = who.reader.clone();
    let asked = match (query.delete, query.empty) {
        (Some(_), _) => Asked::Delete,
        (_, Some(_)) => Asked::Empty,
        _ => Asked::Nothing,
    };
    // From a question the way back leads to where it was asked.
    let back = match asked {
        Asked::Nothing => "/folders/manage".to_owned(),
        _ => who.reader.here.split('?').next().unwrap_or_default().to_owned(),
    };
    let frame = Frame::column(reader.tr.t("manage-one"), Some(back));
    answer::page(reader, frame, async move {
        let place = place(&who, &folder).await?;
        let mut view = one_of(&who, &place.mailbox).await?;
        // Only what such mailboxes hold is meant to go.
        view.asked = if asked == Asked::Empty && !view.empties() { Asked::Nothing } else { asked };
        view.removed = query.removed;
        view.upto = query.uidvalidity.zip(query.upto);
        view.of = query.of;
        view.done = query.done.as_deref().and_then(view::Done::of);
        Ok(Screen::new(view::one(&view, &who.reader.tr)))
    })
    .await
}

pub(super) async fn one_of(who: &Who, mailbox: &MailboxName) -> Result<OneView, Problem> {
    let about = manage::about(&who.account, mailbox).await;
    let About { folders, folder, children, state, subscribed, rights, can_empty } =
        about.map_err(|trouble: Trouble| problem(who, &trouble).with_retry(who.reader.here.clone()))?;
    let href = format!("/folders/manage/{}", Place::url_of(&folder.url));
    Ok(OneView {
        token: who.signed.csrf.token().unwrap_or_default(),
        title: title(who, &folders, &folder),
        name: folder.label.clone(),
        href,
        role: folder.role,
        inbox: folder.name.is_inbox(),
        selectable: folder.selectable,
        list_href: folder
            .selectable
            .then(|| Place { mailbox: folder.name.clone(), separator: folders.separator }.list()),
        children: children.iter().map(|child| title(who, &folders, child)).collect(),
        state,
        subscribed,
        may_delete: rights.delete,
        emptying: match (rights.remove, can_empty) {
            (false, _) => Emptying::NotAllowed,
            (true, false) => Emptying::AllOrNothing,
            (true, true) => Emptying::Possible,
        },
        ..OneView::default()
    })
}

/// What people call it: its role, else all the levels of its name.
fn title(who: &Who, folders: &Folders, folder: &Folder) -> String {
    if let Some(role) = folder.role {
        return role_name(role, &who.reader.tr).to_owned();
    }
    let own = folder.name.raw().strip_prefix(&folders.prefix[..]).filter(|_| folder.kind == Kind::Personal);
    let shown = own.and_then(MailboxName::from_raw).unwrap_or_else(|| folder.name.clone());
    shown.path(folders.separator).join(" / ")
}

/// None for what is not limited, or not in octets or messages.
pub fn quota(quota: &Quota) -> Option<QuotaView> {
    let octets = match quota.resource.as_str() {
        "STORAGE" => true,
        "MESSAGE" => false,
        _ => return None,
    };
    let unit = if octets { 1024 } else { 1 };
    let (used, limit) = (quota.used.saturating_mul(unit), quota.limit.saturating_mul(unit));
    (limit > 0).then(|| QuotaView { octets, used, limit, percent: quota.percent() })
}

/// A page that says why it was not done, with what was typed.
pub(super) fn refused(who: &Who, title: &'static str, back: &str, body: maud::Markup) -> Response {
    let frame = Frame::column(who.reader.tr.t(title), Some(back.to_owned()));
    let mut response = answer::ready(&who.reader, &frame, body);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}
