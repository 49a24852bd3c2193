//! Signing in.

pub mod handler;
pub mod view;
