//! What a person does with messages: marks, moves, copies, deletes, and takes back.
//!
//! Messages are named by UID, and the UIDVALIDITY is compared on the connection that acts, which opens the
//! mailbox anew: in one that was rebuilt nothing happens. A FETCH of their flags comes first: it tells which of them are still there and what would change, and
//! it tells whether a connection that idled still lives. What follows it is sent once and never again.

mod found;
mod make;
mod mark;
mod perform;
mod relocate;
mod rights;
mod step;
mod uids;
mod undo;

pub use make::make;
pub use mark::{Mark, mark};
pub use perform::perform;
pub use rights::rights;
pub use step::{Step, step};
pub use undo::{Undo, undo};

use super::window;
use crate::imap::{Error, Flag, MailboxName};

/// Messages changed by one request.
pub const MOST: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Sets or takes away.
    Mark(Flag, bool),
    Move(MailboxName),
    Copy(MailboxName),
    /// Said to be junk, or not, and moved.
    Judge {
        junk: bool,
        to: MailboxName,
    },
    /// For good.
    Destroy,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// Messages it was done with.
    pub n: u32,
    /// Messages that were not there any more.
    pub gone: u32,
    pub left: Left,
    /// `None` where it cannot be taken back.
    pub undo: Option<Undo>,
    /// It went well up to here, in several commands, and then no further.
    pub stopped: Option<Error>,
}

/// What is left where messages were taken from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Left {
    #[default]
    Nothing,
    /// Marked `\Deleted`: the server cannot take away some messages alone, or would not.
    Marked,
    /// As they were: they were copied, and could not be marked.
    Kept,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    Imap(Error),
    /// The mailbox has another UIDVALIDITY than the page.
    Rebuilt,
    /// None of the messages is there any more.
    Gone,
    /// The reader may look at this mailbox and not change it.
    ReadOnly,
    /// The mailbox does not keep this mark.
    NoMark,
    /// The copies are not removed: an original is not where it was.
    OnlyCopies,
    /// The server did not copy or move: everything is as it was.
    Refused(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Imap(error)
    }
}

impl From<window::Trouble> for Trouble {
    fn from(trouble: window::Trouble) -> Trouble {
        match trouble {
            window::Trouble::Imap(error) => Trouble::Imap(error),
            window::Trouble::Rebuilt => Trouble::Rebuilt,
            window::Trouble::Gone => Trouble::Gone,
        }
    }
}
