//! What of a message is sealed under which key, and to what it is bound.
//!
//! Each message has a key of its own, sealed under the ring. Its content, its `About` and its credentials open with
//! both; destroying the message's key destroys them. The journal (sender, recipients, evidence) is sealed under the
//! ring, because it outlives the content.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{BlobId, Error, Fact, MessageId};
use crate::store::{AccountId, Keys, Secret};

const MESSAGE_KEY: &str = "relais outbox message key";
const HEAD: &str = "relais outbox head";
const FILLED: &str = "relais outbox what was filled in";
const LINE: &str = "relais outbox journal line";
const RECIPIENT: &str = "relais outbox recipient";
const EVIDENCE: &str = "relais outbox evidence";
const CREDENTIALS: &str = "relais outbox credentials";
const CREDENTIAL_MARK: &str = "relais outbox credential mark";
const FORM: &str = "relais outbox form";
const ENVID: &str = "relais outbox ENVID";
const ENVID_NAME: &str = "relais outbox name of an ENVID";
const STAGED_KEY: &str = "relais outbox staged key";
const BLOB_KEY: &str = "relais outbox blob key";
const LABEL: &str = "relais outbox file name";
const CHUNK: &str = "relais outbox chunk";

/// Which message of whom.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub account: &'a AccountId,
    pub id: MessageId,
}

impl Place<'_> {
    fn bytes(&self, more: &[u8]) -> Vec<u8> {
        [&self.id.0[..], self.account.as_bytes(), more].concat()
    }
}

pub(super) struct Credentials {
    pub login: String,
    pub password: Zeroizing<String>,
}

fn pack(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    // Texts, numbers and lists alone: it does not fail.
    Zeroizing::new(serde_json::to_vec(value).unwrap_or_default())
}

fn unpack<T: DeserializeOwned>(plain: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(plain).map_err(|_| Error::Sealed)
}

fn secret(plain: &[u8]) -> Result<Secret, Error> {
    <[u8; 32]>::try_from(plain).map(Secret::from).map_err(|_| Error::Sealed)
}

pub(super) fn message_key(keys: &Keys, place: Place<'_>, key: &Secret) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(MESSAGE_KEY, None, &place.bytes(&[]), key.as_bytes())?)
}

