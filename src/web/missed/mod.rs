//! What arrived while something did not work, in all mailboxes: what is still to be read, and what is to be filed.

pub mod asked;
mod flow;
mod group;
pub mod handler;
pub mod line;
pub mod next;
pub mod table;
pub mod view;
