//! The mailbox in a URL, and what is known of it without a question.

use crate::{
    imap::{MailboxName, fetch::Whom},
    mailbox::folders::Role,
    web::{
        href::Place,
        problem::{Kind, Problem},
        search::view::Tabs,
        trouble,
        who::Who,
    },
};

/// `<uidvalidity>-<uid>`.
pub fn anchor(text: &str) -> Option<(u32, u32)> {
    let (uidvalidity, uid) = text.split_once('-')?;
    Some((uidvalidity.parse().ok()?, uid.parse().ok().filter(|uid| *uid > 0)?))
}

/// The mailbox in a URL. Most need no question: only a name with levels needs the separator.
pub async fn place(who: &Who, folder: &str) -> Result<Place, Problem> {
    let separator = if folder.contains(':') {
        who.account.separator().await.map_err(|e| trouble::of(&who.account, &e))?
    } else {
        None
    };
    let mailbox = MailboxName::from_url(folder, separator).ok_or(Problem::from(Kind::NotFound))?;
    Ok(Place { mailbox, separator })
}

/// The same without a question, for the shell, which waits for no server: while the separator is not known, it is a
/// guess.
pub fn guess(who: &Who, folder: &str) -> Option<Place> {
    let separator = who.account.known_separator().unwrap_or(Some(b'/'));
    Some(Place { mailbox: MailboxName::from_url(folder, separator)?, separator })
}

/// What the mailbox is for, as far as the mailboxes were listed.
pub(super) fn role(who: &Who, place: &Place) -> Option<Role> {
    let listed = who.account.places.folders(&who.account.owner);
    match listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox)) {
        Some(folder) => folder.role,
        None => place.mailbox.is_inbox().then_some(Role::Inbox),
    }
}

/// What one wrote oneself is told apart by those it went to.
pub fn whom(who: &Who, place: &Place) -> Whom {
    if matches!(role(who, place), Some(Role::Sent | Role::Drafts)) { Whom::Recipients } else { Whom::Authors }
}

/// What one wrote, threw away or never wanted has no lanes.
pub fn has_lanes(who: &Who, place: &Place) -> bool {
    let listed = who.account.places.folders(&who.account.owner);
    let folder = listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox));
    match folder {
        Some(folder) => matches!(folder.role, None | Some(Role::Inbox | Role::Archive)),
        None => place.mailbox.is_inbox(),
    }
}

/// The ways to one lane, where mail comes in or is put to be worked on; and where the marks are kept, to what is unread or still
/// to be dealt with. `current`: the word of the page.
pub fn tabs_of(who: &Who, place: &Place, current: Option<&'static str>) -> Option<Tabs> {
    if !has_lanes(who, place) {
        return None;
    }
    let rights = who.account.places.rights(&who.account.owner, &place.mailbox);
    let filters = rights.is_none_or(|rights| rights.keywords) && role(who, place) != Some(Role::Archive);
    Some(Tabs { path: place.list(), current, filters })
}

/// Whose mailbox a list is of, and which: for the script.
pub fn of(who: &Who, uidvalidity: u32) -> String {
    let session = who.account.sessions.page_name(who.signed.key);
    format!("{}-{uidvalidity}", session.get(..8).unwrap_or_default())
}
