//! What the account wrote of late: to whom, and which messages; so that an answer and a correspondent are told from a
//! campaign. Of all of it only keyed digests are held, in memory, for a few minutes.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use super::{Account, people};
use crate::message::Envelope;

/// Nobody waits longer for it: without it the other rules decide.
const PATIENCE: Duration = Duration::from_secs(2);
/// Recipients known at most, those of the newest messages.
const MOST: usize = 1_000;

/// Digests in order. They fit those of no other value of this type.
#[derive(Debug, Default)]
pub struct Written {
    digest: RandomState,
    recipients: Vec<u64>,
    messages: Vec<u64>,
}

impl Written {
    /// `sent`: the newest first.
    fn of(sent: &[Envelope]) -> Written {
        let mut written = Written::default();
        for envelope in sent {
            let to = [&envelope.to, &envelope.cc, &envelope.bcc].into_iter().flatten();
            let room = MOST - written.recipients.len();
            // A group is an address field without an address.
            let digests = to
                .filter(|to| to.email.contains('@'))
                .take(room)
                .map(|to| written.digest.hash_one(to.email.to_lowercase()));
            let digests: Vec<u64> = digests.collect();
            written.recipients.extend(digests);
            let id = envelope.message_id.as_deref().and_then(|id| ids(id).next());
            written.messages.extend(id.map(|id| written.digest.hash_one(id)));
        }
        written.recipients.sort_unstable();
        written.messages.sort_unstable();
        written
    }

    pub fn is_to(&self, email: &str) -> bool {
        self.recipients.binary_search(&self.digest.hash_one(email.to_lowercase())).is_ok()
    }

    /// `in_reply_to`: the field, as it came.
    pub fn is_answered_by(&self, in_reply_to: &str) -> bool {
        ids(in_reply_to).take(5).any(|id| self.messages.binary_search(&self.digest.hash_one(id)).is_ok())
    }
}

fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(['<', '>', ' ', '\t', ',', '\r', '\n']).filter(|id| !id.is_empty())
}

/// As of some minutes ago at most; one EXAMINE and FETCH where it is asked of the mail server. `None` where that does not
/// tell it soon.
pub async fn written(account: &Account) -> Option<Arc<Written>> {
    if let Some(known) = account.places.written(&account.owner) {
        return known;
    }
    let sent = tokio::time::timeout(PATIENCE, people::sent(account)).await;
    let written = sent.ok().and_then(Result::ok).map(|sent| Arc::new(Written::of(&sent)));
    account.places.set_written(account.owner, written.clone());
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Address;

    #[test]
    fn whom_one_wrote_to_and_what() {
        let to = |email: &str| vec![Address { name: None, email: email.into() }];
        let sent = [
            Envelope { to: to(""), ..Envelope::default() },
            Envelope {
                to: to("Ines@Lab.example"),
                message_id: Some("<1@here>".into()),
                ..Envelope::default()
            },
            Envelope { bcc: to("hidden@x.example"), ..Envelope::default() },
        ];
        let written = Written::of(&sent);
        assert!(written.is_to("ines@lab.example") && written.is_to("hidden@x.example"));
        assert!(!written.is_to("news@shop.example") && !written.is_to(""));
        assert!(written.is_answered_by(" <1@here>") && written.is_answered_by("<0@else> <1@here>"));
        assert!(!written.is_answered_by("<2@here>") && !written.is_answered_by(""));
        let other = Written::default();
        assert!(!other.is_to("ines@lab.example") && !other.is_answered_by("<1@here>"));
    }

    #[test]
    fn a_list_somebody_pasted_fills_no_memory() {
        let address = |n: usize| Address { name: None, email: format!("p{n}@x.example") };
        let crowd = Envelope { to: (0..5_000).map(address).collect(), ..Envelope::default() };
        let later = Envelope { to: vec![address(9_999)], ..Envelope::default() };
        let written = Written::of(&[crowd, later]);
        assert_eq!(written.recipients.len(), MOST);
        assert!(written.is_to("p0@x.example") && !written.is_to("p9999@x.example"));
    }
}
