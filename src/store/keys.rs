//! The key ring: the file that, with the database, opens what is sealed. Neither does without the other.
//!
//! ```text
//! relais-keys 1
//! account <32 bytes, base64url>
//! key 1 <32 bytes, base64url>
//! ```
//! The last key seals; the earlier ones still open. `account` never rotates: it names the accounts.

use std::{
    fmt, fs,
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Error;

/// 32 secret bytes, wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Fresh from the system's generator.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn random() -> Result<Secret, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| Error::Random)?;
        Ok(Secret(bytes))
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Base64url without padding, 43 characters: for a cookie or the key file.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(*self.0))
    }

    /// HMAC-SHA256 of the words under this key; no two lists of words, nor two labels, make the same.
    pub fn digest(&self, label: &str, words: &[&[u8]]) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.0) else {
            unreachable!("HMAC takes any key")
        };
        for word in [label.as_bytes()].iter().chain(words) {
            mac.update(&(word.len() as u64).to_be_bytes());
            mac.update(word);
        }
        mac.finalize().into_bytes().into()
    }

    pub fn decode(text: &str) -> Option<Secret> {
        let mut bytes = Zeroizing::new([0; 32]);
        // The exact length first: decode_slice wants room for the worst case.
        if text.len() != 43 || BASE64.decode_slice_unchecked(text, &mut *bytes) != Ok(32) {
            return None;
        }
        Some(Secret(bytes))
    }
}

impl From<[u8; 32]> for Secret {
    fn from(bytes: [u8; 32]) -> Self {
        Secret(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The keys of this installation.
#[derive(Debug)]
pub struct Keys {
    account: Secret,
    /// Ascending ids, never empty.
    ring: Vec<(u32, Secret)>,
}

const HEADER: &str = "relais-keys 1";
/// Largest key file, in bytes: some 1,000 rotations.
const MAX_FILE: u64 = 64 << 10;
/// The id under which the fingerprint of `account` is kept.
const ACCOUNT_ROW: u32 = 0;

impl Keys {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`Error::Start`] with what to do when others can read the file or it is not one of ours.
    pub fn read(path: &Path) -> Result<Keys, Error> {
        let wrong = |why: &str| Error::Start(format!("the key file {} {why}", path.display()));
        let file = fs::File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => wrong(
                "does not exist, and the database holds what only it opens: put the key file back, or remove both \
                 the data folder and this setting to begin anew",
            ),
            _ => wrong(&format!("cannot be read: {error}")),
        })?;
        let mode =
            file.metadata().map_err(|error| wrong(&format!("cannot be read: {error}")))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(wrong("can be read by others: chmod 600 it"));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE)
            .read_to_string(&mut text)
            .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        Keys::parse(&text).ok_or_else(|| wrong("is damaged, or not a key file: put back the copy you kept"))
    }

    fn parse(text: &str) -> Option<Keys> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        if lines.next()? != HEADER {
            return None;
        }
        let account = Secret::decode(lines.next()?.strip_prefix("account ")?)?;
        let mut ring: Vec<(u32, Secret)> = Vec::new();
        for line in lines {
            let (id, key) = line.strip_prefix("key ")?.split_once(' ')?;
            let id = id.parse().ok()?;
            if id <= ring.last().map_or(ACCOUNT_ROW, |(last, _)| *last) {
                return None;
            }
            ring.push((id, Secret::decode(key)?));
        }
        (!ring.is_empty()).then_some(Keys { account, ring })
    }

    /// Makes a new key file, whole or not at all, readable by its owner alone.
    ///
    /// # Errors
    /// [`Error::Start`] when it cannot be written.
    pub(super) fn create(path: &Path) -> Result<Keys, Error> {
        let keys = Keys { account: Secret::random()?, ring: vec![(1, Secret::random()?)] };
        let text = Zeroizing::new(format!(
            "# The keys of this Relais. Keep a copy, apart from the copies of the data folder.\n{HEADER}\n\
             account {}\nkey 1 {}\n",
            &*keys.account.encode(),
            &*keys.ring[0].1.encode()
        ));
        write_new(path, text.as_bytes()).map_err(|error| {
            Error::Start(format!("cannot create the key file {}: {error}", path.display()))
        })?;
        Ok(keys)
    }

    /// The id and the fingerprint of each key, to recognise them without knowing them.
    pub fn fingerprints(&self) -> impl Iterator<Item = (u32, [u8; 32])> {
        std::iter::once((ACCOUNT_ROW, &self.account))
            .chain(self.ring.iter().map(|(id, key)| (*id, key)))
            .map(|(id, key)| (id, *derive(&[key.as_bytes()], "relais fingerprint")))
    }

    /// The key that seals, and its id.
    pub(super) fn current(&self) -> (u32, &Secret) {
        let (id, key) = &self.ring[self.ring.len() - 1];
        (*id, key)
    }

    pub(super) fn get(&self, id: u32) -> Option<&Secret> {
        self.ring.iter().find(|(known, _)| *known == id).map(|(_, key)| key)
    }

    /// The key of the account identifiers: the same for as long as the store lives.
    pub fn account_key(&self) -> Zeroizing<[u8; 32]> {
        derive(&[self.account.as_bytes()], "relais account id")
    }

    /// HMAC-SHA256 of the words under this store's key: names a thing in the database that tells nothing of it without
    /// the key file. The same for as long as the store lives; no two lists of words, nor two labels, make the same.
    pub fn digest(&self, label: &str, words: &[&[u8]]) -> [u8; 32] {
        Secret(self.account_key()).digest(label, words)
    }

    /// The key of one day for one purpose: what is made with those of two days cannot be joined without the key file.
    pub fn dated(&self, purpose: &str, day: &str) -> Secret {
        Secret(derive(&[self.account.as_bytes()], &format!("{purpose} {day}")))
    }
}

/// HKDF-SHA256 (RFC 5869) of the parts, each of 32 bytes, under a label: one key for one purpose.
pub(super) fn derive(parts: &[&[u8]], label: &str) -> Zeroizing<[u8; 32]> {
    let material = Zeroizing::new(parts.concat());
    let mut key = Zeroizing::new([0; 32]);
    // Fails only for outputs longer than 255 hashes.
    Hkdf::<Sha256>::new(None, &material)
        .expand(label.as_bytes(), &mut *key)
        .expect("32 bytes are not too many");
    key
}

/// Written aside and linked into place: a crash leaves no half file, and an existing one is never replaced. Of several
/// gateways that begin together one makes it at a time, under a lock of the folder that ends with this call.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let alone = fs::File::open(folder)?;
    alone.lock()?;
    if path.try_exists()? {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::hard_link(&aside, path)?;
    fs::remove_file(&aside)?;
    alone.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_that_begin_together_have_one_key_ring() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("data.key");
            let begin = || {
                let keys = Keys::create(&path).or_else(|_| Keys::read(&path)).expect("keys");
                keys.fingerprints().collect::<Vec<_>>()
            };
            let all: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            assert!(all.iter().all(|one| *one == all[0]));
            let left: Vec<_> = fs::read_dir(folder.path()).expect("read").collect();
            assert_eq!(left.len(), 1, "{left:?}");
        }
    }
}
