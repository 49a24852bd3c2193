//! What is done with messages: the form that asks for it, the questions in between, and what came of it.

pub mod asked;
pub mod handler;
mod once;
mod pages;
pub mod select;
mod target;
pub mod told;
mod undo;
pub mod verb;
pub mod view;
