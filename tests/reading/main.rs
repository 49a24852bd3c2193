//! Reading mail through the real gateway, on a real Dovecot, without script.

mod append;
mod door;
mod files;
mod folders;
mod gateways;
mod list;
mod login;
mod message;
mod notices;
mod odd;
mod privacy;
mod support;
