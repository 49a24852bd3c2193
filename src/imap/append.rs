//! APPEND (RFC 9051 §6.3.12): saving a message in a mailbox, and finding out whether it was saved already.
//!
//! A message may be large and a server may die at any octet of it, or after the last one and before its answer. So
//! its body is streamed, at the pace of the server, and nothing here guesses: whoever saves notes with [`mark`] where
//! the mailbox ends before the first try, and asks [`find`] before the next one. Both work on plain IMAP4rev1.

use std::io;

use bytes::Bytes;
use futures::Stream;
use jiff::Timestamp;

use super::{
    Batch, Command, Error, Flag, Kind, Loan, MailboxName, NumberSet, Stage,
    response::{code_argument, values_of},
    value::{Tree, Value, number},
};

/// What is to be saved, and how.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    pub mailbox: &'a MailboxName,
    /// Octets of the body, exactly; at least 1.
    pub octets: u64,
    pub flags: &'a [Flag],
    /// The INTERNALDATE; the server's clock without it.
    pub date: Option<Timestamp>,
}

/// A message by its mailbox's UIDVALIDITY and its UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub uidvalidity: u32,
    pub uid: u32,
}

/// Where a mailbox ends: a message that is saved from now on has at least this UID, while the UIDVALIDITY holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub uidvalidity: u32,
    pub uidnext: u32,
}

/// Saves a message. `None` where the server has no UIDPLUS and does not tell where it put it.
///
/// `body` is only asked for more as the server takes it; 200 KB of it are held at most.
///
/// # Errors
/// `Refused`, with the server's words; `Source` when `body` fails, holds a NUL, or has another length than announced;
/// else what ends a connection. After an error that is not `Refused` the message may be there all the same if its last
/// octet was sent; never a part of it.
pub async fn append(
    loan: &Loan,
    message: &Message<'_>,
    body: impl Stream<Item = io::Result<Bytes>>,
) -> Result<Option<Place>, Error> {
    // An APPEND of nothing means something else (RFC 3502).
    if message.octets == 0 {
        return Err(Error::new(Stage::Append, Kind::Source));
    }
    let mut command = Command::new("APPEND").mailbox(message.mailbox).flags(message.flags);
    if let Some(at) = message.date {
        command = command.date(at);
    }
    let batch = loan.upload(command.upload(message.octets), message.octets, body).await?;
    Ok(place(batch.ok(0)?))
}

/// The same, in a mailbox that may not be there yet: where the server says so (TRYCREATE), it is created, once, as the
/// one for sent mail. `body` is asked for again then.
///
/// # Errors
/// As [`append`]; the server's first refusal when creating did not help.
pub async fn append_to_sent<S>(
    loan: &Loan,
    message: &Message<'_>,
    body: impl Fn() -> S,
) -> Result<Option<Place>, Error>
where
    S: Stream<Item = io::Result<Bytes>>,
{
    match append(loan, message, body()).await {
        Err(refused) if refused.code() == Some("TRYCREATE") => {
            create_sent(loan, message.mailbox).await?;
            let again = append(loan, message, body()).await;
            again.map_err(|error| if error.code() == Some("TRYCREATE") { refused } else { error })
        }
        done => done,
    }
}

/// CREATE and SUBSCRIBE. What a server says of it does not matter: the next APPEND tells whether it helped.
async fn create_sent(loan: &Loan, mailbox: &MailboxName) -> Result<(), Error> {
    let mut create = Command::new("CREATE").mailbox(mailbox);
    if loan.capabilities.has("CREATE-SPECIAL-USE") {
        create = create.word("(USE (\\Sent))");
    }
    let subscribe = Command::new("SUBSCRIBE").mailbox(mailbox);
    loan.run(Stage::Append, vec![create, subscribe]).await.map(drop)
}

/// Where this mailbox ends now; `None` when there is no such mailbox, or the server does not tell.
pub async fn mark(loan: &Loan, mailbox: &MailboxName) -> Result<Option<Mark>, Error> {
    let status = Command::new("STATUS").mailbox(mailbox).word("(UIDNEXT UIDVALIDITY)");
    let batch = loan.run(Stage::Append, vec![status]).await?;
    if batch.ok(0).is_err() {
        return Ok(None);
    }
    let tree = batch.untagged.iter().find_map(|f| values_of(f, "STATUS")).and_then(Result::ok);
    let items = tree.as_ref().and_then(|tree| tree.values().get(1)?.list()).unwrap_or_default();
    let item = |word: &str| {
        let value = items.following(word)?;
        u32::try_from(value.number()?).ok().filter(|n| *n > 0)
    };
    Ok(item("UIDNEXT").zip(item("UIDVALIDITY")).map(|(uidnext, uidvalidity)| Mark { uidvalidity, uidnext }))
}

/// Whether a message with this Message-ID came into the mailbox since it was marked. A mailbox that was rebuilt since
/// is searched from its beginning.
///
/// # Errors
/// `Refused` when the mailbox cannot be opened or searched: then nobody knows.
pub async fn find(
    loan: &Loan,
    mailbox: &MailboxName,
    since: Mark,
    message_id: &str,
) -> Result<Option<Place>, Error> {
    // Opened anew, even where it is open: what came by another connection must be seen (RFC 9051 §6.3.2).
    let (view, _) = loan.open_mailbox(mailbox, true).await?;
    let from = if view.uidvalidity == since.uidvalidity { since.uidnext } else { 1 };
    // `n:*` holds the last message even when its UID is smaller (RFC 9051 §9, seq-range).
    let search = Command::new("UID SEARCH UID").set(&NumberSet::from(from)).header("Message-ID", message_id);
    let batch = loan.run(Stage::Append, vec![search]).await?;
    batch.ok(0)?;
    Ok(found(&batch, from).map(|uid| Place { uidvalidity: view.uidvalidity, uid }))
}

/// The first of the UIDs that a search found, from this one on.
pub fn found(batch: &Batch, from: u32) -> Option<u32> {
    all_found(batch).filter(|uid| *uid >= from).min()
}

/// All of them, as they came.
pub fn all_found(batch: &Batch) -> impl Iterator<Item = u32> {
    let lines = batch.untagged.iter().filter_map(|frame| values_of(frame, "SEARCH")).filter_map(Result::ok);
    let number = |value: Value| u32::try_from(value.number()?).ok();
    lines.flat_map(move |tree: Tree| tree.values().filter_map(number).collect::<Vec<_>>())
}

/// `[APPENDUID <uidvalidity> <uid>]` (RFC 9051 §7.1).
fn place(completion: &[u8]) -> Option<Place> {
    let argument = code_argument(completion, "APPENDUID")?;
    let mut numbers =
        argument.split(|b| *b == b' ').map(|digits| number(digits).and_then(|n| u32::try_from(n).ok()));
    let (uidvalidity, uid) = (numbers.next()??, numbers.next()??);
    (uidvalidity > 0 && uid > 0).then_some(Place { uidvalidity, uid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_was_put() {
        assert_eq!(place(b"[APPENDUID 7 12] done"), Some(Place { uidvalidity: 7, uid: 12 }));
        for odd in ["done", "[APPENDUID] x", "[APPENDUID 7] x", "[APPENDUID 7 0] x", "[APPENDUID a 1] x"] {
            assert_eq!(place(odd.as_bytes()), None, "{odd}");
        }
    }
}
