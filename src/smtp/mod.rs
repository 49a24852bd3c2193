//! Handing a message to a submission server (RFC 6409), one conversation at a time.
//!
//! lettre knows the words: commands, their parameters in xtext, what an address may hold. The wire is ours. lettre's
//! own connection reads lines without a bound, takes a reply that is not UTF-8 for a dead network, keeps what a
//! server says too early where nobody sees it (so that every later reply is taken for the one before it), sends a
//! message only from a synchronous iterator, leaves bare CR and LF in it, and gives one an empty line at its end.
//! No other module names lettre.

mod body;
pub mod bounds;
mod connection;
mod error;
mod extensions;
mod path;
mod reply;
mod sign_in;
mod wire;

pub use connection::{Connection, Envelope};
pub use error::{Error, Kind, Stage};
pub use reply::Reply;
