//! Reading mail through the real gateway, on a real Dovecot, without script.

mod accounts;
mod acts;
mod append;
mod copies;
mod delays;
mod door;
mod files;
mod folders;
mod gateways;
mod late;
mod list;
mod login;
mod manage;
mod message;
mod notices;
mod odd;
mod privacy;
mod save;
mod support;
