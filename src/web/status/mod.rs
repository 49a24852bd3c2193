//! What works and what does not, for everybody.

pub mod view;
