//! What everybody may know of the service before signing in: what it keeps of whom, and for whom it is usable.

pub mod handler;
pub mod view;
