//! The select mode of a list, and of results: the same page with a form, each face a checkbox of it, what can be done where
//! the thumb is.

use maud::{Markup, html};

use super::verb::Verb;
use crate::{imap::rights::Rights, locale::Tr, mailbox::folders::Role, web::icon::Icon};

/// The form of the rows.
#[derive(Debug, Clone, Default)]
pub struct Select {
    /// `/mail/{folder}/act`.
    pub act_href: String,
    pub token: String,
    /// This page, without the mode.
    pub back: String,
    /// *Tout*: every row is ticked.
    pub ticked: bool,
    /// All messages of the mailbox, where there are more than these: the newest of them, and how many.
    pub all: Option<(u32, u32)>,
}

/// The form, but for the rows: those name it, and may come later.
pub fn form(select: &Select, uidvalidity: u32, tr: &Tr) -> Markup {
    html! {
        form #act method="post" action=(select.act_href) data-undo=(tr.t("outbox-undo")) {
            input type="hidden" name="token" value=(select.token);
            input type="hidden" name="uidvalidity" value=(uidvalidity);
            input type="hidden" name="back" value=(select.back);
            @if let Some((up_to, of)) = select.all {
                input type="hidden" name="of" value=(of);
                label.check.all-of {
                    input type="checkbox" name="all" value=(up_to);
                    span { (tr.t_with("act-all-of", &[("n", u64::from(of).into())])) }
                }
            }
        }
    }
}

/// What can be done in this mailbox, where the thumb is.
pub fn dock(rights: Rights, role: Option<Role>, save: Option<&str>, tr: &Tr) -> Markup {
    let (first, more) = verbs(rights, role);
    html! {
        nav.dock.acting aria-label=(tr.t("dock-actions")) {
            @for verb in first { (button(verb, role, true, tr)) }
            @if let Some(save) = save {
                button form="act" formaction=(save) { (Icon::Download.draw()) span { (tr.t("act-save")) } }
            }
            @if !more.is_empty() {
                details.plus {
                    summary { (Icon::More.draw()) span { (tr.t("dock-more")) } }
                    div { @for verb in more { (button(verb, role, false, tr)) } }
                }
            }
        }
    }
}

fn button(verb: Verb, role: Option<Role>, short: bool, tr: &Tr) -> Markup {
    let label = match verb {
        Verb::Read if short => tr.t("dock-read"),
        Verb::Delete => deleting(role).label(tr),
        verb => verb.label(tr),
    };
    html! {
        button form="act" name="do" value=(verb.word()) {
            @if short { (icon(verb).draw()) span { (label) } } @else { (label) }
        }
    }
}

/// What is in the trash, or junk, goes for good.
pub fn deleting(role: Option<Role>) -> Verb {
    if matches!(role, Some(Role::Trash | Role::Junk)) { Verb::Destroy } else { Verb::Delete }
}

pub fn icon(verb: Verb) -> Icon {
    match verb {
        Verb::Archive => Icon::Archive,
        Verb::Move | Verb::Copy => Icon::Into,
        Verb::Delete | Verb::Destroy => Icon::Trash,
        Verb::Flag | Verb::Unflag => Icon::Star,
        Verb::Done | Verb::Undone => Icon::Check,
        Verb::Junk => Icon::Warning,
        Verb::NotJunk => Icon::Inbox,
        _ => Icon::Envelope,
    }
}

/// No button that cannot work.
fn verbs(rights: Rights, role: Option<Role>) -> (Vec<Verb>, Vec<Verb>) {
    let can = |verb: &Verb| can(*verb, rights, role);
    let first = [Verb::Read, Verb::Archive, Verb::Move];
    let more = [
        Verb::Delete,
        Verb::Unread,
        Verb::Flag,
        Verb::Unflag,
        Verb::Done,
        Verb::Undone,
        Verb::Filed,
        Verb::Unfiled,
        Verb::Copy,
        Verb::Junk,
        Verb::NotJunk,
    ];
    (first.into_iter().filter(can).collect(), more.into_iter().filter(can).collect())
}

pub fn can(verb: Verb, rights: Rights, role: Option<Role>) -> bool {
    match verb {
        Verb::Read | Verb::Unread => rights.seen,
        Verb::Flag | Verb::Unflag => rights.flags,
        Verb::Done | Verb::Undone | Verb::Filed | Verb::Unfiled => rights.flags && rights.keywords,
        Verb::Archive => rights.remove && role != Some(Role::Archive),
        Verb::Junk => rights.remove && !matches!(role, Some(Role::Junk | Role::Sent | Role::Drafts)),
        Verb::NotJunk => rights.remove && role == Some(Role::Junk),
        Verb::Move | Verb::Delete | Verb::Destroy => rights.remove,
        Verb::Copy | Verb::Undo => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_button_that_cannot_work() {
        let (first, more) = verbs(Rights::NONE, Some(Role::Inbox));
        assert_eq!((first, more), (vec![], vec![Verb::Copy]));
        let (first, more) = verbs(Rights::ALL, Some(Role::Junk));
        assert_eq!(first, [Verb::Read, Verb::Archive, Verb::Move]);
        assert!(more.contains(&Verb::NotJunk) && !more.contains(&Verb::Junk));
        assert_eq!((deleting(Some(Role::Trash)), deleting(None)), (Verb::Destroy, Verb::Delete));
    }
}
