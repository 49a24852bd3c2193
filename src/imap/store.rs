//! STORE (RFC 9051 §6.4.6), without being told the outcome: the completion says whether it worked.

use super::{Command, Flag, NumberSet};

pub fn add(uids: &NumberSet, flag: Flag) -> Command {
    Command::new("UID STORE").set(uids).word("+FLAGS.SILENT (").glued(flag.word()).glued(")")
}

pub fn remove(uids: &NumberSet, flag: Flag) -> Command {
    Command::new("UID STORE").set(uids).word("-FLAGS.SILENT (").glued(flag.word()).glued(")")
}
