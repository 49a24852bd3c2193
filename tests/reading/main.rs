//! Reading mail through the real gateway, on a real Dovecot, without script.

mod list;
mod support;
