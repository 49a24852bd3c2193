//! Signing in.

pub mod handler;
mod told;
pub mod view;
