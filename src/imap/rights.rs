//! MYRIGHTS (RFC 4314 §3.5): what the reader may do in a mailbox.

use super::{Batch, Command, MailboxName, response::values_of, value::Value};

/// What may be done with the messages of a mailbox, and with the mailbox itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// `s`: read and unread.
    pub seen: bool,
    /// `w`: the other flags and keywords.
    pub flags: bool,
    /// `t` and `e`: taking messages away, and so moving them too.
    pub remove: bool,
    /// Marks of our own are kept (PERMANENTFLAGS).
    pub keywords: bool,
    /// `k`: mailboxes in it.
    pub create: bool,
    /// `x`: it goes, or takes another name.
    pub delete: bool,
}

impl Rights {
    pub const ALL: Rights =
        Rights { seen: true, flags: true, remove: true, keywords: true, create: true, delete: true };
    pub const NONE: Rights =
        Rights { seen: false, flags: false, remove: false, keywords: false, create: false, delete: false };

    /// Both allow it.
    pub fn and(self, other: Rights) -> Rights {
        Rights {
            seen: self.seen && other.seen,
            flags: self.flags && other.flags,
            remove: self.remove && other.remove,
            keywords: self.keywords && other.keywords,
            create: self.create && other.create,
            delete: self.delete && other.delete,
        }
    }
}

/// Only where the server has ACL.
pub fn command(mailbox: &MailboxName) -> Command {
    Command::new("MYRIGHTS").mailbox(mailbox)
}

/// `None` where it was not told.
pub fn read(batch: &Batch) -> Option<Rights> {
    let tree = batch.untagged.iter().find_map(|frame| values_of(frame, "MYRIGHTS"))?.ok()?;
    Some(of(tree.values().get(1).and_then(Value::bytes)?))
}

/// `c` and `d` are what older servers say: `d` for `t` and `e` together (RFC 4314 §2.1.1).
fn of(letters: &[u8]) -> Rights {
    let has = |letter: u8| letters.contains(&letter);
    Rights {
        seen: has(b's'),
        flags: has(b'w'),
        remove: has(b't') && has(b'e') || has(b'd') && !has(b't') && !has(b'e'),
        keywords: has(b'w'),
        create: has(b'k') || has(b'c'),
        delete: has(b'x') || has(b'c') || has(b'd'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        assert_eq!(of(b"lrswipkxtea"), Rights::ALL);
        assert_eq!(of(b"lrswipcda"), Rights::ALL);
        assert_eq!(of(b"lr"), Rights::NONE);
        assert_eq!(of(b"lrsw"), Rights { remove: false, create: false, delete: false, ..Rights::ALL });
        assert!(!of(b"lrswt").remove);
        assert_eq!(of(b"lrste"), Rights { seen: true, remove: true, ..Rights::NONE });
    }
}
