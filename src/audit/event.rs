//! What was done, before its names are made digests, and the day whose key makes them.

use std::{fmt, net::IpAddr, time::Duration};

use jiff::{Timestamp, civil::Date};

use super::{Digest, Line, What, Word};
use crate::store::{AccountId, Keys, Secret};

/// Something that was done, before its names are made digests.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    what: What,
    account: Option<AccountId>,
    network: Option<IpAddr>,
    message: Option<Message<'a>>,
    part: Option<Word>,
    verb: Option<Word>,
    n: Option<u32>,
    stage: Option<Word>,
    why: Option<Word>,
    reference: Option<Word>,
    took: Option<Duration>,
    /// Whoever did it may do it again at once, as often as they like.
    free: bool,
    /// The operating system's user.
    by: Option<u32>,
}

#[derive(Clone, Copy)]
enum Message<'a> {
    Received { mailbox: &'a [u8], uidvalidity: u32, uid: u32 },
    In { mailbox: &'a [u8] },
    Sent([u8; 16]),
}

impl<'a> Event<'a> {
    pub fn of(what: What) -> Event<'a> {
        Event {
            what,
            account: None,
            network: None,
            message: None,
            part: None,
            verb: None,
            n: None,
            stage: None,
            why: None,
            reference: None,
            took: None,
            free: false,
            by: None,
        }
    }

    /// Whose mailbox it is, however its name is spelt (`session::pooled_id`).
    pub fn account(self, pooled: AccountId) -> Self {
        Event { account: Some(pooled), ..self }
    }

    /// From where: a network, not one address (`session::site_of`).
    pub fn network(self, network: Option<IpAddr>) -> Self {
        Event { network, ..self }
    }

    pub fn received(self, mailbox: &'a [u8], uidvalidity: u32, uid: u32) -> Self {
        Event { message: Some(Message::Received { mailbox, uidvalidity, uid }), ..self }
    }

    /// Something in this mailbox, or the mailbox itself.
    pub fn mailbox(self, mailbox: &'a [u8]) -> Self {
        Event { message: Some(Message::In { mailbox }), ..self }
    }

    /// What was done, with how many messages.
    pub fn verb(self, verb: &str, n: u32) -> Self {
        Event { verb: Word::new(verb), n: Some(n), ..self }
    }

    /// A message of the outbox.
    pub fn sent(self, id: [u8; 16]) -> Self {
        Event { message: Some(Message::Sent(id)), ..self }
    }

    /// A section of the message, as `1.2`.
    pub fn part(self, section: &str) -> Self {
        Event { part: Word::new(section), ..self }
    }

    /// Where it failed, and how.
    pub fn failed(self, stage: &str, why: &str) -> Self {
        Event { stage: Word::new(stage), why: Word::new(why), ..self }
    }

    /// The one that the page and the log show.
    pub fn reference(self, reference: Option<&str>) -> Self {
        Event { reference: reference.and_then(Word::new), ..self }
    }

    pub fn took(self, time: Duration) -> Self {
        Event { took: Some(time), ..self }
    }

    /// Which user of the operating system ordered it.
    pub fn by(self, user: Option<u32>) -> Self {
        Event { by: user, ..self }
    }

    /// No limit held it back: of such lines only so many are written.
    pub fn free(self, free: bool) -> Self {
        Event { free, ..self }
    }

    pub(super) fn costs_nothing(&self) -> bool {
        self.free
    }

    pub(super) fn line(&self, at: Timestamp, day: &Day) -> Line {
        let account = self.account.as_ref().map(|account| day.account(account));
        let own = self.account.map_or([0; 32], |account| *account.as_bytes());
        let (mailbox, message) = match self.message {
            None => (None, None),
            Some(Message::Sent(id)) => (None, Some(day.digest("sent", &[&own, &id]))),
            Some(Message::In { mailbox }) => (Some(day.digest("mailbox", &[&own, mailbox])), None),
            Some(Message::Received { mailbox, uidvalidity, uid }) => {
                let (validity, uid) = (uidvalidity.to_be_bytes(), uid.to_be_bytes());
                let message = day.digest("message", &[&own, mailbox, &validity, &uid]);
                (Some(day.digest("mailbox", &[&own, mailbox])), Some(message))
            }
        };
        let network = self.network.map(|network| match network {
            IpAddr::V4(ip) => day.digest("network", &[&ip.octets()]),
            IpAddr::V6(ip) => day.digest("network", &[&ip.octets()]),
        });
        Line {
            at,
            what: self.what,
            account,
            network,
            mailbox,
            message,
            part: self.part,
            verb: self.verb,
            n: self.n,
            stage: self.stage,
            why: self.why,
            reference: self.reference,
            ms: self.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            by: self.by,
            times: None,
            lost: None,
        }
    }
}

/// Names a person: kept out of logs and panics.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({:?})", self.what)
    }
}

/// The key of a day.
pub(super) struct Day(Secret);

impl Day {
    pub fn new(keys: &Keys, date: Date) -> Day {
        Day(keys.dated("relais audit", &date.to_string()))
    }

    pub fn account(&self, account: &AccountId) -> Digest {
        self.digest("account", &[account.as_bytes()])
    }

    fn digest(&self, label: &str, words: &[&[u8]]) -> Digest {
        Digest::cut(&self.0.digest(label, words))
    }
}
