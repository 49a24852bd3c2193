//! What stands around a list.

use super::{handler::Extras, place::role};
use crate::{
    imap::rights::Rights,
    web::{
        act::{
            asked::{with, without},
            select,
        },
        answer::{Frame, FrameKind},
        folders::{
            self,
            view::{FoldersView, Unread},
        },
        href::Place,
        page::{Bar, Here, main_dock},
        who::Who,
    },
};

pub fn frame(who: &Who, place: &Place, extras: &Extras) -> Frame {
    let tr = &who.reader.tr;
    let here = without(&who.reader.here, &["select", "done"]);
    if extras.select.is_some() {
        return selecting(who, place, here);
    }
    let listed = who.account.places.folders(&who.account.owner);
    let folder = listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox));
    let name = folders::handler::called(who, &place.mailbox, place.separator);
    let unread = Unread {
        n: folder.and_then(|f| f.unread).map(u64::from),
        counts: folders::handler::counts_href(Some(&place.mailbox), place.separator),
        old: listed.as_ref().is_none_or(|(old, _)| *old),
    };
    // One of the two places asks.
    let rail = folders::handler::rail(who, Some(&place.mailbox));
    let rail = rail.map(|rail| FoldersView { old: false, ..rail });
    Frame {
        title: name.clone(),
        kind: FrameKind::List {
            bar: Bar::Mailbox {
                name,
                unread,
                search: Some(format!("{}/search", place.list())),
                sort: Some(format!("{}/sort", place.list())),
                select: Some(with(&here, "select")),
            },
            rail,
            dock: main_dock(
                tr,
                if place.mailbox.is_inbox() { Here::Inbox } else { Here::Elsewhere },
                who.attention,
            ),
        },
    }
}

/// Around a list, or results, on which messages are selected; `here` is the page without the mode.
pub fn selecting(who: &Who, place: &Place, here: String) -> Frame {
    let tr = &who.reader.tr;
    let known = who.account.places.rights(&who.account.owner, &place.mailbox);
    let save = format!("{}/save", place.list());
    let dock = select::dock(known.unwrap_or(Rights::ALL), role(who, place), Some(&*save), tr);
    let bar = Bar::Select { all: with(&here, "select=all"), back: here };
    let rail = folders::handler::rail(who, Some(&place.mailbox));
    Frame { title: tr.t("act-select-title").to_owned(), kind: FrameKind::List { bar, rail, dock } }
}
