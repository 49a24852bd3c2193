//! Reading the journal, and the one way to write it: new evidence and what follows from it, over the version that was
//! read. Whoever comes second reads again and decides again.

use std::sync::atomic::Ordering;

use super::{Error, Fact, Line, MessageId, Outbox, State, courier::quarantine, seal, state::Standing};
use crate::store::{
    AccountId, Secret,
    outbox::{Live, MessageRow, NewFact},
};

/// Writers that came second before this one gives up.
const MOST_TRIES: usize = 16;

/// A message as it was read, opened.
pub(super) struct Loaded {
    pub row: MessageRow,
    pub line: Line,
    pub recipients: Vec<String>,
    pub facts: Vec<Known>,
}

pub(super) struct Known {
    pub recipient: Option<usize>,
    pub at: i64,
    pub fact: Fact,
}

/// What is to be written over a [`Loaded`].
pub(super) struct Change {
    /// `due` is for the recipients that wait; what follows from the evidence is filled in.
    pub live: Live,
    pub facts: Vec<(Option<usize>, Fact)>,
}

impl Loaded {
    pub fn id(&self) -> MessageId {
        MessageId(self.row.id)
    }

    /// Of every recipient, in one pass: a message may have a thousand of them, each with its own trail.
    pub fn standings(&self) -> Vec<Standing> {
        let mut standings = vec![Standing::default(); self.recipients.len()];
        for known in &self.facts {
            let those = match known.recipient {
                Some(n) => standings.get_mut(n..=n).unwrap_or_default(),
                None => &mut standings,
            };
            those.iter_mut().for_each(|standing| *standing = standing.after(&known.fact));
        }
        standings
    }

    pub fn states(&self) -> Vec<State> {
        self.standings().into_iter().map(|standing| standing.state).collect()
    }

    /// The recipients in one of these states.
    pub fn those(&self, states: &[State]) -> Vec<usize> {
        let all = self.states().into_iter().enumerate();
        all.filter(|(_, state)| states.contains(state)).map(|(n, _)| n).collect()
    }

    /// The uncertain recipients that may be asked again by themselves, and from when on, in seconds since 1970. Of the
    /// other uncertain ones the author decides.
    pub fn resends(&self) -> Vec<(usize, i64)> {
        let alone = |(n, standing): (usize, Standing)| {
            let alone = standing.state == State::Uncertain && !standing.resent && !standing.dismissed;
            alone.then_some(n)
        };
        let since = |n: usize| {
            let lost = |k: &&Known| k.concerns(n) && matches!(k.fact, Fact::Unknown(_) | Fact::Abandoned);
            self.facts.iter().rev().find(lost).map_or(self.row.now, |k| k.at)
        };
        let wait = quarantine(self.row.size.unsigned_abs());
        let those = self.standings().into_iter().enumerate().filter_map(alone);
        those.map(|n| (n, since(n) + wait)).collect()
    }

    /// When the tries began that count now, in seconds since 1970: a person's word begins them anew.
    pub fn trying_since(&self) -> i64 {
        let word = |k: &&Known| matches!(k.fact, Fact::Retried | Fact::SignedIn);
        let spoken = self.facts.iter().rev().find(word).map_or(0, |k| k.at);
        spoken.max(self.row.not_before).max(self.row.accepted)
    }

    pub fn key(&self, outbox: &Outbox, account: &AccountId) -> Result<Secret, Error> {
        let sealed = self.row.sealed_key.as_deref().ok_or(Error::Sealed)?;
        seal::open_message_key(outbox.store.keys(), seal::Place { account, id: self.id() }, sealed)
    }

    pub fn envelope(&self) -> [u8; 32] {
        let recipients = self.recipients.iter().map(String::as_str);
        seal::envelope(&self.row.server, &self.line.from, recipients)
    }

    /// What follows from the evidence, for the courier and for the list.
    /// `new`: how many of the facts were written down just now.
    fn follow(&self, live: &mut Live, new: usize) {
        let standings = self.standings();
        live.needs_user = standings.iter().any(|s| s.needs_user());
        live.put_off = self.facts.iter().any(|known| known.fact.is_a_recipients_own());
        let waits = standings.iter().any(|s| s.state == State::Waiting);
        let resend = self.resends().into_iter().map(|(_, at)| at).min();
        let due = waits.then(|| live.due.unwrap_or(self.row.now));
        // The author's copy and report come when nobody waits for the message any more; the first time at once.
        let after = (self.wants_copy() || self.untold().is_some()) && live.credential.is_some();
        let begins = |fact: &Fact| matches!(fact, Fact::ToKeep | Fact::Refused { .. } | Fact::GivenUp(_));
        let first = self.facts.iter().rev().take(new).any(|known| begins(&known.fact));
        let after_due = match live.due {
            Some(due) if !first => due,
            _ => self.row.now,
        };
        live.due = due.into_iter().chain(resend).chain((after && !waits).then_some(after_due)).min();
        if standings.iter().all(|s| s.is_settled()) {
            live.settled = self.row.live.settled.or(Some(self.row.now));
            if !after {
                (live.credential, live.credential_mark, live.credential_until) = (None, None, None);
            }
        } else {
            live.settled = None;
        }
    }
}

