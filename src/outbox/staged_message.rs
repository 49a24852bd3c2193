//! A whole message as an upload: kept as it is, for no transfer encoding is allowed on it (RFC 2046 §5.2.1).

use bytes::Bytes;
use futures::Stream;

use super::{Error, Outbox, Staged};
use crate::store::AccountId;

/// The kind of such an upload; no other has it.
pub const MESSAGE: &str = "message/rfc822";
/// Octets of a line without its CRLF (RFC 5322 §2.1.1).
const LINE: usize = 998;

impl Outbox {
    /// Keeps a message of at most `most` octets. `None`, and nothing is kept, where it cannot go over every wire as it
    /// is: 8-bit, line ends other than CRLF, long lines.
    ///
    /// # Errors
    /// As [`Outbox::stage`].
    pub async fn stage_message<E>(
        &self,
        account: &AccountId,
        name: &str,
        body: impl Stream<Item = Result<Bytes, E>>,
        most: u64,
    ) -> Result<Option<Staged>, Error> {
        let mut lines = Lines::default();
        let as_it_is = |plain: Vec<u8>, last: bool| {
            let fit = lines.fit(&plain) && (!last || lines.ended());
            fit.then_some(plain).ok_or(Error::Wire("it cannot go over every wire as it is"))
        };
        match self.keep(account, (name, MESSAGE), body, most, as_it_is).await {
            Ok(staged) => Ok(Some(staged)),
            Err(Error::Wire(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// 7-bit without NUL, in lines that end with CRLF and are not too long.
#[derive(Default)]
struct Lines {
    column: usize,
    cr: bool,
    any: bool,
}

impl Lines {
    fn fit(&mut self, bytes: &[u8]) -> bool {
        self.any |= !bytes.is_empty();
        bytes.iter().all(|byte| {
            match (byte, self.cr) {
                (b'\n', true) => (self.column, self.cr) = (0, false),
                (b'\n', false) | (_, true) | (0 | 0x80.., _) => return false,
                (b'\r', false) => self.cr = true,
                _ => self.column += 1,
            }
            self.column <= LINE
        })
    }

    fn ended(&self) -> bool {
        self.any && self.column == 0 && !self.cr
    }
}
