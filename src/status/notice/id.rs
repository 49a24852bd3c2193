//! What a notice is called: short enough to be said on the telephone.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// Six letters and digits (base32, RFC 4648 §6, in lower case), or [`NoticeId::FILE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoticeId([u8; 6]);

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl NoticeId {
    /// The notice of `notice_file`: of no letter that others are made of.
    pub const FILE: NoticeId = NoticeId(*b"000000");

    /// # Errors
    /// When the system has no random bytes.
    pub fn random() -> Result<NoticeId, String> {
        let mut bytes = [0; 6];
        getrandom::fill(&mut bytes).map_err(|_| "the system gave no random bytes")?;
        Ok(NoticeId(bytes.map(|byte| LETTERS[usize::from(byte % 32)])))
    }
}

/// `file`, or as `k3x7qp`.
impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            NoticeId::FILE => f.write_str("file"),
            NoticeId(letters) => f.write_str(std::str::from_utf8(&letters).unwrap_or_default()),
        }
    }
}

impl FromStr for NoticeId {
    type Err = String;

    fn from_str(text: &str) -> Result<NoticeId, String> {
        let plain = text.trim().to_ascii_lowercase();
        <[u8; 6]>::try_from(plain.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(|letter| LETTERS.contains(letter)))
            .map(NoticeId)
            .ok_or_else(|| {
                "a notice is named by six letters and digits, as k3x7qp: see relais notice list".to_owned()
            })
    }
}

impl Serialize for NoticeId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_said() {
        for _ in 0..100 {
            let id = NoticeId::random().expect("random bytes");
            assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        }
        for odd in ["", "k3x7q", "k3x7qp7", "k3x7q1", "../../", "000000", "file", "éabcd"] {
            assert!(odd.parse::<NoticeId>().is_err(), "{odd}");
        }
    }
}
