//! What a message is, without any I/O: its parts, its words, its text, and its HTML made safe.

pub mod section;
pub mod structure;

pub use section::Section;
pub use structure::{Address, Disposition, Envelope, Part};
