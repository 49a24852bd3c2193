//! Accepting: a message is written down whole, in one transaction, before anybody is told.

use jiff::{SignedDuration, Timestamp};

use super::{Accepted, BlobId, Error, Key, Line, MessageId, Outbox, Piece, Submission, random, seal};
use crate::{
    message::authors,
    session::pooled_id,
    store::{
        AccountId, Secret,
        outbox::{Allowance, Inserted, Live, MessageBlob, NewMessage},
    },
};

/// Envelope recipients of one message.
pub const MOST_RECIPIENTS: usize = 1000;
/// Octets of an address (RFC 5321 §4.5.3.1.3), with room.
const LONGEST_ADDRESS: usize = 320;
/// Octets of a line with its CRLF (RFC 5321 §4.5.3.1.6).
const LONGEST_LINE: usize = 1000;
/// To more recipients than these it is a mass send, if it answers nobody.
const FEW: usize = 12;
/// An answer may go to all who were there; what goes to more is no letter, whatever it says that it answers.
const ANSWERED: usize = 50;
/// So is what comes after so many letters of one writer within [`ROW`].
const SINGLE: i64 = 10;
const ROW: SignedDuration = SignedDuration::from_mins(1);
/// Plain octets of one chunk; sealed it stays within 256 KB.
const CHUNK: usize = (256 << 10) - 64;

impl Outbox {
    /// Writes a message down. When this returns `New`, it is on disk and will be sent or come back to its author.
    ///
    /// # Errors
    /// [`Error::Recipients`], [`Error::Wire`] and [`Error::Missing`] say what is wrong with the submission. After an
    /// [`Error::Store`] the same submission may be tried again: the key makes it one message.
    pub async fn accept(&self, submission: Submission) -> Result<Accepted, Error> {
        let recipients = envelope_recipients(&submission)?;
        let owns = |from: &str| submission.owns.iter().any(|own| own.eq_ignore_ascii_case(from));
        // A receipt has no sender: who made it stands in its From alone.
        if !submission.from.is_empty() && !owns(&submission.from) {
            return Err(Error::Sender);
        }
        if let Some(Allowance { hour, day }) = self.allowance
            && recipients.len() as i64 > hour.min(day)
        {
            return Err(Error::TooMany { most: hour.min(day).unsigned_abs() });
        }
        let Submission { account, key, .. } = submission;
        let keys = self.store.keys();
        let envelope =
            seal::envelope(&submission.server, &submission.from, recipients.iter().map(String::as_str));
        let digest = seal::form(keys, &account, &submission.digest, &envelope);
        // The uploads of the first time are no longer there for the second.
        if let Some(taken) = self.store.message_by_key(&account, &key.0).await? {
            return Ok(compare(taken, &digest));
        }
        let id = MessageId(fresh_id()?);
        let new = match self.prepare(id, &submission, &recipients, &envelope, digest).await {
            Ok(new) => new,
            // Perhaps a twin of this submission took them just now.
            Err(Error::Missing) => return self.taken(&submission, &digest).await,
            Err(error) => return Err(error),
        };
        let inserted = match self.store.insert_message(&account, &new).await {
            // Whether it was written is not known: the key tells, on another connection.
            Err(_) => match self.store.message_by_key(&account, &key.0).await? {
                Some((id, digest)) => Ok(Inserted::Taken { id, digest }),
                // A COMMIT may still be under way: the same once more waits for it, and then finds the key taken.
                None => self.store.insert_message(&account, &new).await,
            },
            known => known,
        };
        match inserted? {
            Inserted::New => {}
            Inserted::Taken { id: written, .. } if written == id.0 => {}
            Inserted::Taken { id, digest: kept } => return Ok(compare((id, kept), &digest)),
            Inserted::TooMany { until } => {
                let until = Timestamp::from_second(until).unwrap_or_default();
                return Err(Error::Limit { until });
            }
            Inserted::Missing => return self.taken(&submission, &digest).await,
        }
        self.wake();
        Ok(Accepted::New(id))
    }

