//! What can go wrong before a server has said a word. The rooms above turn it into errors of their own.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Resolve,
    Connect,
    Tls,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The deadline of the stage passed.
    Deadline,
    /// The server, or the network, ended the connection.
    Closed,
    /// Nobody listens there, or the name does not resolve.
    Unreachable,
    /// The certificate did not pass: the server's or, with [`Flaw::ClientWanted`] and [`Flaw::ClientRefused`], ours.
    Certificate(Flaw),
    /// What answered does not speak TLS as it should.
    Protocol(&'static str),
}

/// Why a certificate did not pass (RFC 5280 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    Expired,
    NotYetValid,
    /// It is for other names than the one that was dialled.
    WrongName,
    /// Nobody whom this machine trusts has signed it, nor whom the configuration adds.
    UnknownIssuer,
    Revoked,
    /// No list of revoked certificates of the configuration speaks for who signed it.
    NoList,
    /// None of ours was shown, and the server wants one.
    ClientWanted,
    /// The server does not take the one we show.
    ClientRefused,
    /// In the words of the TLS library.
    Other(String),
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind, self.stage)
    }
}

impl std::error::Error for Error {}
