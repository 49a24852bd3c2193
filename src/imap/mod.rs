//! Talking to IMAP servers, and to nobody else: connections, one file a command, and what the crates cannot parse.
//!
//! async-imap carries the connection: tags, commands, the SASL exchange. Under it lies `tap`, through which every
//! response passes first; above it `actor` owns the session in a task of its own; `pool` lends
//! connections to requests. No other module names async-imap.

mod actor;
pub mod append;
pub mod arrival;
mod backend;
mod batch;
pub mod bounds;
mod capability;
mod circuit;
mod command;
mod connect;
mod connection;
pub mod copy;
mod documents;
mod error;
pub mod expunge;
pub mod fetch;
mod frame;
pub mod heads;
pub mod line;
pub mod list;
pub mod manage;
mod name;
mod pool;
pub mod position;
pub mod quota;
mod remembered;
mod response;
pub mod rights;
pub mod search;
pub mod sent;
mod sign_in;
pub mod sort;
pub mod store;
mod structure;
mod tap;
mod utf7;
mod value;
mod view;

pub use backend::{Backend, Probe};
pub use batch::Batch;
pub use capability::Capabilities;
pub use command::{Command, Flag, NumberSet};
pub use connection::Connection;
pub use error::{Error, Kind, Stage};
pub use name::{Flaw as NameFlaw, MailboxName};
pub use pool::{CredentialSource, Fresh, Limits, Loan, Opening, Owner, Pool};
pub use sign_in::Credentials;
pub use view::View;
