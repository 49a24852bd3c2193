//! What a server says it can do (RFC 9051 §7.2.2). Asked again after signing in: most servers then say more.

use std::collections::BTreeSet;

use super::frame::Frame;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Bounded: a server with more has lost its mind.
    const MAX: usize = 300;

    pub fn from_words(words: &[u8]) -> Capabilities {
        let words = words.split(|b| b.is_ascii_whitespace()).filter(|w| !w.is_empty() && w.len() <= 64);
        Capabilities(words.take(Self::MAX).map(|w| String::from_utf8_lossy(w).to_ascii_uppercase()).collect())
    }

    /// The last `* CAPABILITY` line among these responses.
    pub fn from_untagged(frames: &[Frame]) -> Option<Capabilities> {
        frames.iter().rev().find_map(|frame| {
            let rest = frame.bytes.strip_prefix(b"* ")?;
            let (word, rest) = rest.split_at_checked("CAPABILITY ".len())?;
            word.eq_ignore_ascii_case(b"CAPABILITY ").then(|| Self::from_words(rest))
        })
    }

    /// The `[CAPABILITY …]` code of a greeting or a completion.
    pub fn from_code(text: &[u8]) -> Option<Capabilities> {
        let text = text.trim_ascii_start().strip_prefix(b"[")?;
        let (word, rest) = text.split_at_checked("CAPABILITY ".len())?;
        let end = memchr::memchr(b']', rest)?;
        word.eq_ignore_ascii_case(b"CAPABILITY ").then(|| Self::from_words(&rest[..end]))
    }

    /// `name` in upper case. IMAP4rev2 contains several extensions of IMAP4rev1 (RFC 9051 appendix E).
    pub fn has(&self, name: &str) -> bool {
        const IN_REV2: [&str; 14] = [
            "NAMESPACE",
            "UNSELECT",
            "UIDPLUS",
            "ESEARCH",
            "SEARCHRES",
            "ENABLE",
            "IDLE",
            "SASL-IR",
            "LIST-EXTENDED",
            "LIST-STATUS",
            "MOVE",
            "LITERAL-",
            "SPECIAL-USE",
            "STATUS=SIZE",
        ];
        self.0.contains(name) || (IN_REV2.contains(&name) && self.0.contains("IMAP4REV2"))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_come_in_three_ways() {
        let frame = Frame { bytes: "* capability IMAP4rev1 Idle  X\r\n".into(), whole: true };
        let untagged = Capabilities::from_untagged(&[frame]).expect("a line");
        assert!(untagged.has("IDLE") && untagged.has("X") && !untagged.has("MOVE"));
        let code = Capabilities::from_code(b" [CAPABILITY IMAP4rev2] Ready [x]").expect("a code");
        assert!(code.has("MOVE") && !code.has("X"));
        assert_eq!(Capabilities::from_code(b"Logged in"), None);
    }
}
