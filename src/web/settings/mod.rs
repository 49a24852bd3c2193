//! What people choose for their account: how they sign, and from which of their addresses.

mod handler;
pub mod identity;
pub mod sessions;
pub mod view;

pub use handler::{save, show};
