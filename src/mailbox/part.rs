//! A part of a message, or the whole of it, of any size, as decoded bytes: pulled piece by piece, one ahead of the
//! reader. No connection is held between two pieces, so a slow phone keeps nobody waiting.

use std::io;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    Account, opened,
    pieces::{self, Octets},
    window::Trouble,
};
use crate::{
    imap::{
        Error, Kind, MailboxName, Stage, bounds,
        fetch::{self, fetch_piece},
    },
    message::{Part, Section, transfer::Decoder, whole::Whole},
};

/// Which part of which message.
#[derive(Debug, Clone)]
pub struct Address {
    pub mailbox: MailboxName,
    pub uidvalidity: u32,
    pub uid: u32,
    pub section: Section,
}

/// What is known of the part before its bytes.
pub struct Download {
    /// `None` for the whole message.
    pub part: Option<Part>,
    /// The first decoded bytes, for a look at what they really are; at least 512 of them, where there are.
    pub head: Bytes,
    /// The bytes after `head`. An error in the middle ends the stream with an error, never as if complete.
    pub rest: mpsc::Receiver<io::Result<Bytes>>,
}

/// Finds the part and its first bytes; the rest comes as it is read.
pub async fn download(account: Account, address: Address) -> Result<Download, Trouble> {
    if address.section.is_whole() {
        return begin(account, address, None, None).await;
    }
    let (part, here) = describe(&account, &address).await?;
    begin(account, address, Some(part), here).await
}

/// The same of a part that is known, or of a whole message whose size is: no question what it is, nor whether there is more.
pub async fn download_known(account: Account, address: Address, part: Part) -> Result<Download, Trouble> {
    begin(account, address, Some(part), None).await
}

async fn begin(
    account: Account,
    address: Address,
    part: Option<Part>,
    here: Option<Bytes>,
) -> Result<Download, Trouble> {
    let mut decoder = Decoder::new(part.as_ref().map_or("", |p| p.encoding.as_str()));
    let (sender, rest) = mpsc::channel(1);
    let first = match &here {
        Some(bytes) => bytes.clone(),
        None => next_piece(&account, &address, 0).await?,
    };
    let size = part.as_ref().map(|part| part.size);
    let from = first.len() as u64;
    let more = here.is_none() && !is_last(from, from, size);
    let mut head = decoder.push(&first);
    if more {
        tokio::spawn(pump(account, address, decoder, (from, size), sender));
    } else {
        head.extend(decoder.finish());
    }
    Ok(Download { part, head: head.into(), rest })
}

/// Whether a piece of so many octets, which ends at `end`, is the last one. Some servers give less than was asked for, and
/// what was said of the size may be wrong: only an empty piece is the end where it is not just reached.
fn is_last(piece: u64, end: u64, size: Option<u64>) -> bool {
    piece == 0 || Some(end) == size
}

/// It answered, and gave nothing.
fn is_refusal(trouble: &Trouble) -> bool {
    let kind = match trouble {
        Trouble::Gone => return true,
        Trouble::Imap(error) => &error.kind,
        _ => return false,
    };
    matches!(kind, Kind::Refused { .. })
}

async fn pump(
    account: Account,
    address: Address,
    mut decoder: Decoder,
    (mut from, size): (u64, Option<u64>),
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    let mut short = from < bounds::PIECE;
    loop {
        // Waits here, without a connection, until the reader has taken what is ready.
        let Ok(place) = sender.reserve().await else { return };
        match next_piece(&account, &address, from).await {
            // A server that will not say that nothing is left: what it had said before was all, as far as anybody knows.
            Err(trouble) if short && is_refusal(&trouble) => {
                let bytes = decoder.finish();
                return if bytes.is_empty() { drop(place) } else { place.send(Ok(bytes.into())) };
            }
            Err(_) => return place.send(Err(io::ErrorKind::ConnectionAborted.into())),
            Ok(piece) => {
                from += piece.len() as u64;
                short = (piece.len() as u64) < bounds::PIECE;
                let last = is_last(piece.len() as u64, from, size);
                let mut bytes = decoder.push(&piece);
                if last {
                    bytes.extend(decoder.finish());
                    return place.send(Ok(bytes.into()));
                }
                place.send(Ok(bytes.into()));
            }
        }
    }
}

/// What the part is; and its bytes, where the server cannot tell and the message had to be taken apart here.
async fn describe(account: &Account, address: &Address) -> Result<(Part, Option<Bytes>), Trouble> {
    let examined = account.examine(&address.mailbox).await?;
    if examined.view.uidvalidity != address.uidvalidity {
        return Err(Trouble::Rebuilt);
    }
    let batch = examined.loan.run(Stage::Read, vec![fetch::structure(address.uid)]).await?;
    let row = fetch::collect(&batch, fetch::Detail::All).into_iter().find(|row| row.uid == Some(address.uid));
    if row.is_none() && batch.ok(0).is_ok() {
        return Err(Trouble::Gone);
    }
    let found = match row.and_then(|row| row.structure).filter(|top| !opened::is_hollow(top)) {
        Some(top) => top.find(&address.section).cloned().map(|part| (part, None)),
        None => {
            let Octets { bytes: raw, cut, .. } = pieces::whole(&examined.loan, address.uid, None).await?;
            let whole = Whole::parse(&raw);
            let bytes = whole.section(&address.section).filter(|_| !cut).map(|(_, body)| raw.slice(body));
            whole.root.find(&address.section).cloned().map(|part| (part, bytes))
        }
    };
    found.ok_or(Trouble::Gone)
}

/// How often a piece is asked for, of connections that were idle: one that sends another piece stays open.
const TRIES: usize = 4;

async fn next_piece(account: &Account, address: &Address, from: u64) -> Result<Bytes, Trouble> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let examined = account.examine(&address.mailbox).await?;
        if examined.view.uidvalidity != address.uidvalidity {
            return Err(Trouble::Rebuilt);
        }
        let loan = examined.loan;
        match fetch_piece(&loan, address.uid, &address.section, from, bounds::PIECE).await {
            Err(e) if e.is_of_the_connection() && loan.reused && tries > 0 => {}
            Err(Error { kind: Kind::Unsupported(_), .. }) => return Err(Trouble::Gone),
            result => return Ok(result?),
        }
    }
}
