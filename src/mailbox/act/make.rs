//! The mailbox for a role that none has yet: its archive, its trash.

use crate::{
    imap::{Error, Kind, MailboxName, Stage},
    mailbox::{
        Account,
        folders::{self, Role},
        manage::{self, Trouble},
    },
};

/// Makes it under the name that other programs know, in English as they do, and subscribes to it.
///
/// # Errors
/// When the server does not make it.
pub async fn make(account: &Account, role: Role) -> Result<MailboxName, Error> {
    let unnamed = || Error::new(Stage::Act, Kind::Unsupported("a mailbox of this role"));
    let name = match role {
        Role::Archive => "Archive",
        Role::Trash => "Trash",
        Role::Junk => "Junk",
        _ => return Err(unnamed()),
    };
    let made = match manage::create(account, None, name).await {
        Ok(made) => Some(made),
        // Another tab, or another program, was quicker.
        Err(Trouble::Exists) => None,
        Err(Trouble::Imap(error)) => return Err(error),
        Err(_) => return Err(unnamed()),
    };
    let folders = folders::list(account).await?;
    made.or_else(|| Some(folders.by_role(role)?.name.clone())).ok_or_else(unnamed)
}
