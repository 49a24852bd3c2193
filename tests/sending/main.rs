//! Messages on their way: through Postfix, into the mailboxes of a Dovecot.

mod compose;
mod following;
mod kill;
mod outbox;
mod pages;
mod sent;
mod smtp;
mod smuggling;
mod support;
