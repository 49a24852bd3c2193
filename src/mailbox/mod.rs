//! What a person does with a mailbox: see which there are, page through one, open a message, take a file.
//!
//! Everything starts from an [`Account`], which says who is asking and lends a connection for it.

mod account;
pub mod act;
pub mod drafts;
pub mod folders;
pub mod handover;
pub mod lane;
pub mod look;
pub mod manage;
pub mod missed;
pub mod observed;
pub mod opened;
pub mod part;
pub mod people;
mod pieces;
pub mod preview;
pub mod search;
pub mod sort;
pub mod thread;
pub mod window;
pub mod written;

pub use account::{Account, Places};