pub(super) fn open_message_key(keys: &Keys, place: Place<'_>, sealed: &[u8]) -> Result<Secret, Error> {
    secret(&keys.open(MESSAGE_KEY, None, &place.bytes(&[]), sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn head(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    about: &impl Serialize,
) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(HEAD, Some(key), &place.bytes(&[]), &pack(about))?)
}

pub(super) fn open_head<T: DeserializeOwned>(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    sealed: &[u8],
) -> Result<T, Error> {
    unpack(&keys.open(HEAD, Some(key), &place.bytes(&[]), sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn filled(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    form: &impl Serialize,
) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(FILLED, Some(key), &place.bytes(&[]), &pack(form))?)
}

pub(super) fn open_filled<T: DeserializeOwned>(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    sealed: &[u8],
) -> Result<T, Error> {
    unpack(&keys.open(FILLED, Some(key), &place.bytes(&[]), sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn line(keys: &Keys, place: Place<'_>, line: &impl Serialize) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(LINE, None, &place.bytes(&[]), &pack(line))?)
}

pub(super) fn open_line<T: DeserializeOwned>(
    keys: &Keys,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<T, Error> {
    unpack(&keys.open(LINE, None, &place.bytes(&[]), sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn recipient(keys: &Keys, place: Place<'_>, n: i64, address: &str) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(RECIPIENT, None, &place.bytes(&n.to_be_bytes()), address.as_bytes())?)
}

pub(super) fn open_recipient(keys: &Keys, place: Place<'_>, n: i64, sealed: &[u8]) -> Result<String, Error> {
    let plain =
        keys.open(RECIPIENT, None, &place.bytes(&n.to_be_bytes()), sealed).map_err(|_| Error::Sealed)?;
    String::from_utf8(plain.to_vec()).map_err(|_| Error::Sealed)
}

pub(super) fn fact(
    keys: &Keys,
    place: Place<'_>,
    recipient: Option<i64>,
    fact: &Fact,
) -> Result<Vec<u8>, Error> {
    let bound = place.bytes(&recipient.unwrap_or(-1).to_be_bytes());
    Ok(keys.seal(EVIDENCE, None, &bound, &pack(fact))?)
}

pub(super) fn open_fact(
    keys: &Keys,
    place: Place<'_>,
    recipient: Option<i64>,
    sealed: &[u8],
) -> Result<Fact, Error> {
    let bound = place.bytes(&recipient.unwrap_or(-1).to_be_bytes());
    unpack(&keys.open(EVIDENCE, None, &bound, sealed).map_err(|_| Error::Sealed)?)
}

/// To whom and from whom: what the credentials may be used for, with the server's name.
pub(super) fn envelope<'a>(
    server: &'a str,
    from: &'a str,
    recipients: impl Iterator<Item = &'a str>,
) -> [u8; 32] {
    let mut digest = Sha256::new();
    for word in [server, from].into_iter().chain(recipients) {
        digest.update((word.len() as u64).to_be_bytes());
        digest.update(word.as_bytes());
    }
    digest.finalize().into()
}

pub(super) fn credentials(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    envelope: &[u8; 32],
    (login, password): (&str, &str),
) -> Result<Vec<u8>, Error> {
    let mut plain = Zeroizing::new((login.len() as u32).to_be_bytes().to_vec());
    plain.extend_from_slice(login.as_bytes());
    plain.extend_from_slice(password.as_bytes());
    Ok(keys.seal(CREDENTIALS, Some(key), &place.bytes(envelope), &plain)?)
}

pub(super) fn open_credentials(
    keys: &Keys,
    place: Place<'_>,
    key: &Secret,
    envelope: &[u8; 32],
    sealed: &[u8],
) -> Result<Credentials, Error> {
    let plain =
        keys.open(CREDENTIALS, Some(key), &place.bytes(envelope), sealed).map_err(|_| Error::Sealed)?;
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(Error::Sealed)?;
    let (login, password) =
        rest.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or(Error::Sealed)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Error::Sealed);
    Ok(Credentials { login: text(login)?.to_owned(), password: Zeroizing::new(text(password)?.to_owned()) })
}

/// The same for the same credentials of the same account; tells nothing without the key file.
pub(super) fn credential_mark(
    keys: &Keys,
    account: &AccountId,
    server: &str,
    (login, password): (&str, &str),
) -> Vec<u8> {
    let words = [&account.as_bytes()[..], server.as_bytes(), login.as_bytes(), password.as_bytes()];
    keys.digest(CREDENTIAL_MARK, &words).to_vec()
}

/// What is kept of a form's digest.
pub(super) fn form(keys: &Keys, account: &AccountId, form: &[u8; 32], envelope: &[u8; 32]) -> [u8; 32] {
    keys.digest(FORM, &[account.as_bytes(), form, envelope])
}

/// What a message is called in its envelope (RFC 3461 §4.4): as good as 128 random bits to all who lack the key file. It
/// is kept nowhere, so that who reads the database cannot write a report that proves something.
pub(super) fn envid(keys: &Keys, place: Place<'_>) -> [u8; 16] {
    short(keys.digest(ENVID, &[&place.bytes(&[])]))
}

/// How the message is found again by it.
pub(super) fn envid_name(keys: &Keys, account: &AccountId, envid: &[u8; 16]) -> [u8; 16] {
    short(keys.digest(ENVID_NAME, &[account.as_bytes(), envid]))
}

fn short(digest: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|n| digest[n])
}

/// Until a message takes it, a blob's key opens with the ring alone.
pub(super) fn staged_key(
    keys: &Keys,
    account: &AccountId,
    blob: BlobId,
    key: &Secret,
) -> Result<Vec<u8>, Error> {
    let bound = [&blob.0[..], account.as_bytes()].concat();
    Ok(keys.seal(STAGED_KEY, None, &bound, key.as_bytes())?)
}

pub(super) fn open_staged_key(
    keys: &Keys,
    account: &AccountId,
    blob: BlobId,
    sealed: &[u8],
) -> Result<Secret, Error> {
    let bound = [&blob.0[..], account.as_bytes()].concat();
    secret(&keys.open(STAGED_KEY, None, &bound, sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn blob_key(
    keys: &Keys,
    place: Place<'_>,
    message_key: &Secret,
    blob: BlobId,
    key: &Secret,
) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(BLOB_KEY, Some(message_key), &place.bytes(&blob.0), key.as_bytes())?)
}

pub(super) fn open_blob_key(
    keys: &Keys,
    place: Place<'_>,
    message_key: &Secret,
    blob: BlobId,
    sealed: &[u8],
) -> Result<Secret, Error> {
    let bound = place.bytes(&blob.0);
    secret(&keys.open(BLOB_KEY, Some(message_key), &bound, sealed).map_err(|_| Error::Sealed)?)
}

pub(super) fn label(
    keys: &Keys,
    blob: BlobId,
    key: &Secret,
    label: &impl Serialize,
) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(LABEL, Some(key), &blob.0, &pack(label))?)
}

pub(super) fn open_label<T: DeserializeOwned>(
    keys: &Keys,
    blob: BlobId,
    key: &Secret,
    sealed: &[u8],
) -> Result<T, Error> {
    unpack(&keys.open(LABEL, Some(key), &blob.0, sealed).map_err(|_| Error::Sealed)?)
}

/// The number and the last-mark are bound in: chunks cannot be left out, exchanged or cut off unseen.
pub(super) fn chunk(
    keys: &Keys,
    blob: BlobId,
    key: &Secret,
    (n, last): (i64, bool),
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(keys.seal(CHUNK, Some(key), &chunk_place(blob, n, last), plain)?)
}

pub(super) fn open_chunk(
    keys: &Keys,
    blob: BlobId,
    key: &Secret,
    (n, last): (i64, bool),
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    keys.open(CHUNK, Some(key), &chunk_place(blob, n, last), sealed).map_err(|_| Error::Sealed)
}

fn chunk_place(blob: BlobId, n: i64, last: bool) -> Vec<u8> {
    [&blob.0[..], &n.to_be_bytes(), &[u8::from(last)]].concat()
}
