//! *Save for my software*: the files of chosen messages, or the messages themselves, as one archive.

pub mod handler;
mod packing;
pub mod view;

pub use packing::separator;
