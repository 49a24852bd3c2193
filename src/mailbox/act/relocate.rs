//! Messages go to another mailbox, or for good.
//!
//! MOVE where the server has it, else COPY, `\Deleted` and UID EXPUNGE of the same messages. Where there is no UIDPLUS they
//! stay marked: a bare EXPUNGE would take along what other people and programs marked.

use super::{
    Left, Trouble,
    found::Found,
    uids::Uids,
    undo::{Then, Undo},
};
use crate::imap::{Batch, Command, Error, Flag, MailboxName, NumberSet, Stage, copy, expunge, store};

/// Where messages went.
#[derive(Debug, Default)]
pub(super) struct Relocated {
    pub n: u32,
    pub left: Left,
    pub stopped: Option<Error>,
    /// Of the mailbox they went to; 0 where the server did not tell of all of them.
    uidvalidity: u32,
    pairs: Vec<(u32, u32)>,
}

impl Relocated {
    /// The UIDs there of these messages.
    pub fn now(&self, uids: &[u32]) -> Vec<u32> {
        let there = |(before, now): &(u32, u32)| uids.contains(before).then_some(*now);
        self.pairs.iter().filter_map(there).collect()
    }

    /// Their UIDs where they came from.
    pub fn before(&self) -> Vec<u32> {
        self.pairs.iter().map(|(before, _)| *before).collect()
    }

    /// What takes them back from `to`, where each can be named there.
    pub fn undo(
        &self,
        to: &MailboxName,
        marks: Vec<(Flag, bool, Uids)>,
        then: impl FnOnce(Vec<u32>) -> Then,
    ) -> Option<Undo> {
        let named = self.uidvalidity > 0 && self.pairs.len() == self.n as usize && self.n > 0;
        let uids = self.pairs.iter().map(|(_, now)| *now).collect();
        named.then(|| Undo::new(to, self.uidvalidity, marks, Some(then(uids))))
    }

    fn took(&mut self, batch: &Batch, asked: usize, first: bool) -> Vec<u32> {
        let Some(copied) = copy::copied(batch) else {
            self.uidvalidity = 0;
            self.n += u32::try_from(asked).unwrap_or(0);
            return Vec::new();
        };
        let same = first || self.uidvalidity == copied.uidvalidity;
        self.uidvalidity = if same { copied.uidvalidity } else { 0 };
        self.n += u32::try_from(copied.pairs.len()).unwrap_or(0);
        let before = copied.pairs.iter().map(|(before, _)| *before).collect();
        self.pairs.extend(copied.pairs);
        before
    }
}

/// Moves these messages, or copies them; a refusal of the first command leaves everything as it was.
pub(super) async fn relocate(
    found: &Found,
    uids: &[u32],
    to: &MailboxName,
    copies: bool,
) -> Result<Relocated, Trouble> {
    let moves = !copies && found.loan.capabilities.has("MOVE");
    if !copies && !found.view.keeps(Flag::Deleted) {
        return Err(Trouble::ReadOnly);
    }
    // What was copied before and could only be marked is not copied again.
    let marked = |uid: &u32| found.flags.get(uid).is_some_and(|flags| flags.has(Flag::Deleted));
    let uids: Vec<u32> = uids.iter().copied().filter(|uid| moves || copies || !marked(uid)).collect();
    if uids.is_empty() {
        return Err(Trouble::Gone);
    }
    let mut done = Relocated::default();
    for (n, (set, uids)) in NumberSet::all_of(&uids).into_iter().enumerate() {
        let command = if moves { copy::move_to(&set, to) } else { copy::copy(&set, to) };
        let batch = match found.loan.run(Stage::Act, vec![command]).await {
            Ok(batch) => batch,
            Err(error) if n == 0 => return Err(error.into()),
            Err(error) => {
                done.stopped = Some(error);
                break;
            }
        };
        if let Err(error) = batch.ok(0) {
            // A MOVE may stop in the middle, and says then what it did (RFC 6851 §3.3).
            if moves && copy::copied(&batch).is_some() {
                done.took(&batch, 0, n == 0);
            } else if n == 0 {
                return Err(Trouble::Refused(error));
            }
            done.stopped = Some(error);
            break;
        }
        let told = done.took(&batch, uids.len(), n == 0);
        if moves || copies {
            continue;
        }
        // Only what was copied goes: what the server named, where it names it.
        let copied: Vec<u32> =
            uids.iter().copied().filter(|uid| told.is_empty() || told.contains(uid)).collect();
        let removed = remove(found, &copied).await;
        done.left = done.left.max(removed.as_ref().map_or(Left::Kept, |left| *left));
        if let Err(error) = removed {
            done.stopped = Some(error);
            break;
        }
    }
    Ok(done)
}

/// For good: what is left of them, how many, and where it stopped.
pub(super) async fn destroy(found: &Found, uids: &[u32]) -> Result<(Left, u32, Option<Error>), Trouble> {
    if !found.view.keeps(Flag::Deleted) {
        return Err(Trouble::ReadOnly);
    }
    let left = match remove(found, uids).await {
        Ok(Left::Kept) => return Err(Trouble::ReadOnly),
        left => left?,
    };
    Ok((left, u32::try_from(uids.len()).unwrap_or(u32::MAX), None))
}

/// Marks them and takes them away, one after the other: what an open mailbox has not heard of yet, it does not expunge.
async fn remove(found: &Found, uids: &[u32]) -> Result<Left, Error> {
    let sets = NumberSet::all_of(uids);
    let each = |question: &dyn Fn(&NumberSet) -> Command| sets.iter().map(|(set, _)| question(set)).collect();
    let marked = found.loan.run(Stage::Act, each(&|set| store::add(set, Flag::Deleted))).await?;
    if marked.all_ok().is_err() {
        // All of them or none: a mark that stays would take its message along with the next expunge of anybody.
        let took = sets.iter().enumerate().filter(|(n, _)| marked.ok(*n).is_ok());
        let back = took.map(|(_, (set, _))| store::remove(set, Flag::Deleted)).collect::<Vec<_>>();
        if !back.is_empty() {
            found.loan.run(Stage::Act, back).await?.all_ok()?;
        }
        return Ok(Left::Kept);
    }
    if !found.loan.capabilities.has("UIDPLUS") {
        return Ok(Left::Marked);
    }
    let expunged = found.loan.run(Stage::Act, each(&expunge::expunge)).await?;
    Ok(if expunged.all_ok().is_ok() { Left::Nothing } else { Left::Marked })
}
