//! Mailboxes made, renamed, deleted, emptied: `/folders/manage`, and `/folders/manage/{folder}` for each.

mod act;
mod show;
pub mod view;

pub use act::{act, create};
pub use show::{all, one, quota};

use crate::{
    mailbox::manage::Trouble,
    web::{
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// Of a trouble that the page has no words of its own for.
fn problem(who: &Who, trouble: &Trouble) -> Problem {
    match trouble {
        Trouble::Imap(error) => trouble::of(&who.account, error),
        Trouble::Gone => Kind::MailboxGone.into(),
        _ => Kind::BadRequest.into(),
    }
}
