//! What everybody may know about the service: the notices that an administrator gives. What is shown is in memory and needs
//! neither the mail server nor the database.

mod board;
pub mod folder;
mod incident;
pub mod measure;
mod notice;
mod notices;
pub mod probe;

pub use board::{Board, Version};
pub use incident::Incident;
pub use measure::Measures;
pub use notice::{Level, MAX_NOTICE, Notice, NoticeId, Scope, Software, SoftwareState, Text, When};
pub use notices::{Accounts, Notices, of_rows, remedy};
