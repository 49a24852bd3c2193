//! What an author says of a message, and what is heard of it from further on.

use super::{
    Error, Fact, MessageId, Outbox, State,
    journal::{Change, Loaded, each},
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
        let dismissed = self.change(account, id, |loaded| {
            let those: Vec<usize> = (0..loaded.recipients.len())
                .filter(|n| loaded.standing(*n).needs_user())
                .filter(|n| !matches!(loaded.state(*n), State::SignIn | State::Held))
                .collect();
            (!those.is_empty())
                .then(|| Change { live: loaded.row.live.clone(), facts: each(those, || Fact::Dismissed) })
        });
        Ok(dismissed.await?.is_some())
    }

    /// Writes down what a report, a receipt or a reply says of one recipient, or of all. False when the account has no
    /// such message, or the fact is none that comes from further on.
    ///
    /// # Errors
    /// As [`Outbox::list`].
    pub async fn report(
        &self,
        account: &AccountId,
        id: MessageId,
        recipient: Option<usize>,
        fact: Fact,
    ) -> Result<bool, Error> {
        use Fact::{Answered, Delayed, Delivered, Displayed, Failed, Relayed};
        if !matches!(fact, Relayed | Delivered | Delayed | Failed(_) | Displayed | Answered) {
            return Ok(false);
        }
        let wrote = self.change(account, id, |loaded| {
            let known = recipient.is_none_or(|n| n < loaded.recipients.len());
            known.then(|| Change { live: loaded.row.live.clone(), facts: vec![(recipient, fact.clone())] })
        });
        Ok(wrote.await?.is_some())
    }
}

pub(super) fn can_cancel(loaded: &Loaded) -> bool {
    !loaded.row.live.in_data && !loaded.those(&HERE).is_empty()
}

pub(super) fn can_retry(loaded: &Loaded) -> bool {
    let retried = |n: &usize| match loaded.state(*n) {
        State::Refused | State::GivenUp => true,
        State::Uncertain => loaded.resend_at(*n).is_none(),
        _ => false,
    };
    let free =
        (loaded.row.live.owner.is_none() || !loaded.row.live.in_data) && loaded.row.sealed_key.is_some();
    free && (0..loaded.recipients.len()).any(|n| retried(&n))
}
