//! The number of a part inside a message, as IMAP writes it (RFC 9051 §6.4.5.1).

use std::{fmt, str::FromStr};

/// `1.2.3`: at most [`Section::MAX_DEPTH`] numbers, none of them 0. Empty means the whole message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Section(Vec<u32>);

impl Section {
    /// Deeper parts are offered inside the downloaded message only.
    pub const MAX_DEPTH: usize = 50;

    /// The section number of the `n`th child (from 1) of this part.
    pub fn child(&self, n: u32) -> Section {
        let mut numbers = self.0.clone();
        numbers.push(n);
        Section(numbers)
    }

    pub fn depth(&self) -> usize {
        self.0.len()
    }

    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// True when `self` is `other` or lies inside it.
    pub fn is_within(&self, other: &Section) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, n) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "{n}")?;
        }
        Ok(())
    }
}

/// The text was not a section number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a section number")]
pub struct NotASection;

impl FromStr for Section {
    type Err = NotASection;

    fn from_str(text: &str) -> Result<Self, NotASection> {
        let numbers = text
            .split('.')
            .map(|n| match n.parse::<u32>() {
                Ok(v) if v > 0 && n.bytes().all(|b| b.is_ascii_digit()) => Ok(v),
                _ => Err(NotASection),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if numbers.len() > Self::MAX_DEPTH {
            return Err(NotASection);
        }
        Ok(Section(numbers))
    }
}
