//! Messages on their way: through Postfix, into the mailboxes of a Dovecot.

mod smtp;
mod smuggling;
mod support;
