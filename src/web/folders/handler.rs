//! The page of mailboxes, and the rail made of what was listed last.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use maud::Markup;

use super::{
    manage,
    view::{self, Account as AccountView, Folder, FoldersView, Group, GroupKind, OutboxLink},
};
use crate::{
    imap::{self, MailboxName},
    mailbox::folders::{self, Folders, Kind},
    web::{
        answer::{self, Frame, Screen},
        app::App,
        compose::device,
        href::{Place, value, value_of},
        trouble,
        who::Who,
    },
};

pub async fn show(State(app): State<Arc<App>>, who: Who) -> Response {
    page(&app, who, |who, listed| view::render(&view_of(who, listed, None), &who.reader.tr)).await
}

/// `GET /folders/rail?in={folder}`: the mailboxes of the rail, counted now.
pub async fn counted(State(app): State<Arc<App>>, who: Who, RawQuery(query): RawQuery) -> Response {
    page(&app, who, |who, listed| {
        let here = value(&query.unwrap_or_default(), "in").unwrap_or_default();
        let current = MailboxName::from_url(&here, listed.separator).filter(|_| !here.is_empty());
        let folder = current.as_ref().and_then(|current| listed.get(current));
        let unread = folder.and_then(|folder| folder.unread).map(u64::from);
        view::counted(&railed(who, listed, current.as_ref()), unread, &who.reader.tr)
    })
    .await
}

/// Of the mailboxes as the server lists them now.
async fn page(
    app: &App,
    who: Who,
    drawn: impl FnOnce(&Who, &Folders) -> Markup + Send + 'static,
) -> Response {
    let who = who.with_outbox(app).await;
    let frame = Frame::column(who.reader.tr.t("folders"), Some("/mail/INBOX".to_owned()));
    let reader = who.reader.clone();
    answer::page(reader, frame, async move {
        let listed = folders::list(&who.account).await;
        let listed = listed.map_err(|e| trouble::of(&who.account, &e).with_retry("/folders"))?;
        Ok(Screen::new(drawn(&who, &listed)))
    })
    .await
}

/// The mailboxes as they were listed last, or now.
pub async fn listed(who: &Who) -> Result<Arc<Folders>, imap::Error> {
    match who.account.places.folders(&who.account.owner) {
        Some((_, folders)) => Ok(folders),
        None => folders::list(&who.account).await,
    }
}

/// What people call a mailbox, as far as the mailboxes were listed.
pub fn called(who: &Who, mailbox: &MailboxName, separator: Option<u8>) -> String {
    let listed = who.account.places.folders(&who.account.owner);
    match listed.as_ref().and_then(|(_, folders)| folders.get(mailbox)) {
        Some(folder) => {
            folder.role.map_or(folder.label.clone(), |role| view::role_name(role, &who.reader.tr).to_owned())
        }
        None if mailbox.is_inbox() => who.reader.tr.t("role-inbox").to_owned(),
        None => mailbox.path(separator).pop().unwrap_or_default(),
    }
}

/// The rail of a wide page, if the mailboxes were listed before. No mailbox is open on the list of sent mail.
pub fn rail(who: &Who, current: Option<&MailboxName>) -> Option<FoldersView> {
    let (old, folders) = who.account.places.folders(&who.account.owner)?;
    let counts = counts_href(current, folders.separator);
    Some(FoldersView { counts, old, ..railed(who, &folders, current) })
}

/// Where the mailboxes are counted now; see [`counted`].
pub fn counts_href(current: Option<&MailboxName>, separator: Option<u8>) -> String {
    let here = current.map(|name| value_of(&name.to_url(separator)));
    format!("/folders/rail?in={}", here.unwrap_or_default())
}

/// What is nearly full, as it was told last.
pub fn full(folders: &Folders) -> Option<manage::view::QuotaView> {
    folders.nearly_full().and_then(manage::quota)
}

fn railed(who: &Who, folders: &Folders, current: Option<&MailboxName>) -> FoldersView {
    let mut view = view_of(who, folders, current);
    view.outbox.current = current.is_none();
    view
}

fn view_of(who: &Who, folders: &Folders, current: Option<&MailboxName>) -> FoldersView {
    let of_kind = |kind| folders.list.iter().filter(move |f| f.kind == kind);
    let group = |kind, as_kind| {
        let folders = tree(&of_kind(kind).collect::<Vec<_>>(), folders.separator, current);
        (!folders.is_empty()).then_some(Group { kind: as_kind, folders })
    };
    FoldersView {
        own: tree(&of_kind(Kind::Personal).collect::<Vec<_>>(), folders.separator, current),
        groups: [group(Kind::OtherUsers, GroupKind::OtherUsers), group(Kind::Shared, GroupKind::Shared)]
            .into_iter()
            .flatten()
            .collect(),
        outbox: OutboxLink { attention: who.attention, current: false },
        account: AccountView {
            address: who.signed.address.clone(),
            // Without random bytes the page has no sign-out, which is better than no page.
            token: who.signed.csrf.token().unwrap_or_default(),
            here: who.reader.here.clone(),
            wipe: device::name(who),
            beside: who.beside as u64,
        },
        counts: String::new(),
        old: false,
        full: full(folders),
        alert: folders.alerts.first().cloned(),
    }
}

/// From the flat list, parents first, to a tree.
fn tree(list: &[&folders::Folder], separator: Option<u8>, current: Option<&MailboxName>) -> Vec<Folder> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(folder) = list.get(at) {
        let end =
            list[at + 1..].iter().position(|f| f.depth <= folder.depth).map_or(list.len(), |n| at + 1 + n);
        let place = Place { mailbox: folder.name.clone(), separator };
        out.push(Folder {
            name: folder.label.clone(),
            role: folder.role,
            href: folder.selectable.then(|| place.list()),
            unread: folder.unread.map(u64::from),
            current: current == Some(&folder.name),
            children: tree(&list[at + 1..end], separator, current),
        });
        at = end;
    }
    out
}
