//! What works and what does not, for everybody.

pub mod handler;
pub mod machine;
pub mod strip;
pub mod view;
