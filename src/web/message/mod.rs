//! One message.

mod about;
pub(super) mod acknowledge;
mod among;
pub mod body;
pub(super) mod frame;
pub mod handler;
pub mod headers;
pub mod letter;
mod paper;
pub mod part;
pub mod receipt;
mod render;
pub mod text;
pub mod thread;
pub mod view;
pub mod waiting;
pub mod way;