    /// Whether a form was accepted under its key: this very one, from and to the same. None: none was.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn accepted_before(
        &self,
        account: &AccountId,
        key: Key,
        form: &[u8; 32],
        (server, from, recipients): (&str, &str, &[String]),
    ) -> Result<Option<bool>, Error> {
        let envelope = seal::envelope(server, from, recipients.iter().map(String::as_str));
        let digest = seal::form(self.store.keys(), account, form, &envelope);
        let taken = self.store.message_by_key(account, &key.0).await?;
        Ok(taken.map(|(_, kept)| kept == digest))
    }

    async fn taken(&self, submission: &Submission, digest: &[u8; 32]) -> Result<Accepted, Error> {
        let taken = self.store.message_by_key(&submission.account, &submission.key.0).await?;
        taken.map(|taken| compare(taken, digest)).ok_or(Error::Missing)
    }

    async fn prepare(
        &self,
        id: MessageId,
        submission: &Submission,
        recipients: &[String],
        envelope: &[u8; 32],
        digest: [u8; 32],
    ) -> Result<NewMessage, Error> {
        let (keys, account) = (self.store.keys(), &submission.account);
        let place = seal::Place { account, id };
        let message_key = Secret::random()?;
        let mut blobs = Vec::with_capacity(submission.message.len());
        let (mut size, mut check) = (0, WireCheck::default());
        for piece in &submission.message {
            match piece {
                Piece::Bytes(bytes) => {
                    check.bytes(bytes)?;
                    size += bytes.len() as i64;
                    let (blob, key) = (BlobId(random()?), Secret::random()?);
                    let last = bytes.len().saturating_sub(1) / CHUNK;
                    let chunks = bytes.chunks(CHUNK).enumerate();
                    let chunks = chunks
                        .map(|(n, plain)| seal::chunk(keys, blob, &key, (n as i64, n == last), plain))
                        .collect::<Result<Vec<_>, Error>>()?;
                    if !chunks.is_empty() {
                        let sealed_key = seal::blob_key(keys, place, &message_key, blob, &key)?;
                        let octets = bytes.len() as i64;
                        blobs.push(MessageBlob::Fresh { id: blob.0, sealed_key, octets, chunks });
                    }
                }
                Piece::Blob(blob) => {
                    let row = self.store.staged_blob(account, &blob.0).await?.ok_or(Error::Missing)?;
                    let key = seal::open_staged_key(keys, account, *blob, &row.sealed_key)?;
                    size += row.wire_octets;
                    check.blob(row.wire_octets)?;
                    let sealed_key = seal::blob_key(keys, place, &message_key, *blob, &key)?;
                    blobs.push(MessageBlob::Staged { id: blob.0, sealed_key });
                }
            }
        }
        check.end()?;
        let Some(Piece::Bytes(head)) = submission.message.first() else { return Err(Error::Sender) };
        let owns = |from: &String| submission.owns.iter().any(|own| own.eq_ignore_ascii_case(from));
        if !authors(head).ok_or(Error::Sender)?.iter().all(owns) {
            return Err(Error::Sender);
        }
        let sealed_recipients = recipients
            .iter()
            .enumerate()
            .map(|(n, address)| seal::recipient(keys, place, n as i64, address))
            .collect::<Result<_, _>>()?;
        let credentials = (&*submission.login, submission.password.as_str());
        let line = Line { from: submission.from.clone(), message_id: submission.about.message_id.clone() };
        let now = Timestamp::now().as_second();
        let not_before = submission.not_before.as_second();
        // They are not kept for what leaves when they may not be kept any more.
        let kept = not_before <= now + self.passwords.life;
        let credential = match kept {
            true => Some(self.passwords.seal(keys, place, &message_key, envelope, credentials)?),
            false => None,
        };
        let mark = kept.then(|| seal::credential_mark(keys, account, &submission.server, credentials));
        Ok(NewMessage {
            id: id.0,
            key: submission.key.0,
            digest,
            server: submission.server.to_string(),
            sealed_key: seal::message_key(keys, place, &message_key)?,
            head: seal::head(keys, place, &message_key, &submission.about)?,
            form: seal::filled(keys, place, &message_key, &submission.form)?,
            line: seal::line(keys, place, &line)?,
            name: self.store.message_name(account, &submission.about.message_id),
            envid_name: seal::envid_name(keys, account, &seal::envid(keys, place)),
            size,
            follow: submission.follow,
            not_before,
            mass: self.is_mass(submission, recipients.len()).await?,
            live: Live {
                due: Some(not_before),
                credential,
                credential_mark: mark,
                credential_until: kept.then_some(now + self.passwords.life),
                ..Live::default()
            },
            recipients: sealed_recipients,
            writer: pooled_id(keys, &submission.server, &submission.login),
            allowance: self.allowance,
            blobs,
        })
    }
}

