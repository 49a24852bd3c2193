//! What is known of a message for one recipient, derived from evidence that is only ever appended.
//!
//! ```text
//!            ┌────────── put off, not taken ───────────┐
//!            ▼                                         │
//!  accept ─▶ Waiting ──── DATA begins ────────────▶ Sending ──── 250 ──▶ Accepted ─▶ Relayed ─▶ Delivered
//!            │ ▲  ▲ ▲                                │   │                  │ ▲          │          │
//!     535,   │ │  │ └── resent, once ──┐      no reply   5xx               ▼ │          │          ▼
//!     48 h   ▼ │  │                    │             ▼   │               Delayed        │      Displayed
//!        SignIn   │                    └──── Uncertain   │                  │           │          │
//!                 │    the author: retry       │         ▼   a later failure report     │          ▼
//!                 └────────────────────────────┴──── Refused ◀──────────────┴───────────┘      Answered
//!
//!  Waiting ── 5xx before DATA ──▶ Refused               Refused, GivenUp ── the author: retry ──▶ Waiting
//!  Waiting, SignIn, Held ── the author ──▶ Cancelled    Waiting ── 5 days, or unreadable ──▶ GivenUp
//!  Waiting, Sending, Uncertain, SignIn ── the store is an old copy ──▶ Held ── released ──▶ Waiting
//! ```
//!
//! A 250 is true whenever it is written down, also by a courier that had lost its claim: it beats what was
//! supposed meanwhile. A report from further on says that the message was taken, and so ends `Uncertain`; it never
//! moves what Relais still holds, or it would not be sent to somebody whose server put it off.

use serde::{Deserialize, Serialize};

use crate::smtp::Stage;

/// What the outbox knows of one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Relais holds it and will try, or try again, by itself.
    Waiting,
    /// DATA has begun; the server's word is awaited.
    Sending,
    /// The server took it (250) and answers for it now.
    Accepted,
    /// A report says that it went on to a system that sends no reports.
    Relayed,
    /// A report says that it is in the recipient's mailbox.
    Delivered,
    /// A receipt says that it was displayed, or processed.
    Displayed,
    /// The recipient answered.
    Answered,
    /// A report says that a server further on is still trying.
    Delayed,
    /// A server said no, for good.
    Refused,
    /// It may have arrived or not: the reply to the end of DATA was lost.
    Uncertain,
    /// The server no longer takes the password, or it is no longer kept: the next sign-in sends it.
    SignIn,
    /// The store was put back from an old copy: whether it left since is not known, and somebody must say that it may.
    Held,
    /// Relais tried for days, or cannot read what it kept.
    GivenUp,
    /// The author took it back before it left.
    Cancelled,
}

impl State {
    /// The courier has nothing more to do for it, and no credentials are needed.
    pub fn is_settled(self) -> bool {
        !matches!(self, State::Waiting | State::Sending | State::Uncertain | State::SignIn | State::Held)
    }

    /// A server took it, and none said that it failed.
    pub fn is_out(self) -> bool {
        use State::{Accepted, Answered, Delayed, Delivered, Displayed, Relayed};
        matches!(self, Accepted | Relayed | Delayed | Delivered | Displayed | Answered)
    }

    /// It is proven to be with the recipient.
    pub fn is_acknowledged(self) -> bool {
        matches!(self, State::Delivered | State::Displayed | State::Answered)
    }

    /// A person must decide or act.
    pub fn needs_user(self) -> bool {
        matches!(self, State::Refused | State::Uncertain | State::SignIn | State::Held | State::GivenUp)
    }
}

/// The server's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// As `250`.
    pub code: u16,
    /// As `5.1.1` (RFC 3463).
    pub enhanced: Option<[u16; 3]>,
    /// Cleaned and capped; still to be escaped.
    pub text: String,
}

/// Why a try did not come to an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The server answered, with a temporary (4xx) or a final (5xx) refusal.
    Answer(Answer),
    /// It did not answer in time.
    Deadline,
    /// It closed the connection.
    Closed,
    /// It could not be reached.
    Unreachable,
    /// Its certificate was not accepted.
    Certificate,
    /// It wants a certificate of ours that we do not have, or does not take the one we show.
    NotAdmitted,
    /// It broke the protocol.
    Protocol,
    /// It offers no way to sign in that we know.
    NoWayIn,
    /// The gateway stopped before DATA.
    Stopped,
    /// The gateway could not read its own store for a moment.
    Store,
    /// What the gateway kept does not open any more.
    Unreadable,
    /// The configuration no longer has this server, or it has no `smtp`.
    NoServer,
}

