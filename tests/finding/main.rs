//! Finding mail through the real gateway, on a real Dovecot, without script.

mod bare;
mod broken;
mod date;
mod everywhere;
mod lanes;
mod missed;
mod search;
mod select;
mod sort;
mod support;
mod thread;
