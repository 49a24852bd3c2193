//! What a message is, without any I/O: its parts, its words, its text, and its HTML made safe.

pub mod address;
mod authors;
pub mod charset;
pub mod compose;
pub mod csv;
pub mod date;
pub mod filename;
pub mod handover;
pub mod html;
pub mod lane;
pub mod order;
pub mod plan;
pub mod preview;
pub mod query;
pub mod report;
pub mod section;
pub mod sniff;
pub mod structure;
pub mod text;
pub mod transfer;
pub mod way;
pub mod whole;
pub mod words;

pub use authors::authors;
pub use section::Section;
pub use structure::{Address, Disposition, Envelope, Part};
