//! Sealing: XChaCha20-Poly1305 under a key derived for one purpose, with the key's id and the nonce in front.
//!
//! `01 ‖ key id (4, big endian) ‖ nonce (24) ‖ ciphertext and tag`. The head is authenticated too. Nonces are
//! random: 192 bits are enough for that.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use super::{Error, Keys, Secret, keys::derive};

const VERSION: u8 = 1;
const HEAD: usize = 1 + 4;
const NONCE: usize = 24;

/// It does not open: another key, another place, or changed bytes. Which one is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open with these keys")]
pub struct SealError;

impl Keys {
    /// Seals under the current key for the purpose `label`, and under `holder` too where somebody else must
    /// bring half of the key. `context` is not stored, and must be the same to open.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn seal(
        &self,
        label: &'static str,
        holder: Option<&Secret>,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (id, key) = self.current();
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| Error::Random)?;
        let mut sealed = Vec::with_capacity(HEAD + NONCE + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&id.to_be_bytes());
        let bound = [&sealed[..], context].concat();
        let cipher = cipher(key, holder, label);
        // Fails only beyond 256 GB.
        let text = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &bound })
            .expect("a message in memory is not too long");
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens what [`Keys::seal`] made with the same label, holder and context.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(
        &self,
        label: &'static str,
        holder: Option<&Secret>,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or(SealError)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or(SealError)?;
        let &[VERSION, a, b, c, d] = head else { return Err(SealError) };
        let key = self.get(u32::from_be_bytes([a, b, c, d])).ok_or(SealError)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| SealError)?;
        let bound = [head, context].concat();
        cipher(key, holder, label)
            .decrypt(&XNonce::from(nonce), Payload { msg: text, aad: &bound })
            .map(Zeroizing::new)
            .map_err(|_| SealError)
    }
}

fn cipher(key: &Secret, holder: Option<&Secret>, label: &'static str) -> XChaCha20Poly1305 {
    let parts: &[&[u8]] = match holder {
        Some(holder) => &[holder.as_bytes(), key.as_bytes()],
        None => &[key.as_bytes()],
    };
    XChaCha20Poly1305::new((&*derive(parts, label)).into())
}
