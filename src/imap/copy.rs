//! COPY and MOVE (RFC 9051 §6.4.7 and §6.4.8), and where the messages went (COPYUID, RFC 4315 §3).

use super::{
    Batch, Command, MailboxName, NumberSet,
    response::{code_argument, status_text},
};

pub fn copy(uids: &NumberSet, to: &MailboxName) -> Command {
    Command::new("UID COPY").set(uids).mailbox(to)
}

/// Only where the server has MOVE (RFC 6851).
pub fn move_to(uids: &NumberSet, to: &MailboxName) -> Command {
    Command::new("UID MOVE").set(uids).mailbox(to)
}

/// Messages that one command is about, at most.
const MOST: usize = 1_000;

/// Where messages went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Of the mailbox they are in now.
    pub uidvalidity: u32,
    /// The UID before and the UID now of each.
    pub pairs: Vec<(u32, u32)>,
}

/// What the only command of this batch was answered with: in its completion, or before it, as MOVE does. `None` where the
/// server does not tell, or cannot be understood.
pub fn copied(batch: &Batch) -> Option<Copied> {
    let completion = batch.ok(0).unwrap_or_default();
    let texts = batch.untagged.iter().filter_map(status_text).chain([completion]);
    texts.filter_map(|text| read(&code_argument(text, "COPYUID")?)).next_back()
}

fn read(argument: &[u8]) -> Option<Copied> {
    let mut words = std::str::from_utf8(argument).ok()?.split_ascii_whitespace();
    let uidvalidity = words.next()?.parse().ok().filter(|n| *n > 0)?;
    let (before, now) = (uids(words.next()?)?, uids(words.next()?)?);
    (before.len() == now.len()).then(|| Copied { uidvalidity, pairs: before.into_iter().zip(now).collect() })
}

/// A set in its order; `3:1` is `1:3`.
fn uids(set: &str) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for part in set.split(',') {
        let (from, to) = part.split_once(':').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
        let (from, to) = (from.min(to), from.max(to));
        if from == 0 || all.len() + (to - from) as usize >= MOST {
            return None;
        }
        all.extend(from..=to);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_they_went() {
        let found = read(b"38505 304,321:319 3956:3959").expect("understood");
        assert_eq!(found.uidvalidity, 38505);
        assert_eq!(found.pairs, [(304, 3956), (319, 3957), (320, 3958), (321, 3959)]);
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        for odd in
            ["", "7", "7 1", "7 1:2 4", "0 1 2", "7 0 1", "7 1:4000000000 1:4000000000", "7 1, 2", "7 * 1"]
        {
            assert_eq!(read(odd.as_bytes()), None, "{odd}");
        }
    }
}
