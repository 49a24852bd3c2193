//! What is measured, in people's words, and when it is called late.

use std::time::Duration;

/// What people wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// From the request for a page of a mailbox until its rows are known, the wait for a connection and what a
    /// new connection takes included; and the same of the probe's mailbox, without its sign-in.
    Open,
    /// From when an accepted message may leave until the mail server has taken it.
    Send,
    /// From when the probe hands over a letter to itself until that letter is in its INBOX.
    Arrive,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Open, Kind::Send, Kind::Arrive];

    /// As it is kept.
    pub fn code(self) -> i64 {
        match self {
            Kind::Open => 0,
            Kind::Send => 1,
            Kind::Arrive => 2,
        }
    }

    pub fn from_code(code: i64) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Open => "open",
            Kind::Send => "send",
            Kind::Arrive => "arrive",
        }
    }

    /// Five-minute slots, besides the running one, that are "now": 20 minutes at least; a letter goes out every 15 minutes
    /// only.
    pub(super) fn slots_of_now(self) -> i64 {
        match self {
            Kind::Open | Kind::Send => 4,
            Kind::Arrive => 8,
        }
    }

    /// Samples without which "now" is not told: one page, or one message, that is slow says nothing of the others. A probe
    /// alone opens its mailbox so often in 20 minutes.
    pub(super) fn least(self) -> u64 {
        match self {
            Kind::Open | Kind::Send => 3,
            Kind::Arrive => 1,
        }
    }

    /// Beyond how many seconds it is late: three times the usual time, and never less than what nobody minds. While
    /// nothing is known of other days, what nobody would call usual.
    pub fn limit(self, usual: Option<f64>) -> f64 {
        let (unminded, unusual) = match self {
            Kind::Open => (1.0, 5.0),
            Kind::Send | Kind::Arrive => (60.0, 600.0),
        };
        usual.map_or(unusual, |usual| (usual * 3.0).max(unminded))
    }
}

/// The length of a slot.
pub const SLOT: Duration = Duration::from_secs(300);
