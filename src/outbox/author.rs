//! What an author says of a message, and what is heard of it from further on.

use super::{
    Error, Fact, MessageId, Outbox, State,
    journal::{Change, Loaded, each},
    state::Standing,
    take_back::HERE,
};
use crate::store::{AccountId, outbox::Live};

impl Outbox {
    /// Takes a message back for the recipients it has not gone to. False when it is in flight or nobody is left: what
    /// was said to a server cannot be unsaid.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn cancel(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let cancelled = self.change(account, id, |loaded| {
            can_cancel(loaded).then(|| Change {
                // A courier that has it but has not said DATA loses its claim, and says QUIT.
                live: Live { owner: None, lease: 0, due: None, ..loaded.row.live.clone() },
                facts: each(loaded.those(&HERE), || Fact::Cancelled),
            })
        });
        Ok(cancelled.await?.is_some())
    }

    /// Tries again, with the same Message-ID, what was refused, given up or is uncertain. False when there is nothing
    /// of the kind. It then waits for [`Outbox::reseal`], which the caller, who is signed in, calls next.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn retry(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let retried = self.change(account, id, |loaded| {
            can_retry(loaded).then(|| {
                let those = loaded.those(&[State::Refused, State::GivenUp, State::Uncertain]);
                let mut facts = each(those, || Fact::Retried);
                if loaded.row.live.credential.is_none() {
                    facts.push((None, Fact::SignInGone));
                }
                Change {
                    live: Live { due: Some(loaded.row.now), tries: 0, ..loaded.row.live.clone() },
                    facts,
                }
            })
        });
        let retried = retried.await?.is_some();
        self.wake();
        Ok(retried)
    }

    /// The author saw what became of it and lets it be: it no longer comes first. False when nothing asked for that.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn dismiss(&self, account: &AccountId, id: MessageId) -> Result<bool, Error> {
        let let_be = self.let_be(account, id).await?;
        let dismissed = self.change(account, id, |loaded| {
            let those = dismissable(loaded, let_be);
            (!those.is_empty())
                .then(|| Change { live: loaded.row.live.clone(), facts: each(those, || Fact::Dismissed) })
        });
        Ok(dismissed.await?.is_some() || let_be)
    }
}

pub(super) fn can_cancel(loaded: &Loaded) -> bool {
    !loaded.row.live.in_data && !loaded.those(&HERE).is_empty()
}

pub(super) fn can_retry(loaded: &Loaded) -> bool {
    let alone: Vec<usize> = loaded.resends().into_iter().map(|(n, _)| n).collect();
    let those = loaded.those(&[State::Refused, State::GivenUp, State::Uncertain]);
    let free =
        (loaded.row.live.owner.is_none() || !loaded.row.live.in_data) && loaded.row.sealed_key.is_some();
    free && those.iter().any(|n| !alone.contains(n))
}

/// What the author may put aside; `also_out`: also of those that a server took.
pub(super) fn dismissable(loaded: &Loaded, also_out: bool) -> Vec<usize> {
    let asks = |standing: Standing| {
        standing.needs_user() && !matches!(standing.state, State::SignIn | State::Held)
            || also_out && standing.state.is_out()
    };
    let all = loaded.standings().into_iter().enumerate();
    all.filter(|(_, standing)| asks(*standing)).map(|(n, _)| n).collect()
}
