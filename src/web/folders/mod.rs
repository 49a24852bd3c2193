//! The mailboxes of an account.

pub mod view;
