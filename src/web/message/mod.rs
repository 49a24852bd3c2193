//! One message.

mod acknowledge;
pub mod act;
pub mod body;
pub(super) mod frame;
pub mod handler;
pub mod headers;
pub mod letter;
pub mod part;
mod render;
pub mod text;
pub mod view;
pub mod waiting;