/// One piece of evidence about one recipient, or about all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// Written before DATA is said.
    InData,
    /// The server's 250 after the end of DATA.
    Accepted(Answer),
    /// A final refusal, at `stage` of the conversation (`mail`, `recipient`, `data`, `end`).
    Refused { stage: String, answer: Answer },
    /// Not taken this time; there will be another.
    PutOff { stage: String, cause: Cause },
    /// The reply to the end of DATA is lost.
    Unknown(Cause),
    /// The courier that had begun DATA is gone.
    Abandoned,
    /// Sent once more by itself after [`Fact::Unknown`] or [`Fact::Abandoned`], with the same Message-ID.
    Resent,
    /// The server refused the credentials.
    SignInRefused(Answer),
    /// The credentials were kept for as long as is allowed.
    SignInGone,
    /// A good sign-in brought fresh credentials.
    SignedIn,
    /// The author wants another try.
    Retried,
    /// The store was put back from an old copy.
    Held,
    /// The author, or the administrator, says that it may leave.
    Released,
    /// The author took it back.
    Cancelled,
    /// The author saw what became of it and lets it be.
    Dismissed,
    /// Tried for long enough, or hopeless.
    GivenUp(Cause),
    /// The author's own copy is to be kept: written down with the first 250.
    ToKeep,
    /// Where the copy goes, before the first try: the mailbox, its UIDVALIDITY and UIDNEXT (0: it is not there).
    Keeping { mailbox: Vec<u8>, uidvalidity: u32, uidnext: u32 },
    /// The copy is in the mailbox.
    Kept,
    /// There will be no copy; what was sent stays sent.
    NotKept,
    /// A report to the author goes into the INBOX, which ended here before the first try: UIDVALIDITY and UIDNEXT (0:
    /// the server does not tell).
    Telling { uidvalidity: u32, uidnext: u32 },
    /// The report is in the INBOX. What was written down before is told.
    Told,
    /// There will be no report of what was written down before; the author's page tells it all the same.
    NotTold,
    /// A report (RFC 3464 `Action: relayed` or `expanded`).
    Relayed,
    /// `Action: delivered`.
    Delivered,
    /// `Action: delayed`.
    Delayed,
    /// `Action: failed`.
    Failed(Answer),
    /// A receipt (RFC 8098).
    Displayed,
    /// A message of the recipient in reply.
    Answered,
    /// A receipt: a program dealt with it.
    Processed,
    /// A receipt: removed without being displayed.
    Deleted,
    /// A receipt: it arrived and could not be dealt with.
    NotProcessed(Answer),
    /// The same, without the ENVID that only servers on its way can know. Whoever read the message could have written
    /// it: it is shown, it never moves a state, and nothing that is awaited counts as come. A claimed failure is
    /// brought before the author.
    Claimed(Box<Fact>),
}

impl Fact {
    /// It says, or claims, that the message was lost to the recipient.
    pub fn is_failure(&self) -> bool {
        match self {
            Fact::Claimed(fact) => fact.is_failure(),
            fact => matches!(fact, Fact::Refused { .. } | Fact::Failed(_) | Fact::NotProcessed(_)),
        }
    }

    /// An answer about one recipient put it off: their domain, their mailbox, greylisting. Not that the server has trouble
    /// (RFC 3463 §3.4), or that there are too many of them for one conversation (RFC 5321 §4.5.3.1.10).
    pub fn is_a_recipients_own(&self) -> bool {
        let Fact::PutOff { stage, cause: Cause::Answer(answer) } = self else { return false };
        stage == Stage::Recipient.name() && answer.code != 452 && !matches!(answer.enhanced, Some([_, 3, _]))
    }
}

/// The state that evidence, in the order it was written down, amounts to. Total: no order of facts is an error, and
/// a fact that says nothing new changes nothing.
pub fn derive<'a>(evidence: impl IntoIterator<Item = &'a Fact>) -> State {
    Standing::of(evidence).state
}

