//! One message.

pub mod body;
pub mod headers;
pub mod letter;
pub mod text;
pub mod view;
