//! The outbox: what was accepted is on disk before anybody is told, then it is sent, followed, or comes back.
//!
//! `state` says what can be known of a recipient and how it is derived from evidence; `accept` and `stage` write down;
//! the `courier` carries, one claim at a time. Everything at rest is sealed under the message's own key
//! (`seal`), which is destroyed when the message is purged.

mod accept;
mod again;
mod author;
mod courier;
mod export;
mod following;
mod journal;
mod largest;
mod left;
mod list;
pub mod losses;
mod marks;
mod passwords;
mod points;
mod reseal;
mod restored;
mod seal;
mod stage;
mod staged;
mod staged_message;
mod state;
mod take_back;

pub use accept::MOST_RECIPIENTS;
pub use again::{AgainSent, How, SendAgain, Wish};
pub use courier::{Carrier, Copies, Reports, courier};
pub use export::{ExportError, TABLE};
pub use following::Followed;
pub use left::{Left, Why};
pub use restored::Held;
pub use staged_message::MESSAGE;
pub use state::{Answer, Cause, Fact, State, derive};
pub use take_back::Form;

use std::{
    collections::HashSet,
    fmt,
    path::Path,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use zeroize::Zeroizing;

use marks::Marks;
use passwords::Passwords;

use crate::{
    message::Address,
    status::Measures,
    store::{self, AccountId, Store, outbox::Allowance},
};

/// The form's idempotency key: the same form sent twice is one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub [u8; 16]);

/// Names an accepted message. Ids sort by the time of acceptance. In a URL: 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub [u8; 16]);

/// Names an upload. In a form: 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 16]);

/// A part of a message in wire form.
#[derive(Clone)]
pub enum Piece {
    Bytes(Vec<u8>),
    /// An upload: its base64 lines, ending in CRLF.
    Blob(BlobId),
}

/// What a person asks to send.
pub struct Submission {
    pub account: AccountId,
    /// The name of the configured server.
    pub server: Arc<str>,
    pub login: String,
    pub password: Zeroizing<String>,
    pub key: Key,
    /// SHA-256 of what the person filled in: never of what each try makes anew, as Date or a boundary.
    pub digest: [u8; 32],
    /// The envelope sender.
    pub from: String,
    /// Whom the account may send as: the envelope sender and every From and Sender of the message is one of them.
    pub owns: Vec<String>,
    /// The envelope recipients; twins are sent to once.
    pub recipients: Vec<String>,
    /// Concatenated, the message in wire form: CRLF, 7-bit, ends with CRLF.
    pub message: Vec<Piece>,
    /// Not before this: for undo and for later.
    pub not_before: Timestamp,
    /// Ask servers and the reader for acknowledgements.
    pub follow: bool,
    pub about: About,
    /// What the person filled in, to go on with should they take it back.
    pub form: Form,
}

/// What lists and the trail show of a message. Sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Without angle brackets.
    pub message_id: String,
    pub subject: String,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    /// Without angle brackets.
    pub in_reply_to: Option<String>,
    #[serde(default)]
    pub original: Option<Original>,
}

/// The message that is answered or forwarded, as it lies in the author's mailbox.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Its name as the server writes it.
    pub mailbox: Vec<u8>,
    pub uidvalidity: u32,
    pub uid: u32,
    pub forwarded: bool,
}

/// What became of [`Outbox::accept`]; nothing was written twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    New(MessageId),
    /// The same form again: already accepted.
    Again(MessageId),
    /// The same key with other content: nothing was sent of it.
    Conflict(MessageId),
}

/// An upload that waits for its message.
#[derive(Clone, PartialEq, Eq)]
pub struct Staged {
    pub id: BlobId,
    /// As uploaded: never part of a header unencoded.
    pub name: String,
    /// As uploaded, as `image/png`: hostile too.
    pub kind: String,
    /// Octets of the file.
    pub octets: u64,
    /// Octets of its base64 lines.
    pub wire_octets: u64,
}

/// One line of the list.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: MessageId,
    pub accepted: Timestamp,
    pub not_before: Timestamp,
    /// The envelope sender.
    pub from: String,
    pub message_id: String,
    /// `None` once the content is purged.
    pub about: Option<About>,
    /// Octets in wire form.
    pub size: u64,
    pub follow: bool,
    pub recipients: Vec<Recipient>,
    /// When the courier looks at it next.
    pub due: Option<Timestamp>,
    /// Refused, uncertain, waiting for a sign-in, given up, waiting for hours, overdue or said to be lost: shown first.
    pub needs_user: bool,
    pub followed: Followed,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    pub address: String,
    pub state: State,
}

/// A message with the whole trail.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail {
    pub sent: Sent,
    /// In the order they were written down.
    pub attempts: Vec<Attempt>,
    /// Something without proof says that it was lost, and the author did not put that aside.
    pub doubted: bool,
    /// It has been waiting for hours.
    pub late: bool,
    /// It was cancelled or given up for somebody whom it may have reached all the same.
    pub may_have_left: bool,
    /// [`Outbox::cancel`] would take it back now.
    pub can_cancel: bool,
    /// [`Outbox::take_back`] would open it again for editing.
    pub can_edit: bool,
    /// [`Outbox::release`] would let it leave.
    pub can_release: bool,
    /// [`Outbox::retry`] would try again what was refused, given up or is uncertain.
    pub can_retry: bool,
    /// [`Outbox::dismiss`] would put it aside.
    pub can_dismiss: bool,
}