impl Known {
    pub(super) fn concerns(&self, n: usize) -> bool {
        self.recipient.is_none_or(|r| r == n)
    }
}

impl Outbox {
    /// Reads, lets `decide` say what to write, and writes it, until nobody came between. `None` when the message is
    /// gone or `decide` has nothing to write.
    pub(super) async fn change(
        &self,
        account: &AccountId,
        id: MessageId,
        mut decide: impl FnMut(&Loaded) -> Option<Change>,
    ) -> Result<Option<Loaded>, Error> {
        for _ in 0..MOST_TRIES {
            let Some(mut loaded) = self.load(account, id).await? else { return Ok(None) };
            let Some(Change { mut live, facts }) = decide(&loaded) else { return Ok(None) };
            let place = seal::Place { account, id };
            let facts = together(facts, loaded.recipients.len());
            let count = facts.len();
            let mut new = Vec::with_capacity(facts.len());
            for (recipient, fact) in facts {
                let n = recipient.map(|n| n as i64);
                new.push(NewFact { recipient: n, sealed: seal::fact(self.store.keys(), place, n, &fact)? });
                loaded.facts.push(Known { recipient, at: loaded.row.now, fact });
            }
            loaded.follow(&mut live, count);
            let changed = self.store.change_message(account, &loaded.row, &live, &new).await;
            // Also where it is not known whether it was.
            self.marks.forget(account);
            if changed? {
                self.changed.store(true, Ordering::Relaxed);
                loaded.row.live = live;
                return Ok(Some(loaded));
            }
        }
        Err(Error::Busy)
    }

    pub(super) async fn load(&self, account: &AccountId, id: MessageId) -> Result<Option<Loaded>, Error> {
        let row = self.store.message(account, &id.0).await?;
        Ok(self.open(account, row.into_iter().collect()).await?.pop())
    }

    /// Opens rows with their recipients and evidence, in the order given.
    pub(super) async fn open(
        &self,
        account: &AccountId,
        rows: Vec<MessageRow>,
    ) -> Result<Vec<Loaded>, Error> {
        let ids: Vec<[u8; 16]> = rows.iter().map(|row| row.id).collect();
        let keys = self.store.keys();
        let mut opened = Vec::with_capacity(rows.len());
        let mut at = std::collections::HashMap::new();
        for row in rows {
            let place = seal::Place { account, id: MessageId(row.id) };
            let line = seal::open_line(keys, place, &row.line)?;
            at.insert(row.id, opened.len());
            opened.push(Loaded { row, line, recipients: Vec::new(), facts: Vec::new() });
        }
        for row in self.store.recipients(account, &ids).await? {
            let Some(loaded) = at.get(&row.message).and_then(|n| opened.get_mut(*n)) else { continue };
            let place = seal::Place { account, id: MessageId(row.message) };
            loaded.recipients.push(seal::open_recipient(keys, place, row.n, &row.address)?);
        }
        for row in self.store.facts(account, &ids).await? {
            let Some(loaded) = at.get(&row.message).and_then(|n| opened.get_mut(*n)) else { continue };
            let place = seal::Place { account, id: MessageId(row.message) };
            let fact = seal::open_fact(keys, place, row.recipient, &row.fact)?;
            let recipient = row.recipient.and_then(|n| usize::try_from(n).ok());
            loaded.facts.push(Known { recipient, at: row.at, fact });
        }
        Ok(opened)
    }
}

/// What is true of all recipients is one line of the journal, not a thousand.
fn together(facts: Vec<(Option<usize>, Fact)>, recipients: usize) -> Vec<(Option<usize>, Fact)> {
    let same = |(n, (recipient, fact)): (usize, &(Option<usize>, Fact))| {
        *recipient == Some(n) && *fact == facts[0].1
    };
    if recipients < 2 || facts.len() < recipients || !facts[..recipients].iter().enumerate().all(same) {
        return facts;
    }
    let mut facts = facts.into_iter();
    let first = facts.next().map(|(_, fact)| (None, fact));
    first.into_iter().chain(facts.skip(recipients - 1)).collect()
}

pub(super) fn each(those: Vec<usize>, fact: impl Fn() -> Fact) -> Vec<(Option<usize>, Fact)> {
    those.into_iter().map(|n| (Some(n), fact())).collect()
}
