//! The author's own copy, in the mailbox of sent mail.

/// What became of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copy {
    /// Nothing writes it yet.
    NotYet,
}

/// Keeps a copy of an accepted message in the author's mailbox. Its failure never makes a sent message a failed one.
pub(super) async fn keep() -> Copy {
    Copy::NotYet
}
