//! The mail servers, mailboxes and broken networks that Relais is tried on.
//!
//! Everything runs in a folder of its own, on free loopback ports, as ordinary processes that end with the
//! value that started them; the machine's own mail setup is neither read nor touched. Nothing here knows
//! Relais: the product's tests, `make demo` and `make bench` are built from these pieces.

pub mod browser;
mod covers;
pub mod cyrus;
pub mod dovecot;
pub mod gateway;
pub mod imap;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod script;
pub mod seed;
pub mod strip;
pub mod submission;
pub mod tls;
pub mod visitor;
mod wire;

pub use browser::{Browser, View};
pub use dovecot::{Dovecot, Options};
pub use gateway::Gateway;
pub use imap::Imap;
pub use postfix::Postfix;
pub use postgres::{Database, Postgres};
pub use proxy::{Chaos, Mode};
pub use script::{Reply, Script};
pub use strip::{Announce, Strip};
pub use submission::{Submission, Submitted};
pub use visitor::{Answer, Visitor};
