//! The messages of one mailbox, newest first.

pub mod handler;
pub mod view;
