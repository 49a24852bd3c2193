//! Finding: the search page, its results, and the way to a date.

pub mod asked;
mod everywhere;
pub mod handler;
pub mod hit;
pub mod results;
pub mod view;

pub use asked::Asked;
