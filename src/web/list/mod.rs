//! The messages of one mailbox, newest first.

pub mod frame;
pub mod handler;
mod late;
pub mod place;
pub mod previews;
pub mod rows;
pub mod view;
