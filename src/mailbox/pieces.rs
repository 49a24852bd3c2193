//! Octets of a message, in pieces small enough to be held: texts for a page, or all of it.

use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::window::Trouble;
use crate::{
    imap::{
        Command, Kind, Loan, Stage, bounds,
        fetch::{self, fetch_piece},
    },
    message::Section,
};

/// Octets read of a message whose structure the server cannot tell.
pub const WHOLE: u64 = 4 * 1024 * 1024;
/// Pieces of one message asked for after those that should have been all of it.
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

/// What may still be asked for a message of which less came than was said: a page does not wait for ever.
pub struct Patience {
    pieces: usize,
    until: Instant,
}

impl Patience {
    pub fn new() -> Patience {
        Patience { pieces: MORE, until: Instant::now() + bounds::deadline(Stage::Read) }
    }

    fn allows_one(&mut self) -> bool {
        let allows = self.pieces > 0 && Instant::now() < self.until;
        self.pieces = self.pieces.saturating_sub(1);
        allows
    }
}

/// Reads on where not just `size` octets came of a section, as far as `most`: some servers give shorter pieces than they are
/// asked for, others say wrong sizes; an empty piece is the end. One that says the truth and gives what it is asked for is
/// asked nothing. What cannot be read costs the rest of this section.
pub async fn complete(
    loan: &Loan,
    uid: u32,
    (section, begun): (Section, Bytes),
    (size, most): (Option<u64>, u64),
    patience: &mut Patience,
) -> Octets {
    let length = begun.len() as u64;
    if Some(length) == size || length >= most {
        return Octets { section, bytes: begun, cut: Some(length) != size };
    }
    let mut bytes = BytesMut::from(begun);
    let cut = loop {
        let from = bytes.len() as u64;
        if from >= most || !patience.allows_one() {
            break true;
        }
        match fetch_piece(loan, uid, &section, from, bounds::PIECE.min(most - from)).await {
            Ok(piece) if piece.is_empty() => break false,
            Ok(piece) => bytes.extend_from_slice(&piece),
            // It will not say that nothing is left. What it gave before was all, if nothing else is known.
            Err(error) => {
                let answered = matches!(error.kind, Kind::Refused { .. } | Kind::Unsupported(_));
                break !answered || size.is_some_and(|size| from < size);
            }
        }
        if Some(bytes.len() as u64) == size {
            break false;
        }
    };
    Octets { section, bytes: bytes.freeze(), cut }
}

/// The message itself, up to [`WHOLE`] octets; `size` where it was said (RFC822.SIZE).
pub async fn whole(loan: &Loan, uid: u32, size: Option<u64>) -> Result<Octets, Trouble> {
    let section = Section::default();
    let first = size.unwrap_or(bounds::PIECE).min(WHOLE);
    let batch = loan.run(Stage::Read, commands(uid, &section, first).collect()).await?;
    batch.ok(0)?;
    let found = fetch::collect(&batch, fetch::Detail::All).into_iter().find_map(|row| row.section(""));
    let begun = found.ok_or(Trouble::Gone)?;
    Ok(complete(loan, uid, (section, begun), (size, WHOLE), &mut Patience::new()).await)
}
