//! An address that no longer names the message it named.

pub mod view;
