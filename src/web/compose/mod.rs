//! Writing: the form, what it opens with, what becomes of it.

mod along;
mod desk;
pub mod device;
pub mod drafts;
pub mod filled;
pub mod hold;
pub mod later;
mod limit;
mod open;
mod original;
pub mod people;
mod send;
pub mod sender;
pub mod submit;
mod taken;
mod told;
mod upload;
pub mod view;

pub use open::show;
pub use send::post;
