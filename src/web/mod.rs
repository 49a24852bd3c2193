pub mod guard;
pub mod serve;
