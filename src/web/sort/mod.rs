pub mod asked;
pub mod handler;
pub mod view;

pub use asked::Asked;
