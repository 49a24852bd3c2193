//! In which mailboxes to look, in which order, and where they are.

use std::collections::VecDeque;

use crate::{
    mailbox::folders::{Folder, Folders, Role},
    web::{folders::view::role_name, href::Place, who::Who},
};

/// Mailboxes of one page.
pub const MOST: usize = 40;

/// What arrives stands there: the inbox first, junk and trash last. What one wrote oneself did not arrive, and what only
/// shows other mailboxes is in those.
pub fn in_order(folders: &Folders) -> VecDeque<Folder> {
    let shows =
        |role| matches!(role, Role::Sent | Role::Drafts | Role::Flagged | Role::Important | Role::All);
    let mut list: Vec<Folder> =
        folders.list.iter().filter(|f| f.selectable && !f.role.is_some_and(shows)).cloned().collect();
    list.sort_by_key(|folder| match folder.role {
        Some(Role::Inbox) => 0,
        Some(Role::Junk) => 2,
        Some(Role::Trash) => 3,
        _ => 1,
    });
    list.into()
}

pub fn name(folder: &Folder, who: &Who) -> String {
    folder.role.map_or(folder.label.clone(), |role| role_name(role, &who.reader.tr).to_owned())
}

pub fn place(folder: &Folder, separator: Option<u8>) -> Place {
    Place { mailbox: folder.name.clone(), separator }
}