/// One piece of evidence as it was written down.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    /// An index into [`Sent::recipients`]; `None`: all of them.
    pub recipient: Option<usize>,
    pub fact: Fact,
}

/// Why the outbox did not do it; nothing of the message is in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What was kept does not open.
    #[error("a kept message does not open")]
    Sealed,
    /// The upload broke off.
    #[error("the upload broke off")]
    Body,
    /// More octets than are allowed for one file.
    #[error("more than {most} octets")]
    TooBig { most: u64 },
    /// The account has too much or too many uploads waiting; they expire within 24 h.
    #[error("too many uploads wait for their message")]
    Quota,
    /// An upload that the message names is gone, incomplete, or in another message.
    #[error("an attached upload is no longer there")]
    Missing,
    /// The account wrote to as many as it may; then it may again.
    #[error("the account wrote to too many recipients lately")]
    Limit { until: Timestamp },
    /// More recipients than an account may ever write to at once.
    #[error("more than {most} recipients")]
    TooMany { most: u64 },
    /// The message is not from whom its account may send as.
    #[error("the sender is not the account's")]
    Sender,
    /// No recipient, too many, or an address that cannot be in an envelope.
    #[error("the recipients cannot be sent to")]
    Recipients,
    /// Others changed the message again and again; nothing was written.
    #[error("the message is being changed by others")]
    Busy,
    /// The pieces are not a message in wire form.
    #[error("the message is not in wire form: {0}")]
    Wire(&'static str),
}

/// The outbox of this gateway; cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    store: Arc<Store>,
    /// Rung when something may be due.
    bell: Arc<watch::Sender<()>>,
    /// How many messages need their author.
    marks: Arc<Marks<usize>>,
    /// Whether any report came back.
    reported: Arc<Marks<bool>>,
    /// See `restored`.
    age_file: Option<Arc<Path>>,
    changed: Arc<AtomicBool>,
    allowance: Option<Allowance>,
    passwords: Passwords,
    /// Seconds within which a followed message should be acknowledged.
    awaited_for: i64,
    /// Whose mailboxes are being looked at.
    looking: Arc<Mutex<HashSet<AccountId>>>,
    sizes: largest::Sizes,
    /// Where it is told how long sending took.
    measures: Option<Measures>,
}

impl Outbox {
    pub fn new(store: Arc<Store>) -> Outbox {
        Outbox {
            store,
            bell: Arc::default(),
            marks: Arc::default(),
            reported: Arc::default(),
            age_file: None,
            changed: Arc::default(),
            allowance: None,
            passwords: Passwords::default(),
            awaited_for: 24 * 3600,
            looking: Arc::default(),
            sizes: largest::Sizes::default(),
            measures: None,
        }
    }

    /// Counts how long accepted messages wait until a server takes them.
    #[must_use]
    pub fn measured_by(self, measures: Measures) -> Outbox {
        Outbox { measures: Some(measures), ..self }
    }

    /// Bounds the recipients of each account within an hour and a day. Without it there is no bound.
    #[must_use]
    pub fn allowing(self, hour: u32, day: u32) -> Outbox {
        Outbox { allowance: Some(Allowance { hour: hour.into(), day: day.into() }), ..self }
    }

    /// Another time than 48 h for which passwords of messages that wait are kept; `only_here`: none outlives this process.
    ///
    /// # Errors
    /// Without random bytes.
    pub fn keeping_passwords(self, life: std::time::Duration, only_here: bool) -> Result<Outbox, Error> {
        Ok(Outbox { passwords: Passwords::new(life, only_here)?, ..self })
    }

    /// For how long after it is accepted a message has a password to leave with.
    pub fn passwords_live(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(self.passwords.life)
    }

    /// Another deadline for the acknowledgement of what is followed than 24 h.
    #[must_use]
    pub fn awaiting_for(self, deadline: std::time::Duration) -> Outbox {
        Outbox { awaited_for: i64::try_from(deadline.as_secs()).unwrap_or(i64::MAX / 2), ..self }
    }

    /// Couriers of this process look again.
    fn wake(&self) {
        self.changed.store(true, Ordering::Relaxed);
        self.bell.send_replace(());
    }
}

/// What the journal keeps of a message.
#[derive(Serialize, Deserialize)]
struct Line {
    from: String,
    message_id: String,
}

fn random<const N: usize>() -> Result<[u8; N], store::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| store::Error::Random)?;
    Ok(bytes)
}

macro_rules! named {
    ($name:ident) => {
        /// 32 hexadecimal digits.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                if text.len() != 32 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(());
                }
                u128::from_str_radix(text, 16).map(|n| $name(n.to_be_bytes())).map_err(|_| ())
            }
        }
    };
}
named!(MessageId);
named!(BlobId);

#[cfg(test)]
mod tests;
