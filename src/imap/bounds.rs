//! Every deadline and every bound of a conversation with an IMAP server.

use std::time::Duration;

use super::Stage;
use crate::net::bounds::{CONNECT_ALL, RESOLVE, TLS, patiently};

pub const GREETING: Duration = Duration::from_secs(10);
/// Longer than the 15 s by which Dovecot slows sign-ins down after failures from one address.
pub const SIGN_IN: Duration = Duration::from_secs(25);
pub const FOLDERS: Duration = Duration::from_secs(20);
/// A server may have to rebuild the index of a huge mailbox.
pub const OPEN: Duration = Duration::from_secs(30);
pub const LIST: Duration = Duration::from_secs(20);
pub const READ: Duration = Duration::from_secs(20);
/// One command of a search; a page asks several, one after the other.
pub const SEARCH: Duration = Duration::from_secs(20);
/// Somebody waits for it before a list that is there at once.
pub const SORT: Duration = Duration::from_secs(10);
pub const ACT: Duration = Duration::from_secs(20);
/// Saving a message: until the server lets us begin, and again until it confirms what it got. In between each piece
/// has [`UPLOAD_PIECE`], and all of them together what [`SLOWEST_UPLOAD`] makes of their size.
pub const APPEND: Duration = Duration::from_secs(60);
/// One piece of a message on its way: to come from where it is kept, or to be taken by the server.
pub const UPLOAD_PIECE: Duration = Duration::from_secs(30);
/// Octets a second.
pub const SLOWEST_UPLOAD: u64 = 8 * 1024;
/// A request waits this long for one of its account's own connections before the page says that all are in use.
pub const QUEUE: Duration = Duration::from_secs(10);
/// The same while all connections of the gateway are: the page says how many wait, and fills when its turn comes.
pub const LINE: Duration = Duration::from_secs(120);
/// LOGOUT is a courtesy.
pub const GOODBYE: Duration = Duration::from_secs(2);

/// One response: an envelope of 10,000 recipients or a structure of 2,000 parts fits, and so does a piece of a
/// section. What is longer is drained, and its beginning kept.
pub const RESPONSE: usize = 2 * 1024 * 1024;
/// What is kept of a response that was drained: enough for `* 12 FETCH (UID 55 …`.
pub const BEGINNING: usize = 4 * 1024;
/// All responses of one batch of commands, in octets; beyond it only beginnings are kept, and at twice as much the
/// connection is closed.
pub const BATCH: usize = 16 * 1024 * 1024;
/// Untagged responses of one batch; beyond it the connection is closed.
pub const RESPONSES: usize = 200_000;
/// Messages of a mailbox whose UIDs, all of them, fit in one response.
pub const SORTED_PLAINLY: u32 = (RESPONSE / 12) as u32;
/// Messages that are put in order here, where the server cannot.
pub const SORTED_HERE: u32 = 2_000;
/// Messages told of in one batch; what is said of others is not read.
pub const MESSAGES: usize = 4_000;
/// Messages of one mailbox. More than any mailbox has, and far enough from the end of the numbers to count on.
pub const EXISTS: u32 = u32::MAX / 2;
/// Values in one response.
pub const VALUES: usize = 400_000;
/// Nested parentheses in one response.
pub const DEPTH: usize = 100;
/// A piece of a section, in octets of transfer encoding.
pub const PIECE: u64 = 256 * 1024;
/// What is sent of a message in one write, in octets; three of them are held at most.
pub const UPLOAD: usize = 64 * 1024;
/// A literal up to this size goes without asking where the server has LITERAL+ (RFC 7888): for more, a refusal that
/// comes first is worth the round trip.
pub const UNASKED: u64 = 64 * 1024;
/// The same with LITERAL-, which says so itself.
pub const UNASKED_MINUS: u64 = 4096;

/// The deadline of a command by the stage it serves.
pub fn deadline(stage: Stage) -> Duration {
    patiently(match stage {
        Stage::Queue => QUEUE,
        Stage::Resolve => RESOLVE,
        Stage::Connect => CONNECT_ALL,
        Stage::Tls => TLS,
        Stage::Greeting => GREETING,
        Stage::SignIn => SIGN_IN,
        Stage::Folders | Stage::Counts => FOLDERS,
        Stage::Open => OPEN,
        Stage::List => LIST,
        Stage::Read => READ,
        Stage::Search => SEARCH,
        Stage::Sort => SORT,
        Stage::Act => ACT,
        Stage::Append => APPEND,
    })
}
