//! What works and what does not, for everybody.

pub mod handler;
pub mod machine;
mod measures;
pub mod strip;
pub mod view;
