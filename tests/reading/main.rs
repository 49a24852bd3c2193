//! Reading mail through the real gateway, on a real Dovecot, without script.

mod files;
mod list;
mod odd;
mod support;
