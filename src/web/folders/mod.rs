//! The mailboxes of an account.

pub mod handler;
pub mod manage;
pub mod view;
