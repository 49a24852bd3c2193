//! What everybody may know about the service: for now, the notice that an administrator writes in a file.
//! Needs neither the mail server nor the database.

pub mod measure;
mod notice;
mod notices;
pub mod probe;

pub use measure::Measures;
pub use notice::{Level, Notice, Software, SoftwareState, Text, When};
pub use notices::Notices;
