//! The words of `do=`.

use serde::{Deserialize, Serialize};

use crate::{imap::Flag, locale::Tr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    Read,
    Unread,
    Flag,
    Unflag,
    Done,
    Undone,
    Filed,
    Unfiled,
    Archive,
    Move,
    Copy,
    Delete,
    Destroy,
    Junk,
    NotJunk,
    Undo,
}

impl Verb {
    const ALL: [(&'static str, Verb); 16] = [
        ("read", Verb::Read),
        ("unread", Verb::Unread),
        ("flag", Verb::Flag),
        ("unflag", Verb::Unflag),
        ("done", Verb::Done),
        ("undone", Verb::Undone),
        ("filed", Verb::Filed),
        ("unfiled", Verb::Unfiled),
        ("archive", Verb::Archive),
        ("move", Verb::Move),
        ("copy", Verb::Copy),
        ("delete", Verb::Delete),
        ("destroy", Verb::Destroy),
        ("junk", Verb::Junk),
        ("notjunk", Verb::NotJunk),
        ("undo", Verb::Undo),
    ];

    pub fn from_word(word: &str) -> Option<Verb> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, verb)| *verb)
    }

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, verb)| *verb == self).map_or("", |(word, _)| word)
    }

    /// The flag that it sets or takes away.
    pub fn mark(self) -> Option<(Flag, bool)> {
        Some(match self {
            Verb::Read => (Flag::Seen, true),
            Verb::Unread => (Flag::Seen, false),
            Verb::Flag => (Flag::Flagged, true),
            Verb::Unflag => (Flag::Flagged, false),
            Verb::Done => (Flag::Done, true),
            Verb::Undone => (Flag::Done, false),
            Verb::Filed => (Flag::Filed, true),
            Verb::Unfiled => (Flag::Filed, false),
            _ => return None,
        })
    }

    /// On a button.
    pub fn label(self, tr: &Tr) -> &'static str {
        match self {
            Verb::Read => tr.t("mark-read"),
            Verb::Unread => tr.t("mark-unread"),
            Verb::Flag => tr.t("act-flag"),
            Verb::Unflag => tr.t("act-unflag"),
            Verb::Done => tr.t("act-done"),
            Verb::Undone => tr.t("act-undone"),
            Verb::Filed => tr.t("act-filed"),
            Verb::Unfiled => tr.t("act-unfiled"),
            Verb::Archive => tr.t("act-archive"),
            Verb::Move => tr.t("act-move"),
            Verb::Copy => tr.t("act-copy"),
            Verb::Delete => tr.t("act-delete"),
            Verb::Destroy => tr.t("act-destroy"),
            Verb::Junk => tr.t("act-junk"),
            Verb::NotJunk => tr.t("act-notjunk"),
            Verb::Undo => tr.t("outbox-undo"),
        }
    }

    /// What was done with so many messages; `to`: the mailbox they went to.
    pub fn told(self, n: u32, to: &str, tr: &Tr) -> String {
        let n = [("n", u64::from(n).into())];
        match self {
            Verb::Read => tr.t_with("told-read", &n),
            Verb::Unread => tr.t_with("told-unread", &n),
            Verb::Flag => tr.t_with("told-flag", &n),
            Verb::Unflag => tr.t_with("told-unflag", &n),
            Verb::Done => tr.t_with("told-done", &n),
            Verb::Undone => tr.t_with("told-undone", &n),
            Verb::Filed => tr.t_with("told-filed", &n),
            Verb::Unfiled => tr.t_with("told-unfiled", &n),
            Verb::Archive => tr.t_with("told-archive", &n),
            Verb::Move => tr.t_with("told-move", &[n[0], ("to", to.into())]),
            Verb::Copy => tr.t_with("told-copy", &[n[0], ("to", to.into())]),
            Verb::Delete => tr.t_with("told-delete", &n),
            Verb::Destroy => tr.t_with("told-destroy", &n),
            Verb::Junk => tr.t_with("told-junk", &n),
            Verb::NotJunk => tr.t_with("told-notjunk", &n),
            Verb::Undo => tr.t_with("told-undo", &n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for (word, verb) in Verb::ALL {
            assert_eq!((Verb::from_word(word), verb.word()), (Some(verb), word));
        }
        assert_eq!(Verb::from_word("expunge"), None);
    }
}
