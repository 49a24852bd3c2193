//! What the gateway withstands: servers that can little, that lie, stall or break, and browsers that do the same.

mod announced;
mod baseline;
mod check;
mod circuit;
mod first_words;
mod lies;
mod mutual;
mod pieces;
mod pool;
mod rows;
mod stalls;
mod streaming;
mod submission;
mod support;
mod tls;
mod torn;
mod web;
