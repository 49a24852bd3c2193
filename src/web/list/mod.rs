//! The messages of one mailbox, newest first.

pub mod view;
