//! Where in a mailbox a UID stands: one line where the server has ESEARCH, a few samples where it has not; never
//! an answer that grows with the mailbox.

use super::{
    Command, Error, Loan, NumberSet, Stage, View,
    fetch::{Detail, collect, uids},
    response::values_of,
};

/// How many messages have a UID of at most `uid`: the sequence number of `uid` itself when it is still there.
pub async fn count_up_to(loan: &Loan, view: &View, uid: u32) -> Result<u32, Error> {
    if let Some(seq) = view.position(uid) {
        return Ok(seq);
    }
    if view.exists == 0 || uid == 0 {
        return Ok(0);
    }
    if loan.capabilities.has("ESEARCH") {
        let search = Command::new("SEARCH RETURN (MAX) UID").set(&NumberSet::range(1, uid));
        let batch = loan.run(Stage::List, vec![search]).await?;
        batch.ok(0)?;
        let tree = batch.untagged.iter().find_map(|f| values_of(f, "ESEARCH")).and_then(Result::ok);
        let max = tree.and_then(|tree| tree.values().following("MAX")?.number()).unwrap_or(0);
        return Ok(u32::try_from(max).unwrap_or(0).min(view.exists));
    }
    by_samples(loan, view.exists, uid).await
}

/// Positions asked for in one command, or up to twice as many.
const SAMPLES: u32 = 128;

/// Narrows the range 128-fold each time: at most three round trips in two million messages.
async fn by_samples(loan: &Loan, exists: u32, uid: u32) -> Result<u32, Error> {
    // Everything up to `below` has a UID of at most `uid`; everything from `above` on has a greater one.
    let (mut below, mut above) = (0, exists + 1);
    // Twice what is needed, should messages come and go meanwhile.
    for _ in 0..14 {
        let gap = above - below;
        if gap <= 1 {
            break;
        }
        let step = (gap / SAMPLES).max(1);
        let wanted: Vec<u32> = (below + 1..above).step_by(step as usize).collect();
        let Some(set) = NumberSet::of(&wanted) else { break };
        let batch = loan.run(Stage::List, vec![uids(&set)]).await?;
        batch.ok(0)?;
        let (before_below, before_above) = (below, above);
        for row in collect(&batch, Detail::All) {
            match row.uid {
                Some(found) if found <= uid && row.seq > below => below = row.seq,
                Some(found) if found > uid && row.seq < above => above = row.seq,
                _ => {}
            }
        }
        if (below, above) == (before_below, before_above) || above <= below {
            break;
        }
    }
    Ok(below.min(exists))
}
