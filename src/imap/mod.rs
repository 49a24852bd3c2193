//! Talking to IMAP servers, and to nobody else: connections, one file a command, and what the crates cannot parse.
//!
//! async-imap carries the connection: tags, commands, the SASL exchange. Under it lies `tap`, through which every
//! response passes first; above it `connection` owns the session in a task of its own; `pool` lends
//! connections to requests. No other module names async-imap.

pub mod append;
mod backend;
pub mod bounds;
mod capability;
mod circuit;
mod command;
mod connect;
mod connection;
mod documents;
mod error;
pub mod fetch;
mod frame;
pub mod heads;
pub mod line;
pub mod list;
mod name;
mod pool;
pub mod position;
pub mod quota;
mod remembered;
mod response;
pub mod sent;
mod sign_in;
mod structure;
mod tap;
mod utf7;
mod value;
mod view;

pub use backend::{Backend, Probe};
pub use capability::Capabilities;
pub use command::{Command, Flag, NumberSet};
pub use connection::{Batch, Connection};
pub use error::{Error, Kind, Stage};
pub use name::MailboxName;
pub use pool::{CredentialSource, Fresh, Limits, Loan, Opening, Owner, Pool};
pub use sign_in::Credentials;
pub use view::View;
