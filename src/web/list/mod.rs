//! The messages of one mailbox, newest first.

pub mod handler;
mod late;
pub mod view;
