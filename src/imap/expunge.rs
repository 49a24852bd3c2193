//! UID EXPUNGE (RFC 4315 §2.1): takes away these messages and no others. EXPUNGE alone, which takes away what anybody
//! marked, is never sent in a mailbox of a person.

use super::{Command, NumberSet};

/// Only where the server has UIDPLUS.
pub fn expunge(uids: &NumberSet) -> Command {
    Command::new("UID EXPUNGE").set(uids)
}
