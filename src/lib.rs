//! Relais, a webmail gateway: the way in that still works when the mail software does not.
//!
//! A request comes in at the top, a page goes out at the top, the mail server is in the basement. Each module
//! names only those listed after it.

pub mod check;
pub mod web;

pub mod mailbox;

pub mod outbox;

pub mod status;

pub mod session;

pub mod imap;
pub mod smtp;

pub mod audit;
pub mod net;

pub mod store;

pub mod message;

pub mod config;
pub mod locale;
pub mod telemetry;
