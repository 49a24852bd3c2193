//! Messages on their way: through Postfix, into the mailboxes of a Dovecot.

mod compose;
mod smtp;
mod smuggling;
mod support;
