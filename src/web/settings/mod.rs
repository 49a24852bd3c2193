//! What people choose for their account: how they sign, from which of their addresses, and where senders belong.

mod handler;
pub mod identity;
pub mod senders;
pub mod sessions;
pub mod view;

pub use handler::{save, show};
