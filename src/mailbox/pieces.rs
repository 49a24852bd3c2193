//! Octets of a message, in pieces small enough to be held: texts for a page, or all of it.

use bytes::{Bytes, BytesMut};

use super::window::Trouble;
use crate::{
    imap::{
        Command, Error, Kind, Loan, Stage, bounds,
        fetch::{self, fetch_piece},
    },
    message::Section,
};

/// Octets read of a message whose structure the server cannot tell.
pub const WHOLE: u64 = 4 * 1024 * 1024;
/// Pieces asked for after those that should have been all.
const MORE: usize = 32;

/// A section in transfer encoding, from its beginning.
pub struct Octets {
    pub section: Section,
    pub bytes: Bytes,
    /// There is more of it than was read.
    pub cut: bool,
}

/// The commands for the first `length` octets of a section, for one flush.
pub fn commands(uid: u32, section: &Section, length: u64) -> impl Iterator<Item = Command> {
    let section = section.clone();
    (0..length.max(1).div_ceil(bounds::PIECE))
        .map(move |n| fetch::piece(uid, &section, n * bounds::PIECE, bounds::PIECE))
}

/// Reads on where less came of a section than its `size`, as far as `most`: some servers give shorter pieces than they
/// are asked for, others say wrong sizes. One that says the truth and gives what it is asked for is asked nothing.
pub async fn complete(
    loan: &Loan,
    uid: u32,
    (section, begun): (Section, Bytes),
    (size, most): (u64, u64),
) -> Result<Octets, Error> {
    let whole = |bytes| Octets { section: section.clone(), bytes, cut: false };
    let length = begun.len() as u64;
    if length >= size {
        return Ok(whole(begun));
    }
    if length >= most {
        return Ok(Octets { cut: true, ..whole(begun) });
    }
    let mut bytes = BytesMut::from(begun);
    for _ in 0..MORE {
        let from = bytes.len() as u64;
        match fetch_piece(loan, uid, &section, from, bounds::PIECE.min(most - from)).await {
            Ok(piece) if piece.is_empty() => return Ok(whole(bytes.freeze())),
            // It will not say that nothing is left: what it gave before was all, as far as anybody knows.
            Err(Error { kind: Kind::Refused { .. } | Kind::Unsupported(_), .. }) => {
                return Ok(whole(bytes.freeze()));
            }
            piece => bytes.extend_from_slice(&piece?),
        }
        let length = bytes.len() as u64;
        if length >= size || length >= most {
            return Ok(Octets { cut: length < size, ..whole(bytes.freeze()) });
        }
    }
    Ok(Octets { cut: true, ..whole(bytes.freeze()) })
}

/// The message itself, up to [`WHOLE`] octets; `size` where it was said (RFC822.SIZE).
pub async fn whole(loan: &Loan, uid: u32, size: Option<u64>) -> Result<Octets, Trouble> {
    let section = Section::default();
    let first = size.unwrap_or(bounds::PIECE).min(WHOLE);
    let batch = loan.run(Stage::Read, commands(uid, &section, first).collect()).await?;
    batch.ok(0)?;
    let found = fetch::collect(&batch, fetch::Detail::All).into_iter().find_map(|row| row.section(""));
    let begun = found.ok_or(Trouble::Gone)?;
    Ok(complete(loan, uid, (section, begun), (size.unwrap_or(u64::MAX), WHOLE)).await?)
}
