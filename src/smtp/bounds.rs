//! Every deadline and every bound of a conversation with an SMTP server. The long ones are those of
//! RFC 5321 §4.5.3.2: a courier waits for them, never a person.

use std::time::Duration;

use super::Stage;
use crate::net::bounds::{CONNECT_ALL, RESOLVE, TLS, patiently};

/// §4.5.3.2.1.
pub const GREETING: Duration = Duration::from_secs(300);
/// EHLO, the first and the one after STARTTLS.
pub const HELLO: Duration = Duration::from_secs(300);
/// All mechanisms together. Longer than the 15 s by which Dovecot slows sign-ins down after failures.
pub const SIGN_IN: Duration = Duration::from_secs(60);
/// §4.5.3.2.2; RSET too.
pub const MAIL: Duration = Duration::from_secs(300);
/// §4.5.3.2.3: one recipient.
pub const RECIPIENT: Duration = Duration::from_secs(300);
/// §4.5.3.2.4: from DATA to its 354.
pub const DATA: Duration = Duration::from_secs(120);
/// §4.5.3.2.5: for the network to take one piece of the message ([`PIECE`]), and for the message's source to yield
/// one.
pub const BLOCK: Duration = Duration::from_secs(180);
/// For the whole message, from the 354 to the dot, before its size is counted: a server that takes an octet a minute
/// keeps every other deadline.
pub const MESSAGE: Duration = Duration::from_secs(300);
/// Octets a second that are granted on top: what the slowest line that is still of use takes.
pub const SLOWEST: u64 = 16 * 1024;
/// §4.5.3.2.6: from the dot to the final reply.
pub const END: Duration = Duration::from_secs(600);
/// QUIT is a courtesy. So is looking for a server's reason after it broke the connection.
pub const GOODBYE: Duration = Duration::from_secs(2);

/// One reply, all its lines, in octets. The largest honest one is to EHLO.
pub const REPLY: usize = 64 * 1024;
/// What is written at once of a message, before dot-stuffing, in octets.
pub const PIECE: usize = 64 * 1024;
/// An address. RFC 5321 §4.5.3.1 says 64 before the `@`, 255 after it; more before it is in use.
pub const ADDRESS: usize = 320;

/// From the 354 to the dot, for a message of this size.
pub fn message(octets: u64) -> Duration {
    patiently(MESSAGE + Duration::from_secs(octets / SLOWEST))
}

/// From DATA to the last moment at which a reply to its end can still come.
pub fn whole(octets: u64) -> Duration {
    deadline(Stage::Data) + message(octets) + deadline(Stage::End)
}

/// The deadline of one command by the stage it serves.
pub fn deadline(stage: Stage) -> Duration {
    patiently(match stage {
        Stage::Resolve => RESOLVE,
        Stage::Connect => CONNECT_ALL,
        Stage::Tls => TLS,
        Stage::Greeting => GREETING,
        Stage::Hello => HELLO,
        Stage::SignIn => SIGN_IN,
        Stage::Mail => MAIL,
        Stage::Recipient => RECIPIENT,
        Stage::Data => DATA,
        Stage::End => END,
    })
}
