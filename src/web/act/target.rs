//! Where an act leads: to the mailbox of a role, to a chosen one, or first to a question.

use super::{
    asked::{Asked, Which},
    verb::Verb,
};
use crate::{
    imap::{Error, MailboxName},
    mailbox::{
        act::{self, Act},
        folders::Role,
    },
    web::{
        folders::handler::{called, listed},
        href::Place,
        who::Who,
    },
};

pub enum Target {
    /// To be done; `to` is the name of the mailbox it leads to, for people.
    Act { act: Act, to: String },
    /// Which mailbox?
    Choose,
    /// Really?
    Sure,
    /// There is no mailbox of this role.
    None(Role),
    /// They are there already.
    There,
}

/// What is deleted from the trash, or from junk, goes for good: from its first question on it is called so.
pub async fn for_good(who: &Who, place: &Place, asked: Asked) -> Asked {
    if asked.verb != Verb::Delete {
        return asked;
    }
    let listed = listed(who).await.ok();
    match listed.and_then(|listed| listed.get(&place.mailbox)?.role) {
        Some(Role::Trash | Role::Junk) => Asked { verb: Verb::Destroy, ..asked },
        _ => asked,
    }
}

pub async fn target(who: &Who, place: &Place, asked: &Asked) -> Result<Target, Error> {
    if matches!(asked.which, Which::All(_)) && !asked.sure && !matches!(asked.verb, Verb::Move | Verb::Copy) {
        return Ok(Target::Sure);
    }
    if let Some((flag, on)) = asked.verb.mark() {
        return Ok(Target::Act { act: Act::Mark(flag, on), to: String::new() });
    }
    let listed = listed(who).await?;
    let named = |to: &MailboxName| called(who, to, place.separator);
    let role = match asked.verb {
        Verb::Archive => Role::Archive,
        Verb::Delete => Role::Trash,
        Verb::Junk => Role::Junk,
        Verb::NotJunk => Role::Inbox,
        Verb::Destroy => return Ok(destroying(asked)),
        _ => {
            let separator = match asked.to.as_deref().is_some_and(|to| to.contains(':')) {
                true => who.account.separator().await?,
                false => place.separator,
            };
            let to = asked.to.as_deref().and_then(|to| MailboxName::from_url(to, separator));
            return Ok(match to {
                None => Target::Choose,
                Some(to) if to == place.mailbox => Target::There,
                Some(_) if matches!(asked.which, Which::All(_)) && !asked.sure => Target::Sure,
                Some(to) if asked.verb == Verb::Copy => Target::Act { to: named(&to), act: Act::Copy(to) },
                Some(to) => Target::Act { to: named(&to), act: Act::Move(to) },
            });
        }
    };
    let to = match listed.by_role(role).filter(|folder| folder.selectable) {
        Some(folder) => folder.name.clone(),
        None if role == Role::Inbox => MailboxName::inbox(),
        None if asked.make => act::make(&who.account, role).await?,
        None => return Ok(Target::None(role)),
    };
    if to == place.mailbox {
        return Ok(Target::There);
    }
    let label = named(&to);
    let act = match asked.verb {
        Verb::Junk => Act::Judge { junk: true, to },
        Verb::NotJunk => Act::Judge { junk: false, to },
        _ => Act::Move(to),
    };
    Ok(Target::Act { act, to: label })
}

fn destroying(asked: &Asked) -> Target {
    match asked.sure {
        true => Target::Act { act: Act::Destroy, to: String::new() },
        false => Target::Sure,
    }
}
