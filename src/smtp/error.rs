//! What can go wrong between us and an SMTP server: where, and how.

use std::fmt;

use super::Reply;
use crate::net::{self, Flaw};

/// Where in the conversation it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    Resolve,
    Connect,
    Tls,
    Greeting,
    /// EHLO, before and after STARTTLS.
    Hello,
    SignIn,
    /// MAIL, and RSET.
    Mail,
    Recipient,
    /// DATA and the message, up to the dot that ends it. Until then no server may deliver it.
    Data,
    /// From the first octet of the dot on.
    End,
}

impl Stage {
    /// A stable name for logs, metrics and the journal.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Resolve => "resolve",
            Stage::Connect => "connect",
            Stage::Tls => "tls",
            Stage::Greeting => "greeting",
            Stage::Hello => "hello",
            Stage::SignIn => "sign-in",
            Stage::Mail => "mail",
            Stage::Recipient => "recipient",
            Stage::Data => "data",
            Stage::End => "end",
        }
    }
}

/// How it went wrong.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// 4xx or 5xx. The conversation goes on, except after 421. A reply without text was made here, of an
    /// address that cannot be written in a command.
    Refused(Reply),
    /// The deadline of the stage passed.
    Deadline,
    /// The server, or the network, ended the connection.
    Closed,
    /// Nobody listens there, or the name does not resolve.
    Unreachable,
    /// The certificate did not pass.
    Certificate(Flaw),
    /// The server broke the protocol, cannot do what is needed, or the message may not be sent as it is.
    Protocol(&'static str),
    /// No way to sign in that we know.
    NoWayIn,
}

impl Kind {
    /// A stable name for logs, metrics and the journal; holds nothing the server said.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Refused(_) => "refused",
            Kind::Deadline => "deadline",
            Kind::Closed => "closed",
            Kind::Unreachable => "unreachable",
            Kind::Certificate(_) => "certificate",
            Kind::Protocol(_) => "protocol",
            Kind::NoWayIn => "no-way-in",
        }
    }
}

// The server's words may hold addresses: they stay out of every log line.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Refused(reply) => write!(f, "refused({reply:?})"),
            Kind::Protocol(what) => write!(f, "protocol({what})"),
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

    /// The message may have been taken or not: the dot went out, and no reply came that says which.
    pub fn is_uncertain(&self) -> bool {
        self.stage == Stage::End && self.reply().is_none()
    }

    /// What the server said when it refused.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.kind {
            Kind::Refused(reply) => Some(reply),
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