impl Outbox {
    /// Whether answers and single letters go before it: it goes to many, or comes after a row of letters. Programs that write to many write each a letter of
    /// their own: nobody writes eleven in a minute by hand.
    async fn is_mass(&self, submission: &Submission, recipients: usize) -> Result<bool, Error> {
        if submission.about.in_reply_to.is_some() {
            return Ok(recipients > ANSWERED);
        }
        if recipients > FEW {
            return Ok(true);
        }
        let writer = pooled_id(self.store.keys(), &submission.server, &submission.login);
        Ok(self.store.accepted_lately(&writer, ROW.as_secs(), SINGLE).await?)
    }
}

fn compare((id, kept): ([u8; 16], [u8; 32]), digest: &[u8; 32]) -> Accepted {
    if kept == *digest { Accepted::Again(MessageId(id)) } else { Accepted::Conflict(MessageId(id)) }
}

/// Milliseconds since 1970, then random bits.
fn fresh_id() -> Result<[u8; 16], Error> {
    Ok(id_at(Timestamp::now(), random()?))
}

fn id_at(at: Timestamp, mut id: [u8; 16]) -> [u8; 16] {
    id[..6].copy_from_slice(&at.as_millisecond().to_be_bytes()[2..]);
    id
}

/// Sender and recipients can stand in an envelope; each recipient once.
fn envelope_recipients(submission: &Submission) -> Result<Vec<String>, Error> {
    let good = |address: &str| {
        let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
        address.contains('@') && address.len() <= LONGEST_ADDRESS && !address.contains(odd)
    };
    let mut recipients: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for address in &submission.recipients {
        if !good(address) {
            return Err(Error::Recipients);
        }
        let (local, domain) = address.rsplit_once('@').ok_or(Error::Recipients)?;
        if known.insert(format!("{local}@{}", domain.to_lowercase())) {
            recipients.push(address.clone());
        }
    }
    match recipients.len() {
        // No sender: nobody reports on a receipt.
        1..=MOST_RECIPIENTS if submission.from.is_empty() || good(&submission.from) => Ok(recipients),
        _ => Err(Error::Recipients),
    }
}

/// Wire form over all pieces: 7-bit without NUL, lines that end in CRLF and are not too long. What is not would be
/// refused before the dot, days later.
#[derive(Default)]
struct WireCheck {
    column: usize,
    cr: bool,
    any: bool,
}

impl WireCheck {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for byte in bytes {
            match (byte, self.cr) {
                (b'\n', true) => (self.column, self.cr) = (0, false),
                (b'\n', false) | (_, true) => return Err(Error::Wire("a line end that is not CRLF")),
                (b'\r', false) => self.cr = true,
                (0 | 0x80.., _) => return Err(Error::Wire("an octet that is not 7-bit text")),
                _ => self.column += 1,
            }
            if self.column > LONGEST_LINE - 2 {
                return Err(Error::Wire("a line longer than 998 octets"));
            }
        }
        self.any |= !bytes.is_empty();
        Ok(())
    }

    /// Lines of base64.
    fn blob(&mut self, octets: i64) -> Result<(), Error> {
        if self.cr || self.column > 0 {
            return Err(Error::Wire("an upload that does not begin on a line of its own"));
        }
        self.any |= octets > 0;
        Ok(())
    }

    fn end(&self) -> Result<(), Error> {
        match self.any && !self.cr && self.column == 0 {
            true => Ok(()),
            false => Err(Error::Wire("no CRLF at the end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(pieces: &[&[u8]]) -> Result<(), Error> {
        let mut check = WireCheck::default();
        pieces.iter().try_for_each(|piece| check.bytes(piece))?;
        check.end()
    }

    #[test]
    fn wire_form() {
        for good in [&[&b"a\r\n"[..]][..], &[b"a\r", b"\nb\r\n"], &[b"\r\n"], &[&[b'x'; 998], b"\r\n"]] {
            assert!(wire(good).is_ok(), "{good:?}");
        }
        for bad in [
            &[][..],
            &[&b""[..]],
            &[b"a"],
            &[b"a\n"],
            &[b"a\r"],
            &[b"a\rb\r\n"],
            &[b"a\r\r\n"],
            &[b"a\r", b"b\r\n"],
            &[b"\n.\n"],
            &[b"\r\n.\n"],
            &[b"a\0\r\n"],
            &[b"\xe9\r\n"],
            &[&[b'x'; 999], b"\r\n"],
        ] {
            assert!(wire(bad).is_err(), "{bad:?}");
        }
    }
}