/// The state with what the courier and the list must know beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub state: State,
    /// It was sent by itself once already: the next time the author decides.
    pub resent: bool,
    /// The author saw this state and let it go.
    pub dismissed: bool,
    /// Something without proof says that it was lost, after a server had taken it.
    pub doubted: bool,
    /// It may have arrived once, whatever became of it since.
    pub may_have_left: bool,
}

impl Default for Standing {
    /// Before any evidence.
    fn default() -> Standing {
        Standing {
            state: State::Waiting,
            resent: false,
            dismissed: false,
            doubted: false,
            may_have_left: false,
        }
    }
}

impl Standing {
    pub fn of<'a>(evidence: impl IntoIterator<Item = &'a Fact>) -> Standing {
        evidence.into_iter().fold(Standing::default(), Standing::after)
    }

    /// With one more fact.
    pub fn after(self, fact: &Fact) -> Standing {
        let state = step(self.state, fact);
        let resent = match fact {
            Fact::Resent => true,
            Fact::Retried | Fact::Released => false,
            _ => self.resent,
        };
        let doubt = matches!(fact, Fact::Claimed(_)) && fact.is_failure() && state.is_out();
        let cleared = matches!(fact, Fact::Dismissed | Fact::Retried) || !state.is_out();
        let doubted = doubt || self.doubted && !cleared;
        let kept = self.dismissed && state == self.state && !doubt;
        let dismissed = matches!(fact, Fact::Dismissed) || kept;
        let may_have_left =
            self.may_have_left || matches!(fact, Fact::Unknown(_) | Fact::Abandoned | Fact::Held);
        Standing { state, resent, dismissed, doubted, may_have_left }
    }

    /// A person must decide or act, and has not yet.
    pub fn needs_user(self) -> bool {
        let alone = self.state == State::Uncertain && !self.resent;
        (self.state.needs_user() && !alone || self.doubted) && !self.dismissed
    }

    pub fn is_settled(self) -> bool {
        self.state.is_settled() || self.state == State::Uncertain && self.dismissed
    }
}

fn step(state: State, fact: &Fact) -> State {
    use State::*;
    // Relais still has to get it out.
    let ours = matches!(state, Waiting | Sending | Uncertain | SignIn | Held);
    // Its reply is awaited, or lost: news from further on stands for it.
    let left = matches!(state, Sending | Uncertain);
    match fact {
        Fact::InData if matches!(state, Waiting | SignIn) => Sending,
        Fact::Accepted(_) if ours || matches!(state, Refused | GivenUp | Cancelled) => Accepted,
        Fact::Refused { .. } if ours => Refused,
        Fact::PutOff { .. } if matches!(state, Sending) => Waiting,
        Fact::Unknown(_) | Fact::Abandoned if matches!(state, Sending) => Uncertain,
        Fact::Resent if state == Uncertain => Waiting,
        Fact::Retried if matches!(state, Uncertain | Refused | GivenUp) => Waiting,
        Fact::SignInRefused(_) | Fact::SignInGone if state == Waiting => SignIn,
        Fact::SignedIn if state == SignIn => Waiting,
        Fact::Held if ours => Held,
        Fact::Released if state == Held => Waiting,
        Fact::Cancelled if matches!(state, Waiting | SignIn | Held) => Cancelled,
        Fact::GivenUp(_) if ours => GivenUp,
        // Further on, only forwards; a failure beats all but what a person did.
        Fact::Relayed if left || matches!(state, Accepted | Delayed) => Relayed,
        Fact::Delayed if left || matches!(state, Accepted | Relayed) => Delayed,
        Fact::Delivered if left || matches!(state, Accepted | Delayed | Relayed) => Delivered,
        Fact::Deleted if left || matches!(state, Accepted | Delayed | Relayed) => Delivered,
        Fact::Displayed | Fact::Processed if left || state.is_out() && state != Answered => Displayed,
        Fact::NotProcessed(_) if left || state.is_out() && state != Answered => Refused,
        Fact::Answered if left || state.is_out() => Answered,
        Fact::Failed(_) if left || matches!(state, Accepted | Relayed | Delayed | Delivered) => Refused,
        _ => state,
    }
}

#[cfg(test)]
mod tests;
