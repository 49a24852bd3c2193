//! What is not done yet: asked at the end of an access point, so that nothing goes without being told.

use jiff::{Timestamp, tz::TimeZone};

use super::{Error, Fact, MessageId, Outbox, State, journal::Loaded, list::time, losses::table::word};
use crate::store::AccountId;

/// Why a message is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody has not been sent to, or nobody knows.
    Unsettled,
    /// It did not leave, and its author may not have seen that.
    NotTold,
    /// It left; its author's copy is not kept yet.
    NotCopied,
    /// It does not open.
    Damaged,
}

/// A message that is not done, as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub account: AccountId,
    pub id: MessageId,
    pub why: Why,
    /// The Unix epoch where it does not open.
    pub accepted: Timestamp,
    /// The envelope sender; empty for a receipt, and where it does not open.
    pub from: String,
    /// How many recipients are in each state.
    pub states: Vec<(State, usize)>,
    /// The courier has nothing to do for it by itself.
    pub waits_for_somebody: bool,
}

impl Left {
    /// One line: its id, when it was accepted and how long ago, its sender, how it stands.
    pub fn line(&self, now: Timestamp, zone: &TimeZone) -> String {
        let Left { id, why, accepted, from, states, .. } = self;
        if *why == Why::Damaged {
            return format!("{id}  does not open with this key file");
        }
        let at = accepted.to_zoned(zone.clone()).strftime("%F %H:%M");
        let states: Vec<String> = states.iter().map(|(state, n)| format!("{n} {}", word(*state))).collect();
        let from = if from.is_empty() { "(receipt)" } else { from };
        let why = match why {
            Why::NotTold => "; its author was not told",
            Why::NotCopied => "; no copy in sent mail yet",
            _ => "",
        };
        format!(
            "{id}  {at} ({})  {from}  {}{why}",
            age(now.duration_since(*accepted).as_secs()),
            states.join(", ")
        )
    }
}

/// In its largest unit.
fn age(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length);
    unit.map_or_else(
        || format!("{} s", seconds.max(0)),
        |(length, unit)| format!("{} {unit}", seconds / length),
    )
}

impl Outbox {
    /// Everything that is not done, of all accounts, the oldest first. For the administrator alone.
    ///
    /// # Errors
    /// The store's.
    pub async fn left(&self) -> Result<Vec<Left>, Error> {
        let (mut after, mut left) = (None, Vec::new());
        loop {
            let some = self.store.undone_of_all(after).await?;
            let Some(last) = some.last() else { return Ok(left) };
            after = Some(last.id);
            for one in some {
                let id = MessageId(one.id);
                match self.load(&one.account, id).await {
                    Ok(loaded) => left.extend(loaded.and_then(|loaded| of(one.account, &loaded))),
                    Err(Error::Sealed) => left.push(Left {
                        account: one.account,
                        id,
                        why: Why::Damaged,
                        accepted: Timestamp::UNIX_EPOCH,
                        from: String::new(),
                        states: Vec::new(),
                        waits_for_somebody: true,
                    }),
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

fn of(account: AccountId, loaded: &Loaded) -> Option<Left> {
    let live = &loaded.row.live;
    let why = match live.settled {
        None => Why::Unsettled,
        Some(_) if !is_told(loaded) => Why::NotTold,
        Some(_) if loaded.wants_copy() && live.credential.is_some() => Why::NotCopied,
        Some(_) => return None,
    };
    let mut states: Vec<(State, usize)> = Vec::new();
    for state in loaded.states() {
        match states.iter_mut().find(|(known, _)| *known == state) {
            Some((_, n)) => *n += 1,
            None => states.push((state, 1)),
        }
    }
    Some(Left {
        account,
        id: loaded.id(),
        why,
        accepted: time(loaded.row.accepted),
        from: loaded.line.from.clone(),
        states,
        waits_for_somebody: live.due.is_none() && live.owner.is_none(),
    })
}

/// What did not leave is in its author's INBOX, or they put it aside.
fn is_told(loaded: &Loaded) -> bool {
    let told = loaded.facts.iter().rposition(|known| known.fact == Fact::Told);
    let standings = loaded.standings();
    let stands = |n: usize| {
        standings.get(n).is_some_and(|standing| {
            matches!(standing.state, State::Refused | State::GivenUp) && !standing.dismissed
        })
    };
    let news = &loaded.facts[told.map_or(0, |n| n + 1)..];
    !news.iter().any(|known| {
        let ended = matches!(known.fact, Fact::Refused { .. } | Fact::GivenUp(_));
        ended && (0..standings.len()).any(|n| known.concerns(n) && stands(n))
    })
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages() {
        for (seconds, text) in [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (7_199, "1 h"), (200_000, "2 d")] {
            assert_eq!(age(seconds), text);
        }
    }
}
