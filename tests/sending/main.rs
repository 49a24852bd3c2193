//! Messages on their way: through Postfix, into the mailboxes of a Dovecot.

mod acknowledge;
mod campaign;
mod close;
mod commit;
mod compose;
mod disk;
mod drafts;
mod durable;
mod following;
mod https;
mod identities;
mod kill;
mod measures;
mod others;
mod outbox;
mod pages;
mod sent;
mod settings;
mod smtp;
mod smuggling;
mod support;
mod told;
mod trust;
mod turns;
mod victim;
