//! Lanes of a mailbox: what matters, and what advertises.

pub mod asked;
pub mod handler;
pub mod view;
pub mod why;

pub use asked::Asked;
