//! Writing: the form, what it opens with, what becomes of it.

mod along;
mod desk;
pub mod drafts;
pub mod filled;
pub mod hold;
pub mod later;
mod open;
mod original;
pub mod people;
mod send;
pub mod submit;
mod taken;
mod upload;
pub mod view;

pub use open::show;
pub use send::post;

/// Octets of all files of one message, as they are on disk. Base64 makes a third more of them.
pub const FILES: u64 = 25_000_000;
