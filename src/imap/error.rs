//! What can go wrong between us and an IMAP server: where, and how.

use std::{fmt, time::Duration};

use crate::net::{self, Flaw};

/// Where in the conversation it happened. People read it ("while opening the mailbox"), circuits count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Waiting for one of our own connections to be free.
    Queue,
    Resolve,
    Connect,
    Tls,
    Greeting,
    SignIn,
    Folders,
    /// Unread messages of many mailboxes: a courtesy.
    Counts,
    Open,
    List,
    Read,
    Search,
    /// The server puts a mailbox in another order.
    Sort,
    Act,
    /// Saving a message in a mailbox.
    Append,
}

impl Stage {
    /// A stable name for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Queue => "queue",
            Stage::Resolve => "resolve",
            Stage::Connect => "connect",
            Stage::Tls => "tls",
            Stage::Greeting => "greeting",
            Stage::SignIn => "sign-in",
            Stage::Folders => "folders",
            Stage::Counts => "counts",
            Stage::Open => "open",
            Stage::List => "list",
            Stage::Read => "read",
            Stage::Search => "search",
            Stage::Sort => "sort",
            Stage::Act => "act",
            Stage::Append => "append",
        }
    }

    /// Before the server knows who asks: a failure here is the server's, never one mailbox's.
    pub fn is_before_sign_in(self) -> bool {
        matches!(self, Stage::Resolve | Stage::Connect | Stage::Tls | Stage::Greeting)
    }
}

/// How it went wrong.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// NO or BAD, with the response code of RFC 5530 if there was one. `text` is the server's, shown escaped
    /// and capped, never logged.
    Refused { code: Option<String>, text: String },
    /// The deadline of the stage passed.
    Deadline,
    /// The server, or the network, ended the connection.
    Closed,
    /// Nobody listens there, or the name does not resolve.
    Unreachable,
    /// The certificate did not pass.
    Certificate(Flaw),
    /// What answered does not speak IMAP.
    NotImap,
    /// The server broke the protocol; the connection is gone.
    Protocol(&'static str),
    /// More than we are ready to hold.
    TooBig,
    /// The server cannot do what is needed.
    Unsupported(&'static str),
    /// What was to be saved could not be read to its end, or was not as long as announced: the connection is closed,
    /// so that nothing half is kept.
    Source,
    /// All connections that the account may have stay busy: the server is not to blame.
    Full,
    /// All connections of this gateway are in use.
    Crowded,
    /// The circuit to this server is open; the next attempt is due in this time.
    Circuit(Duration),
    /// The session these connections belong to has ended.
    SignedOut,
}

impl Kind {
    /// A stable name for logs and metrics; holds nothing the server said.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Refused { .. } => "refused",
            Kind::Deadline => "deadline",
            Kind::Closed => "closed",
            Kind::Unreachable => "unreachable",
            Kind::Certificate(_) => "certificate",
            Kind::NotImap => "not-imap",
            Kind::Protocol(_) => "protocol",
            Kind::TooBig => "too-big",
            Kind::Unsupported(_) => "unsupported",
            Kind::Source => "source",
            Kind::Full => "full",
            Kind::Crowded => "crowded",
            Kind::Circuit(_) => "circuit",
            Kind::SignedOut => "signed-out",
        }
    }
}

// The server's words may hold mail content: they stay out of every log line.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Refused { code, .. } => write!(f, "refused{code:?}"),
            Kind::Protocol(what) | Kind::Unsupported(what) => write!(f, "{}({what})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub stage: Stage,
    pub kind: Kind,
}

impl Error {
    pub fn new(stage: Stage, kind: Kind) -> Error {
        Error { stage, kind }
    }

    pub fn refused(&self) -> bool {
        matches!(self.kind, Kind::Refused { .. })
    }

    /// The connection cannot be used again.
    pub fn is_fatal(&self) -> bool {
        !matches!(self.kind, Kind::Refused { .. } | Kind::Unsupported(_))
    }

    /// It ended this connection, not the conversation: the same question may do better on another one.
    pub fn is_of_the_connection(&self) -> bool {
        matches!(self.kind, Kind::Closed | Kind::Protocol(_) | Kind::TooBig)
    }

    /// The RFC 5530 response code of a refusal, in upper case.
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind.name(), self.stage.name())
    }
}

impl std::error::Error for Error {}

impl From<net::Error> for Error {
    fn from(error: net::Error) -> Error {
        let stage = match error.stage {
            net::Stage::Resolve => Stage::Resolve,
            net::Stage::Connect => Stage::Connect,
            net::Stage::Tls => Stage::Tls,
        };
        let kind = match error.kind {
            net::Kind::Deadline => Kind::Deadline,
            net::Kind::Closed => Kind::Closed,
            net::Kind::Unreachable => Kind::Unreachable,
            net::Kind::Certificate(flaw) => Kind::Certificate(flaw),
            net::Kind::Protocol(what) => Kind::Protocol(what),
        };
        Error { stage, kind }
    }
}
