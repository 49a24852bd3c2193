//! The token that every form carries: bound to the session, or to the pre-session cookie of the sign-in form.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::store::{Error, Secret};

/// What the tokens of one session are made of.
#[derive(Debug, Clone)]
pub struct CsrfSecret(pub(super) Secret);

impl CsrfSecret {
    /// The secret behind the pre-session cookie: a hash of it, so that the cookie is not in the page.
    pub fn of_cookie(cookie: &Secret) -> CsrfSecret {
        let hash = Sha256::new().chain_update(b"relais form").chain_update(cookie.as_bytes()).finalize();
        CsrfSecret(Secret::from(<[u8; 32]>::from(hash)))
    }

    /// A token for one response: `mask ‖ mask xor secret`, another one each time, so that compression of the
    /// page leaks nothing of it (BREACH). 86 characters of base64url.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn token(&self) -> Result<String, Error> {
        let mask = Secret::random()?;
        let mut bytes = [0; 64];
        let (left, right) = bytes.split_at_mut(32);
        left.copy_from_slice(mask.as_bytes());
        for ((out, mask), secret) in right.iter_mut().zip(mask.as_bytes()).zip(self.0.as_bytes()) {
            *out = mask ^ secret;
        }
        Ok(BASE64.encode(bytes))
    }

    /// True for a token made by [`CsrfSecret::token`] of the same secret; takes the same time for any other.
    pub fn accepts(&self, token: &str) -> bool {
        let mut bytes = [0; 64];
        if token.len() != 86 || BASE64.decode_slice_unchecked(token, &mut bytes) != Ok(64) {
            return false;
        }
        let mut secret = [0; 32];
        for (out, (mask, masked)) in secret.iter_mut().zip(bytes[..32].iter().zip(&bytes[32..])) {
            *out = mask ^ masked;
        }
        secret.ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_accepted_by_their_secret_alone() {
        let (mine, other) = (CsrfSecret(Secret::random().unwrap()), CsrfSecret(Secret::random().unwrap()));
        let (first, second) = (mine.token().unwrap(), mine.token().unwrap());
        assert_ne!(first, second);
        assert_ne!(first[43..], second[43..], "both halves change");
        assert!(mine.accepts(&first) && mine.accepts(&second));
        assert!(!other.accepts(&first));
        for bad in ["", "x", &first[..85], &format!("{first}A"), &"A".repeat(86), &"é".repeat(43)] {
            assert!(!mine.accepts(bad), "{bad}");
        }
    }

    #[test]
    fn the_pre_session_cookie_makes_the_same_secret_again() {
        let cookie = Secret::random().unwrap();
        let token = CsrfSecret::of_cookie(&cookie).token().unwrap();
        assert!(CsrfSecret::of_cookie(&cookie).accepts(&token));
        assert!(!CsrfSecret(cookie).accepts(&token), "the cookie itself is not the secret");
    }
}
