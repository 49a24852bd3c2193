//! What was sent and never acknowledged, for its author and for the administrator; and the operator's own list of what
//! was lost, matched with what was sent.

pub mod table;

use jiff::Timestamp;

use super::{Error, Fact, MessageId, Outbox, State, journal::Loaded, list::time};
use crate::store::{AccountId, Store};

/// Messages read at once.
const STEP: i64 = 200;
/// Messages of one report.
pub const MOST: usize = 10_000;
/// Recipients of one report, within one step of messages.
const MOST_LINES: usize = 50_000;

/// One recipient of one message.
#[derive(Clone, PartialEq, Eq)]
pub struct Loss {
    pub sender: String,
    pub recipient: String,
    pub accepted: Timestamp,
    pub message_id: String,
    /// Octets in wire form.
    pub size: u64,
    pub state: State,
    /// The last words of a server that are proof of it, and when they were said.
    pub proof: Option<(Timestamp, String)>,
    /// Until when its sender wanted to hear of it.
    pub deadline: Option<Timestamp>,
}

/// A line of the operator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFlow {
    pub sender: String,
    pub at: Timestamp,
}

impl Outbox {
    /// Every recipient of whom no acknowledgement with proof came, of what was accepted in this time, the newest first.
    /// At most [`MOST`] messages and 50,000 recipients are looked at; true when there may be more.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn losses(
        &self,
        account: &AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<Loss>, bool), Error> {
        let (mut losses, mut before, mut seen) = (Vec::new(), None, 0);
        while seen < MOST && losses.len() < MOST_LINES {
            let (from, to) = (from.as_second(), to.as_second());
            let rows = self.store.messages_between(account, (from, to), before, STEP).await?;
            let Some(last) = rows.last() else { return Ok((losses, false)) };
            before = Some(last.id);
            seen += rows.len();
            for loaded in self.open(account, rows).await? {
                let states = loaded.states().into_iter().enumerate();
                losses.extend(states.filter_map(|(n, state)| self.loss(&loaded, n, state)));
            }
        }
        Ok((losses, true))
    }

    fn loss(&self, loaded: &Loaded, n: usize, state: State) -> Option<Loss> {
        // A receipt is not acknowledged by anybody.
        if state.is_acknowledged() || state == State::Cancelled || loaded.line.from.is_empty() {
            return None;
        }
        Some(Loss {
            sender: loaded.line.from.clone(),
            recipient: loaded.recipients[n].clone(),
            accepted: time(loaded.row.accepted),
            message_id: loaded.line.message_id.clone(),
            size: loaded.row.size as u64,
            state,
            proof: proof(loaded, n),
            deadline: loaded.row.follow.then(|| time(loaded.row.not_before + self.awaited_for)),
        })
    }

    /// The accounts that had something accepted in this time. For the administrator alone.
    ///
    /// # Errors
    /// The store's.
    pub async fn accounts(&self, from: Timestamp, to: Timestamp) -> Result<Vec<AccountId>, Error> {
        Ok(self.store.accounts_between(from.as_second(), to.as_second()).await?)
    }

    /// Offers to the senders of these flows to send them again, where a server had taken them: accepted within
    /// `tolerance` seconds of the time given. How many messages each line matched.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn offer_lost(&self, flows: &[LostFlow], tolerance: i64) -> Result<Vec<usize>, Error> {
        let store: &Store = &self.store;
        let mut matched = Vec::with_capacity(flows.len());
        for flow in flows {
            let (from, to) = (flow.at.as_second() - tolerance, flow.at.as_second() + tolerance);
            let mut count = 0;
            for account in store.accounts_between(from, to).await? {
                let mut before = None;
                loop {
                    let rows = store.messages_between(&account, (from, to), before, STEP).await?;
                    let Some(last) = rows.last() else { break };
                    before = Some(last.id);
                    for loaded in self.open(&account, rows).await? {
                        let out = loaded.states().into_iter().any(State::is_out);
                        if out && loaded.line.from.to_lowercase() == flow.sender.to_lowercase() {
                            let MessageId(id) = loaded.id();
                            store.add_lost(&account, &id).await?;
                            count += 1;
                        }
                    }
                }
            }
            matched.push(count);
        }
        Ok(matched)
    }
}

/// The last words of a server about a recipient that are proof of it, and when they were said.
pub(super) fn proof(loaded: &Loaded, n: usize) -> Option<(Timestamp, String)> {
    loaded.facts.iter().rev().filter(|known| known.concerns(n)).find_map(|known| {
        let answer = match &known.fact {
            Fact::Accepted(answer) | Fact::Refused { answer, .. } | Fact::Failed(answer) => answer,
            Fact::NotProcessed(answer) => answer,
            Fact::Relayed | Fact::Delayed => return Some((time(known.at), String::new())),
            _ => return None,
        };
        Some((time(known.at), format!("{} {}", answer.code, answer.text)))
    })
}
