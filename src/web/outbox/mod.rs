//! What became of sent mail (*Suivi*): what needs its author first, then calm history; and the trail of one message.

pub mod act;
pub mod again;
pub mod detail;
pub mod handler;
pub mod losses;
pub mod view;
pub mod words;
